"""What Bybit tells of orders, executions and positions. Ids win over symbols, ``orderId`` over ``orderLinkId``."""

from __future__ import annotations

from typing import Any

from basis_strategy_v1.sandbox.account import SandboxAccount
from basis_strategy_v1.sandbox.bybit.errors import refusal
from basis_strategy_v1.sandbox.bybit.formats import (
    category_of,
    empty_position,
    execution_entry,
    funding_entry,
    order_entry,
    order_id_of,
    order_id_text,
    order_status,
    position_entry,
)
from basis_strategy_v1.sandbox.bybit.orders import SpentBy, is_in_scope, of_coins, require_scope
from basis_strategy_v1.sandbox.bybit.paging import page, time_range
from basis_strategy_v1.sandbox.bybit.parameters import Parameters
from basis_strategy_v1.sandbox.clock import VenueClock
from basis_strategy_v1.sandbox.market_view import MarketView
from basis_strategy_v1.sandbox.records import FundingRecord, OrderRecord, TradeRecord

RECENT_CLOSED = 500
"""How many finished orders ``order/realtime`` still knows."""

_END_OF_TIME = 2**62
Executed = TradeRecord | FundingRecord


class QueryEndpoints:
    """``order/realtime``, ``order/history``, ``execution/list`` and ``position/list``."""

    def __init__(self, account: SandboxAccount, market: MarketView, clock: VenueClock, spent: SpentBy) -> None:
        self._spent = spent
        self._account = account
        self._market = market
        self._clock = clock

    def realtime(self, parameters: Parameters) -> dict[str, Any]:
        """Open orders; ``openOnly`` 1 the latest finished ones; asked by id, any of either."""
        category = parameters.category()
        if category == "linear":
            require_scope(parameters)
        if _names_order(parameters):
            found = self._named(parameters, category)
            return self._order_page(parameters, category, found)
        wants_closed = parameters.integer("openOnly", 0, 0, 2) > 0
        orders = self._orders(parameters, category)
        chosen = [order for order in orders if order.is_open is not wants_closed]
        return self._order_page(parameters, category, chosen[:RECENT_CLOSED])

    def history(self, parameters: Parameters) -> dict[str, Any]:
        """Finished orders of at most seven days; asked by id, of any time."""
        category = parameters.category()
        if _names_order(parameters):
            finished = [order for order in self._named(parameters, category) if not order.is_open]
            return self._order_page(parameters, category, finished)
        start, end = time_range(parameters, self._clock.now_ms())
        status = parameters.text("orderStatus")
        finished = [
            order
            for order in self._orders(parameters, category)
            if not order.is_open and start <= order.created_ms <= end and status in ("", order_status(order))
        ]
        return self._order_page(parameters, category, finished)

    def executions(self, parameters: Parameters) -> dict[str, Any]:
        """Trades and funding of at most seven days, newest first; asked by an order's id, of any time."""
        category = parameters.category()
        by_id = _names_order(parameters)
        start, end = (0, _END_OF_TIME) if by_id else time_range(parameters, self._clock.now_ms())
        wanted = parameters.text("execType")
        seized = {order.order_id for event in self._account.liquidations() for order in event.orders}
        found = [
            item
            for item in self._executed(parameters, category, by_id=by_id)
            if start <= item.time_ms <= end and wanted in ("", _execution_type(item, seized))
        ]
        found.sort(key=lambda item: (item.time_ms, _number(item)), reverse=True)
        chosen, cursor = page(found, parameters, _execution_key, 50, 100)
        return {"nextPageCursor": cursor, "category": category, "list": [self._execution(item) for item in chosen]}

    def positions(self, parameters: Parameters) -> dict[str, Any]:
        """Open positions; a symbol that is asked for is listed even when nothing is held."""
        category = parameters.category()
        views = {view.symbol: view for view in self._account.positions()} if category == "linear" else {}
        entries = []
        if category == "linear":
            require_scope(parameters)
            symbol = parameters.text("symbol")
            if symbol and self._market.instrument(symbol, "perp") is None:
                raise refusal(category, "unknown_symbol", symbol)
            asked, results = self._is_asked_for, self._account.results
            entries = [
                position_entry(view, results.of(name)) for name, view in views.items() if asked(name, parameters)
            ]
            if symbol and not entries:
                leverage, now_ms = self._account.leverage_of(symbol), self._clock.now_ms()
                entries = [empty_position(symbol, leverage, now_ms, results.of(symbol))]
            if symbol and self._account.modes.is_hedged:
                entries = [entries[0] | {"positionIdx": side} for side in (1, 2)]
        return {"list": entries, "nextPageCursor": "", "category": category}

    def _is_asked_for(self, symbol: str, parameters: Parameters) -> bool:
        instrument = self._market.instrument(symbol, "perp")
        asked = parameters.text("symbol") in ("", symbol)
        return asked and instrument is not None and of_coins(instrument, parameters)

    def _orders(self, parameters: Parameters, category: str) -> list[OrderRecord]:
        """Visible orders of a category and symbol, newest first."""
        symbol = parameters.text("symbol") or None
        orders = self._account.orders(symbol)
        return [
            order
            for order in reversed(orders)
            if category_of(order.trade_type) == category and is_in_scope(self._market, order, parameters)
        ]

    def _named(self, parameters: Parameters, category: str) -> list[OrderRecord]:
        order_id = parameters.text("orderId")
        order: OrderRecord | None
        if order_id:
            number = order_id_of(order_id)
            order = None if number is None else self._account.order(number)
        else:
            order = self._account.latest(parameters.text("orderLinkId"))
        if order is None or order.is_rejected or category_of(order.trade_type) != category:
            return []
        return [order]

    def _executed(self, parameters: Parameters, category: str, *, by_id: bool) -> list[Executed]:
        if by_id:
            named = {order.order_id for order in self._named(parameters, category)}
            return [trade for trade in self._account.trades() if trade.order_id in named]
        symbol = parameters.text("symbol") or None
        found: list[Executed] = [
            trade
            for trade in self._account.trades(symbol)
            if category_of(trade.trade_type) == category and is_in_scope(self._market, trade, parameters)
        ]
        if category == "linear":
            found += self._account.funding(symbol)
        return found

    def _execution(self, item: Executed) -> dict[str, Any]:
        if isinstance(item, FundingRecord):
            return funding_entry(item)
        return execution_entry(item, self._account.order(item.order_id), None)

    def _order_page(self, parameters: Parameters, category: str, orders: list[OrderRecord]) -> dict[str, Any]:
        chosen, cursor = page(orders, parameters, _key, 20, 50)
        entries = [order_entry(order, self._spent.get(order.order_id)) for order in chosen]
        return {"list": entries, "nextPageCursor": cursor, "category": category}


def _names_order(parameters: Parameters) -> bool:
    return bool(parameters.text("orderId") or parameters.text("orderLinkId"))


def _execution_type(item: Executed, seized: set[int]) -> str:
    if isinstance(item, FundingRecord):
        return "Funding"
    return "BustTrade" if item.order_id in seized else "Trade"


def _number(item: Executed) -> int:
    return item.funding_id if isinstance(item, FundingRecord) else item.trade_id


def _execution_key(item: Executed) -> str:
    return f"{type(item).__name__}{_number(item)}"


def _key(order: OrderRecord) -> str:
    return order_id_text(order.order_id, order.trade_type)
