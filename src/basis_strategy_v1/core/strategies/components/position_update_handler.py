"""PositionUpdateHandler: the tight loop, and the only writer of the ledger."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import partial
from typing import Any

from basis_strategy_v1.core.domain.bookings import Booking
from basis_strategy_v1.core.domain.clock import Clock
from basis_strategy_v1.core.domain.conservation import is_one_fill, unexplained_assets
from basis_strategy_v1.core.domain.deltas import Changes, ExecutionDeltas, Fill, Outcome
from basis_strategy_v1.core.domain.error_notes import ErrorNote
from basis_strategy_v1.core.domain.record import LeafRecord
from basis_strategy_v1.core.domain.timestamps import to_nanoseconds
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.health.unified_health_manager import ComponentHealth
from basis_strategy_v1.core.interfaces.ports import EventSink
from basis_strategy_v1.core.interfaces.recorder import recorder
from basis_strategy_v1.core.monitors.exposure_monitor import ExposureMonitor
from basis_strategy_v1.core.monitors.pnl_monitor import PnLMonitor
from basis_strategy_v1.core.monitors.pnl_state import PnLState
from basis_strategy_v1.core.monitors.position_monitor import PositionMonitor
from basis_strategy_v1.core.monitors.risk_monitor import RiskLevel, RiskMonitor
from basis_strategy_v1.core.reconciliation.reconciliation_component import (
    ReconciliationComponent,
)

COMPONENT = "PositionUpdateHandler"
HISTORY_LENGTH = 100
UNEXPECTED = (ArithmeticError, LookupError, TypeError, ValueError)
"""What escapes from a step when its input is not what it must be; it gets the step's own code."""
_HARD = RiskLevel.HARD
_UNKNOWN = Outcome.UNKNOWN


BookingKeeper = Callable[[Booking, PnLState], None]
"""Makes a booking durable, together with P&L as it is after it. A backtest has none."""


BookingMemory = Callable[[str], bool]
"""Whether an id was booked that the ledger does not remember. The ledger of a backtest remembers all."""


Meanwhile = Callable[[str], Iterable[ExecutionDeltas]]
"""What a venue has done by itself since it was last asked: funding, say. A backtest asks beforehand."""


class PositionUpdate(LeafRecord, frozen=True, gc=False):
    """What one pass of the tight loop found. Money in USD."""

    timestamp: int
    instruction_id: str
    venue: str
    net_delta: Decimal
    nav: Decimal
    risk_level: RiskLevel


class PositionUpdateHandler:
    """After each executed instruction: apply, observe and reconcile, exposure, risk, P&L. In that order.

    A second delivery of the same instruction changes nothing (PUH-004, MEDIUM); an UNKNOWN outcome is held, not booked
    (PUH-012, MEDIUM). Both are logged and returned as None, since work goes on.
    """

    def __init__(
        self,
        position_monitor: PositionMonitor,
        reconciliation_component: ReconciliationComponent,
        exposure_monitor: ExposureMonitor,
        risk_monitor: RiskMonitor,
        pnl_monitor: PnLMonitor,
        event_logger: EventSink,
        clock: Clock,
        *,
        health: ComponentHealth | None = None,
        time_limit_ms: float = 5_000.0,
    ) -> None:
        references = {
            "position_monitor": position_monitor,
            "reconciliation_component": reconciliation_component,
            "exposure_monitor": exposure_monitor,
            "risk_monitor": risk_monitor,
            "pnl_monitor": pnl_monitor,
            "event_logger": event_logger,
        }
        missing = [name for name, reference in references.items() if reference is None]
        if missing:
            raise ComponentError("PUH-002", f"missing {', '.join(missing)}", COMPONENT)
        self.position_monitor = position_monitor
        self._ledger = position_monitor.ledger
        self.reconciliation_component = reconciliation_component
        self.exposure_monitor = exposure_monitor
        self.risk_monitor = risk_monitor
        self.pnl_monitor = pnl_monitor
        self._event_logger = event_logger
        self._record_update = recorder(event_logger, "position_updated", COMPONENT)
        self._clock = clock
        self.health = health or ComponentHealth(COMPONENT)
        self._time_limit_ms = time_limit_ms
        self.keep_booking: BookingKeeper | None = None
        self.was_booked: BookingMemory | None = None
        self.happened_meanwhile: Meanwhile | None = None
        self._running = False
        self._last_timestamp: int | None = None
        self.update_history: deque[PositionUpdate] = deque(maxlen=HISTORY_LENGTH)
        self.update_failures = 0
        self.update_successes = 0

    def handle_position_update(
        self, timestamp: Any, execution_deltas: ExecutionDeltas, *, more_follow: bool = False
    ) -> PositionUpdate | None:
        """Run the tight loop for one executed instruction.

        Args:
            timestamp: ns UTC, or a datetime, ``pandas.Timestamp`` or ISO text; it never decreases.
            more_follow: the venue told of several events at once, and its books show all of them already: these
                deltas are only booked, and the loop runs with the last.

        Returns:
            What was found; None when nothing was booked (already applied, or outcome unknown) or more follow.

        Raises:
            ComponentError: PUH-001 the position could not be updated, PUH-003 deltas invalid, PUH-010 re-entered or
                time went back, PUH-013 conservation violated; REC-* as reconciliation raises them, PUH-005 it could
                not be made or is held by an unknown outcome; PUH-006/007/008 exposure, risk or P&L failed; PUH-009
                too slow; PUH-011 hard risk limit breached. When PUH-005 (held), 009 or 011 comes, every step is done.
        """
        timestamp = timestamp if type(timestamp) is int else to_nanoseconds(timestamp)
        self._enter(timestamp)
        try:
            instruction_id = execution_deltas.instruction_id
            # ``has_booked``, written out: it is asked for every instruction of a backtest.
            is_booked = instruction_id in self._ledger.applied
            if self.was_booked is not None and not is_booked:
                is_booked = self.was_booked(instruction_id)
            if is_booked or execution_deltas.outcome is _UNKNOWN:
                self._hold(timestamp, execution_deltas)
                return None
            if more_follow:
                self._check(execution_deltas)
                self._book(execution_deltas)
                return None
            update = self._tight_loop(timestamp, execution_deltas)
        except ComponentError as error:
            self.update_failures += 1
            self.health.record_error(error.error_code, error.message, error.severity, timestamp)
            raise
        finally:
            self._running = False
        self.update_successes += 1
        return update

    def has_booked(self, booking_id: str) -> bool:
        """Whether the changes of this id are in the books."""
        return booking_id in self._ledger.applied or (self.was_booked is not None and self.was_booked(booking_id))

    def _enter(self, timestamp: int) -> None:
        last = self._last_timestamp
        if self._running or (last is not None and timestamp < last):
            self.update_failures += 1
            what = "the loop is running already" if self._running else f"time went back from {last} to {timestamp}"
            raise ComponentError("PUH-010", what, COMPONENT)
        self._running = True
        self._last_timestamp = timestamp

    def _hold(self, timestamp: int, deltas: ExecutionDeltas) -> None:
        """Book nothing. A doubt that comes after the certain outcome is no doubt any more."""
        if self.has_booked(deltas.instruction_id):
            self._note(timestamp, "PUH-004", f"{deltas.instruction_id} is booked already")
            return
        self.reconciliation_component.hold_instruction(deltas.venue, deltas.instruction_id)
        self._note(timestamp, "PUH-012", f"outcome of {deltas.instruction_id} at {deltas.venue} is unknown")

    def _note(self, timestamp: int, code: str, message: str) -> None:
        self.health.record_error(code, message, "MEDIUM", timestamp)
        self._event_logger.log_event(timestamp, "error", COMPONENT, ErrorNote(code, message, "MEDIUM"))

    def _tight_loop(self, timestamp: int, deltas: ExecutionDeltas) -> PositionUpdate:
        started = self._clock.elapsed_ms()
        if not (is_one_fill(deltas) and deltas.instruction_id):
            self._check(deltas)
        self._book(deltas)
        code = "PUH-005"
        try:
            meanwhile = None if self.happened_meanwhile is None else partial(self._catch_up, deltas.venue)
            result = self.reconciliation_component.reconcile_position(timestamp, deltas, meanwhile)
            code = "PUH-006"
            exposure = self.exposure_monitor
            exposure.update_state(timestamp, "position_update")
            code = "PUH-007"
            level = self.risk_monitor.update_state(timestamp, "position_update", deltas.venue)
            code = "PUH-008"
            nav = self.pnl_monitor.update_state(timestamp, "position_update")
        except UNEXPECTED as error:
            raise _wrapped(code, error) from error
        update = PositionUpdate(timestamp, deltas.instruction_id, deltas.venue, exposure.net, nav, level)
        self.update_history.append(update)
        self._record_update(timestamp, update)
        elapsed = self._clock.elapsed_ms() - started
        self.health.record_update(timestamp, elapsed)
        if elapsed > self._time_limit_ms:
            raise ComponentError("PUH-009", f"took {elapsed:.0f} ms of {self._time_limit_ms:.0f} allowed", COMPONENT)
        if level is _HARD:
            raise ComponentError("PUH-011", self._describe_breach(deltas.venue), COMPONENT)
        if result.status != "success":
            what = f"{deltas.instruction_id} at {deltas.venue}: reconciliation {result.status} ({result.error_code})"
            raise ComponentError("PUH-005", what, COMPONENT)
        return update

    def _catch_up(self, venue: str) -> None:
        """Book what happened at ``venue`` since it was last asked."""
        assert self.happened_meanwhile is not None
        for item in self.happened_meanwhile(venue):
            if not self.has_booked(item.instruction_id):
                self._check(item)
                self._book(item)

    def _book(self, deltas: ExecutionDeltas) -> None:
        """Bring the books to the clock's row and write ``deltas`` into them."""
        pnl = self.pnl_monitor
        code = "PUH-001"
        try:
            pnl.mark_to(self._clock.row)
            value = self._ledger.apply(deltas.instruction_id, deltas.changes)
            code = "PUH-008"
            pnl.record(deltas, value)
        except UNEXPECTED as error:
            raise _wrapped(code, error) from error
        if self.keep_booking is not None:
            self._keep(deltas.instruction_id, deltas.changes, deltas.fills, deltas.reason)

    def _keep(self, booking_id: str, changes: Changes, fills: tuple[Fill, ...] = (), note: str = "") -> None:
        """Put what was just booked where it outlives the process, together with what it made of P&L."""
        assert self.keep_booking is not None
        booking = Booking(
            timestamp=self._clock.now,
            booking_id=booking_id,
            changes=changes,
            order_id=booking_id.partition(".")[0] if fills else "",
            fills=fills,
            note=note,
        )
        self.keep_booking(booking, self.pnl_monitor.export())

    def _describe_breach(self, venue: str) -> str:
        state = self.risk_monitor.margins.get(venue)
        return f"{venue}: margin ratio {state.ratio if state else 'unknown'} is beyond the hard limit"

    @staticmethod
    def _check(deltas: ExecutionDeltas) -> None:
        if not deltas.instruction_id:
            raise ComponentError("PUH-003", f"deltas from {deltas.venue!r} carry no instruction id", COMPONENT)
        for location, assets in deltas.changes.items():
            for asset, amount in assets.items():
                if not amount.is_finite():
                    raise ComponentError("PUH-003", f"{asset} at {location} changes by {amount}", COMPONENT)
        leaks = unexplained_assets(deltas)
        if leaks:
            detail = ", ".join(f"{asset} {amount:+f}" for asset, amount in leaks.items())
            raise ComponentError(
                "PUH-013", f"{deltas.instruction_id} at {deltas.venue} makes or loses {detail}", COMPONENT
            )

    def open_books(self, timestamp: int, changes: Changes) -> None:
        """Book what the run starts with; its value is the initial NAV."""
        self._enter(timestamp)
        try:
            self._ledger.apply("opening", changes)
            self.pnl_monitor.open_books()
            if self.keep_booking is not None:
                self._keep("opening", changes)
        finally:
            self._running = False

    def restore_books(self, bookings: Iterable[Booking], state: PnLState) -> None:
        """Bring the empty books to where another process left them: its bookings in their order, and its P&L."""
        ledger = self._ledger
        for booking in bookings:
            ledger.apply(booking.booking_id, booking.changes)
        self.pnl_monitor.restore(state)

    def accrue(self, timestamp: int, accrual_id: str, changes: Changes, received: Decimal) -> None:
        """Book funding due since the last event: ``received`` in total, by location in ``changes``.

        It is expected from cumulative funding; the next reconciliation compares it with what venues settled.
        """
        self._enter(timestamp)
        try:
            self.pnl_monitor.mark_to(self._clock.row)
            if changes:
                self._ledger.apply(accrual_id, changes)
                self.pnl_monitor.accrue_funding(received)
                if self.keep_booking is not None:
                    self._keep(accrual_id, changes)
        finally:
            self._running = False

    def book_flow(self, timestamp: int, flow_id: str, location: str, asset: str, amount: Decimal) -> None:
        """Book a subscription (> 0) or redemption (< 0): the one change that comes from outside."""
        if self.has_booked(flow_id):
            self._note(timestamp, "PUH-004", f"{flow_id} is booked already")
            return
        self._enter(timestamp)
        try:
            pnl = self.pnl_monitor
            pnl.mark_to(self._clock.row)
            changes = {location: {asset: amount}}
            self._ledger.apply(flow_id, changes)
            pnl.record_flow(amount * pnl.price_of(asset))
            if self.keep_booking is not None:
                self._keep(flow_id, changes)
        finally:
            self._running = False

    def get_state_snapshot(self) -> dict[str, Any]:
        return {
            "update_successes": self.update_successes,
            "update_failures": self.update_failures,
            "last_update": self._last_timestamp,
        }


def _wrapped(code: str, error: Exception) -> ComponentError:
    return ComponentError(code, f"{type(error).__name__}: {error}", COMPONENT, original_exception=error)
