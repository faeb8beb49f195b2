"""Hyperliquid: orders on spot and perpetuals.

A market order is a limit that fills at once or not at all, at a price beyond the book by the slippage it may have. A
change cancels an order and places another under the same client id, so an order is what all of its id have filled and
what the latest one waits for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from basis_strategy_v1.backends.live.dialects.ccxt_calls import ccxt_symbol, terms
from basis_strategy_v1.backends.live.dialects.hyperliquid.coins import Coins, token
from basis_strategy_v1.backends.live.dialects.understanding import asks, tells
from basis_strategy_v1.backends.live.dialects.venue_records import VenueOrder, decimal
from basis_strategy_v1.backends.live.gateway import Gateway, VenueError
from basis_strategy_v1.backends.live.order_reports import acknowledged
from basis_strategy_v1.backends.live.outgoing_check import ExpectedOrder, OutgoingOrder
from basis_strategy_v1.backends.live.transport import OutgoingRefusedError
from basis_strategy_v1.core.domain.deltas import Fill
from basis_strategy_v1.core.domain.instructions import Side
from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.orders import OrderRequest, OrderStatus
from basis_strategy_v1.core.domain.quantities import ZERO

WIDEST_SLIPPAGE = Decimal("0.05")
"""How far beyond the book a market order may fill that names no bound."""

OWN_END = ("canceled", "filled", "iocCancelRejected", "reduceOnlyCanceled")
IMMEDIATE = ("Ioc", "FrontendMarket", "LiquidationMarket")
FORBIDDEN = ("approveBuilderFee", "setReferrer")
MOST_FILLS = 2000


def read_outgoing(path: str, fields: Mapping[str, Any]) -> OutgoingOrder | None:
    """Quantity and client id of a request that orders something; no action that pays somebody else leaves."""
    action = fields.get("action")
    if not path.endswith("/exchange") or not isinstance(action, dict):
        return None
    if action.get("type") in FORBIDDEN or "builder" in action:
        raise OutgoingRefusedError("EXI-001", "hyperliquid: an action in favour of somebody else would leave")
    if action.get("type") == "order":
        return _single(action["orders"])
    if action.get("type") in ("modify", "batchModify"):
        return _single([change["order"] for change in action.get("modifies", [action])])
    return OutgoingOrder(None, "") if "order" in str(action.get("type")).lower() else None


def _single(orders: Sequence[Mapping[str, Any]]) -> OutgoingOrder:
    if len(orders) != 1:
        return OutgoingOrder("several orders", "")
    return OutgoingOrder(orders[0].get("s"), digits(orders[0].get("c")))


class HyperliquidOrders:
    """The orders of one account.

    Args:
        now_ms: the venue's time.
    """

    def __init__(
        self, gateway: Gateway, coins: Coins, user: str, instruments: Sequence[Instrument], now_ms: Callable[[], int]
    ) -> None:
        self._gateway = gateway
        self._coins = coins
        self._user = user
        self._instruments = instruments
        self._now_ms = now_ms
        self._placed_ms: dict[str, int] = {}
        self._executed: dict[str, Decimal] = {}

    @tells
    def place(self, request: OrderRequest, instrument: Instrument, wire_id: str) -> VenueOrder | None:
        """See ``OrderDesk``."""
        if request.time_in_force == "fok":
            raise VenueError("rejected", "EXI-005", "hyperliquid has no fill-or-kill orders")
        params = {"clientOrderId": f"0x{wire_id}", **terms(request)}
        price = request.price
        if request.order_type == "market":
            price = self._reference(instrument, request.side)
            bound = WIDEST_SLIPPAGE if request.max_slippage is None else min(request.max_slippage, WIDEST_SLIPPAGE)
            params["slippage"] = f"{bound:f}"
        symbol = ccxt_symbol(instrument)
        arguments = (symbol, request.order_type, request.side, f"{request.quantity:f}", _text(price), params)
        expected = ExpectedOrder(request.quantity, wire_id)
        self._note_time(wire_id)
        answer = self._gateway.tell(self._gateway.exchange.create_order, *arguments, order=expected)
        if not answer.get("id"):
            raise VenueError("unknown", "EXI-012", f"hyperliquid: the acknowledgement does not name order {wire_id}")
        order = acknowledged(request, instrument, wire_id, str(answer["id"]))
        return None if order is None else self._as_executed(order, answer["info"])

    @tells
    def cancel(self, order: VenueOrder) -> None:
        """See ``OrderDesk``."""
        exchange = self._gateway.exchange
        self._gateway.tell(exchange.cancel_order, order.venue_order_id, ccxt_symbol(order.instrument))

    @tells
    def amend(self, order: VenueOrder, quantity: Decimal, price: Decimal) -> None:
        """See ``OrderDesk``: a modification, of what is left to fill."""
        left = quantity - order.filled
        params: dict[str, Any] = {"clientOrderId": f"0x{order.wire_id}"}
        if order.post_only:
            params["postOnly"] = True
        if order.reduce_only:
            params["reduceOnly"] = True
        arguments = (ccxt_symbol(order.instrument), "limit", order.side, f"{left:f}", f"{price:f}", params)
        expected = ExpectedOrder(left, order.wire_id)
        self._gateway.tell(self._gateway.exchange.edit_order, order.venue_order_id, *arguments, order=expected)

    @asks
    def find(self, instrument: Instrument, wire_id: str) -> VenueOrder | None:
        """See ``OrderDesk``. An id says nothing of its instrument: one of another is not found."""
        question = {"type": "orderStatus", "user": self._user, "oid": f"0x{wire_id}"}
        answer = self._gateway.look_up(self._gateway.exchange.publicPostInfo, question)
        if answer is None:
            return None
        listed = answer["order"]
        if listed["order"]["coin"] != self._coins.coin(instrument):
            return None
        return self._whole(instrument, wire_id, listed["order"], str(listed["status"]))

    @asks
    def fills(self, order: VenueOrder) -> tuple[Fill, ...]:
        """See ``OrderDesk``; a found order has its fills already."""
        return tuple(read_fill(order.instrument, trade) for trade in self._trades_of(order.wire_id))

    @asks
    def open_orders(self) -> Sequence[VenueOrder]:
        """See ``OrderDesk``."""
        orders = []
        for listed in self._info("frontendOpenOrders"):
            instrument = self._coins.instrument(str(listed["coin"]))
            if instrument is not None:
                wire_id = digits(listed.get("cloid")) or str(listed["oid"])
                orders.append(self._whole(instrument, wire_id, listed, "open"))
        return orders

    def _whole(self, instrument: Instrument, wire_id: str, listed: Mapping[str, Any], status: str) -> VenueOrder:
        """The order that all generations of an id make up."""
        size, oid = decimal(listed["origSz"]), str(listed["oid"])
        trades = self._trades_of(wire_id)
        executed = sum((decimal(trade["sz"]) for trade in trades if str(trade["oid"]) == oid), ZERO)
        earlier = sum((decimal(trade["sz"]) for trade in trades), ZERO) - executed
        own = self._executed.get(wire_id)
        if own is None:
            own = _claimed(status, size, decimal(listed["sz"]), executed)
        side: Side = "buy" if listed["side"] == "B" else "sell"
        tif = str(listed.get("tif"))
        immediate = tif in IMMEDIATE
        return VenueOrder(
            instrument=instrument,
            wire_id=wire_id,
            venue_order_id=oid,
            side=side,
            quantity=earlier + size,
            filled=earlier + own,
            status=_status(status, immediate=immediate, filled=bool(trades)),
            price=decimal(listed["limitPx"]),
            order_type="market" if immediate else "limit",
            time_in_force="ioc" if immediate else "gtc",
            post_only=tif == "Alo",
            reduce_only=bool(listed.get("reduceOnly")),
            killed_for="" if status in (*OWN_END, "open") else status,
            fills=tuple(read_fill(instrument, trade) for trade in trades),
        )

    def _as_executed(self, order: VenueOrder, answer: Mapping[str, Any]) -> VenueOrder:
        """An order that cannot rest, as ended where its acknowledgement says that less than all of it was executed."""
        executed = decimal((answer.get("filled") or {}).get("totalSz"))
        if not 0 < executed < order.quantity:
            return order
        self._executed[order.wire_id] = executed
        if len(self._executed) > MOST_FILLS:
            del self._executed[next(iter(self._executed))]
        return msgspec.structs.replace(order, filled=executed, status=OrderStatus.EXPIRED)

    def _trades_of(self, wire_id: str) -> list[Mapping[str, Any]]:
        """Executions under a client id, oldest first."""
        since = self._placed_ms.get(wire_id)
        if since is None:
            listed = list(reversed(self._info("userFills")))
        else:
            listed = self._info("userFillsByTime", startTime=since)
        return [trade for trade in listed if digits(trade.get("cloid")) == wire_id]

    def _reference(self, instrument: Instrument, side: Side) -> Decimal:
        """The best price on the other side of the book."""
        book = self._gateway.ask(
            self._gateway.exchange.publicPostInfo, {"type": "l2Book", "coin": self._coins.coin(instrument)}
        )
        levels = book["levels"][1 if side == "buy" else 0]
        if not levels:
            raise VenueError("rejected", "EXI-001", f"no liquidity on the book of {instrument.symbol}")
        return decimal(levels[0]["px"])

    def _info(self, kind: str, **fields: Any) -> Any:
        question = {"type": kind, "user": self._user, **fields}
        return self._gateway.ask(self._gateway.exchange.publicPostInfo, question)

    def _note_time(self, wire_id: str) -> None:
        """From when on to look for an order's fills; the venue may date them a little before our own clock."""
        self._placed_ms[wire_id] = self._now_ms() - 60_000
        if len(self._placed_ms) > MOST_FILLS:
            del self._placed_ms[next(iter(self._placed_ms))]


def read_fill(instrument: Instrument, trade: Mapping[str, Any]) -> Fill:
    """An execution as the venue lists it."""
    size = decimal(trade["sz"])
    return Fill(
        trade_id=str(trade["tid"]),
        venue=instrument.venue,
        symbol=instrument.symbol,
        trade_type=instrument.trade_type,
        quantity=size if trade["side"] == "B" else -size,
        price=decimal(trade["px"]),
        fee=decimal(trade["fee"]),
        fee_asset=token(str(trade["feeToken"])),
    )


def _claimed(status: str, size: Decimal, left: Decimal, executed: Decimal) -> Decimal:
    """How much of an order was executed, by its state; ``executed`` of it is listed.

    What is left is told as it was when the order took its state: of an open one when it was opened, and of one that was
    filled at once it may be all.
    """
    if status.endswith("Rejected"):
        return executed
    if status == "filled" and left == size:
        return size
    return max(size - left, executed)


def _status(word: str, *, immediate: bool, filled: bool) -> OrderStatus:
    if word == "open":
        return OrderStatus.PARTIALLY_FILLED if filled else OrderStatus.NEW
    if word == "filled":
        return OrderStatus.FILLED
    if word.endswith("Rejected") and word != "iocCancelRejected":
        return OrderStatus.REJECTED
    return OrderStatus.EXPIRED if immediate or word == "reduceOnlyCanceled" else OrderStatus.CANCELED


def digits(cloid: Any) -> str:
    """A client id as we write it; empty where there is none."""
    return str(cloid or "").removeprefix("0x")


def _text(price: Decimal | None) -> str | None:
    return None if price is None else f"{price:f}"
