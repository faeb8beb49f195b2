"""Tells what happened to an account by itself: funding, liquidations, arrivals, fills of resting orders. Each once."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from basis_strategy_v1.backends.live.dialects.dialect import EventFeed
from basis_strategy_v1.backends.live.dialects.venue_records import VenueDeposit, VenueTransfer
from basis_strategy_v1.backends.live.event_cursor import (
    DEPOSIT_OVERLAP_MS,
    EventCursor,
    PendingWithdrawal,
    WatchedOrder,
)
from basis_strategy_v1.backends.live.expected_arrivals import ExpectedArrival, ExpectedArrivals
from basis_strategy_v1.backends.live.order_keeper import OrderKeeper
from basis_strategy_v1.backends.live.transfer_keeper import TransferKeeper
from basis_strategy_v1.core.domain.deltas import DONE, Outcome
from basis_strategy_v1.core.domain.orders import (
    AccountEvent,
    FundingPayment,
    LiquidationReport,
    OrderReport,
    TransferArrival,
    TransferReport,
    TransferRequest,
)

UNDECLARED = "deposit:"
"""How the id of a deposit begins that no transfer of ours accounts for."""

NANOSECONDS_PER_MILLISECOND = 1_000_000


class EventWatch:
    """Polls one account from a cursor on."""

    def __init__(
        self,
        feed: EventFeed,
        orders: OrderKeeper,
        transfers: TransferKeeper,
        arrivals: ExpectedArrivals,
        cursor: EventCursor,
    ) -> None:
        self._feed = feed
        self._orders = orders
        self._transfers = transfers
        self._arrivals = arrivals
        self.cursor = cursor

    def poll(self, now_ms: int) -> Sequence[AccountEvent]:
        """What happened since the last call, in the order it happened; fills of resting orders come last.

        Everything is asked before anything counts as told: where one answer is missing, all is told the next time.
        """
        cursor = self.cursor
        since = cursor.since()
        settlements = self._feed.settlements_since(since)
        withdrawals = self._listed_withdrawals()
        deposits = self._feed.deposits_since(max(cursor.origin_ms, since - DEPOSIT_OVERLAP_MS))
        orders = self._changed_orders()
        timed: list[FundingPayment | LiquidationReport | TransferArrival] = [
            event for event in settlements if cursor.is_new(_key(event), event.timestamp // NANOSECONDS_PER_MILLISECOND)
        ]
        timed += self._returned_withdrawals(withdrawals, now_ms)
        timed += self._new_deposits(deposits)
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
        elif report.outcome is not Outcome.UNKNOWN:
            self.cursor.watched.pop(client_id, None)

    def found(self, report: OrderReport) -> None:
        """Watch an open order that was looked up and is not watched yet; what it has filled so far was told by that."""
        if report.client_order_id not in self.cursor.watched and report.status.is_open:
            self.placed(report)

    def sent(self, request: TransferRequest, report: TransferReport, sent_at: int) -> None:
        """Expect what was withdrawn to arrive, here or elsewhere."""
        if report.outcome is not DONE or not report.arrives_at:
            return
        pending = PendingWithdrawal(request=request, sent_at=sent_at, received=report.received)
        self.cursor.withdrawals[request.client_transfer_id] = pending
        self._arrivals.expect(_expected(pending))

    def resume(self, cursor: EventCursor) -> None:
        """Go on from ``cursor``."""
        self.cursor = cursor
        for pending in cursor.withdrawals.values():
            self._arrivals.expect(_expected(pending))

    def _listed_withdrawals(self) -> list[tuple[PendingWithdrawal, VenueTransfer]]:
        """Withdrawals on their way, as the venue lists them."""
        listed = []
        for pending in self.cursor.withdrawals.values():
            found = self._transfers.find(pending.request, pending.sent_at)
            if found is not None:
                listed.append((pending, found))
        return listed

    def _returned_withdrawals(
        self, listed: Sequence[tuple[PendingWithdrawal, VenueTransfer]], now_ms: int
    ) -> list[TransferArrival]:
        """Withdrawals that the venue refused after it had taken them: their amount is back where it was."""
        returned = []
        for pending, found in listed:
            client_id = pending.request.client_transfer_id
            self._arrivals.identify(client_id, found.transaction_id)
            if found.state == "pending":
                continue
            del self.cursor.withdrawals[client_id]
            if found.state == "failed":
                self._arrivals.drop(client_id)
                request = pending.request
                returned.append(
                    TransferArrival(
                        now_ms * NANOSECONDS_PER_MILLISECOND,
                        client_id,
                        request.from_location,
                        request.token,
                        request.amount,
                    )
                )
        return returned

    def _new_deposits(self, deposits: Sequence[VenueDeposit]) -> list[TransferArrival]:
        arrivals = []
        for deposit in deposits:
            moment = deposit.timestamp // NANOSECONDS_PER_MILLISECOND
            if self.cursor.is_new(f"deposit {deposit.deposit_id}", moment):
                arrivals.append(self._arrival(deposit))
        return arrivals

    def _arrival(self, deposit: VenueDeposit) -> TransferArrival:
        client_id = self._arrivals.take(deposit) or f"{UNDECLARED}{deposit.deposit_id}"
        return TransferArrival(deposit.timestamp, client_id, deposit.location, deposit.token, deposit.amount)

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
            if report is not None and report.outcome is not Outcome.UNKNOWN:
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


def _expected(pending: PendingWithdrawal) -> ExpectedArrival:
    request = pending.request
    return ExpectedArrival(
        client_transfer_id=request.client_transfer_id,
        location=request.to_location,
        token=request.token,
        amount=pending.received,
    )


def _key(event: FundingPayment | LiquidationReport) -> str:
    if isinstance(event, FundingPayment):
        return f"funding {event.symbol} {event.timestamp}"
    return f"liquidation {event.location} {event.timestamp}"
