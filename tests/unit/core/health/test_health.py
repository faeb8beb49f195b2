from __future__ import annotations

import pytest

from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.health.health_report import ErrorRecord, HealthReport, HealthStatus
from basis_strategy_v1.core.health.unified_health_manager import ComponentHealth, UnifiedHealthManager

HEALTHY, DEGRADED, UNHEALTHY = HealthStatus.HEALTHY, HealthStatus.DEGRADED, HealthStatus.UNHEALTHY
NOON = 1_715_515_200_000_000_000


def updated(health: ComponentHealth, times: int, processing_ms: float = 0.0) -> ComponentHealth:
    for _ in range(times):
        health.record_update(NOON, processing_ms)
    return health


def test_a_component_without_updates_is_healthy_and_says_so() -> None:
    report = ComponentHealth("PnLMonitor").check()
    assert report == HealthReport(component="PnLMonitor", status=HEALTHY)
    assert report.to_dict()["last_update"] is None


@pytest.mark.parametrize("severity", ["LOW", "MEDIUM", "HIGH"])
def test_an_error_degrades_until_a_hundred_updates_have_passed(severity: str) -> None:
    health = updated(ComponentHealth("RiskMonitor"), 5)
    health.record_error("PUH-007", "no mark", severity, NOON)
    assert health.status is DEGRADED
    assert updated(health, 99).status is DEGRADED
    assert updated(health, 1).status is HEALTHY


def test_a_critical_error_is_unhealthy_until_a_hundred_updates_have_passed() -> None:
    health = ComponentHealth("RiskMonitor")
    health.record_error("PUH-011", "margin", "CRITICAL", NOON)
    health.record_error("PUH-007", "no mark", "LOW", NOON)
    assert updated(health, 99).status is UNHEALTHY
    assert updated(health, 1).status is HEALTHY


def test_a_minor_error_after_a_critical_one_does_not_prolong_it() -> None:
    health = ComponentHealth("RiskMonitor")
    health.record_error("PUH-011", "margin", "CRITICAL", NOON)
    updated(health, 60).record_error("PUH-007", "no mark", "HIGH", NOON)
    assert updated(health, 40).status is DEGRADED


def test_a_retry_that_helped_degrades_and_one_that_failed_is_unhealthy() -> None:
    health = ComponentHealth("BinanceExecutionInterface")
    health.record_retry(succeeded=True)
    assert health.status is DEGRADED
    health.record_retry(succeeded=False)
    assert health.status is UNHEALTHY
    assert updated(health, 100).status is HEALTHY


@pytest.mark.parametrize(("milliseconds", "status"), [(99.9, HEALTHY), (100.0, DEGRADED), (250.0, DEGRADED)])
def test_a_mean_of_a_hundred_milliseconds_is_slow(milliseconds: float, status: HealthStatus) -> None:
    assert updated(ComponentHealth("ExposureMonitor"), 10, milliseconds).status is status


def test_slowness_is_seen_after_a_long_fast_life_and_forgotten_after_it_ends() -> None:
    health = updated(ComponentHealth("ExposureMonitor"), 10_000, 1.0)
    assert updated(health, 200, 300.0).avg_processing_time_ms == 300.0
    assert health.status is DEGRADED
    assert updated(health, 200, 1.0).status is HEALTHY


def test_a_report_tells_counts_times_and_the_last_ten_errors() -> None:
    health = updated(ComponentHealth("OKXExecutionInterface"), 50, 2.0)
    for number in range(12):
        health.record_error("EXI-002", f"limit {number}", "MEDIUM", NOON + number)
    report = health.check(orders_executed=7, orders_failed=2, venue_availability={"okx": False})
    assert report.errors == tuple(ErrorRecord(NOON + n, "EXI-002", f"limit {n}", "MEDIUM") for n in range(2, 12))
    shown = report.to_dict()
    assert shown["errors"][0] == {
        "timestamp": "2024-05-12T12:00:00.000000002Z",
        "error_code": "EXI-002",
        "message": "limit 2",
        "severity": "MEDIUM",
    }
    del shown["errors"]
    assert shown == {
        "status": "degraded",
        "last_update": "2024-05-12T12:00:00Z",
        "metrics": {
            "update_count": 50,
            "avg_processing_time_ms": 2.0,
            "error_rate": 0.24,
            "orders_executed": 7,
            "orders_failed": 2,
            "venue_availability": {"okx": False},
        },
    }


def test_errors_before_the_first_update_count_fully() -> None:
    health = ComponentHealth("ExecutionInterfaceFactory")
    health.record_error("EIF-001", "okx", "HIGH", NOON)
    assert health.check().error_rate == 1.0


def test_without_components_the_system_is_healthy() -> None:
    assert UnifiedHealthManager().overall_status() is HEALTHY


def test_the_system_is_as_well_as_its_worst_component() -> None:
    manager = UnifiedHealthManager()
    components = [ComponentHealth(name) for name in ("PositionMonitor", "ExposureMonitor", "RiskMonitor")]
    for component in components:
        manager.register_component(component.component_name, component.check)
    assert manager.overall_status() is HEALTHY
    components[1].record_error("PUH-006", "no price", "HIGH", NOON)
    assert manager.overall_status() is DEGRADED
    components[0].record_error("PUH-013", "value lost", "CRITICAL", NOON)
    report = manager.report()
    assert [part.status for part in report.components.values()] == [UNHEALTHY, DEGRADED, HEALTHY]
    assert report.to_dict()["status"] == "unhealthy"
    assert report.to_dict()["components"]["RiskMonitor"]["status"] == "healthy"
    assert manager.component_names == ("PositionMonitor", "ExposureMonitor", "RiskMonitor")


def test_a_name_is_registered_once() -> None:
    manager = UnifiedHealthManager()
    manager.register_component("RiskMonitor", ComponentHealth("RiskMonitor").check)
    with pytest.raises(ValueError, match="'RiskMonitor' is registered already"):
        manager.register_component("RiskMonitor", ComponentHealth("RiskMonitor").check)


def test_a_component_that_cannot_tell_is_unhealthy() -> None:
    def checker() -> HealthReport:
        raise ComponentError("EXI-003", "okx does not answer")

    manager = UnifiedHealthManager()
    manager.register_component("OKXExecutionInterface", checker)
    report = manager.check_component("OKXExecutionInterface")
    assert report.status is UNHEALTHY
    assert report.errors == (ErrorRecord(0, "EXI-003", "okx does not answer", "HIGH"),)
    assert manager.overall_status() is UNHEALTHY


def test_an_unknown_component_is_no_component() -> None:
    with pytest.raises(KeyError):
        UnifiedHealthManager().check_component("Nobody")
