"""Spot orders: ``/api/v3`` endpoints that place, look up, cancel and replace."""

from __future__ import annotations

from typing import Any

from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.orders import OrderRequest, OrderStatus
from basis_strategy_v1.sandbox.binance.client_ids import generated_client_id
from basis_strategy_v1.sandbox.binance.errors import BinanceError, no_such_order, refusal
from basis_strategy_v1.sandbox.binance.formats import MOST_OPEN_ORDERS, ZERO_TEXT, between
from basis_strategy_v1.sandbox.binance.history import DAY_MS, times, times_alone, trades_of
from basis_strategy_v1.sandbox.binance.parameters import Parameters, response_type
from basis_strategy_v1.sandbox.binance.routes import Context, Route, Routes, names
from basis_strategy_v1.sandbox.binance.spot_order_reader import SpotOrderReader
from basis_strategy_v1.sandbox.binance.spot_orders import (
    acknowledgement,
    cancelled,
    full,
    queried,
    result,
    trade_entry,
)
from basis_strategy_v1.sandbox.records import OrderRecord, Refusal

_CANCEL_RESTRICTIONS = {OrderStatus.NEW: "ONLY_NEW", OrderStatus.PARTIALLY_FILLED: "ONLY_PARTIALLY_FILLED"}
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
        self._reader = SpotOrderReader(context.market_view)

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
        request, quote_quantity = self._reader.read(instrument, parameters, self._account.last_order_id)
        return self._placed(request, quote_quantity, parameters)

    def test(self, parameters: Parameters) -> Any:
        """Check an order without placing it."""
        self._reader.read(self._context.spot(parameters), parameters, 0)
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
        return self._cancel(order, parameters.text("newClientOrderId"), _restrictions(parameters))

    def cancel_all(self, parameters: Parameters) -> Any:
        """Cancel all open orders of an instrument."""
        instrument = self._context.spot(parameters)
        orders = self._account.resting_orders(instrument.symbol, "spot")
        if not orders:
            raise BinanceError(-2011, "Unknown order sent.")
        return [self._cancel(order, None) for order in orders]

    def cancel_replace(self, parameters: Parameters) -> Any:
        """Cancel an order and place another on the same instrument: the venue's way to amend."""
        instrument = self._context.spot(parameters)
        mode = parameters.need("cancelReplaceMode")
        if mode not in ("STOP_ON_FAILURE", "ALLOW_FAILURE"):
            raise BinanceError(-1130, "Data sent for parameter 'cancelReplaceMode' is not valid.")
        request, quote_quantity = self._reader.read(instrument, parameters, self._account.last_order_id)
        cancel_id = parameters.integer("cancelOrderId")
        cancel_client_id = parameters.text("cancelOrigClientOrderId")
        if cancel_id is None and cancel_client_id is None:
            raise BinanceError(
                -1102, "Param 'cancelOrigClientOrderId' or 'cancelOrderId' must be sent, but both were empty/null!"
            )
        restrictions = _restrictions(parameters)
        old = self._try(
            lambda: self._cancel(
                self._open_order(instrument, cancel_id, cancel_client_id, "cancelOrigClientOrderId"),
                parameters.text("cancelNewClientOrderId"),
                restrictions,
            )
        )
        if isinstance(old, BinanceError) and mode == "STOP_ON_FAILURE":
            raise _replace_failed(old, None)
        new = self._try(lambda: self._placed(request, quote_quantity, parameters))
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
        start, end = times(parameters, DAY_MS)
        found = [
            order
            for order in orders
            if (start is None or order.created_ms >= start) and (end is None or order.created_ms <= end)
        ]
        return [self._shown(order) for order in (found[:limit] if start is not None else found[-limit:])]

    def my_trades(self, parameters: Parameters) -> Any:
        """Trades of an instrument, from an id or a time on, or the latest."""
        instrument = self._context.spot(parameters)
        limit, first = parameters.limit(500, 1000), parameters.integer("fromId")
        start, end = times_alone(parameters, DAY_MS, "fromId", "orderId")
        trades = trades_of(self._account, instrument, parameters.integer("orderId"))
        if first is not None:
            return [trade_entry(trade) for trade in trades if trade.trade_id >= first][:limit]
        return [trade_entry(trade) for trade in between(trades, start, end, limit)]

    def _shown(self, order: OrderRecord) -> dict[str, Any]:
        return queried(order, self._quote_quantities.get(order.order_id, ZERO_TEXT))

    def _placed(self, request: OrderRequest, quote_quantity: str, parameters: Parameters) -> dict[str, Any]:
        kind = response_type(parameters, "FULL" if parameters.text("type") in ("MARKET", "LIMIT") else "ACK")
        order = self._place(request)
        if quote_quantity:
            self._quote_quantities[order.order_id] = quote_quantity
        if kind == "ACK":
            return acknowledgement(order)
        shown = result if kind == "RESULT" else full
        return shown(order, quote_quantity or ZERO_TEXT)

    def _place(self, request: OrderRequest) -> OrderRecord:
        if self._account.open_with(request.client_order_id, trade_type="spot") is not None:
            raise BinanceError(-2010, "Duplicate order sent.")
        if len(self._account.resting_orders(request.symbol, "spot")) >= MOST_OPEN_ORDERS:
            raise BinanceError(-1013, "Filter failure: MAX_NUM_ORDERS")
        order = self._account.place(request)
        if order.is_rejected:
            raise refusal(order.reject_kind, "spot")
        return order

    def _cancel(self, order: OrderRecord, client_id: str | None, restrictions: str | None = None) -> dict[str, Any]:
        if restrictions is not None and restrictions != _CANCEL_RESTRICTIONS.get(order.status):
            raise BinanceError(-2011, "Order was not canceled due to cancel restrictions.")
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
            else self._account.open_with(client_id or "", instrument.symbol, "spot")
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
            else self._account.latest(client_id or "", instrument.symbol, "spot")
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


def _belongs(order: OrderRecord, instrument: Instrument) -> bool:
    return order.symbol == instrument.symbol and order.trade_type == "spot"


def _restrictions(parameters: Parameters) -> str | None:
    known = tuple(_CANCEL_RESTRICTIONS.values())
    return parameters.choice("cancelRestrictions", known, BinanceError(-1145, "Invalid cancelRestrictions"))


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
