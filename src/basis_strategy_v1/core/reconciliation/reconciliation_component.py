"""ReconciliationComponent: after each instruction, do our books and the venue's agree?"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import Enum
from typing import Any, Protocol

import msgspec

from basis_strategy_v1.core.domain.deltas import ExecutionDeltas
from basis_strategy_v1.core.domain.orders import LocationReport
from basis_strategy_v1.core.domain.settings import ReconciliationSettings
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.health.unified_health_manager import ComponentHealth
from basis_strategy_v1.core.interfaces.ports import EventSink
from basis_strategy_v1.core.monitors.position_monitor import PositionMonitor
from basis_strategy_v1.core.reconciliation.compare import (
    Difference,
    Tolerances,
    actual_balances,
    differences,
    expected_balances,
)

COMPONENT = "ReconciliationComponent"
HISTORY_LENGTH = 10_000


class Handshake(Enum):
    """A reconciliation begins PENDING and ends once, in SUCCESS or FAILED."""

    PENDING = "pending"
    SUCCESS = "success"
    FAILED = "failed"


class ReconciliationResult(msgspec.Struct, frozen=True, gc=False):
    """How one reconciliation ended."""

    timestamp: int
    instruction_id: str
    venue: str
    status: str
    observations: int
    differences: tuple[Difference, ...] = ()


class ObservableInterface(Protocol):
    """The part of an execution interface that reconciliation needs."""

    def observe(self) -> Sequence[LocationReport]:
        """What the venue says sits at each of its locations."""


class VenueAccount(msgspec.Struct, frozen=True):
    """A venue to reconcile with: where to ask, and in which currency its perpetuals settle."""

    interface: ObservableInterface
    quote: str


class ReconciliationComponent:
    """Compares the ledger with what venues say.

    A mismatch is observed again, up to ``max_observations`` times; then the instruction's block stops with REC-001. A
    position is never overwritten to make the comparison pass.
    """

    def __init__(
        self,
        settings: ReconciliationSettings,
        position_monitor: PositionMonitor,
        tolerances: Tolerances,
        event_logger: EventSink,
        health: ComponentHealth | None = None,
    ) -> None:
        if not settings.tolerance_steps > 0:
            raise ComponentError("REC-008", f"tolerance of {settings.tolerance_steps} steps", COMPONENT)
        self._settings = settings
        self._position_monitor = position_monitor
        self._tolerances = tolerances
        self._event_logger = event_logger
        self.health = health or ComponentHealth(COMPONENT)
        self._accounts: dict[str, VenueAccount] = {}
        self.handshake: Handshake | None = None
        self.halted = False
        self.reconciliation_history: deque[ReconciliationResult] = deque(maxlen=HISTORY_LENGTH)
        self.reconciliation_failures = 0
        self.reconciliation_successes = 0

    def set_accounts(self, accounts: Mapping[str, VenueAccount]) -> None:
        """Tell which venues can be asked. Called once, when interfaces exist."""
        self._accounts = dict(accounts)

    def begin(self) -> None:
        """Open the handshake.

        Raises:
            ComponentError: REC-005 when one is pending already, REC-013 when trading is halted by reconciliation.
        """
        if self.halted:
            raise ComponentError("REC-013", "an earlier mismatch is unresolved", COMPONENT)
        if self.handshake is Handshake.PENDING:
            raise ComponentError("REC-005", "a reconciliation is pending already", COMPONENT)
        self.handshake = Handshake.PENDING

    def reconcile_position(self, timestamp: int, execution_deltas: ExecutionDeltas) -> ReconciliationResult:
        """Compare the ledger, in which ``execution_deltas`` are booked, with its venue.

        Returns:
            The result of a comparison that succeeded.

        Raises:
            ComponentError: REC-001 mismatch, REC-002 the venue could not be asked, REC-003 the venue is not one of
                the run's, REC-005 handshake out of order, REC-013 halted by an earlier mismatch.
        """
        self.begin()
        venue = execution_deltas.venue
        account = self._accounts.get(venue)
        if account is None:
            self.handshake = Handshake.FAILED
            raise ComponentError("REC-003", f"no account to reconcile for venue {venue!r}", COMPONENT)
        found: list[Difference] = []
        for observation in range(1, self._settings.max_observations + 1):
            found = self._observe_and_compare(timestamp, venue, account)
            if not found:
                return self._succeed(timestamp, execution_deltas.instruction_id, venue, observation)
        self._fail(timestamp, execution_deltas.instruction_id, venue, found)
        raise ComponentError("REC-001", "; ".join(map(str, found)), COMPONENT)

    def _observe_and_compare(self, timestamp: int, venue: str, account: VenueAccount) -> list[Difference]:
        try:
            reports = account.interface.observe()
        except ComponentError as error:
            self.handshake = Handshake.FAILED
            self.health.record_error("REC-002", str(error), "HIGH", timestamp)
            raise ComponentError(
                "REC-002", f"{venue} could not be asked: {error.message}", COMPONENT, original_exception=error
            ) from error
        monitor = self._position_monitor
        monitor.update_state(timestamp, "reconciliation", reports)
        ledger = monitor.ledger
        found: list[Difference] = []
        for report in reports:
            location = report.location
            quote = account.quote
            expected = expected_balances(ledger.at(location), quote)
            actual = actual_balances(report, quote)
            if expected != actual:
                found += differences(location, expected, actual, self._tolerances)
        return found

    def _succeed(self, timestamp: int, instruction_id: str, venue: str, observations: int) -> ReconciliationResult:
        self.handshake = Handshake.SUCCESS
        self.reconciliation_successes += 1
        self.health.record_update(timestamp)
        result = ReconciliationResult(timestamp, instruction_id, venue, "success", observations)
        self.reconciliation_history.append(result)
        self._event_logger.log_event(timestamp, "reconciliation_succeeded", COMPONENT, result)
        return result

    def _fail(self, timestamp: int, instruction_id: str, venue: str, found: list[Difference]) -> None:
        self.handshake = Handshake.FAILED
        self.halted = True
        self.reconciliation_failures += 1
        result = ReconciliationResult(
            timestamp, instruction_id, venue, "failed", self._settings.max_observations, tuple(found)
        )
        self.reconciliation_history.append(result)
        self.health.record_error("REC-001", "; ".join(map(str, found)), "HIGH", timestamp)
        self._event_logger.log_event(timestamp, "reconciliation_failed", COMPONENT, result)

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
            ComponentError: REC-008 when the tolerance is not positive.
        """
        if tolerance is None:
            return not differences("", expected_position, actual_position, self._tolerances)
        if not tolerance > 0:
            raise ComponentError("REC-008", f"tolerance {tolerance}", COMPONENT)
        return not differences("", expected_position, actual_position, Tolerances(tolerance, {}, Decimal(1)))

    def resume(self) -> None:
        """Lift the halt after a person has settled the mismatch."""
        self.halted = False
        self.handshake = None

    def get_state_snapshot(self) -> dict[str, Any]:
        return {
            "handshake": self.handshake.value if self.handshake else None,
            "halted": self.halted,
            "reconciliation_successes": self.reconciliation_successes,
            "reconciliation_failures": self.reconciliation_failures,
        }
