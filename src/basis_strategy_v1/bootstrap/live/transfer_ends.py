"""What a person does about a transfer that did not arrive as it should: book its arrival, or write it off.

Each is one booking under an id of its own, in one transaction of the journal: it is made or it is not, and once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

import msgspec

from basis_strategy_v1.backends.live.arrival_matching import SHORTFALL_SHARE
from basis_strategy_v1.bootstrap.live.declared_flows import flows_in_force
from basis_strategy_v1.core.domain.deltas import ExecutionDeltas
from basis_strategy_v1.core.domain.durations import duration_text
from basis_strategy_v1.core.domain.orders import PartialArrival, TransferArrival
from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.core.domain.settings import Flow
from basis_strategy_v1.core.domain.timestamps import to_iso
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.execution.booked_by_hand import booked_by_hand
from basis_strategy_v1.core.execution.journal import RunJournal
from basis_strategy_v1.core.execution.restore import RestoredState, restore
from basis_strategy_v1.core.interfaces.transfers_in_flight import (
    ARRIVAL,
    IN_TRANSIT,
    WRITE_OFF,
    TransferInFlight,
    arrival_deltas,
    part_deltas,
    write_off_deltas,
)
from basis_strategy_v1.core.monitors.catalog import venue_of

COMPONENT = "EventDrivenStrategyEngine"
FLOWS = ("flow.", "undeclared.")
"""How the ids begin of money from outside, declared or taken in by an exit."""
Confirm = Callable[[Sequence[str]], bool]
"""Shown what will be booked; whether it shall be."""


class TransferEnd(msgspec.Struct, frozen=True, kw_only=True):
    """What a person has found out of a transfer.

    Attributes:
        amount: that has arrived; None where it is lost.
        reason: why it is given up, in a person's words.
        force: do it though it may still arrive by itself, or its receiver does not list it.
    """

    transfer_id: str
    amount: Decimal | None = None
    reason: str = ""
    force: bool = False


FindDeposit = Callable[[TransferInFlight, Decimal, int, RestoredState], tuple[str, str] | None]
"""Location and the receiver's id of the deposit of that amount since a time; None where it lists no such."""


def end_transfer(
    journal: RunJournal, end: TransferEnd, now: int, find_deposit: FindDeposit, confirm: Confirm
) -> list[str]:
    """Book what ``end`` says; what was booked, in lines, none where it was not confirmed.

    Raises:
        ComponentError: CFG-003 for a transfer that is unknown, has ended, or may still arrive by itself, and for an
            amount that cannot be its; RES-001 when it cannot be written down; what ``find_deposit`` raises.
    """
    restored = restore(journal)
    transfer = _find(restored, end)
    deltas = _lost(transfer, end, now) if end.amount is None else _arrived(restored, transfer, end, now, find_deposit)
    lines = _told(transfer, deltas, end)
    if not confirm(lines):
        return []
    assert restored.pnl is not None
    note = " ".join(part for part in (deltas.reason, f"(by a person: {end.reason or 'no reason given'})") if part)
    journal.record_booking(*booked_by_hand(deltas, restored.pnl, now, note))
    return lines


def _find(restored: RestoredState, end: TransferEnd) -> TransferInFlight:
    open_ones = {item.client_transfer_id: item for item in restored.transfers}
    given_up = {item.client_transfer_id: item for item in restored.written_off}
    found = open_ones.get(end.transfer_id) or given_up.get(end.transfer_id)
    if found is not None and not (found.is_written_off and end.amount is None):
        return found
    ends = {f"{end.transfer_id}{ARRIVAL}": "arrived", f"{end.transfer_id}{WRITE_OFF}": "was written off"}
    for booking in restored.bookings:
        if booking.booking_id in ends:
            raise _refused(f"transfer {end.transfer_id} {ends[booking.booking_id]} on {to_iso(booking.timestamp)}")
    known = ", ".join(open_ones) or "there are none"
    raise _refused(f"no transfer {end.transfer_id!r} is on its way", f"'basis recover MODE' lists what is: {known}.")


def _lost(transfer: TransferInFlight, end: TransferEnd, now: int) -> ExecutionDeltas:
    if now < transfer.overdue_at and not end.force:
        left = duration_text(transfer.overdue_at - now)
        message = f"transfer {end.transfer_id} may still arrive: it is overdue in {left}"
        raise _refused(message, "Wait until then, or give --force.")
    return write_off_deltas(transfer)


def _arrived(
    restored: RestoredState, transfer: TransferInFlight, end: TransferEnd, now: int, find_deposit: FindDeposit
) -> ExecutionDeltas:
    assert end.amount is not None
    tolerance = _tolerance(restored, transfer)
    if not ZERO < end.amount <= transfer.amount + tolerance:
        raise _refused(f"{end.amount} cannot be what came of {transfer.amount} {transfer.token}", "Give what arrived.")
    since = next(item.sent_at for item in restored.withdrawals if item.client_id == end.transfer_id)
    if not end.force:
        _refuse_declared(restored, transfer, end.amount, since)
    found = find_deposit(transfer, end.amount, since, restored)
    if found is None and not end.force:
        message = f"{venue_of(transfer.to_location)} lists no deposit of {end.amount} {transfer.token} since"
        remedy = "Look again later, or give --force to book it without such evidence."
        raise _refused(f"{message} {to_iso(since)} that is not in the books", remedy)
    location, deposit_id = found or (transfer.to_location, f"by-hand-{end.amount}")
    what = (now, end.transfer_id, location, transfer.token, end.amount, deposit_id)
    if abs(transfer.amount - end.amount) <= tolerance:
        return arrival_deltas(venue_of(transfer.to_location), transfer, TransferArrival(*what))
    deltas = part_deltas(venue_of(transfer.to_location), transfer, PartialArrival(*what))
    if any(booking.booking_id == deltas.instruction_id for booking in restored.bookings):
        raise _refused(f"{end.amount} of transfer {end.transfer_id} is booked already", "See 'basis recover MODE'.")
    return deltas


def _refuse_declared(restored: RestoredState, transfer: TransferInFlight, amount: Decimal, since: int) -> None:
    """Raise CFG-003 where the same amount is money from outside at the receiver already, booked or to be booked."""
    known = money_from_outside(restored, venue_of(transfer.to_location), transfer.token, amount, since)
    if not known:
        return
    flow_id = known[0][0]
    if flow_id in dict(restored.flows):
        state = "declared, and booked at the next start,"
        undo = f"Take it back with 'basis flow MODE --cancel {flow_id}'"
        first = "before that start"
    else:
        state, undo = "booked", f"Declare -{amount} with 'basis flow MODE'"
        first = "both before the next start"
    what = f"{amount} {transfer.token} at {transfer.to_location} are {state} as {flow_id}"
    raise _refused(what, f"{undo} and give --arrived again, {first}, or give --force if that was other money.")


def money_from_outside(
    restored: RestoredState, venue: str, token: str, amount: Decimal, since: int
) -> Sequence[tuple[str, Flow]]:
    """What came from outside at a venue, exactly that much since then, booked or declared and not booked yet.

    It is without what a person has taken back by declaring the contrary.
    """
    booked = [
        (booking.booking_id, Flow(timestamp=booking.timestamp, amount=assets[token], asset=token, location=place))
        for booking in restored.bookings
        if booking.booking_id.startswith(FLOWS) and booking.timestamp >= since
        for place, assets in booking.changes.items()
        if token in assets
    ]
    at_venue = [
        (flow_id, flow)
        for flow_id, flow in (*booked, *restored.flows)
        if (venue_of(flow.location), flow.asset, abs(flow.amount)) == (venue, token, amount)
    ]
    return [(flow_id, flow) for flow_id, flow in flows_in_force(at_venue) if flow.amount == amount]


def _tolerance(restored: RestoredState, transfer: TransferInFlight) -> Decimal:
    reports = (item.transfer_report for item in restored.withdrawals if item.client_id == transfer.client_transfer_id)
    fee = next((report.fee for report in reports if report is not None), ZERO)
    return max(fee, transfer.amount * SHORTFALL_SHARE)


def _told(transfer: TransferInFlight, deltas: ExecutionDeltas, end: TransferEnd) -> list[str]:
    token = transfer.token
    which = f"transfer {transfer.client_transfer_id} from {transfer.from_location} to {transfer.to_location}"
    if end.amount is None:
        return [
            f"{which}: {transfer.amount} {token} are written off, a loss in the P&L bucket 'transfer'"
            + (f" ({end.reason})." if end.reason else "."),
            "Should they arrive after all, the run books them as the loss recovered.",
        ]
    cost = sum((item.amount for item in deltas.costs), ZERO)
    place = next(location for location in deltas.changes if location != IN_TRANSIT)
    lines = [f"{which}: {end.amount} {token} are booked at {place}."]
    if transfer.is_written_off:
        return [*lines, f"It was written off: {-cost} {token} of the loss are recovered."]
    if not deltas.instruction_id.endswith(ARRIVAL):
        left = transfer.amount - end.amount
        return [*lines, f"{left} {token} stay on their way; write them off once they are lost."]
    return [*lines, f"{cost} {token} of difference go to the P&L bucket 'transfer'."] if cost else lines


def _refused(message: str, remedy: str = "") -> ComponentError:
    return ComponentError("CFG-003", message, COMPONENT, remedy=remedy or "'basis recover MODE' lists what is open.")
