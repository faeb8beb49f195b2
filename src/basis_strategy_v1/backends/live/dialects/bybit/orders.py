"""Bybit v5: orders of a unified account.

An acknowledgement says only that a request was taken, so every order is looked up, but for one that cannot rest and
whose executions are all of it. Lookups give ``orderLinkId`` alone: the venue lets an ``orderId`` win over it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from basis_strategy_v1.backends.live.dialects.ccxt_calls import order_arguments, terms
from basis_strategy_v1.backends.live.dialects.understanding import asks, tells
from basis_strategy_v1.backends.live.dialects.venue_records import VenueOrder, decimal, positive
from basis_strategy_v1.backends.live.gateway import Gateway, VenueError
from basis_strategy_v1.backends.live.order_reports import acknowledged
from basis_strategy_v1.backends.live.outgoing_check import ExpectedOrder, OutgoingOrder
from basis_strategy_v1.core.domain.deltas import Fill
from basis_strategy_v1.core.domain.instructions import Side
from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.orders import OrderRequest, OrderStatus

STATUSES = {
    "New": OrderStatus.NEW,
    "PartiallyFilled": OrderStatus.PARTIALLY_FILLED,
    "Untriggered": OrderStatus.NEW,
    "Triggered": OrderStatus.NEW,
    "Filled": OrderStatus.FILLED,
    "Cancelled": OrderStatus.CANCELED,
    "PartiallyFilledCanceled": OrderStatus.CANCELED,
    "Deactivated": OrderStatus.CANCELED,
    "Rejected": OrderStatus.REJECTED,
}
TIMES_IN_FORCE = {"GTC": "gtc", "PostOnly": "gtc", "IOC": "ioc", "FOK": "fok"}
UNFILLED = "EC_NoImmediateQtyToFill"
NO_KILL = ("", "EC_NoError", "EC_PerCancelRequest", UNFILLED)
"""Reasons with which an order ends by its own terms or our wish."""


def category(instrument: Instrument) -> str:
    """The venue's product type."""
    return "spot" if instrument.trade_type == "spot" else "linear"


def read_outgoing(path: str, fields: Mapping[str, Any]) -> OutgoingOrder | None:
    """Quantity and id of a request that orders something, or changes an order."""
    if "/order/" not in path or "cancel" in path:
        return None
    name = str(fields.get("orderLinkId") or fields.get("orderId") or "")
    spends_quote = fields.get("category") == "spot" and fields.get("orderType") == "Market"
    if spends_quote and fields.get("marketUnit") != "baseCoin":
        return OutgoingOrder("an amount of quote coin", name)
    return OutgoingOrder(fields.get("qty"), name)


class BybitOrders:
    """The orders of one account."""

    def __init__(self, gateway: Gateway, instruments: Sequence[Instrument]) -> None:
        self._gateway = gateway
        self._instruments = instruments

    @tells
    def place(self, request: OrderRequest, instrument: Instrument, wire_id: str) -> VenueOrder | None:
        """See ``OrderDesk``."""
        params = {"clientOrderId": wire_id, **terms(request)}
        arguments = order_arguments(request, instrument, f"{request.quantity:f}", params)
        order = ExpectedOrder(request.quantity, wire_id)
        answer = self._gateway.tell(self._gateway.exchange.create_order, *arguments, order=order)
        taken = answer["info"]
        if taken.get("orderLinkId") != wire_id or not taken.get("orderId"):
            raise VenueError("unknown", "EXI-012", f"bybit: the acknowledgement does not name order {wire_id}")
        return acknowledged(request, instrument, wire_id, str(taken["orderId"]))

    @tells
    def cancel(self, order: VenueOrder) -> None:
        """See ``OrderDesk``."""
        self._gateway.tell(self._gateway.exchange.privatePostV5OrderCancel, _named(order))

    @tells
    def amend(self, order: VenueOrder, quantity: Decimal, price: Decimal) -> None:
        """See ``OrderDesk``. Only what changes may be named."""
        fields = _named(order)
        changed = None if quantity == order.quantity else quantity
        if changed is not None:
            fields["qty"] = f"{changed:f}"
        if price != order.price:
            fields["price"] = f"{price:f}"
        expected = ExpectedOrder(changed, order.venue_order_id)
        self._gateway.tell(self._gateway.exchange.privatePostV5OrderAmend, fields, order=expected)

    @asks
    def find(self, instrument: Instrument, wire_id: str) -> VenueOrder | None:
        """See ``OrderDesk``: among the open and the latest 500 finished orders, then in the history."""
        exchange = self._gateway.exchange
        fields = {"category": category(instrument), "symbol": instrument.symbol, "orderLinkId": wire_id}
        for call in (exchange.privateGetV5OrderRealtime, exchange.privateGetV5OrderHistory):
            for listed in self._listed(call, fields):
                # By an id of ours the venue finds an order of any symbol of the category.
                if listed["orderLinkId"] == wire_id and listed["symbol"] == instrument.symbol:
                    return read_order(instrument, listed)
        return None

    @asks
    def fills(self, order: VenueOrder) -> tuple[Fill, ...]:
        """See ``OrderDesk``."""
        instrument = order.instrument
        fields = {"category": category(instrument), "symbol": instrument.symbol, "orderId": order.venue_order_id}
        listed = self._pages(self._gateway.exchange.privateGetV5ExecutionList, {**fields, "limit": 100})
        # Executions of one time may be listed in any order, and so on two pages.
        trades = {str(trade["execId"]): trade for trade in reversed(listed) if trade["execType"] == "Trade"}
        return tuple(read_fill(instrument, trade) for trade in trades.values())

    @asks
    def open_orders(self) -> Sequence[VenueOrder]:
        """See ``OrderDesk``."""
        orders: list[VenueOrder] = []
        for instrument in self._instruments:
            fields = {"category": category(instrument), "symbol": instrument.symbol, "limit": 50}
            listed = self._pages(self._gateway.exchange.privateGetV5OrderRealtime, fields)
            orders += [read_order(instrument, item) for item in listed]
        return [order for order in orders if order.status.is_open]

    def _pages(self, call: Any, fields: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        cursor = ""
        while True:
            result = self._gateway.ask(call, {**fields, **({"cursor": cursor} if cursor else {})})["result"]
            found += result["list"]
            following = result.get("nextPageCursor") or ""
            if not following or following == cursor or not result["list"]:
                return found
            cursor = following

    def _listed(self, call: Any, fields: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        answer = self._gateway.look_up(call, fields)
        return [] if answer is None else list(answer["result"]["list"])


def read_order(instrument: Instrument, listed: Mapping[str, Any]) -> VenueOrder:
    """An order as the venue lists it."""
    status = STATUSES[listed["orderStatus"]]
    reason = str(listed.get("rejectReason", ""))
    if status is OrderStatus.CANCELED and reason == UNFILLED:
        status = OrderStatus.EXPIRED
    side: Side = "buy" if listed["side"] == "Buy" else "sell"
    market = listed["orderType"] == "Market"
    return VenueOrder(
        instrument=instrument,
        wire_id=str(listed["orderLinkId"]),
        venue_order_id=str(listed["orderId"]),
        side=side,
        quantity=decimal(listed["qty"]),
        filled=decimal(listed["cumExecQty"]),
        status=status,
        price=None if market else positive(listed["price"]),
        order_type="market" if market else "limit",
        time_in_force=TIMES_IN_FORCE.get(str(listed["timeInForce"]), "gtc"),
        post_only=listed["timeInForce"] == "PostOnly",
        reduce_only=bool(listed.get("reduceOnly")),
        killed_for="" if status.is_open or reason in NO_KILL else reason,
    )


def read_fill(instrument: Instrument, trade: Mapping[str, Any]) -> Fill:
    """An execution as the venue lists it."""
    quantity = decimal(trade["execQty"])
    return Fill(
        trade_id=str(trade["execId"]),
        venue=instrument.venue,
        symbol=instrument.symbol,
        trade_type=instrument.trade_type,
        quantity=quantity if trade["side"] == "Buy" else -quantity,
        price=decimal(trade["execPrice"]),
        fee=decimal(trade["execFee"]),
        fee_asset=str(trade.get("feeCurrency") or _fee_asset(instrument, trade)),
    )


def _fee_asset(instrument: Instrument, trade: Mapping[str, Any]) -> str:
    """What a fee is in where the venue leaves it to its rules.

    A perpetual's is in what it settles in; on spot what comes in pays a fee, and a rebate is of what goes out.
    """
    of_base = instrument.trade_type == "spot" and (trade["side"] == "Buy") == (decimal(trade["execFee"]) >= 0)
    return instrument.base if of_base else instrument.quote


def _named(order: VenueOrder) -> dict[str, str]:
    instrument = order.instrument
    return {"category": category(instrument), "symbol": instrument.symbol, "orderId": order.venue_order_id}
