"""ReconciliationComponent: after each instruction, do our books and the venue's agree?"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from basis_strategy_v1.core.domain.deltas import ExecutionDeltas
from basis_strategy_v1.core.domain.error_notes import ErrorNote
from basis_strategy_v1.core.domain.market import PERP_SUFFIX
from basis_strategy_v1.core.domain.settings import ReconciliationSettings
from basis_strategy_v1.core.domain.timestamps import NANOSECONDS_PER_SECOND, to_nanoseconds
from basis_strategy_v1.core.error_codes.error_code_registry import entry_for
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.health.unified_health_manager import ComponentHealth
from basis_strategy_v1.core.interfaces.ports import EventSink
from basis_strategy_v1.core.interfaces.recorder import recorder
from basis_strategy_v1.core.monitors.position_monitor import PositionMonitor
from basis_strategy_v1.core.reconciliation.compare import Difference, Tolerances, differences
from basis_strategy_v1.core.reconciliation.observer import (
    ElapsedClock,
    Meanwhile,
    ObservableInterface,
    Observation,
    Observer,
    StandingClock,
    VenueAccount,
)
from basis_strategy_v1.core.reconciliation.records import Handshake, ReconciliationResult

__all__ = [
    "Handshake",
    "ObservableInterface",
    "ReconciliationComponent",
    "ReconciliationResult",
    "VenueAccount",
]

COMPONENT = "ReconciliationComponent"
HISTORY_LENGTH = 100
STALE_AFTER = 30 * NANOSECONDS_PER_SECOND
# An enum's members cost ten times a global's look-up, on every instruction.
_PENDING = Handshake.PENDING
_SUCCESS = Handshake.SUCCESS


def _go_on(observations: int) -> None:
    """Wait for nothing between two observations."""


def _nothing_comes(difference: Difference) -> bool:
    """A simulated venue holds nothing that the run did not bring about."""
    return False


class ReconciliationComponent:
    """Compares the ledger with what venues say. It never writes a position.

    A mismatch is observed again until ``max_observations`` or ``timeout`` is reached; then the block stops with an
    error and trading is halted until a person resumes it. A live run looks until ``timeout`` after an instruction,
    because a venue's wallet may lag behind its fills. While an instruction of unknown outcome may explain it, a
    mismatch is held instead (REC-011).

    Args:
        clock: measures ``timeout``; by default no time passes.
        stale_after: age in ns from which on a venue's report is stale (REC-009).
        wait: called before each further observation with the number of those made; by default at once.
        until_timeout: look until ``timeout`` after an instruction, however often, and a venue that is silent likewise.
        from_outside: whether a difference can be none of an instruction's doing: it is set aside then (REC-010), and
            work goes on. By default every difference that is left after an instruction is a mismatch.
    """

    def __init__(
        self,
        settings: ReconciliationSettings,
        position_monitor: PositionMonitor,
        tolerances: Tolerances,
        event_logger: EventSink,
        health: ComponentHealth | None = None,
        *,
        clock: ElapsedClock | None = None,
        stale_after: int = STALE_AFTER,
        wait: Callable[[int], None] = _go_on,
        until_timeout: bool = False,
        from_outside: Callable[[Difference], bool] = _nothing_comes,
    ) -> None:
        steps = settings.tolerance_steps
        if not _is_positive(steps):
            raise ComponentError("REC-008", f"tolerance of {steps} steps", COMPONENT)
        self._ledger = position_monitor.ledger
        self._tolerances = tolerances
        self._event_logger = event_logger
        self._record_success = recorder(event_logger, "reconciliation_succeeded", COMPONENT)
        self._observer = Observer(
            settings,
            position_monitor,
            tolerances,
            self._note,
            clock or StandingClock(),
            stale_after,
            wait,
            until_timeout,
        )
        self._from_outside = from_outside
        self.health = health or ComponentHealth(COMPONENT)
        self._accounts: dict[str, VenueAccount] = {}
        self._unresolved: dict[str, set[str]] = {}
        self.handshake: Handshake | None = None
        self.halted = False
        self.reconciliation_history: deque[ReconciliationResult] = deque(maxlen=HISTORY_LENGTH)
        self.reconciliation_failures = 0
        self.reconciliation_successes = 0

    def set_accounts(self, accounts: Mapping[str, VenueAccount]) -> None:
        """Tell which venues can be asked. Called once, when interfaces exist."""
        self._accounts = dict(accounts)

    @property
    def venues(self) -> tuple[str, ...]:
        """The venues that can be asked."""
        return tuple(self._accounts)

    def tolerance_of(self, asset: str) -> Decimal:
        """The least difference of ``asset`` that counts."""
        return self._tolerances.of(asset)

    # --- instructions of unknown outcome -------------------------------------------------------------------------

    def hold_instruction(self, venue: str, instruction_id: str) -> None:
        """Note that an instruction's outcome at ``venue`` is unknown."""
        self._unresolved.setdefault(venue, set()).add(instruction_id)

    def resolve_instruction(self, venue: str, instruction_id: str) -> None:
        """Note that there is evidence of how an instruction ended; nothing happens where none was held."""
        held = self._unresolved.get(venue)
        if held is None:
            return
        held.discard(instruction_id)
        if not held:
            del self._unresolved[venue]

    def unresolved_instructions(self, venue: str) -> frozenset[str]:
        """The instructions at ``venue`` whose outcome is unknown."""
        return frozenset(self._unresolved.get(venue, ()))

    # --- what is there and not the run's --------------------------------------------------------------------------

    def set_aside(self, venue: str, found: Iterable[Difference]) -> None:
        """Know of what a venue holds, and nobody declared: an instruction there is not stopped by it.

        It lasts until the next ``reconcile_account`` of the venue.
        """
        self._observer.aside.put(venue, found)

    @property
    def is_setting_aside(self) -> bool:
        """Whether anything is set aside."""
        return bool(self._observer.aside)

    # --- the handshake -------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Open the handshake.

        Raises:
            ComponentError: REC-005 when one is pending already.
        """
        if self.handshake is _PENDING:
            raise _pending_already()
        self.handshake = _PENDING

    def reconcile_position(
        self, timestamp: Any, execution_deltas: ExecutionDeltas, meanwhile: Meanwhile | None = None
    ) -> ReconciliationResult:
        """Compare the ledger, in which ``execution_deltas`` are booked, with its venue.

        ``meanwhile`` books what the venue has done by itself; called before further looks at one that differs.

        Returns:
            The result of a comparison that succeeded, but for what is set aside (REC-010), or was held (REC-011).

        Raises:
            ComponentError: REC-001 mismatch, REC-002 the venue cannot be asked, REC-003 nothing is expected of the
                venue (not one of the run's, or the deltas are not booked), REC-005 handshake out of order, REC-006
                no observation succeeded, REC-007 a mismatch outlived the timeout, REC-013 halted by an earlier one.
        """
        if self.halted:
            raise ComponentError("REC-013", "an earlier mismatch is unresolved", COMPONENT)
        timestamp = timestamp if type(timestamp) is int else to_nanoseconds(timestamp)
        venue = execution_deltas.venue
        instruction_id = execution_deltas.instruction_id
        if self.handshake is _PENDING:
            raise _pending_already()
        self.handshake = _PENDING
        try:
            if self._unresolved:
                self.resolve_instruction(venue, instruction_id)
            if instruction_id not in self._ledger.applied:
                raise self._fail(timestamp, instruction_id, venue, "REC-003", f"{instruction_id} is not booked")
            # Where a difference is expected, there is nothing to wait for.
            brief = venue in self._unresolved
            observed = self._observe(timestamp, instruction_id, venue, meanwhile, brief=brief)
            if not observed.differences:
                return self._succeed(timestamp, instruction_id, venue, observed.count)
            if venue in self._unresolved:
                return self._hold(timestamp, instruction_id, venue, observed)
            left = self._observer.aside.beyond(venue, observed.differences)
            if all(map(self._from_outside, left)):
                return self._set_aside(timestamp, instruction_id, venue, observed)
            code = "REC-007" if observed.is_late else "REC-001"
            raise self._fail(timestamp, instruction_id, venue, code, _listed(observed.differences), observed)
        finally:
            if self.handshake is _PENDING:
                self.handshake = Handshake.FAILED

    def reconcile_account(self, timestamp: Any, venue: str) -> ReconciliationResult:
        """Compare the ledger with ``venue`` without an instruction, as a live run does from time to time.

        What differs is reported, and neither raised nor overwritten: REC-012 for a position that the run did not make
        or change, REC-010 for anything else.

        Raises:
            ComponentError: REC-002, REC-003, REC-005, REC-006 and REC-007 as ``reconcile_position``.
        """
        timestamp = timestamp if type(timestamp) is int else to_nanoseconds(timestamp)
        self.begin()
        self._observer.aside.clear(venue)
        try:
            observed = self._observe(timestamp, "", venue, brief=True)
            if not observed.differences:
                return self._succeed(timestamp, "", venue, observed.count)
            if venue in self._unresolved:
                return self._hold(timestamp, "", venue, observed)
            return self._report(timestamp, venue, observed.count, observed.differences)
        finally:
            if self.handshake is _PENDING:
                self.handshake = Handshake.FAILED

    def _observe(
        self, timestamp: int, instruction_id: str, venue: str, meanwhile: Meanwhile | None = None, *, brief: bool
    ) -> Observation:
        """The venue's last answer."""
        account = self._accounts.get(venue)
        if account is None:
            message = f"no account to reconcile for venue {venue!r}"
            raise self._fail(timestamp, instruction_id, venue, "REC-003", message)
        observed = self._observer.observe(timestamp, venue, account, meanwhile, brief=brief)
        if observed.differences is None:
            failure = observed.failure
            assert failure is not None
            is_final = failure.severity == "CRITICAL"
            code = "REC-002" if is_final else "REC-007" if observed.is_late else "REC-006"
            message = f"{venue} did not say what it holds ({observed.count} times asked): {failure}"
            raise self._fail(timestamp, instruction_id, venue, code, message, observed) from failure
        return observed

    # --- the five ends -------------------------------------------------------------------------------------------

    def _succeed(self, timestamp: int, instruction_id: str, venue: str, observations: int) -> ReconciliationResult:
        self.handshake = _SUCCESS
        self.reconciliation_successes += 1
        self.health.record_update(timestamp)
        result = ReconciliationResult(timestamp, instruction_id, venue, "success", observations)
        self.reconciliation_history.append(result)
        self._record_success(timestamp, result)
        return result

    def _set_aside(
        self, timestamp: int, instruction_id: str, venue: str, observed: Observation
    ) -> ReconciliationResult:
        found = observed.differences or ()
        for difference in self._observer.aside.beyond(venue, found):
            self._note(timestamp, "REC-010", f"set aside, for {instruction_id} did not make it: {difference}")
        self._observer.aside.put(venue, found)
        self.handshake = _SUCCESS
        self.reconciliation_successes += 1
        result = ReconciliationResult(timestamp, instruction_id, venue, "success", observed.count, found, "REC-010")
        self.reconciliation_history.append(result)
        self._record_success(timestamp, result)
        return result

    def _hold(self, timestamp: int, instruction_id: str, venue: str, observed: Observation) -> ReconciliationResult:
        found = observed.differences or ()
        waiting = ", ".join(sorted(self._unresolved[venue]))
        self._note(timestamp, "REC-011", f"outcome of {waiting} at {venue} is unknown: {_listed(found)}")
        result = ReconciliationResult(timestamp, instruction_id, venue, "held", observed.count, found, "REC-011")
        self.reconciliation_history.append(result)
        return result

    def _report(
        self, timestamp: int, venue: str, observations: int, found: tuple[Difference, ...]
    ) -> ReconciliationResult:
        # What an external position cost stands in the currency of its location.
        external = {difference.location for difference in found if _is_external_position(difference)}
        quote = self._accounts[venue].quote
        for difference in found:
            belongs = difference.location in external and difference.asset == quote
            code = "REC-012" if belongs or _is_external_position(difference) else "REC-010"
            self._note(timestamp, code, str(difference))
        code = "REC-012" if external else "REC-010"
        self.reconciliation_failures += 1
        result = ReconciliationResult(timestamp, "", venue, "failed", observations, found, code)
        self._record_failure(result)
        return result

    def _fail(
        self,
        timestamp: int,
        instruction_id: str,
        venue: str,
        code: str,
        message: str,
        observed: Observation | None = None,
    ) -> ComponentError:
        """Halt trading; the error to raise."""
        self.halted = True
        self.reconciliation_failures += 1
        count, found = (observed.count, observed.differences or ()) if observed is not None else (0, ())
        error = ComponentError(
            code, message, COMPONENT, original_exception=observed.failure if observed is not None else None
        )
        self.health.record_error(code, message, error.severity, timestamp)
        self._record_failure(ReconciliationResult(timestamp, instruction_id, venue, "failed", count, found, code))
        return error

    def _record_failure(self, result: ReconciliationResult) -> None:
        self.reconciliation_history.append(result)
        self._event_logger.log_event(result.timestamp, "reconciliation_failed", COMPONENT, result)

    def _note(self, timestamp: int, code: str, message: str) -> None:
        """Write down an error that does not end the reconciliation."""
        severity = entry_for(code).severity
        self.health.record_error(code, message, severity, timestamp)
        self._event_logger.log_event(timestamp, "error", COMPONENT, ErrorNote(code, message, severity))

    # --- for everyone --------------------------------------------------------------------------------------------

    def verify_position(
        self,
        expected_position: Mapping[str, Decimal],
        actual_position: Mapping[str, Decimal],
        tolerance: Decimal | None = None,
    ) -> bool:
        """Whether two positions ``{asset: amount}`` agree, over the union of their assets.

        Args:
            tolerance: the least difference that counts; by default that of each asset.

        Raises:
            ComponentError: REC-008 when the tolerance is not a positive number.
        """
        if tolerance is None:
            return not differences("", expected_position, actual_position, self._tolerances)
        if not _is_positive(tolerance):
            raise ComponentError("REC-008", f"tolerance {tolerance}", COMPONENT)
        return not differences("", expected_position, actual_position, Tolerances(tolerance, {}, Decimal(1)))

    def resume(self) -> None:
        """Lift the halt after a person has settled the mismatch."""
        self.halted = False
        self.handshake = None

    def get_state_snapshot(self) -> dict[str, Any]:
        """Handshake, halt and counters; ``unresolved`` are instructions of unknown outcome by venue."""
        return {
            "handshake": self.handshake.value if self.handshake else None,
            "halted": self.halted,
            "unresolved": {venue: sorted(held) for venue, held in self._unresolved.items()},
            "reconciliation_successes": self.reconciliation_successes,
            "reconciliation_failures": self.reconciliation_failures,
        }


def _pending_already() -> ComponentError:
    return ComponentError("REC-005", "a reconciliation is pending already", COMPONENT)


def _is_positive(number: Decimal) -> bool:
    return number.is_finite() and number > 0


def _is_external_position(difference: Difference) -> bool:
    """Opened, closed or changed: no trade of the run's own has done it."""
    return difference.asset.endswith(PERP_SUFFIX)


def _listed(found: tuple[Difference, ...]) -> str:
    return "; ".join(map(str, found))
