"""Takes orders: market and limit, post-only, immediate or cancel, fill or kill, reduce-only; works the resting ones."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from basis_strategy_v1.backends.simulated.account import Account
from basis_strategy_v1.backends.simulated.booking import book_fill, check_funds
from basis_strategy_v1.backends.simulated.desk import Desk
from basis_strategy_v1.backends.simulated.open_order import OpenOrder, rejected
from basis_strategy_v1.backends.simulated.rejections import (
    Rejection,
    check_capabilities,
    check_limit_price,
    check_notional,
    check_quantity,
)
from basis_strategy_v1.core.domain.deltas import Outcome
from basis_strategy_v1.core.domain.orders import OrderReport, OrderRequest, OrderStatus
from basis_strategy_v1.core.domain.quantities import ZERO

# An enum's member costs as much as ten globals, on every order.
_FILLED = OrderStatus.FILLED
_EXPIRED = OrderStatus.EXPIRED


class OrderBook:
    """All orders of one account by client id. Each call is told the row, and its time in ns where time matters."""

    __slots__ = ("_account", "_expire_after", "_known", "_sequence")

    def __init__(self, account: Account, expire_after: int | None) -> None:
        self._account = account
        self._expire_after = expire_after
        self._known: dict[str, tuple[OrderRequest, OrderReport]] = {}
        self._sequence = 0

    def place(self, request: OrderRequest, row: int, now: int) -> OrderReport:
        """Take an order. The same request again gets the same report; another one under its id is refused."""
        client_order_id = request.client_order_id
        known = self._known.get(client_order_id)
        if known is not None:
            if known[0] == request:
                return known[1]
            return rejected(request, "EXI-001", f"duplicate client order id {client_order_id} with another order")
        try:
            report = self._execute(request, row, now)
        except Rejection as rejection:
            report = rejected(request, rejection.code, rejection.reason)
        self._known[client_order_id] = (request, report)
        return report

    def lookup(self, client_order_id: str) -> OrderReport | None:
        """The latest report of an order."""
        known = self._known.get(client_order_id)
        return None if known is None else known[1]

    def open_reports(self) -> tuple[OrderReport, ...]:
        """The reports of all open orders, oldest first."""
        return tuple(self._known[client_order_id][1] for client_order_id in self._account.open_orders)

    def cancel(self, client_order_id: str) -> OrderReport:
        """Cancel an open order; a finished one's final report; EXI-011 for an unknown id."""
        order = self._account.open_orders.get(client_order_id)
        if order is None:
            return self.lookup(client_order_id) or _not_found(client_order_id)
        return self._close(order, OrderStatus.CANCELED)

    def cancel_all(self) -> list[OrderReport]:
        """Cancel every open order."""
        return [self._close(order, OrderStatus.CANCELED) for order in list(self._account.open_orders.values())]

    def amend(
        self, client_order_id: str, quantity: Decimal | None, price: Decimal | None, row: int, now: int
    ) -> OrderReport:
        """Change the total quantity or the price of an open order; a refusal leaves it as it was."""
        order = self._account.open_orders.get(client_order_id)
        if order is None:
            return _not_found(client_order_id)
        request = msgspec.structs.replace(
            order.request, quantity=quantity or order.request.quantity, price=price or order.limit
        )
        del self._account.open_orders[client_order_id]
        try:
            report = self._work(self._amended(order, request, row), row, now)
        except Rejection as rejection:
            self._account.open_orders[client_order_id] = order
            return rejected(request, rejection.code, rejection.reason)
        return report

    def next_expiry(self) -> int | None:
        """When the oldest open order expires (ns), or None."""
        if self._expire_after is None or not self._account.open_orders:
            return None
        return min(order.placed_at for order in self._account.open_orders.values()) + self._expire_after

    def match(self, row: int) -> list[OrderReport]:
        """Fill resting orders that the row's price has reached, at their limit, as maker."""
        reports = []
        for order in list(self._account.open_orders.values()):
            report = self._match_one(order, self._desk(order.request), row)
            if report is not None:
                reports.append(report)
        return reports

    def expire(self, now: int) -> list[OrderReport]:
        """End the orders that have rested as long as they may."""
        if self._expire_after is None:
            return []
        due = [order for order in self._account.open_orders.values() if order.placed_at + self._expire_after <= now]
        return [self._close(order, OrderStatus.EXPIRED) for order in due]

    def _desk(self, request: OrderRequest) -> Desk:
        """The desk of an order that was taken before."""
        account = self._account
        return (account.perp_desks if request.trade_type == "perp" else account.spot_desks)[request.symbol]

    def _execute(self, request: OrderRequest, row: int, now: int) -> OrderReport:
        account = self._account
        desk = (account.perp_desks if request.trade_type == "perp" else account.spot_desks).get(request.symbol)
        if desk is None:
            raise _not_traded(account, request)
        is_market = request.order_type == "market"
        if not is_market or request.time_in_force != "gtc" or request.post_only or request.reduce_only:
            check_capabilities(account.capabilities, request)
        quantity = request.quantity
        if quantity % desk.step or quantity < desk.min_quantity:
            check_quantity(desk, request)
        missing = desk.price_column.missing
        if missing is not None and missing[row]:
            raise Rejection("EXI-003", f"{request.trade_type} {request.symbol} has no price now and cannot trade")
        self._sequence = sequence = self._sequence + 1
        venue_order_id = f"{account.spec.venue}-{sequence}"
        if is_market:
            return self._take_market(request, desk, row, venue_order_id)
        order = OpenOrder(request, check_limit_price(desk, request), venue_order_id, now)
        check_notional(desk, request, order.limit)
        return self._work(order, row, now)

    def _take_market(self, request: OrderRequest, desk: Desk, row: int, venue_order_id: str) -> OrderReport:
        account = self._account
        price = desk.price_column.decimal(row)
        wanted = request.quantity
        if wanted * price < desk.min_notional:
            check_notional(desk, request, price)
        quantity = desk.fillable(row, self._reducible(request) if request.reduce_only else wanted)
        if not quantity:
            raise Rejection("EXI-001", f"no liquidity left for {request.symbol} at this row")
        fill_price = price if desk.is_free else desk.taker_price(row, quantity, request.side == "buy")
        max_slippage = request.max_slippage
        if fill_price is not price and max_slippage is not None and abs(fill_price - price) > max_slippage * price:
            words = f"would fill at {fill_price}, more than {max_slippage} from {price}"
            raise Rejection("EXI-008", f"{request.side} {quantity} {request.symbol} {words}")
        rate = desk.taker_rate
        check_funds(account, desk, request, row, quantity, fill_price, rate)
        fill = book_fill(account, desk, request, row, 1, quantity, fill_price, rate)
        return OrderReport(
            client_order_id=request.client_order_id,
            symbol=desk.symbol,
            trade_type=request.trade_type,
            side=request.side,
            quantity=wanted,
            status=_FILLED if quantity == wanted else _EXPIRED,
            venue_order_id=venue_order_id,
            filled=quantity,
            price=fill_price,
            fills=(fill,),
        )

    def _work(self, order: OpenOrder, row: int, now: int) -> OrderReport:
        """Take what crosses, then rest, expire or refuse the remainder as the order says."""
        request = order.request
        desk = self._desk(request)
        buying = request.side == "buy"
        price = desk.price_column.decimal(row)
        crosses = desk.columns.is_tradable(row) and (order.limit >= price if buying else order.limit <= price)
        if request.post_only and crosses:
            raise Rejection("EXI-001", f"post-only order at {order.limit} would immediately match at {price}")
        if request.reduce_only:
            self._reducible(request)
        rests = request.time_in_force == "gtc"
        if rests:
            committed = _committed_price(order, desk, row)
            check_funds(self._account, desk, request, row, order.remaining, committed, desk.taker_rate)
        if crosses:
            self._take_limit(order, desk, row)
        if order.remaining and rests:
            self._account.open_orders[request.client_order_id] = order
        return self._close(order, OrderStatus.EXPIRED) if not rests else self._note(order, order.working_status())

    def _take_limit(self, order: OpenOrder, desk: Desk, row: int) -> None:
        request = order.request
        buying = request.side == "buy"
        wanted = min(order.remaining, self._reducible(request)) if request.reduce_only else order.remaining
        quantity = desk.quantity_within(row, desk.fillable(row, wanted), order.limit, buying)
        if not quantity or (request.time_in_force == "fok" and quantity < order.remaining):
            return
        price = desk.taker_price(row, quantity, buying)
        check_funds(self._account, desk, request, row, quantity, price, desk.taker_rate)
        self._fill(order, desk, row, quantity, price, desk.taker_rate)

    def _match_one(self, order: OpenOrder, desk: Desk, row: int) -> OrderReport | None:
        if not desk.columns.is_tradable(row):
            return None
        price = desk.price_column.decimal(row)
        if price > order.limit if order.request.side == "buy" else price < order.limit:
            return None
        wanted = order.remaining
        if order.request.reduce_only:
            wanted = min(wanted, self._held_against(order.request))
            if not wanted:
                return self._close(order, OrderStatus.EXPIRED)
        quantity = desk.fillable(row, wanted)
        if not quantity:
            return None
        self._fill(order, desk, row, quantity, order.limit, desk.maker_rate)
        if not order.remaining:
            return self._close(order, OrderStatus.FILLED)
        return self._note(order, order.working_status())

    def _fill(self, order: OpenOrder, desk: Desk, row: int, quantity: Decimal, price: Decimal, rate: Decimal) -> None:
        sequence = len(order.fills) + 1
        order.fills.append(book_fill(self._account, desk, order.request, row, sequence, quantity, price, rate))
        order.remaining -= quantity

    def _close(self, order: OpenOrder, status: OrderStatus) -> OrderReport:
        self._account.open_orders.pop(order.request.client_order_id, None)
        return self._note(order, status if order.remaining else OrderStatus.FILLED)

    def _note(self, order: OpenOrder, status: OrderStatus) -> OrderReport:
        client_order_id = order.request.client_order_id
        report = order.report(status)
        original = self._known.get(client_order_id)
        self._known[client_order_id] = (order.request if original is None else original[0], report)
        return report

    def _held_against(self, request: OrderRequest) -> Decimal:
        """The size of the position that ``request`` would reduce; 0 when there is none."""
        position = self._account.position(request.symbol)
        if position is None or (position.quantity > 0) == (request.side == "buy"):
            return ZERO
        return abs(position.quantity)

    def _reducible(self, request: OrderRequest) -> Decimal:
        held = self._held_against(request)
        if not held:
            raise Rejection("EXI-001", f"reduce-only {request.side} {request.symbol} has no position to reduce")
        return min(request.quantity, held)

    def _amended(self, order: OpenOrder, request: OrderRequest, row: int) -> OpenOrder:
        desk = self._desk(request)
        check_quantity(desk, request)
        limit = check_limit_price(desk, request)
        check_notional(desk, request, limit)
        if request.quantity <= order.filled:
            raise Rejection("EXI-001", f"amended quantity {request.quantity} is not above the {order.filled} filled")
        amended = OpenOrder(request, limit, order.venue_order_id, order.placed_at)
        amended.fills = list(order.fills)
        amended.remaining = request.quantity - order.filled
        return amended


def _not_traded(account: Account, request: OrderRequest) -> Rejection:
    words = f"{account.spec.venue} has no {request.trade_type} {request.symbol} in this run"
    return Rejection("EXI-005", words)


def _committed_price(order: OpenOrder, desk: Desk, row: int) -> Decimal:
    """What a resting order may cost: its limit, but a limit better than the mark is no profit before it fills."""
    if not desk.is_perp:
        return order.limit
    mark = desk.columns.mark.decimal(row)
    return max(order.limit, mark) if order.request.side == "buy" else min(order.limit, mark)


def _not_found(client_order_id: str) -> OrderReport:
    return OrderReport(
        client_order_id=client_order_id,
        symbol="",
        trade_type="spot",
        side="buy",
        quantity=ZERO,
        status=OrderStatus.REJECTED,
        outcome=Outcome.REJECTED,
        error_code="EXI-011",
        reason=f"no order {client_order_id} at this venue",
    )
