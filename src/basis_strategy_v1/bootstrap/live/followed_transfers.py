"""A start goes on following the transfers that an earlier process has sent."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Protocol

import msgspec

from basis_strategy_v1.core.domain.orders import TransferReport, TransferRequest
from basis_strategy_v1.core.execution.order_state import Submission
from basis_strategy_v1.core.execution.restore import RestoredState
from basis_strategy_v1.core.interfaces.transfers_in_flight import TransfersInFlight
from basis_strategy_v1.core.monitors.catalog import venue_of


class TransferSource(Protocol):
    """A venue that follows the transfers it has sent, and tells what comes in."""

    def remember_transfer(self, request: TransferRequest, report: TransferReport, sent_at: int) -> None: ...

    def keep_transfers(self, client_transfer_ids: Collection[str]) -> None: ...

    def remember_deposit(self, deposit_id: str, timestamp: int) -> None: ...


def follow_transfers(
    transfers: TransfersInFlight, sources: Mapping[str, TransferSource], restored: RestoredState
) -> None:
    """Put what has not arrived into ``transfers``, and have every venue know what is still to come, and what is not.

    A cursor may be older than the books: what has ended since is expected no more, what is booked counts as told.
    """
    missing = {}
    for transfer in (*restored.transfers, *restored.written_off):
        transfers.put(transfer)
        missing[transfer.client_transfer_id] = transfer.amount
    for source in sources.values():
        source.keep_transfers(missing)
    for item in restored.withdrawals:
        if item.client_id in missing:
            _remember(sources, item, missing[item.client_id])
    for deposit in restored.deposits:
        if venue_of(deposit.location) in sources:
            sources[venue_of(deposit.location)].remember_deposit(deposit.deposit_id, deposit.timestamp)


def follow_unbooked(sources: Mapping[str, TransferSource], restored: RestoredState) -> None:
    """The same for transfers whose sending the process died before it could book, once it is booked.

    Not before: an arrival that is told of a transfer which is not in the books would be lost.
    """
    booked = {item.client_transfer_id for item in (*restored.transfers, *restored.written_off)}
    for item in restored.withdrawals:
        if item.client_id not in booked and item.transfer_report is not None:
            _remember(sources, item, item.transfer_report.received)


def _remember(sources: Mapping[str, TransferSource], item: Submission, missing: Decimal) -> None:
    if item.venue in sources and item.transfer is not None and item.transfer_report is not None:
        left = msgspec.structs.replace(item.transfer_report, received=missing)
        sources[item.venue].remember_transfer(item.transfer, left, item.sent_at)
