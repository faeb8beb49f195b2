"""What is reported of a component's health."""

from __future__ import annotations

from enum import Enum
from typing import Any

import msgspec

from basis_strategy_v1.core.domain.timestamps import to_iso

ERRORS_SHOWN = 10


class HealthStatus(Enum):
    """How a component is."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    UNHEALTHY = "unhealthy"


_FROM_BEST_TO_WORST = (HealthStatus.HEALTHY, HealthStatus.DEGRADED, HealthStatus.UNHEALTHY)


def worst(statuses: list[HealthStatus]) -> HealthStatus:
    """The worst of ``statuses``; healthy when there are none."""
    return max(statuses, key=_FROM_BEST_TO_WORST.index, default=HealthStatus.HEALTHY)


class ErrorRecord(msgspec.Struct, frozen=True, gc=False):
    """One error that a component met; ``timestamp`` in ns UTC."""

    timestamp: int
    error_code: str
    message: str
    severity: str


class HealthReport(msgspec.Struct, frozen=True, kw_only=True):
    """The health of one component.

    Attributes:
        last_update: time of the last update, ns UTC; None before the first.
        errors: the last 10 errors, the oldest first.
        avg_processing_time_ms: mean over the last 100 to 200 updates, in milliseconds.
        error_rate: errors per update since the start (a fraction).
        venue_availability: whether each venue answers, by venue; empty for components without one.
    """

    component: str
    status: HealthStatus
    last_update: int | None = None
    errors: tuple[ErrorRecord, ...] = ()
    update_count: int = 0
    avg_processing_time_ms: float = 0.0
    error_rate: float = 0.0
    orders_executed: int = 0
    orders_failed: int = 0
    venue_availability: dict[str, bool] = {}

    def to_dict(self) -> dict[str, Any]:
        """The nested form: ``status, last_update`` (ISO text), ``errors, metrics``."""
        return {
            "status": self.status.value,
            "last_update": None if self.last_update is None else to_iso(self.last_update),
            "errors": [
                {**msgspec.structs.asdict(error), "timestamp": to_iso(error.timestamp)} for error in self.errors
            ],
            "metrics": {
                "update_count": self.update_count,
                "avg_processing_time_ms": self.avg_processing_time_ms,
                "error_rate": self.error_rate,
                "orders_executed": self.orders_executed,
                "orders_failed": self.orders_failed,
                "venue_availability": dict(self.venue_availability),
            },
        }


class SystemHealthReport(msgspec.Struct, frozen=True):
    """The health of everything: the worst status, and each component's report by name."""

    status: HealthStatus
    components: dict[str, HealthReport]

    def to_dict(self) -> dict[str, Any]:
        """``{'status': .., 'components': {name: ..}}``."""
        return {
            "status": self.status.value,
            "components": {name: report.to_dict() for name, report in self.components.items()},
        }
