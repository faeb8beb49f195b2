"""What the arrival of a transfer changes, and what is worth saying of one that is not as it was expected."""

from __future__ import annotations

from basis_strategy_v1.core.domain.deltas import ExecutionDeltas
from basis_strategy_v1.core.domain.error_notes import ErrorNote
from basis_strategy_v1.core.domain.orders import Arrival, PartialArrival
from basis_strategy_v1.core.interfaces.transfers_in_flight import (
    TransferInFlight,
    TransfersInFlight,
    arrival_deltas,
    part_deltas,
)


def arrived(
    venue: str, transfers: TransfersInFlight, arrival: Arrival
) -> tuple[ExecutionDeltas, ErrorNote | None] | None:
    """Take an arrival out of ``transfers``: its booking, and data of an ``error`` event; None for none of them."""
    if isinstance(arrival, PartialArrival):
        transfer = transfers.take_part(arrival.client_transfer_id, arrival.amount, arrival.deposit_id)
        return None if transfer is None else (part_deltas(venue, transfer, arrival), _note(transfer, arrival))
    transfer = transfers.take(arrival.client_transfer_id)
    return None if transfer is None else (arrival_deltas(venue, transfer, arrival), _note(transfer, arrival))


def _note(transfer: TransferInFlight, arrival: Arrival) -> ErrorNote | None:
    what = f"transfer {arrival.client_transfer_id} from {transfer.from_location} to {transfer.to_location}"
    came = f"{arrival.amount} {arrival.token}"
    if transfer.is_written_off:
        return ErrorNote("REC-010", f"{what}, written off, has come after all: {came}, a loss recovered", "MEDIUM")
    if arrival.location == transfer.from_location:
        return ErrorNote("EXI-001", f"{what} was refused after it had been accepted: {came} came back", "MEDIUM")
    missing = transfer.amount - arrival.amount
    if not missing:
        return None
    if isinstance(arrival, PartialArrival):
        how = f"{missing} {arrival.token} of it are still on their way"
    else:
        less_or_more = "less" if missing > 0 else "more"
        how = f"{abs(missing)} {arrival.token} {less_or_more} than expected, booked as transfer cost"
    return ErrorNote("REC-001", f"{what} arrived with {came}: {how}", "MEDIUM")
