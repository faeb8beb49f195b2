"""Capital on its way: what left one location and has not reached the other.

The sender's interface puts a transfer in, the receiver's takes it out; all interfaces of a run share one book. What was
written off is kept beside it: should it arrive after all, it is a loss recovered.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from basis_strategy_v1.core.domain.deltas import Changes, Cost, ExecutionDeltas
from basis_strategy_v1.core.domain.instructions import WalletTransfer
from basis_strategy_v1.core.domain.orders import (
    Arrival,
    PartialArrival,
    TransferArrival,
    TransferReport,
    TransferRequest,
)
from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.core.domain.timestamps import NANOSECONDS_PER_HOUR

IN_TRANSIT = "in_transit"
ARRIVAL = ".arrival"
DEPOSIT = ".deposit."
WRITE_OFF = ".write_off"
"""How the id of a booking goes on after that of its transfer; an arrival or a write-off is its last."""

CREDITED_AS = "deposit "
"""How the note of an arrival's booking begins; the receiver's id of the deposit follows."""

OVERDUE_AFTER = 2 * NANOSECONDS_PER_HOUR
"""How long after its expected arrival a transfer is worth a person's look."""


class TransferInFlight(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """``amount`` of ``token`` expected at ``to_location`` at ``arrives_at`` (ns UTC): what has not arrived so far.

    ``deposits`` are the receiver's ids of those parts that have.
    """

    client_transfer_id: str
    token: str
    amount: Decimal
    from_location: str
    to_location: str
    arrives_at: int
    is_written_off: bool = False
    deposits: frozenset[str] = frozenset()

    @property
    def overdue_at(self) -> int:
        """From when on (ns UTC) it is late beyond what is usual."""
        return self.arrives_at + OVERDUE_AFTER


class TransfersInFlight:
    """Transfers by their id."""

    def __init__(self) -> None:
        self._by_id: dict[str, TransferInFlight] = {}
        self._written_off: dict[str, TransferInFlight] = {}
        self._next_arrival: int | None = None

    @property
    def by_id(self) -> dict[str, TransferInFlight]:
        """All transfers on their way, by id."""
        return dict(self._by_id)

    def next_arrival(self) -> int | None:
        """When the next one arrives (ns UTC); None when nothing is on its way."""
        return self._next_arrival

    def put(self, transfer: TransferInFlight) -> None:
        """Note a transfer that has left, or one that was written off."""
        (self._written_off if transfer.is_written_off else self._by_id)[transfer.client_transfer_id] = transfer
        self._refresh()

    def take(self, client_transfer_id: str) -> TransferInFlight | None:
        """Remove and return a transfer; None when it is neither (or no longer) on its way nor written off."""
        transfer = self._by_id.pop(client_transfer_id, None) or self._written_off.pop(client_transfer_id, None)
        self._refresh()
        return transfer

    def take_part(self, client_transfer_id: str, amount: Decimal, deposit_id: str) -> TransferInFlight | None:
        """A transfer as it was before ``amount`` of it arrived, the rest being on its way still.

        None as ``take``, and for a deposit that is known.
        """
        transfer = self._by_id.get(client_transfer_id) or self._written_off.get(client_transfer_id)
        if transfer is None or deposit_id in transfer.deposits:
            return None
        deposits = transfer.deposits | {deposit_id}
        self.put(msgspec.structs.replace(transfer, amount=transfer.amount - amount, deposits=deposits))
        return transfer

    def move_into(self, other: TransfersInFlight) -> None:
        """Hand everything over to ``other``, another book."""
        other._by_id.update(self._by_id)
        other._refresh()
        self._by_id.clear()
        self._refresh()

    def _refresh(self) -> None:
        self._next_arrival = min((item.arrives_at for item in self._by_id.values()), default=None)


def transfer_request(transfer: WalletTransfer) -> TransferRequest:
    """The instruction as its sender is told it; the instruction's id is the transfer's."""
    return TransferRequest(
        client_transfer_id=transfer.instruction_id,
        from_location=transfer.from_venue,
        to_location=transfer.to_venue,
        token=transfer.token,
        amount=transfer.amount,
        network=transfer.network,
        address=transfer.address,
        tag=transfer.tag,
    )


def transfer_deltas(
    instruction_id: str, venue: str, request: TransferRequest, report: TransferReport
) -> ExecutionDeltas:
    """Debit the source; credit the destination, or ``in_transit`` until it arrives there; the fee is a cost."""
    token = report.token
    fee_asset = report.fee_asset or token
    changes: Changes = {request.from_location: {token: -report.sent}}
    if fee_asset != token and report.fee:
        changes[request.from_location][fee_asset] = -report.fee
    changes[IN_TRANSIT if report.arrives_at else request.to_location] = {token: report.received}
    return ExecutionDeltas(
        instruction_id=instruction_id,
        venue=venue,
        changes=changes,
        costs=(Cost(report.fee_bucket, fee_asset, report.fee),) if report.fee else (),
        requested=request.amount,
        filled=report.sent,
        order_status=IN_TRANSIT if report.arrives_at else "arrived",
    )


def arrival_deltas(venue: str, transfer: TransferInFlight, arrival: TransferArrival) -> ExecutionDeltas:
    """Move what was on its way to where it arrived; what is missing on arrival is a cost."""
    instruction_id = f"{arrival.client_transfer_id}{ARRIVAL}"
    if transfer.is_written_off:
        return _recovered(instruction_id, venue, arrival)
    missing = transfer.amount - arrival.amount
    return ExecutionDeltas(
        instruction_id=instruction_id,
        venue=venue,
        changes={
            IN_TRANSIT: {arrival.token: -transfer.amount},
            arrival.location: {arrival.token: arrival.amount},
        },
        costs=(Cost("transfer", arrival.token, missing),) if missing != ZERO else (),
        requested=transfer.amount,
        filled=arrival.amount,
        order_status="arrived",
        reason=_credited_as(arrival),
    )


def part_deltas(venue: str, transfer: TransferInFlight, part: PartialArrival) -> ExecutionDeltas:
    """Move what has arrived of a transfer to where it arrived; the rest stays on its way."""
    instruction_id = f"{part.client_transfer_id}{DEPOSIT}{part.deposit_id}"
    if transfer.is_written_off:
        return _recovered(instruction_id, venue, part)
    return ExecutionDeltas(
        instruction_id=instruction_id,
        venue=venue,
        changes={IN_TRANSIT: {part.token: -part.amount}, part.location: {part.token: part.amount}},
        requested=transfer.amount,
        filled=part.amount,
        order_status="arrived",
        reason=_credited_as(part),
    )


def write_off_deltas(transfer: TransferInFlight) -> ExecutionDeltas:
    """Give up what is still missing of a transfer: it is a cost of transfers."""
    return ExecutionDeltas(
        instruction_id=f"{transfer.client_transfer_id}{WRITE_OFF}",
        venue=transfer.to_location,
        changes={IN_TRANSIT: {transfer.token: -transfer.amount}},
        costs=(Cost("transfer", transfer.token, transfer.amount),),
        requested=transfer.amount,
        filled=ZERO,
        order_status="written_off",
    )


def _recovered(instruction_id: str, venue: str, arrival: Arrival) -> ExecutionDeltas:
    """What was written off and has come after all: it lowers the cost that the loss was."""
    return ExecutionDeltas(
        instruction_id=instruction_id,
        venue=venue,
        changes={arrival.location: {arrival.token: arrival.amount}},
        costs=(Cost("transfer", arrival.token, -arrival.amount),),
        requested=arrival.amount,
        filled=arrival.amount,
        order_status="recovered",
        reason=_credited_as(arrival),
    )


def _credited_as(arrival: Arrival) -> str:
    """Kept with the booking: a start must know which deposits are in the books."""
    return f"{CREDITED_AS}{arrival.deposit_id}" if arrival.deposit_id else ""
