"""The record that a component keeps of its own health.

Rules, over the last 100 updates:

- unhealthy: a CRITICAL error, or a retry that failed;
- degraded: any other error, a retry that succeeded, or a mean processing time of 100 ms and more;
- healthy: none of these.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from basis_strategy_v1.core.health.health_report import ERRORS_SHOWN, ErrorRecord, HealthReport, HealthStatus

WINDOW_UPDATES = 100
SLOW_MS = 100.0
_NEVER = -WINDOW_UPDATES


class ComponentHealth:
    """Counts updates, errors and retries of one component, and judges them.

    ``record_update`` is on the hot path and only counts. An error concerns the update during which, or after which, it
    was recorded, and is forgotten for the status once 100 further updates have passed.
    """

    __slots__ = (
        "_earlier_ms",
        "_errors",
        "_last_critical",
        "_last_error",
        "_last_retry_failed",
        "_last_retry_succeeded",
        "_window",
        "_window_ms",
        "component_name",
        "error_count",
        "last_update",
        "update_count",
    )

    def __init__(self, component_name: str) -> None:
        self.component_name = component_name
        self.update_count = 0
        self.error_count = 0
        self.last_update: int | None = None
        self._window = 0
        self._window_ms = 0.0
        self._earlier_ms = 0.0
        self._errors: deque[ErrorRecord] = deque(maxlen=ERRORS_SHOWN)
        self._last_error = _NEVER
        self._last_critical = _NEVER
        self._last_retry_succeeded = _NEVER
        self._last_retry_failed = _NEVER

    def record_update(self, timestamp: int, processing_ms: float = 0.0) -> None:
        """Count one update at ``timestamp`` (ns UTC) that took ``processing_ms`` milliseconds."""
        self.update_count += 1
        self.last_update = timestamp
        if processing_ms:
            self._add_time(processing_ms)

    def _add_time(self, processing_ms: float) -> None:
        """Add to the time of the window of 100 updates that the last one belongs to."""
        window = (self.update_count - 1) // WINDOW_UPDATES
        if window != self._window:
            self._earlier_ms = self._time_of(window - 1)
            self._window_ms = 0.0
            self._window = window
        self._window_ms += processing_ms

    def _time_of(self, window: int) -> float:
        """What the updates of a window took, of the last two in which any took time; else 0."""
        if window == self._window:
            return self._window_ms
        return self._earlier_ms if window == self._window - 1 else 0.0

    def record_error(self, code: str, message: str, severity: str, timestamp: int) -> None:
        """Note an error: its code, what was wrong, CRITICAL|HIGH|MEDIUM|LOW, and when (ns UTC)."""
        self.error_count += 1
        self._last_error = self.update_count
        if severity == "CRITICAL":
            self._last_critical = self.update_count
        self._errors.append(ErrorRecord(timestamp, code, message, severity))

    def record_retry(self, succeeded: bool) -> None:
        """Note that something was tried again, and whether that helped."""
        if succeeded:
            self._last_retry_succeeded = self.update_count
        else:
            self._last_retry_failed = self.update_count

    @property
    def avg_processing_time_ms(self) -> float:
        """Mean time of the last 100 to 200 updates in milliseconds; 0 before the first."""
        window, count = divmod(self.update_count, WINDOW_UPDATES)
        if window:
            count += WINDOW_UPDATES
        return (self._time_of(window - 1) + self._time_of(window)) / count if count else 0.0

    @property
    def status(self) -> HealthStatus:
        """The status by the rules of this module."""
        if self._is_recent(self._last_critical) or self._is_recent(self._last_retry_failed):
            return HealthStatus.UNHEALTHY
        if self._is_recent(self._last_error) or self._is_recent(self._last_retry_succeeded):
            return HealthStatus.DEGRADED
        return HealthStatus.DEGRADED if self.avg_processing_time_ms >= SLOW_MS else HealthStatus.HEALTHY

    def _is_recent(self, update: int) -> bool:
        return self.update_count - update < WINDOW_UPDATES

    def check(
        self,
        *,
        orders_executed: int = 0,
        orders_failed: int = 0,
        venue_availability: Mapping[str, bool] | None = None,
    ) -> HealthReport:
        """The report, completed by what only the component knows. Fit to be registered as the checker."""
        return HealthReport(
            component=self.component_name,
            status=self.status,
            last_update=self.last_update,
            errors=tuple(self._errors),
            update_count=self.update_count,
            avg_processing_time_ms=self.avg_processing_time_ms,
            error_rate=self.error_count / max(self.update_count, 1),
            orders_executed=orders_executed,
            orders_failed=orders_failed,
            venue_availability=dict(venue_availability or {}),
        )
