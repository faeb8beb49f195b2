"""What a running process says of transfers that need a person: in its status, and once each as an event."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from basis_strategy_v1.backends.live.dialects.venue_records import VenueDeposit
from basis_strategy_v1.backends.live.expected_arrivals import ExpectedArrivals
from basis_strategy_v1.bootstrap.live.declared_flows import DECLARED_BEFORE, not_declared
from basis_strategy_v1.bootstrap.live.open_items import likely_transfers
from basis_strategy_v1.core.domain.durations import duration_text
from basis_strategy_v1.core.domain.error_notes import ErrorNote
from basis_strategy_v1.core.domain.settings import Flow
from basis_strategy_v1.core.interfaces.ports import EventSink
from basis_strategy_v1.core.interfaces.transfers_in_flight import TransferInFlight, TransfersInFlight

COMPONENT = "EventDrivenStrategyEngine"
OVERDUE, NOT_EXPLAINED = "REC-011", "REC-001"


class TransferAttention:
    """Looks at all transfers on their way.

    Args:
        transfers: as the books have them.
        arrivals: as the venues tell of them.
        mode: of the run, for the commands that are named.
        declared: the flows that people have declared since a time (ns UTC).
    """

    def __init__(
        self,
        transfers: TransfersInFlight,
        arrivals: ExpectedArrivals,
        events: EventSink,
        mode: str,
        declared: Callable[[int], Sequence[Flow]],
    ) -> None:
        self._transfers = transfers
        self._arrivals = arrivals
        self._declared = declared
        self._events = events
        self._mode = mode
        self._told: set[str] = set()

    def lines(self, now: int) -> Sequence[str]:
        """What a person should look at now; nothing where all is as it should be."""
        said = []
        for key, code, text in (*self._overdue(now), *self._unexplained()):
            said.append(f"{code}: {text}")
            if key not in self._told:
                self._told.add(key)
                self._events.log_event(now, "error", COMPONENT, ErrorNote(code, text, "HIGH"))
        return said

    def _overdue(self, now: int) -> Iterator[tuple[str, str, str]]:
        for number, transfer in self._transfers.by_id.items():
            if now >= transfer.overdue_at:
                late = duration_text(now - transfer.arrives_at)
                text = (
                    f"transfer {number} of {transfer.amount} {transfer.token} from {transfer.from_location} to "
                    f"{transfer.to_location} is {late} late; {self._sender_says(transfer)}. Stop the run and see "
                    f"'basis recover {self._mode}': it says how to book its arrival or its loss."
                )
                yield number, OVERDUE, text

    def _sender_says(self, transfer: TransferInFlight) -> str:
        expected = self._arrivals.get(transfer.client_transfer_id)
        sender = transfer.from_location.partition(".")[0]
        if expected is None or not expected.sender_state:
            return f"{sender} does not list it"
        if expected.sender_state == "pending":
            return f"{sender} has not finished it"
        transaction = f" in transaction {expected.transaction_id}" if expected.transaction_id else ""
        return f"{sender} has sent it{transaction}"

    def _unexplained(self) -> Iterator[tuple[str, str, str]]:
        open_ones = self._transfers.by_id.values()
        deposits = self._arrivals.unexplained()
        if not open_ones or not deposits:
            return
        since = min(deposit.timestamp for deposit in deposits) - DECLARED_BEFORE
        for deposit in not_declared(deposits, self._declared(since)):
            likely = likely_transfers(open_ones, deposit.location, deposit.token)
            if likely:
                yield f"deposit {deposit.deposit_id}", NOT_EXPLAINED, self._explain(deposit, likely)

    def _explain(self, deposit: VenueDeposit, likely: Sequence[TransferInFlight]) -> str:
        names = " or ".join(f"{item.client_transfer_id} ({item.amount} {item.token})" for item in likely)
        return (
            f"a deposit of {deposit.amount} {deposit.token} at {deposit.location} is no transfer for certain; it may "
            f"be {names}. If so, stop the run and 'basis recover {self._mode} --arrived ID --amount {deposit.amount}'; "
            f"else declare it with 'basis flow {self._mode}'."
        )
