"""Tells what happened to an account by itself: funding, liquidations, arrivals, fills of resting orders. Each once."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from basis_strategy_v1.backends.live.dialects.dialect import EventFeed
from basis_strategy_v1.backends.live.event_cursor import (
    DEPOSIT_OVERLAP_MS,
    NANOSECONDS_PER_MILLISECOND,
    EventCursor,
    WatchedOrder,
)
from basis_strategy_v1.backends.live.order_keeper import OrderKeeper
from basis_strategy_v1.backends.live.transfer_watch import TransferWatch, deposit_key
from basis_strategy_v1.core.domain.deltas import DONE, Outcome
from basis_strategy_v1.core.domain.orders import (
    AccountEvent,
    Arrival,
    FundingPayment,
    LiquidationReport,
    OrderReport,
    TransferReport,
    TransferRequest,
)

_UNKNOWN = Outcome.UNKNOWN


class EventWatch:
    """Polls one account from a cursor on."""

    def __init__(self, feed: EventFeed, orders: OrderKeeper, transfers: TransferWatch, cursor: EventCursor) -> None:
        self._feed = feed
        self._orders = orders
        self._transfers = transfers
        self.cursor = cursor

    def poll(self, now_ms: int) -> Sequence[AccountEvent]:
        """What happened since the last call, in the order it happened; fills of resting orders come last.

        Everything is asked before anything counts as told: where one answer is missing, all is told the next time.
        """
        cursor = self.cursor
        since = cursor.since()
        settlements = self._feed.settlements_since(since)
        withdrawals = self._transfers.listed(cursor)
        deposits = self._feed.deposits_since(max(cursor.origin_ms, since - DEPOSIT_OVERLAP_MS))
        orders = self._changed_orders()
        timed: list[FundingPayment | LiquidationReport | Arrival] = [
            event for event in settlements if cursor.is_new(_key(event), event.timestamp // NANOSECONDS_PER_MILLISECOND)
        ]
        timed += self._transfers.events(cursor, withdrawals, deposits, now_ms)
        fills = [report for report in orders if self._is_news(report)]
        cursor.polled(now_ms)
        return (*sorted(timed, key=lambda event: event.timestamp), *fills)

    def placed(self, report: OrderReport) -> None:
        """Watch an order that rests; forget one that has ended."""
        client_id = report.client_order_id
        if report.outcome is DONE and report.status.is_open:
            self.cursor.watched[client_id] = WatchedOrder(
                client_order_id=client_id, symbol=report.symbol, trade_type=report.trade_type, filled=report.filled
            )
        elif report.outcome is not _UNKNOWN:
            self.cursor.watched.pop(client_id, None)

    def found(self, report: OrderReport) -> None:
        """Watch an open order that was looked up and is not watched yet; what it has filled so far was told by that."""
        if report.client_order_id not in self.cursor.watched and report.status.is_open:
            self.placed(report)

    def sent(self, request: TransferRequest, report: TransferReport, sent_at: int) -> None:
        """Expect what was withdrawn to arrive, here or elsewhere."""
        self._transfers.sent(self.cursor, request, report, sent_at)

    def resume(self, cursor: EventCursor) -> None:
        """Go on from ``cursor``."""
        self.cursor = cursor
        self._transfers.resume(cursor)

    def keep_transfers(self, client_transfer_ids: Collection[str]) -> None:
        """Expect nothing more of what left here but of these transfers."""
        self._transfers.keep_only(self.cursor, client_transfer_ids)

    def remember_deposit(self, deposit_id: str, timestamp: int) -> None:
        """Take a deposit of that time (ns UTC) for told: it is in the books."""
        self.cursor.told[deposit_key(deposit_id)] = timestamp // NANOSECONDS_PER_MILLISECOND
        self.cursor.unexplained.pop(deposit_id, None)

    def _changed_orders(self) -> list[OrderReport]:
        """Watched orders that do not stand as they were told."""
        watched = self.cursor.watched
        if not watched:
            return []
        listed = {self._orders.client_id(order): order for order in self._orders.listed_open()}
        reports = []
        for client_id, known in watched.items():
            order = listed.get(client_id)
            if order is not None and order.filled == known.filled:
                continue
            report = self._orders.lookup(client_id) if order is None else self._orders.report(order)
            if report is not None and report.outcome is not _UNKNOWN:
                reports.append(report)
        return reports

    def _is_news(self, report: OrderReport) -> bool:
        """Whether an order has ended or filled further; it counts as told from now on."""
        watched = self.cursor.watched
        known = watched[report.client_order_id]
        if not report.status.is_open:
            del watched[report.client_order_id]
            return True
        if report.filled == known.filled:
            return False
        watched[report.client_order_id] = msgspec.structs.replace(known, filled=report.filled)
        return True


def _key(event: FundingPayment | LiquidationReport) -> str:
    if isinstance(event, FundingPayment):
        return f"funding {event.symbol} {event.timestamp}"
    return f"liquidation {event.location} {event.timestamp}"
