"""Binance: orders on spot and USD-margined futures.

A client id is unique among open orders only, so nothing here sends one twice; a lookup gives the latest order of an
id. Spot has no amendment of price: it is a cancel-replace, whose replacement carries the id with a suffix, and all of
them are read as one order.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from basis_strategy_v1.backends.live.dialects.ccxt_calls import order_arguments, terms
from basis_strategy_v1.backends.live.dialects.understanding import asks, tells
from basis_strategy_v1.backends.live.dialects.venue_records import VenueOrder, decimal, positive
from basis_strategy_v1.backends.live.gateway import Gateway, VenueError
from basis_strategy_v1.backends.live.order_reports import is_complete
from basis_strategy_v1.backends.live.outgoing_check import ExpectedOrder, OutgoingOrder
from basis_strategy_v1.core.domain.deltas import Fill
from basis_strategy_v1.core.domain.instructions import Side
from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.orders import OrderRequest, OrderStatus

STATUSES = {
    "NEW": OrderStatus.NEW,
    "PENDING_NEW": OrderStatus.NEW,
    "PENDING_CANCEL": OrderStatus.NEW,
    "PARTIALLY_FILLED": OrderStatus.PARTIALLY_FILLED,
    "FILLED": OrderStatus.FILLED,
    "CANCELED": OrderStatus.CANCELED,
    "REJECTED": OrderStatus.REJECTED,
    "EXPIRED": OrderStatus.EXPIRED,
    "EXPIRED_IN_MATCH": OrderStatus.EXPIRED,
}
TIMES_IN_FORCE = {"GTC": "gtc", "GTX": "gtc", "IOC": "ioc", "FOK": "fok"}
GENERATION_MARK = "-"
WEEK_MS = 7 * 86_400_000 - 1
_REPLACEMENT = re.compile(r"([0-9a-f]{32})-(\d{1,3})")


def read_outgoing(path: str, fields: Mapping[str, Any]) -> OutgoingOrder | None:
    """Quantity and id of a request that orders something, or changes an order."""
    if "order" not in path.lower():
        return None
    # A market order for an amount of quote currency has no quantity, and must not pass.
    return OutgoingOrder(fields.get("quantity"), str(fields.get("newClientOrderId") or fields.get("orderId") or ""))


class BinanceOrders:
    """The orders of one account; ``spot`` and ``futures`` are its two APIs."""

    def __init__(self, spot: Gateway, futures: Gateway, instruments: Sequence[Instrument]) -> None:
        self._spot = spot
        self._futures = futures
        self._instruments = instruments

    @tells
    def place(self, request: OrderRequest, instrument: Instrument, wire_id: str) -> VenueOrder | None:
        """See ``OrderDesk``. Spot answers with all fills; futures with the order alone."""
        gateway = self._gateway(instrument)
        arguments = order_arguments(
            request, instrument, f"{request.quantity:f}", {"newClientOrderId": wire_id, **terms(request)}
        )
        order = ExpectedOrder(request.quantity, wire_id)
        answer = gateway.tell(gateway.exchange.create_order, *arguments, order=order)
        return self._acknowledged(instrument, answer["info"], wire_id)

    @tells
    def cancel(self, order: VenueOrder) -> None:
        """See ``OrderDesk``."""
        gateway = self._gateway(order.instrument)
        call = gateway.exchange.privateDeleteOrder if self._is_spot(order) else gateway.exchange.fapiPrivateDeleteOrder
        gateway.tell(call, {"symbol": order.instrument.symbol, "orderId": order.venue_order_id})

    @tells
    def amend(self, order: VenueOrder, quantity: Decimal, price: Decimal) -> None:
        """See ``OrderDesk``: PUT of the order on futures, cancel-replace of what is left on spot."""
        fields = {"symbol": order.instrument.symbol, "side": order.side.upper(), "price": f"{price:f}"}
        if not self._is_spot(order):
            fields |= {"orderId": order.venue_order_id, "quantity": f"{quantity:f}"}
            expected = ExpectedOrder(quantity, order.venue_order_id)
            self._futures.tell(self._futures.exchange.fapiPrivatePutOrder, fields, order=expected)
            return
        replacement = f"{order.wire_id}{GENERATION_MARK}{order.generation + 1}"
        fields |= {
            "type": "LIMIT_MAKER" if order.post_only else "LIMIT",
            "quantity": f"{quantity - order.filled:f}",
            "cancelReplaceMode": "STOP_ON_FAILURE",
            "cancelOrderId": order.venue_order_id,
            "newClientOrderId": replacement,
            "newOrderRespType": "RESULT",
        }
        if not order.post_only:
            fields["timeInForce"] = "GTC"
        expected = ExpectedOrder(quantity - order.filled, replacement)
        self._spot.tell(self._spot.exchange.privatePostOrderCancelReplace, fields, order=expected)

    @asks
    def find(self, instrument: Instrument, wire_id: str) -> VenueOrder | None:
        """See ``OrderDesk``."""
        order = self._get(instrument, wire_id)
        if order is None or instrument.trade_type != "spot":
            return order
        generation = 0
        while order.status is OrderStatus.CANCELED:
            generation += 1
            replacement = self._get(instrument, f"{wire_id}{GENERATION_MARK}{generation}")
            if replacement is None:
                break
            order = self._joined(order, replacement)
        return order

    @asks
    def fills(self, order: VenueOrder) -> tuple[Fill, ...]:
        """See ``OrderDesk``. Of futures the venue lists the last week, and another one where its times are named."""
        if not order.filled:
            return ()
        found = self._executions(order, {})
        start = order.placed_ms
        may_be_older = start > 0 and not self._is_spot(order)
        while may_be_older and start <= order.changed_ms and not is_complete(order, tuple(found.values())):
            found |= self._executions(order, {"startTime": start, "endTime": start + WEEK_MS})
            start += WEEK_MS + 1
        return tuple(found[number] for number in sorted(found))

    def _executions(self, order: VenueOrder, times: Mapping[str, int]) -> dict[int, Fill]:
        gateway = self._gateway(order.instrument)
        exchange = gateway.exchange
        call = exchange.privateGetMyTrades if self._is_spot(order) else exchange.fapiPrivateGetUserTrades
        fields = {"symbol": order.instrument.symbol, "orderId": order.venue_order_id, "limit": 1000, **times}
        listed = gateway.ask(call, fields)
        return {int(trade["id"]): read_fill(order.instrument, order.side, trade["id"], trade) for trade in listed}

    @asks
    def open_orders(self) -> Sequence[VenueOrder]:
        """See ``OrderDesk``."""
        orders: list[VenueOrder] = []
        for instrument in self._instruments:
            gateway = self._gateway(instrument)
            spot = instrument.trade_type == "spot"
            call = gateway.exchange.privateGetOpenOrders if spot else gateway.exchange.fapiPrivateGetOpenOrders
            for listed in gateway.ask(call, {"symbol": instrument.symbol}):
                base, generation = generation_of(str(listed["clientOrderId"]))
                order = self.find(instrument, base) if generation else read_order(instrument, listed)
                if order is not None and order.status.is_open:
                    orders.append(order)
        return orders

    def _acknowledged(self, instrument: Instrument, answer: Mapping[str, Any], wire_id: str) -> VenueOrder | None:
        """The order of an acknowledgement, with its fills where they are all there."""
        if str(answer.get("clientOrderId")) != wire_id or not answer.get("orderId"):
            raise VenueError("unknown", "EXI-012", f"binance: the acknowledgement does not name order {wire_id}")
        order = read_order(instrument, answer)
        if not order.filled:
            return msgspec.structs.replace(order, fills=())
        if not all("tradeId" in fill for fill in answer.get("fills") or [{}]):
            return order
        fills = tuple(read_fill(instrument, order.side, fill["tradeId"], fill) for fill in answer["fills"])
        return msgspec.structs.replace(order, fills=fills)

    def _get(self, instrument: Instrument, wire_id: str) -> VenueOrder | None:
        gateway = self._gateway(instrument)
        spot = instrument.trade_type == "spot"
        call = gateway.exchange.privateGetOrder if spot else gateway.exchange.fapiPrivateGetOrder
        answer = gateway.look_up(call, {"symbol": instrument.symbol, "origClientOrderId": wire_id})
        if answer is None:
            return None
        # It is the order of that id, whatever id the list shows: a cancellation has one of its own.
        return msgspec.structs.replace(read_order(instrument, answer), wire_id=wire_id)

    def _joined(self, earlier: VenueOrder, later: VenueOrder) -> VenueOrder:
        """Two generations of an order as one: what the earlier took, and the state of the later."""
        fills = (*self._all_fills(earlier), *self._all_fills(later))
        filled = earlier.filled + later.filled
        return msgspec.structs.replace(
            later,
            wire_id=earlier.wire_id,
            generation=earlier.generation + 1,
            quantity=earlier.filled + later.quantity,
            filled=filled,
            fills=fills,
            status=OrderStatus.PARTIALLY_FILLED if filled and later.status is OrderStatus.NEW else later.status,
        )

    def _all_fills(self, order: VenueOrder) -> tuple[Fill, ...]:
        return self.fills(order) if order.fills is None else order.fills

    def _gateway(self, instrument: Instrument) -> Gateway:
        return self._spot if instrument.trade_type == "spot" else self._futures

    @staticmethod
    def _is_spot(order: VenueOrder) -> bool:
        return order.instrument.trade_type == "spot"


def read_order(instrument: Instrument, listed: Mapping[str, Any]) -> VenueOrder:
    """An order as either API lists it."""
    filled = decimal(listed["executedQty"])
    market = listed["type"] == "MARKET"
    side: Side = "buy" if listed["side"] == "BUY" else "sell"
    return VenueOrder(
        instrument=instrument,
        wire_id=str(listed["clientOrderId"]),
        venue_order_id=str(listed["orderId"]),
        side=side,
        quantity=decimal(listed["origQty"]),
        filled=filled,
        status=STATUSES[listed["status"]],
        price=positive(listed.get("avgPrice")) if market else positive(listed.get("price")),
        order_type="market" if market else "limit",
        time_in_force=TIMES_IN_FORCE.get(str(listed.get("timeInForce")), "gtc"),
        post_only=listed["type"] == "LIMIT_MAKER" or listed.get("timeInForce") == "GTX",
        reduce_only=str(listed.get("reduceOnly")).lower() == "true",
        killed_for=_killed_for(listed),
        placed_ms=int(listed.get("time") or 0),
        changed_ms=int(listed.get("updateTime") or 0),
    )


def read_fill(instrument: Instrument, side: Side, trade_id: Any, trade: Mapping[str, Any]) -> Fill:
    """An execution as either API lists it. Trade ids count per instrument, so ours name it."""
    quantity = decimal(trade["qty"])
    return Fill(
        trade_id=f"{instrument.trade_type}.{instrument.symbol}.{trade_id}",
        venue=instrument.venue,
        symbol=instrument.symbol,
        trade_type=instrument.trade_type,
        quantity=quantity if side == "buy" else -quantity,
        price=decimal(trade["price"]),
        fee=decimal(trade["commission"]),
        fee_asset=str(trade["commissionAsset"]),
    )


def _killed_for(listed: Mapping[str, Any]) -> str:
    """Why the venue ended a post-only order that it had taken: it would have been a taker."""
    ended = listed["status"] in ("EXPIRED", "REJECTED")
    return "the order would have taken liquidity" if ended and listed.get("timeInForce") == "GTX" else ""


def generation_of(wire_id: str) -> tuple[str, int]:
    """The id an order was first sent under, and how often it was replaced since."""
    found = _REPLACEMENT.fullmatch(wire_id)
    return (found[1], int(found[2])) if found else (wire_id, 0)
