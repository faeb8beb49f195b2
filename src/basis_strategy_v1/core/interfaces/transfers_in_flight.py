"""Capital on its way: what left one location and has not reached the other.

The sender's interface puts a transfer in, the receiver's takes it out; all interfaces of a run share one book.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from basis_strategy_v1.core.domain.deltas import Changes, Cost, ExecutionDeltas
from basis_strategy_v1.core.domain.instructions import WalletTransfer
from basis_strategy_v1.core.domain.orders import TransferArrival, TransferReport, TransferRequest
from basis_strategy_v1.core.domain.quantities import ZERO

IN_TRANSIT = "in_transit"


class TransferInFlight(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """``amount`` of ``token`` expected at ``to_location`` at ``arrives_at`` (ns UTC)."""

    client_transfer_id: str
    token: str
    amount: Decimal
    from_location: str
    to_location: str
    arrives_at: int


class TransfersInFlight:
    """Transfers by their id."""

    def __init__(self) -> None:
        self._by_id: dict[str, TransferInFlight] = {}
        self._next_arrival: int | None = None

    @property
    def by_id(self) -> dict[str, TransferInFlight]:
        """All transfers on their way, by id."""
        return dict(self._by_id)

    def next_arrival(self) -> int | None:
        """When the next one arrives (ns UTC); None when nothing is on its way."""
        return self._next_arrival

    def put(self, transfer: TransferInFlight) -> None:
        """Note a transfer that has left."""
        self._by_id[transfer.client_transfer_id] = transfer
        self._refresh()

    def take(self, client_transfer_id: str) -> TransferInFlight | None:
        """Remove and return a transfer; None when it is not (or no longer) on its way."""
        transfer = self._by_id.pop(client_transfer_id, None)
        self._refresh()
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
    missing = transfer.amount - arrival.amount
    return ExecutionDeltas(
        instruction_id=f"{arrival.client_transfer_id}.arrival",
        venue=venue,
        changes={
            IN_TRANSIT: {arrival.token: -transfer.amount},
            arrival.location: {arrival.token: arrival.amount},
        },
        costs=(Cost("transfer", arrival.token, missing),) if missing != ZERO else (),
        requested=transfer.amount,
        filled=arrival.amount,
        order_status="arrived",
    )
