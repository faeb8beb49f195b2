"""What a run has left open, and what a person can do about it, in lines for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from basis_strategy_v1.core.domain.durations import duration_text
from basis_strategy_v1.core.domain.instructions import AtomicBlock, CexTrade, Instruction, WalletTransfer
from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.core.domain.settings import Flow
from basis_strategy_v1.core.domain.timestamps import to_iso
from basis_strategy_v1.core.execution.journal import JournalEntry
from basis_strategy_v1.core.execution.restore import RestoredState
from basis_strategy_v1.core.interfaces.transfers_in_flight import WRITE_OFF, TransferInFlight
from basis_strategy_v1.core.monitors.catalog import venue_of


def arrival_hint(transfers: Iterable[TransferInFlight], location: str, token: str, mode: str) -> str:
    """What to do about money at a place that may be a transfer on its way; empty where none is."""
    names = " or ".join(item.client_transfer_id for item in likely_transfers(transfers, location, token))
    return f"If it is transfer {names}: 'basis recover {mode} --arrived ID --amount AMOUNT'." if names else ""


def own_transfers(transfers: Iterable[TransferInFlight], location: str, token: str) -> str:
    """Which transfers money at a place may be, in words; empty where none is on its way there."""
    names = " or ".join(item.client_transfer_id for item in likely_transfers(transfers, location, token))
    return f"it may be transfer {names}" if names else ""


def open_items(restored: RestoredState, mode: str, now: int) -> list[str]:
    """Transfers and instructions without an end, each with its age and what can be done."""
    sent_at = {item.client_id: item.sent_at for item in restored.withdrawals}
    lines: list[str] = []
    for transfer in restored.transfers:
        lines += transfer_lines(transfer, sent_at.get(transfer.client_transfer_id, 0), mode, now)
    for transfer in restored.written_off:
        lines += _written_off(restored, transfer)
    for entry in restored.unresolved:
        lines += [
            f"outcome unknown: {entry.instruction_id}, {_said(entry.instruction)}, {_age(entry, now)} old",
            "  The next start asks the venue for it by this id until it knows; nothing is sent a second time.",
            "  Where the venue does not answer, that start ends with REC-011: start again later.",
        ]
    for entry in restored.never_sent:
        lines.append(f"never left: {entry.instruction_id}, {_said(entry.instruction)}; the next start closes it")
    for trade in restored.resting:
        lines.append(f"resting: {_said(trade)}; the next start follows it, 'basis kill {mode}' cancels it")
    return lines or ["Nothing is open: no transfer on its way, no outcome unknown."]


def transfer_lines(transfer: TransferInFlight, sent_at: int, mode: str, now: int) -> list[str]:
    """One transfer on its way."""
    late = now >= transfer.overdue_at
    due = duration_text(now - transfer.arrives_at) + (" ago" if now >= transfer.arrives_at else " from now")
    what = f"{transfer.amount} {transfer.token} from {transfer.from_location} to {transfer.to_location}"
    when = f"sent {duration_text(now - sent_at)} ago, expected {due}{': OVERDUE' if late else ''}"
    lines = [f"on its way: transfer {transfer.client_transfer_id}", f"  {what}, {when}"]
    if not late:
        return [*lines, "  Nothing to do: its arrival is booked by itself."]
    return [*lines, *(f"  {line}" for line in ways_out(transfer, mode))]


def ways_out(transfer: TransferInFlight, mode: str) -> list[str]:
    """What a person can do about a transfer that does not arrive by itself."""
    number = transfer.client_transfer_id
    return [
        f"Look at the withdrawals of {transfer.from_location} and the deposits of {transfer.to_location}.",
        "If it is there:",
        f"  basis recover {mode} --arrived {number} --amount AMOUNT",
        "If it is lost, this books the loss (what arrives later is recognised all the same):",
        f"  basis recover {mode} --write-off {number} --reason TEXT",
    ]


def likely_transfers(
    transfers: Iterable[TransferInFlight], location: str, token: str, amount: Decimal | None = None
) -> Sequence[TransferInFlight]:
    """Transfers on their way that money at a venue may be, of about ``amount`` where one is given."""
    place = (venue_of(location), token)
    there = [item for item in transfers if (venue_of(item.to_location), item.token) == place]
    if amount is None:
        return there
    return [item for item in there if NEARLY_ALL * item.amount <= amount <= A_LITTLE_MORE * item.amount]


def returned_transfers(restored: RestoredState, flow: Flow) -> Sequence[TransferInFlight]:
    """Transfers without an end that money at a venue may be because that venue, their sender, has given them back: of
    about ``flow``'s amount, with the fee that is given back as well.
    """
    fees = {item.client_id: item.transfer_report.fee for item in restored.withdrawals if item.transfer_report}
    found = []
    for item in (*restored.transfers, *restored.written_off):
        most = A_LITTLE_MORE * (item.amount + fees.get(item.client_transfer_id, ZERO))
        is_there = (venue_of(item.from_location), item.token) == (venue_of(flow.location), flow.asset)
        if is_there and NEARLY_ALL * item.amount <= flow.amount <= most:
            found.append(item)
    return found


NEARLY_ALL, A_LITTLE_MORE = Decimal("0.9"), Decimal("1.001")


def _written_off(restored: RestoredState, transfer: TransferInFlight) -> list[str]:
    booking_id = f"{transfer.client_transfer_id}{WRITE_OFF}"
    booking = next(item for item in restored.bookings if item.booking_id == booking_id)
    what = f"{transfer.amount} {transfer.token} from {transfer.from_location} to {transfer.to_location}"
    number = transfer.client_transfer_id
    return [f"written off on {to_iso(booking.timestamp)}: transfer {number}, {what} {booking.note}"]


def _age(entry: JournalEntry, now: int) -> str:
    return duration_text(now - entry.timestamp)


def _said(instruction: Instruction | AtomicBlock) -> str:
    if isinstance(instruction, CexTrade):
        return (
            f"{instruction.side} {instruction.amount} {instruction.symbol} "
            f"({instruction.trade_type}, {instruction.order_type}) at {instruction.venue}"
        )
    if isinstance(instruction, WalletTransfer):
        return f"send {instruction.amount} {instruction.token} from {instruction.from_venue} to {instruction.to_venue}"
    return type(instruction).__name__
