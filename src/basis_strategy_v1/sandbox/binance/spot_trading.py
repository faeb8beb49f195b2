"""Spot orders: ``/api/v3`` endpoints that place, look up, cancel and replace."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.orders import OrderRequest
from basis_strategy_v1.core.domain.quantities import ZERO, divide_down
from basis_strategy_v1.sandbox.binance.client_ids import generated_client_id
from basis_strategy_v1.sandbox.binance.errors import BinanceError, missing, no_such_order, refusal
from basis_strategy_v1.sandbox.binance.formats import ZERO_TEXT, between, eight, places
from basis_strategy_v1.sandbox.binance.parameters import Parameters
from basis_strategy_v1.sandbox.binance.routes import Context, Route, Routes, names
from basis_strategy_v1.sandbox.binance.spot_orders import (
    acknowledgement,
    cancelled,
    full,
    queried,
    result,
    trade_entry,
)
from basis_strategy_v1.sandbox.records import OrderRecord, Refusal

CLIENT_ID = re.compile(r"^[a-zA-Z0-9-_]{1,36}$")
ASSET_PLACES = 8
_SIDES = ("BUY", "SELL")
_TYPES = ("LIMIT", "MARKET", "LIMIT_MAKER", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT")
_ORDER = names(
    "symbol side type timeInForce quantity quoteOrderQty price newClientOrderId newOrderRespType"
    " selfTradePreventionMode strategyId strategyType"
)
_LOOKUP = names("symbol orderId origClientOrderId")
_HISTORY = names("symbol startTime endTime limit orderId")
_REPLACE = _ORDER | names(
    "cancelReplaceMode cancelNewClientOrderId cancelOrigClientOrderId cancelOrderId"
    " orderRateLimitExceededMode cancelRestrictions"
)


class SpotTrading:
    """Answers requests about spot orders."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._account = context.account
        self._quote_quantities: dict[int, str] = {}

    def routes(self) -> Routes:
        """The endpoints."""
        return {
            "POST /api/v3/order": Route(self.place, "signed", _ORDER, 1, is_order=True),
            "POST /api/v3/order/test": Route(self.test, "signed", _ORDER | names("computeCommissionRates"), 1),
            "GET /api/v3/order": Route(self.query, "signed", _LOOKUP, 4),
            "DELETE /api/v3/order": Route(
                self.cancel, "signed", _LOOKUP | names("newClientOrderId cancelRestrictions"), 1
            ),
            "DELETE /api/v3/openOrders": Route(self.cancel_all, "signed", names("symbol"), 1),
            "POST /api/v3/order/cancelReplace": Route(self.cancel_replace, "signed", _REPLACE, 1, is_order=True),
            "GET /api/v3/openOrders": Route(self.open_orders, "signed", names("symbol"), 6),
            "GET /api/v3/allOrders": Route(self.all_orders, "signed", _HISTORY, 20),
            "GET /api/v3/myTrades": Route(self.my_trades, "signed", _HISTORY | names("fromId"), 20),
        }

    def place(self, parameters: Parameters) -> Any:
        """Place an order."""
        instrument = self._context.spot(parameters)
        request, quote_quantity = self._read_order(instrument, parameters)
        order = self._place(request)
        if quote_quantity:
            self._quote_quantities[order.order_id] = quote_quantity
        default = "FULL" if parameters.text("type") in ("MARKET", "LIMIT") else "ACK"
        kind = parameters.text("newOrderRespType") or default
        if kind == "ACK":
            return acknowledgement(order)
        if kind == "RESULT":
            return result(order, quote_quantity or ZERO_TEXT)
        return full(order, quote_quantity or ZERO_TEXT)

    def test(self, parameters: Parameters) -> Any:
        """Check an order without placing it."""
        self._read_order(self._context.spot(parameters), parameters)
        return {}

    def query(self, parameters: Parameters) -> Any:
        """One order, by id or by the latest with a client id."""
        instrument = self._context.spot(parameters)
        return self._shown(self._find(instrument, parameters))

    def cancel(self, parameters: Parameters) -> Any:
        """Cancel one open order."""
        instrument = self._context.spot(parameters)
        order = self._open_order(
            instrument, parameters.integer("orderId"), parameters.text("origClientOrderId"), "origClientOrderId"
        )
        return self._cancel(order, parameters.text("newClientOrderId"))

    def cancel_all(self, parameters: Parameters) -> Any:
        """Cancel all open orders of an instrument."""
        instrument = self._context.spot(parameters)
        orders = self._account.open_orders(instrument.symbol, "spot")
        if not orders:
            raise BinanceError(-2011, "Unknown order sent.")
        return [self._cancel(order, None) for order in orders]

    def cancel_replace(self, parameters: Parameters) -> Any:
        """Cancel an order and place another on the same instrument: the venue's way to amend."""
        instrument = self._context.spot(parameters)
        mode = parameters.need("cancelReplaceMode")
        if mode not in ("STOP_ON_FAILURE", "ALLOW_FAILURE"):
            raise BinanceError(-1130, "Data sent for parameter 'cancelReplaceMode' is not valid.")
        request, quote_quantity = self._read_order(instrument, parameters)
        cancel_id = parameters.integer("cancelOrderId")
        cancel_client_id = parameters.text("cancelOrigClientOrderId")
        if cancel_id is None and cancel_client_id is None:
            raise BinanceError(
                -1102, "Param 'cancelOrigClientOrderId' or 'cancelOrderId' must be sent, but both were empty/null!"
            )
        old = self._try(
            lambda: self._cancel(
                self._open_order(instrument, cancel_id, cancel_client_id, "cancelOrigClientOrderId"),
                parameters.text("cancelNewClientOrderId"),
            )
        )
        if isinstance(old, BinanceError) and mode == "STOP_ON_FAILURE":
            raise _replace_failed(old, None)
        new = self._try(lambda: full(self._place(request), quote_quantity or ZERO_TEXT))
        if isinstance(old, BinanceError) or isinstance(new, BinanceError):
            raise _replace_failed(old, new)
        return {"cancelResult": "SUCCESS", "newOrderResult": "SUCCESS", "cancelResponse": old, "newOrderResponse": new}

    def open_orders(self, parameters: Parameters) -> Any:
        """Open orders of one or of all instruments."""
        symbol = None if parameters.text("symbol") is None else self._context.spot(parameters).symbol
        return [self._shown(order) for order in self._account.open_orders(symbol, "spot")]

    def all_orders(self, parameters: Parameters) -> Any:
        """Orders of an instrument, from an id or a time on, or the latest."""
        instrument = self._context.spot(parameters)
        orders = self._account.orders(instrument.symbol, "spot")
        limit = parameters.limit(500, 1000)
        first = parameters.integer("orderId")
        if first is not None:
            return [self._shown(order) for order in orders if order.order_id >= first][:limit]
        start, end = parameters.integer("startTime"), parameters.integer("endTime")
        found = [
            order
            for order in orders
            if (start is None or order.created_ms >= start) and (end is None or order.created_ms <= end)
        ]
        return [self._shown(order) for order in (found[:limit] if start is not None else found[-limit:])]

    def my_trades(self, parameters: Parameters) -> Any:
        """Trades of an instrument, from an id or a time on, or the latest."""
        instrument = self._context.spot(parameters)
        trades = self._account.trades(instrument.symbol, "spot")
        limit = parameters.limit(500, 1000)
        order_id, first = parameters.integer("orderId"), parameters.integer("fromId")
        if order_id is not None:
            trades = [trade for trade in trades if trade.order_id == order_id]
        if first is not None:
            return [trade_entry(trade) for trade in trades if trade.trade_id >= first][:limit]
        start, end = parameters.integer("startTime"), parameters.integer("endTime")
        return [trade_entry(trade) for trade in between(trades, start, end, limit)]

    def _shown(self, order: OrderRecord) -> dict[str, Any]:
        return queried(order, self._quote_quantities.get(order.order_id, ZERO_TEXT))

    def _place(self, request: OrderRequest) -> OrderRecord:
        if self._account.open_with(request.client_order_id) is not None:
            raise BinanceError(-2010, "Duplicate order sent.")
        order = self._account.place(request)
        if order.is_rejected:
            raise refusal(order.reject_kind, "spot")
        return order

    def _cancel(self, order: OrderRecord, client_id: str | None) -> dict[str, Any]:
        done = self._account.cancel(order.order_id)
        if isinstance(done, Refusal):
            raise BinanceError(-2011, "Unknown order sent.")
        quote_quantity = self._quote_quantities.get(order.order_id, ZERO_TEXT)
        return cancelled(done, client_id or generated_client_id(order.order_id, "cancel"), quote_quantity)

    def _open_order(
        self, instrument: Instrument, order_id: int | None, client_id: str | None, client_id_name: str
    ) -> OrderRecord:
        if order_id is None and client_id is None:
            raise BinanceError(-1102, f"Param '{client_id_name}' or 'orderId' must be sent, but both were empty/null!")
        order = (
            self._account.open_order(order_id)
            if order_id is not None
            else self._account.open_with(client_id or "", instrument.symbol)
        )
        if order is None or not _belongs(order, instrument) or (client_id and order.client_id != client_id):
            raise BinanceError(-2011, "Unknown order sent.")
        return order

    def _find(self, instrument: Instrument, parameters: Parameters) -> OrderRecord:
        order_id, client_id = parameters.integer("orderId"), parameters.text("origClientOrderId")
        if order_id is None and client_id is None:
            raise BinanceError(-1102, "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!")
        order = (
            self._account.order(order_id)
            if order_id is not None
            else self._account.latest(client_id or "", instrument.symbol)
        )
        if order is None or order.is_rejected or not _belongs(order, instrument):
            raise no_such_order()
        if client_id is not None and order.client_id != client_id:
            raise no_such_order()
        return order

    def _try(self, action: Any) -> dict[str, Any] | BinanceError:
        try:
            done: dict[str, Any] = action()
        except BinanceError as error:
            return error
        return done

    def _read_order(self, instrument: Instrument, parameters: Parameters) -> tuple[OrderRequest, str]:
        """The order, and its quote quantity as text where it was given by that."""
        parameters.need("side")
        parameters.need("type")
        side = parameters.choice("side", _SIDES, BinanceError(-1117, "Invalid side."))
        kind = parameters.choice("type", _TYPES, BinanceError(-1116, "Invalid orderType."))
        if kind not in ("LIMIT", "MARKET", "LIMIT_MAKER"):
            raise BinanceError(
                -1013, f"{str(kind).replace('_', ' ').capitalize()} orders are not supported for this symbol."
            )
        quantity, quote_quantity = self._quantity(instrument, parameters, str(kind))
        client_id = parameters.text("newClientOrderId")
        if client_id is not None and not CLIENT_ID.match(client_id):
            words = f"Illegal characters found in parameter 'newClientOrderId'; legal range is '{CLIENT_ID.pattern}'."
            raise BinanceError(-1100, words)
        request = OrderRequest(
            client_order_id=client_id or generated_client_id(len(self._account.orders()), "spot"),
            symbol=instrument.symbol,
            trade_type="spot",
            side="buy" if side == "BUY" else "sell",
            quantity=quantity,
            order_type="market" if kind == "MARKET" else "limit",
            price=_price(parameters, str(kind)),
            time_in_force=_time_in_force(parameters, str(kind)),
            post_only=kind == "LIMIT_MAKER",
        )
        return request, quote_quantity

    def _quantity(self, instrument: Instrument, parameters: Parameters, kind: str) -> tuple[Decimal, str]:
        quote_quantity = parameters.decimal("quoteOrderQty")
        if quote_quantity is not None:
            if kind != "MARKET" or parameters.text("quantity") is not None:
                raise BinanceError(-1128, "Combination of optional parameters invalid.")
            ask = self._context.market_view.quote(instrument.symbol, "spot").ask
            return divide_down(quote_quantity, ask, instrument.step), eight(quote_quantity)
        quantity = parameters.need_decimal("quantity")
        if places(quantity) > ASSET_PLACES:
            raise BinanceError(-1111, "Parameter 'quantity' has too much precision.")
        if quantity == ZERO:
            raise BinanceError(-1013, "Invalid quantity.")
        return quantity, ""


def _belongs(order: OrderRecord, instrument: Instrument) -> bool:
    return order.symbol == instrument.symbol and order.trade_type == "spot"


def _price(parameters: Parameters, kind: str) -> Decimal | None:
    if kind == "MARKET":
        if parameters.text("price") is not None:
            raise BinanceError(-1106, "Parameter 'price' sent when not required.")
        return None
    price = parameters.need_decimal("price")
    if places(price) > ASSET_PLACES:
        raise BinanceError(-1111, "Parameter 'price' has too much precision.")
    return price


def _time_in_force(parameters: Parameters, kind: str) -> Any:
    sent = parameters.choice("timeInForce", ("GTC", "IOC", "FOK"), BinanceError(-1115, "Invalid timeInForce."))
    if kind == "LIMIT":
        if sent is None:
            raise missing("timeInForce")
        return sent.lower()
    if sent is not None:
        raise BinanceError(-1106, "Parameter 'timeInForce' sent when not required.")
    return "gtc"


def _replace_failed(old: dict[str, Any] | BinanceError, new: dict[str, Any] | BinanceError | None) -> BinanceError:
    """-2022 when nothing was done, -2021 with status 409 when one half was."""
    data = {
        "cancelResult": "FAILURE" if isinstance(old, BinanceError) else "SUCCESS",
        "newOrderResult": "NOT_ATTEMPTED" if new is None else "FAILURE" if isinstance(new, BinanceError) else "SUCCESS",
        "cancelResponse": old.body() if isinstance(old, BinanceError) else old,
        "newOrderResponse": new.body() if isinstance(new, BinanceError) else new,
    }
    if isinstance(old, BinanceError) and (new is None or isinstance(new, BinanceError)):
        return BinanceError(-2022, "Order cancel-replace failed.", 400, data)
    return BinanceError(-2021, "Order cancel-replace partially failed.", 409, data)
