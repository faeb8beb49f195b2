"""OKX v5: orders of a unified account.

An acknowledgement says only that a request was taken, so every order is looked up by ``clOrdId``, but for one that
cannot rest and whose executions are all of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from basis_strategy_v1.backends.live.dialects.ccxt_calls import order_arguments, terms
from basis_strategy_v1.backends.live.dialects.okx.instruments import Contracts, instrument_id, instrument_type
from basis_strategy_v1.backends.live.dialects.understanding import asks, tells
from basis_strategy_v1.backends.live.dialects.venue_records import VenueOrder, decimal, positive
from basis_strategy_v1.backends.live.gateway import Gateway, VenueError
from basis_strategy_v1.backends.live.order_reports import acknowledged, is_complete
from basis_strategy_v1.backends.live.outgoing_check import ExpectedOrder, OutgoingOrder
from basis_strategy_v1.core.domain.deltas import Fill
from basis_strategy_v1.core.domain.instructions import Side
from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.orders import OrderRequest, OrderStatus

STATUSES = {
    "live": OrderStatus.NEW,
    "partially_filled": OrderStatus.PARTIALLY_FILLED,
    "filled": OrderStatus.FILLED,
    "canceled": OrderStatus.CANCELED,
    "mmp_canceled": OrderStatus.CANCELED,
}
TIMES_IN_FORCE = {"ioc": "ioc", "optimal_limit_ioc": "ioc", "fok": "fok"}
CANCELED_BY_USER = ("", "1")
NOT_FILLED_AT_ONCE = "14"
PAGE = 100


def read_outgoing(path: str, fields: Mapping[str, Any]) -> OutgoingOrder | None:
    """Size and id of a request that orders something, or changes an order."""
    if "/trade/" not in path or "cancel" in path:
        return None
    name = str(fields.get("clOrdId") or fields.get("ordId") or "")
    spends_quote = fields.get("ordType") == "market" and not str(fields.get("instId")).endswith("-SWAP")
    if fields.get("tgtCcy") == "quote_ccy" or (spends_quote and fields.get("tgtCcy") != "base_ccy"):
        return OutgoingOrder("an amount of quote currency", name)
    return OutgoingOrder(fields.get("newSz", fields.get("sz")), name)


class OkxOrders:
    """The orders of one account."""

    def __init__(self, gateway: Gateway, contracts: Contracts, instruments: Sequence[Instrument]) -> None:
        self._gateway = gateway
        self._contracts = contracts
        self._instruments = instruments

    @tells
    def place(self, request: OrderRequest, instrument: Instrument, wire_id: str) -> VenueOrder | None:
        """See ``OrderDesk``."""
        size = self._contracts.size(instrument, request.quantity)
        params = {"clOrdId": wire_id, **_mode(request), **terms(request)}
        arguments = order_arguments(request, instrument, f"{size:f}", params)
        expected = ExpectedOrder(size, wire_id)
        answer = self._gateway.tell(self._gateway.exchange.create_order, *arguments, order=expected)
        taken = answer["info"]
        if taken.get("clOrdId") != wire_id or not taken.get("ordId"):
            raise VenueError("unknown", "EXI-012", f"okx: the acknowledgement does not name order {wire_id}")
        return acknowledged(request, instrument, wire_id, str(taken["ordId"]))

    @tells
    def cancel(self, order: VenueOrder) -> None:
        """See ``OrderDesk``."""
        self._gateway.tell(self._gateway.exchange.privatePostTradeCancelOrder, _named(order))

    @tells
    def amend(self, order: VenueOrder, quantity: Decimal, price: Decimal) -> None:
        """See ``OrderDesk``. The new size counts what is filled."""
        fields = _named(order)
        size = None if quantity == order.quantity else self._contracts.size(order.instrument, quantity)
        if size is not None:
            fields["newSz"] = f"{size:f}"
        if price != order.price:
            fields["newPx"] = f"{price:f}"
        expected = ExpectedOrder(size, order.venue_order_id)
        self._gateway.tell(self._gateway.exchange.privatePostTradeAmendOrder, fields, order=expected)

    @asks
    def find(self, instrument: Instrument, wire_id: str) -> VenueOrder | None:
        """See ``OrderDesk``: by client id, then in the history of finished orders."""
        exchange = self._gateway.exchange
        name = instrument_id(instrument)
        listed = self._listed(exchange.privateGetTradeOrder, {"instId": name, "clOrdId": wire_id})
        if not listed:
            fields = {"instType": instrument_type(instrument), "instId": name, "limit": PAGE}
            listed = self._listed(exchange.privateGetTradeOrdersHistory, fields)
        for item in listed:
            if item["clOrdId"] == wire_id:
                return self._read(instrument, item)
        return None

    @asks
    def fills(self, order: VenueOrder) -> tuple[Fill, ...]:
        """See ``OrderDesk``: those of three days, as the venue advises, and the archive where some are missing."""
        exchange = self._gateway.exchange
        recent = self._executions(exchange.privateGetTradeFills, order)
        if not order.filled or is_complete(order, recent):
            return recent
        kind = instrument_type(order.instrument)
        return self._executions(exchange.privateGetTradeFillsHistory, order, instType=kind)

    @asks
    def open_orders(self) -> Sequence[VenueOrder]:
        """See ``OrderDesk``."""
        orders = []
        after: dict[str, Any] = {}
        while True:
            page = self._gateway.ask(self._gateway.exchange.privateGetTradeOrdersPending, {"limit": PAGE, **after})
            for item in page["data"]:
                instrument = self._contracts.find(item["instId"])
                if instrument is not None:
                    orders.append(self._read(instrument, item))
            if len(page["data"]) < PAGE:
                return orders
            after = {"after": page["data"][-1]["ordId"]}

    def _executions(self, call: Any, order: VenueOrder, **further: str) -> tuple[Fill, ...]:
        instrument = order.instrument
        fields = {"ordId": order.venue_order_id, "limit": PAGE, **further}
        found: list[Mapping[str, Any]] = []
        while True:
            after = {"after": found[-1]["billId"]} if found else {}
            page = self._gateway.ask(call, {**fields, **after})["data"]
            found += page
            if len(page) < PAGE:
                return tuple(self._fill(instrument, trade) for trade in reversed(found))

    def _listed(self, call: Any, fields: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        answer = self._gateway.look_up(call, fields)
        return [] if answer is None else list(answer["data"])

    def _read(self, instrument: Instrument, listed: Mapping[str, Any]) -> VenueOrder:
        status = STATUSES[listed["state"]]
        source = str(listed.get("cancelSource") or "")
        if status is OrderStatus.CANCELED and source == NOT_FILLED_AT_ONCE:
            status = OrderStatus.EXPIRED
        killed = status is OrderStatus.CANCELED and source not in CANCELED_BY_USER
        kind = str(listed["ordType"])
        side: Side = "buy" if listed["side"] == "buy" else "sell"
        market = kind == "market"
        return VenueOrder(
            instrument=instrument,
            wire_id=str(listed["clOrdId"] or listed["ordId"]),
            venue_order_id=str(listed["ordId"]),
            side=side,
            quantity=self._contracts.quantity(instrument, listed["sz"]),
            filled=self._contracts.quantity(instrument, listed["accFillSz"]),
            status=status,
            price=None if market else positive(listed["px"]),
            order_type="market" if market else "limit",
            time_in_force=TIMES_IN_FORCE.get(kind, "gtc"),
            post_only=kind == "post_only",
            reduce_only=str(listed.get("reduceOnly")) == "true",
            killed_for=str(listed.get("cancelSourceReason") or f"cancel source {source}") if killed else "",
        )

    def _fill(self, instrument: Instrument, trade: Mapping[str, Any]) -> Fill:
        return read_fill(instrument, self._contracts, trade)


def read_fill(instrument: Instrument, contracts: Contracts, trade: Mapping[str, Any]) -> Fill:
    """An execution as the venue lists it: fees paid are below zero, and trade ids count per instrument."""
    quantity = contracts.quantity(instrument, trade["fillSz"])
    return Fill(
        trade_id=f"{trade['instId']}.{trade['tradeId']}",
        venue=instrument.venue,
        symbol=instrument.symbol,
        trade_type=instrument.trade_type,
        quantity=quantity if trade["side"] == "buy" else -quantity,
        price=decimal(trade["fillPx"]),
        fee=-decimal(trade["fee"]),
        fee_asset=str(trade["feeCcy"]),
    )


def _mode(request: OrderRequest) -> dict[str, Any]:
    """How an order is margined: across all assets, spot as well, for a multi-currency account knows no other way.

    ccxt then leaves it to the venue what the size of a market order is in, which for a purchase is quote currency.
    """
    if request.trade_type == "perp":
        return {}
    return {"tdMode": "cross"} | ({"tgtCcy": "base_ccy"} if request.order_type == "market" else {})


def _named(order: VenueOrder) -> dict[str, str]:
    return {"instId": instrument_id(order.instrument), "ordId": order.venue_order_id}
