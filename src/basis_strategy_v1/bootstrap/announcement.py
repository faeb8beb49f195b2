"""Every component is known to the health manager, and its start is written down."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from basis_strategy_v1.core.event_logger import EventLogger
from basis_strategy_v1.core.health.component_health import ComponentHealth
from basis_strategy_v1.core.health.health_report import HealthReport
from basis_strategy_v1.core.health.unified_health_manager import UnifiedHealthManager

MONITORS = ("PositionMonitor", "ExposureMonitor", "RiskMonitor", "PnLMonitor")
PASSIVE = ("EventLogger", "HistoricalDataProvider")


class ComponentStarted(msgspec.Struct, frozen=True, omit_defaults=True):
    """Data of ``component_initialization``."""

    execution_mode: str
    run_id: str
    venue: str = ""


def register_health(
    health: UnifiedHealthManager, tight_loop: ComponentHealth, others: tuple[ComponentHealth, ...]
) -> None:
    """Register what has not registered itself.

    The monitors only work inside the tight loop and fail with it, so its record is theirs.
    """
    health.register_component(tight_loop.component_name, tight_loop.check)
    for monitor in MONITORS:
        health.register_component(monitor, _as(monitor, tight_loop))
    for other in (*others, *map(ComponentHealth, PASSIVE)):
        health.register_component(other.component_name, other.check)


def _as(name: str, record: ComponentHealth) -> Callable[[], HealthReport]:
    def check() -> HealthReport:
        return msgspec.structs.replace(record.check(), component=name)

    return check


def announce(
    health: UnifiedHealthManager, events: EventLogger, timestamp: int, started: ComponentStarted, already: str
) -> None:
    """Write ``component_initialization`` for every registered component but ``already``, which has done so itself."""
    for name in health.component_names:
        component, _, venue = name.partition(".")
        if component != already:
            data = msgspec.structs.replace(started, venue=venue)
            events.log_event(timestamp, "component_initialization", component, data)
