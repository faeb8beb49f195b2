"""Futures orders: ``/fapi/v1`` endpoints that place, amend, look up and cancel."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from basis_strategy_v1.core.domain.instructions import Side, TimeInForce
from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.orders import OrderRequest
from basis_strategy_v1.sandbox.binance.client_ids import generated_client_id
from basis_strategy_v1.sandbox.binance.errors import (
    FILL_OR_KILL_REJECTED,
    BinanceError,
    missing,
    no_such_order,
    refusal,
)
from basis_strategy_v1.sandbox.binance.filters import check_filters
from basis_strategy_v1.sandbox.binance.formats import MOST_OPEN_ORDERS
from basis_strategy_v1.sandbox.binance.futures_orders import acknowledged, placed, queried, trade_entry
from basis_strategy_v1.sandbox.binance.history import WEEK_MS, span, times, times_alone, trades_of
from basis_strategy_v1.sandbox.binance.parameters import Parameters, illegal_characters, response_type
from basis_strategy_v1.sandbox.binance.routes import Context, Route, Routes, names
from basis_strategy_v1.sandbox.records import OrderRecord, Refusal

CLIENT_ID = re.compile(r"^[.A-Z:/a-z0-9_-]{1,36}$")
_SIDES = ("BUY", "SELL")
_TYPES = ("LIMIT", "MARKET", "STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET")
_TIMES_IN_FORCE = ("GTC", "IOC", "FOK", "GTX")
_ORDER = names(
    "symbol side positionSide type timeInForce quantity reduceOnly price newClientOrderId newOrderRespType"
    " priceMatch selfTradePreventionMode goodTillDate"
)
_LOOKUP = names("symbol orderId origClientOrderId")
_NEITHER_ID = "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!"


class FuturesTrading:
    """Answers requests about futures orders."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._account = context.account

    def routes(self) -> Routes:
        """The endpoints."""
        amend = _LOOKUP | names("side quantity price priceMatch")
        history = names("symbol orderId startTime endTime limit")
        return {
            "POST /fapi/v1/order": Route(self.place, "signed", _ORDER, 0, is_order=True),
            "POST /fapi/v1/order/test": Route(self.test, "signed", _ORDER),
            "PUT /fapi/v1/order": Route(self.amend, "signed", amend, 1, is_order=True),
            "GET /fapi/v1/order": Route(self.query, "signed", _LOOKUP),
            "DELETE /fapi/v1/order": Route(self.cancel, "signed", _LOOKUP),
            "DELETE /fapi/v1/allOpenOrders": Route(self.cancel_all, "signed", names("symbol")),
            "GET /fapi/v1/openOrder": Route(self.query_open, "signed", _LOOKUP),
            "GET /fapi/v1/openOrders": Route(self.open_orders, "signed", names("symbol")),
            "GET /fapi/v1/allOrders": Route(self.all_orders, "signed", history, 5),
            "GET /fapi/v1/userTrades": Route(self.user_trades, "signed", history | names("fromId"), 5),
        }

    def place(self, parameters: Parameters) -> Any:
        """Place an order."""
        instrument = self._context.perpetual(parameters)
        request = self._read_order(instrument, parameters)
        if self._account.open_with(request.client_order_id, trade_type="perp") is not None:
            raise BinanceError(-4116, "ClientOrderId is duplicated.")
        if len(self._account.resting_orders(instrument.symbol, "perp")) >= MOST_OPEN_ORDERS:
            raise BinanceError(-2025, "Reach max open order limit.")
        answer_kind = response_type(parameters, "ACK")
        order = self._account.place(request)
        if order.is_rejected:
            raise refusal(order.reject_kind, "futures", instrument.min_notional)
        if request.time_in_force == "fok" and not order.filled:
            self._account.forget(order.order_id)
            raise BinanceError(-5021, FILL_OR_KILL_REJECTED)
        return placed(order, instrument) if answer_kind == "RESULT" else acknowledged(order, instrument)

    def test(self, parameters: Parameters) -> Any:
        """Check an order without placing it."""
        self._read_order(self._context.perpetual(parameters), parameters)
        return {}

    def amend(self, parameters: Parameters) -> Any:
        """Change quantity and price of an open limit order; it keeps its ids.

        An order whose new quantity is filled already is cancelled, as is a post-only one that would match.
        """
        instrument = self._context.perpetual(parameters)
        side = parameters.choice("side", _SIDES, BinanceError(-1117, "Invalid side."))
        _refuse_price_match(parameters)
        quantity, price = parameters.need_decimal("quantity"), parameters.need_decimal("price")
        order = self._open(instrument, parameters, BinanceError(-2013, "Order does not exist."))
        self._check_filters(instrument, order.side, quantity, price)
        if side is None:
            raise missing("side")
        if side != order.side.upper():
            raise BinanceError(-1117, "Invalid side.")
        if (quantity, price) == (order.quantity, order.price):
            raise BinanceError(-5027, "No need to modify the order.")
        done = self._account.amend(order.order_id, quantity, price)
        if isinstance(done, Refusal) and done.kind in ("amend_below_filled", "post_only_would_match"):
            done = self._account.cancel(order.order_id)
        if isinstance(done, Refusal):
            raise refusal(done.kind, "futures", instrument.min_notional)
        return placed(done, instrument) | {"pair": instrument.symbol}

    def query(self, parameters: Parameters) -> Any:
        """One order, by id or by the latest with a client id; the id goes before the client id."""
        instrument = self._context.perpetual(parameters)
        order_id, client_id = _ids(parameters)
        order = (
            self._account.order(order_id)
            if order_id is not None
            else self._account.latest(client_id or "", instrument.symbol, "perp")
        )
        if order is None or order.is_rejected or not _belongs(order, instrument):
            raise no_such_order()
        return queried(order, instrument)

    def query_open(self, parameters: Parameters) -> Any:
        """One open order."""
        instrument = self._context.perpetual(parameters)
        return queried(self._open(instrument, parameters, no_such_order()), instrument)

    def cancel(self, parameters: Parameters) -> Any:
        """Cancel one open order."""
        instrument = self._context.perpetual(parameters)
        order = self._open(instrument, parameters, BinanceError(-2011, "Unknown order sent."))
        return placed(self._cancelled(order), instrument)

    def cancel_all(self, parameters: Parameters) -> Any:
        """Cancel all open orders of an instrument."""
        instrument = self._context.perpetual(parameters)
        for order in self._account.resting_orders(instrument.symbol, "perp"):
            self._cancelled(order)
        return {"code": 200, "msg": "The operation of cancel all open order is done."}

    def open_orders(self, parameters: Parameters) -> Any:
        """Open orders of one or of all instruments."""
        return [
            queried(order, instrument)
            for instrument in self._context.instruments(parameters, "perp")
            for order in self._account.open_orders(instrument.symbol, "perp")
        ]

    def all_orders(self, parameters: Parameters) -> Any:
        """Orders of an instrument, from an id on, or of the week that is named, else of the last one."""
        instrument = self._context.perpetual(parameters)
        orders = self._account.orders(instrument.symbol, "perp")
        limit, first = parameters.limit(500, 1000), parameters.integer("orderId")
        start, end = times(parameters, WEEK_MS)
        if first is not None and start is None and end is None:
            found = [order for order in orders if order.order_id >= first]
        else:
            since, until = span(start, end, WEEK_MS, self._context.clock.now_ms())
            found = [order for order in orders if order.order_id >= (first or 0) and since <= order.created_ms <= until]
        from_start = first is not None or start is not None
        return [queried(order, instrument) for order in (found[:limit] if from_start else found[-limit:])]

    def user_trades(self, parameters: Parameters) -> Any:
        """Trades of an instrument, from an id on, or of the week that is named, else of the last one."""
        instrument = self._context.perpetual(parameters)
        limit, first = parameters.limit(500, 1000), parameters.integer("fromId")
        trades = trades_of(self._account, instrument, parameters.integer("orderId"))
        start, end = times_alone(parameters, WEEK_MS, "fromId")
        if first is not None:
            return [trade_entry(trade, instrument) for trade in trades if trade.trade_id >= first][:limit]
        since, until = span(start, end, WEEK_MS, self._context.clock.now_ms())
        found = [trade for trade in trades if since <= trade.time_ms <= until]
        return [trade_entry(trade, instrument) for trade in (found[-limit:] if start is None else found[:limit])]

    def _cancelled(self, order: OrderRecord) -> OrderRecord:
        done = self._account.cancel(order.order_id)
        if isinstance(done, Refusal):
            raise BinanceError(-2011, "Unknown order sent.")
        return done

    def _open(self, instrument: Instrument, parameters: Parameters, error: BinanceError) -> OrderRecord:
        order_id, client_id = _ids(parameters)
        order = (
            self._account.open_order(order_id)
            if order_id is not None
            else self._account.open_with(client_id or "", instrument.symbol, "perp")
        )
        if order is None or not _belongs(order, instrument):
            raise error
        return order

    def _check_filters(self, instrument: Instrument, side: Side, quantity: Decimal, price: Decimal | None) -> None:
        mark = self._context.market_view.quote(instrument.symbol, "perp").mark
        check_filters(instrument, side, quantity, price, mark)

    def _read_order(self, instrument: Instrument, parameters: Parameters) -> OrderRequest:
        parameters.need("side")
        parameters.need("type")
        side = parameters.choice("side", _SIDES, BinanceError(-1117, "Invalid side."))
        kind = parameters.choice("type", _TYPES, BinanceError(-1116, "Invalid orderType."))
        if kind not in ("LIMIT", "MARKET"):
            raise refusal("unsupported", "futures")
        modes = self._account.modes
        if (parameters.text("positionSide") in (None, "BOTH")) == modes.is_hedged:
            raise BinanceError(-4061, "Order's position side does not match user's setting.")
        if modes.is_hedged or not modes.serves(instrument.symbol):
            raise BinanceError(-4088, "User can not place order currently.")
        _refuse_price_match(parameters)
        quantity = parameters.need_decimal("quantity")
        price = _price(parameters, str(kind))
        self._check_filters(instrument, "buy" if side == "BUY" else "sell", quantity, price)
        time_in_force, post_only = _time_in_force(parameters, str(kind))
        return OrderRequest(
            client_order_id=_client_id(parameters) or generated_client_id(self._account.last_order_id, "futures"),
            symbol=instrument.symbol,
            trade_type="perp",
            side="buy" if side == "BUY" else "sell",
            quantity=quantity,
            order_type="market" if kind == "MARKET" else "limit",
            price=price,
            time_in_force=time_in_force,
            post_only=post_only,
            reduce_only=parameters.flag("reduceOnly"),
        )


def _ids(parameters: Parameters) -> tuple[int | None, str | None]:
    order_id, client_id = parameters.integer("orderId"), parameters.text("origClientOrderId")
    if order_id is None and client_id is None:
        raise BinanceError(-1102, _NEITHER_ID)
    return order_id, client_id


def _belongs(order: OrderRecord, instrument: Instrument) -> bool:
    return order.symbol == instrument.symbol and order.trade_type == "perp"


def _refuse_price_match(parameters: Parameters) -> None:
    """Orders name their price here; the venue can also take it from its book."""
    parameters.choice("priceMatch", ("NONE",), refusal("unsupported", "futures"))


def _client_id(parameters: Parameters) -> str | None:
    client_id = parameters.text("newClientOrderId")
    if client_id is None:
        return None
    if len(client_id) > 36:
        raise BinanceError(-4015, "Client order id length should not be more than 36 chars")
    if not CLIENT_ID.fullmatch(client_id):
        raise illegal_characters("newClientOrderId", CLIENT_ID.pattern)
    return client_id


def _price(parameters: Parameters, kind: str) -> Decimal | None:
    if kind == "LIMIT":
        return parameters.need_decimal("price")
    if parameters.text("price") is not None:
        raise BinanceError(-1106, "Parameter 'price' sent when not required.")
    return None


def _time_in_force(parameters: Parameters, kind: str) -> tuple[TimeInForce, bool]:
    """How long the order lives, and whether it is post-only."""
    sent = parameters.choice("timeInForce", _TIMES_IN_FORCE, BinanceError(-1115, "Invalid timeInForce."))
    if kind == "LIMIT":
        if sent is None:
            raise missing("timeInForce")
    elif sent is not None:
        raise BinanceError(-1106, "Parameter 'timeinforce' sent when not required.")
    known: dict[str, tuple[TimeInForce, bool]] = {
        "GTC": ("gtc", False),
        "IOC": ("ioc", False),
        "FOK": ("fok", False),
        "GTX": ("gtc", True),
    }
    return known[sent or "GTC"]
