"""What speaks for an arrival that a person books, and what is written down of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from basis_strategy_v1.backends.live.arrival_matching import CLOCK_TOLERANCE
from basis_strategy_v1.backends.live.ccxt_exchange import CcxtExchange
from basis_strategy_v1.bootstrap.live.declared_flows import not_declared
from basis_strategy_v1.bootstrap.live.transfer_ends import FindDeposit, TransferEnd, money_from_outside
from basis_strategy_v1.core.domain.error_notes import ErrorNote
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.event_logger import EventLogger
from basis_strategy_v1.core.execution.restore import RestoredState
from basis_strategy_v1.core.interfaces.transfers_in_flight import TransferInFlight
from basis_strategy_v1.core.monitors.catalog import venue_of

COMPONENT = "EventDrivenStrategyEngine"


def listed_deposits(exchanges: Mapping[str, CcxtExchange], force: bool) -> FindDeposit:
    """Asks the receiver of a transfer for its deposits; with ``force`` one that does not answer lists none."""

    def find(
        transfer: TransferInFlight, amount: Decimal, since: int, restored: RestoredState
    ) -> tuple[str, str] | None:
        receiver = venue_of(transfer.to_location)
        booked = {item.deposit_id for item in restored.deposits if venue_of(item.location) == receiver}
        try:
            listed = exchanges[receiver].deposits_since(since - CLOCK_TOLERANCE)
        except ComponentError:
            if not force:
                raise
            return None
        wanted = (transfer.token, amount)
        fitting = [item for item in listed if (item.token, item.amount) == wanted and item.deposit_id not in booked]
        # The deposit of money that a person has declared is no transfer.
        declared = money_from_outside(restored, receiver, *wanted, since - CLOCK_TOLERANCE)
        fitting = not_declared(fitting, [flow for _, flow in declared])
        return (fitting[0].location, fitting[0].deposit_id) if fitting else None

    return find


def write_down(directory: Path, now: int, end: TransferEnd, lines: Sequence[str]) -> None:
    """Put into the run's events that a person has ended a transfer."""
    code, what = ("REC-011", "written off") if end.amount is None else ("REC-001", f"arrived with {end.amount}")
    text = f"transfer {end.transfer_id}: {what}, by a person: {end.reason or 'no reason given'}; {' '.join(lines)}"
    events = EventLogger.live(directory / "logs" / "events", lambda: now)
    events.log_event(now, "error", COMPONENT, ErrorNote(code, text, "HIGH"))
    events.close()
