"""What a start finds in the journal: starting is recovering, also the first time, when there is nothing yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from basis_strategy_v1.core.domain.bookings import Booking
from basis_strategy_v1.core.domain.deltas import ExecutionDeltas
from basis_strategy_v1.core.domain.instructions import CexTrade, WalletTransfer
from basis_strategy_v1.core.domain.settings import Flow
from basis_strategy_v1.core.execution.journal import JournalEntry, KeptState, RunJournal
from basis_strategy_v1.core.execution.order_state import Submission
from basis_strategy_v1.core.execution.restored_transfers import (
    BookedDeposit,
    deposits_booked,
    is_under_way,
    transfers_open,
)
from basis_strategy_v1.core.interfaces.transfers_in_flight import TransferInFlight
from basis_strategy_v1.core.monitors.pnl_state import PnLState


class RestoredState(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that outlived the last process.

    Attributes:
        run_id, next_step: ids go on from here and never meet an earlier one.
        bookings, pnl: the ledger is the replay of the bookings, P&L is as after the last one (None before the first).
        unresolved: instructions that a venue may have executed and that are not booked, with their venue to be asked.
        unbooked: outcomes that are known and not booked, of instructions that no exchange can be asked for.
        never_sent: instructions that provably had no effect, and never got an answer: send them again or forget them.
        resting: booked trades whose orders were open, or had fills that are not booked.
        transfers: sent and booked, and not known to have arrived in full: what is missing is to be booked when it does.
        written_off: given up by a person: what arrives of them is a loss recovered.
        withdrawals: both, and those whose sending is not booked yet, as they were sent.
        deposits: those that are in the books, and that a venue may bring up again.
        cursors: how far each venue's events are booked.
        state: the trading state.
        flows: declared, and not booked.
    """

    run_id: str
    next_step: int
    bookings: tuple[Booking, ...]
    pnl: PnLState | None
    unresolved: tuple[JournalEntry, ...]
    unbooked: tuple[ExecutionDeltas, ...]
    never_sent: tuple[JournalEntry, ...]
    resting: tuple[CexTrade, ...]
    transfers: tuple[TransferInFlight, ...]
    withdrawals: tuple[Submission, ...]
    written_off: tuple[TransferInFlight, ...] = ()
    deposits: tuple[BookedDeposit, ...] = ()
    cursors: Mapping[str, str]
    state: KeptState
    flows: tuple[tuple[str, Flow], ...]

    @property
    def is_first_start(self) -> bool:
        """Whether nothing was ever booked, not even what the run opens with."""
        return not self.bookings

    def unresolved_trades(self, venue: str) -> tuple[CexTrade, ...]:
        """Trades at ``venue`` whose outcome must be asked for."""
        trades = (entry.instruction for entry in self.unresolved)
        return tuple(trade for trade in trades if isinstance(trade, CexTrade) and trade.venue == venue)

    def unresolved_transfers(self, venue: str) -> tuple[WalletTransfer, ...]:
        """Transfers out of ``venue`` whose outcome must be asked for."""
        items = (entry.instruction for entry in self.unresolved)
        return tuple(item for item in items if isinstance(item, WalletTransfer) and _owner(item.from_venue) == venue)

    def resting_trades(self, venue: str) -> tuple[CexTrade, ...]:
        """Booked trades of ``venue`` whose orders must be followed up."""
        return tuple(trade for trade in self.resting if trade.venue == venue)


def restore(journal: RunJournal) -> RestoredState:
    """Read what the last process left.

    Raises:
        ComponentError: RES-001 when the journal cannot be read.
    """
    bookings = tuple(journal.bookings())
    booked = {booking.booking_id for booking in bookings}
    unfinished = journal.submissions_unfinished()
    transfers = transfers_open(unfinished, bookings)
    unresolved: list[JournalEntry] = []
    unbooked: list[ExecutionDeltas] = []
    never_sent: list[JournalEntry] = []
    for entry, deltas in journal.instructions_unbooked():
        if deltas is not None:
            unbooked.append(deltas)
        elif entry.sent:
            unresolved.append(entry)
        else:
            never_sent.append(entry)
    return RestoredState(
        run_id=journal.run_id,
        next_step=journal.next_step(),
        bookings=bookings,
        pnl=journal.latest_pnl(),
        unresolved=tuple(unresolved),
        unbooked=tuple(unbooked),
        never_sent=tuple(never_sent),
        resting=_resting(journal, [item for item in unfinished if item.client_id in booked]),
        transfers=tuple(item for item in transfers if not item.is_written_off),
        written_off=tuple(item for item in transfers if item.is_written_off),
        withdrawals=tuple(item for item in unfinished if is_under_way(item)),
        deposits=deposits_booked(bookings),
        cursors=journal.cursors(),
        state=journal.kept_state(),
        flows=tuple(journal.flows_unbooked()),
    )


def _resting(journal: RunJournal, submissions: Sequence[Submission]) -> tuple[CexTrade, ...]:
    trades = [journal.instruction(item.client_id) for item in submissions if item.order is not None]
    return tuple(trade for trade in trades if isinstance(trade, CexTrade))


def _owner(location: str) -> str:
    return location.partition(".")[0]
