"""The one place that knows how every component is."""

from __future__ import annotations

from collections.abc import Callable

from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.health.component_health import ComponentHealth
from basis_strategy_v1.core.health.health_report import (
    ErrorRecord,
    HealthReport,
    HealthStatus,
    SystemHealthReport,
    worst,
)

__all__ = ["ComponentHealth", "HealthChecker", "HealthReport", "HealthStatus", "UnifiedHealthManager"]

HealthChecker = Callable[[], HealthReport]


class UnifiedHealthManager:
    """Asks every registered component how it is; nothing is kept between two questions."""

    def __init__(self) -> None:
        self._checkers: dict[str, HealthChecker] = {}

    @property
    def component_names(self) -> tuple[str, ...]:
        """The registered components, in the order of registration."""
        return tuple(self._checkers)

    def register_component(self, component_name: str, checker: HealthChecker) -> None:
        """Register ``checker``, which reports the health of ``component_name``.

        Raises:
            ValueError: when the name is taken; one component would hide the other.
        """
        if component_name in self._checkers:
            raise ValueError(f"a component named {component_name!r} is registered already")
        self._checkers[component_name] = checker

    def check_component(self, component_name: str) -> HealthReport:
        """The report of one component. One that cannot tell (it raises ``ComponentError``) is unhealthy.

        Raises:
            KeyError: when no such component is registered.
        """
        try:
            return self._checkers[component_name]()
        except ComponentError as error:
            record = ErrorRecord(0, error.error_code, error.message, error.severity)
            return HealthReport(component=component_name, status=HealthStatus.UNHEALTHY, errors=(record,))

    def report(self) -> SystemHealthReport:
        """The report of every component and the worst status among them."""
        reports = {name: self.check_component(name) for name in self._checkers}
        return SystemHealthReport(worst([report.status for report in reports.values()]), reports)

    def overall_status(self) -> HealthStatus:
        """The worst status of any component; healthy when none is registered."""
        return self.report().status
