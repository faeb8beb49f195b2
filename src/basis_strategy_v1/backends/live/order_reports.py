"""What a venue lists of an order, as the reports that the core reads."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from basis_strategy_v1.backends.live.dialects.venue_records import VenueOrder
from basis_strategy_v1.backends.live.gateway import VenueError
from basis_strategy_v1.core.domain.deltas import DONE, Fill, Outcome
from basis_strategy_v1.core.domain.instructions import TradeType
from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.orders import OrderReport, OrderRequest, OrderStatus
from basis_strategy_v1.core.domain.quantities import ZERO, divide_nearest

PRICE_STEP = Decimal("1e-12")


def is_settled(order: VenueOrder) -> bool:
    """Whether the venue is done with an order for now: it ended, or it rests."""
    if not order.status.is_open:
        return True
    return order.order_type == "limit" and order.time_in_force == "gtc"


def acknowledged(request: OrderRequest, instrument: Instrument, wire_id: str, venue_order_id: str) -> VenueOrder | None:
    """An order of which the venue has said no more than that it took the request.

    None where it may rest: that it does is not said by that, nor by its executions.
    """
    is_market = request.order_type == "market"
    if not is_market and request.time_in_force == "gtc":
        return None
    return VenueOrder(
        instrument=instrument,
        wire_id=wire_id,
        venue_order_id=venue_order_id,
        side=request.side,
        quantity=request.quantity,
        filled=ZERO,
        status=OrderStatus.NEW,
        price=None if is_market else request.price,
        order_type=request.order_type,
        time_in_force=request.time_in_force,
        reduce_only=request.reduce_only,
    )


def filled_by(order: VenueOrder, fills: tuple[Fill, ...]) -> VenueOrder | None:
    """``order`` as filled, where ``fills``, each once, make up all of it, which proves its end; else None."""
    if total_of(fills) != order.quantity or len({fill.trade_id for fill in fills}) != len(fills):
        return None
    return msgspec.structs.replace(order, filled=order.quantity, status=OrderStatus.FILLED, fills=fills)


def is_complete(order: VenueOrder, fills: tuple[Fill, ...]) -> bool:
    """Whether the fills are all that the order says it has."""
    return total_of(fills) == order.filled


def total_of(fills: tuple[Fill, ...]) -> Decimal:
    """How much was filled, whichever way."""
    if len(fills) == 1:
        return abs(fills[0].quantity)
    return sum((abs(fill.quantity) for fill in fills), ZERO)


def order_report(client_order_id: str, order: VenueOrder, fills: tuple[Fill, ...]) -> OrderReport:
    """The report of an order and all its fills. One that the venue killed before it took anything is REJECTED."""
    killed = not order.filled and bool(order.killed_for or order.status is OrderStatus.REJECTED)
    return OrderReport(
        client_order_id=client_order_id,
        symbol=order.instrument.symbol,
        trade_type=order.instrument.trade_type,
        side=order.side,
        quantity=order.quantity,
        status=OrderStatus.REJECTED if killed else order.status,
        venue_order_id=order.venue_order_id,
        filled=order.filled,
        price=mean_price(fills) if order.order_type == "market" else order.price,
        fills=fills,
        outcome=Outcome.REJECTED if killed else DONE,
        error_code="EXI-001" if killed else "",
        reason=order.killed_for,
    )


def mean_price(fills: tuple[Fill, ...]) -> Decimal | None:
    """The quantity-weighted price of fills; None where there are none."""
    if not fills:
        return None
    if len(fills) == 1:
        return fills[0].price
    quantity = sum((fill.quantity for fill in fills), ZERO)
    return divide_nearest(sum((fill.quantity * fill.price for fill in fills), ZERO), quantity, PRICE_STEP).normalize()


def unknown(
    client_order_id: str, order: OrderRequest | VenueOrder, reason: str, venue_order_id: str = ""
) -> OrderReport:
    """The report of an order of which it is not known whether, or how far, it was executed.

    ``venue_order_id`` is empty where the venue has not said that it has the order.
    """
    symbol, trade_type = _named(order)
    return OrderReport(
        client_order_id=client_order_id,
        symbol=symbol,
        trade_type=trade_type,
        side=order.side,
        quantity=order.quantity,
        status=OrderStatus.NEW,
        venue_order_id=venue_order_id,
        price=order.price,
        outcome=Outcome.UNKNOWN,
        error_code="EXI-007",
        reason=reason,
    )


def refused(client_order_id: str, order: OrderRequest | VenueOrder, error: VenueError) -> OrderReport:
    """The report of what the venue definitely refused."""
    symbol, trade_type = _named(order)
    return OrderReport(
        client_order_id=client_order_id,
        symbol=symbol,
        trade_type=trade_type,
        side=order.side,
        quantity=order.quantity,
        status=OrderStatus.REJECTED,
        price=order.price,
        outcome=Outcome.REJECTED,
        error_code=error.code or "EXI-001",
        reason=error.reason,
    )


def not_found(client_order_id: str, venue: str) -> OrderReport:
    """The report of an order that the venue does not know."""
    return OrderReport(
        client_order_id=client_order_id,
        symbol="",
        trade_type="spot",
        side="buy",
        quantity=ZERO,
        status=OrderStatus.REJECTED,
        outcome=Outcome.REJECTED,
        error_code="EXI-011",
        reason=f"{venue} knows no open order {client_order_id}",
    )


def _named(order: OrderRequest | VenueOrder) -> tuple[str, TradeType]:
    if isinstance(order, VenueOrder):
        return order.instrument.symbol, order.instrument.trade_type
    return order.symbol, order.trade_type
