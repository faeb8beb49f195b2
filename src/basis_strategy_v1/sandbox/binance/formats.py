"""How Binance writes numbers, order states and order types."""

from __future__ import annotations

from decimal import ROUND_DOWN, Context, Decimal
from typing import Any

from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.orders import OrderStatus
from basis_strategy_v1.core.domain.quantities import divide_nearest
from basis_strategy_v1.sandbox.records import OrderRecord

STATUS_NAMES = {
    OrderStatus.NEW: "NEW",
    OrderStatus.PARTIALLY_FILLED: "PARTIALLY_FILLED",
    OrderStatus.FILLED: "FILLED",
    OrderStatus.CANCELED: "CANCELED",
    OrderStatus.EXPIRED: "EXPIRED",
    OrderStatus.REJECTED: "REJECTED",
}
PRICE_STEP = Decimal("1e-8")
MOST_OPEN_ORDERS = 200
"""Of one instrument, as the filter MAX_NUM_ORDERS says."""

_PERCENT_STEP = Decimal("0.001")
_WIDE = Context(prec=60, rounding=ROUND_DOWN)
ZERO_TEXT = "0.00000000"


def places(value: Decimal) -> int:
    """The number of decimals of a tick or step."""
    return max(0, -int(value.normalize().as_tuple().exponent))


def eight(value: Decimal | None) -> str:
    """Eight decimals, as spot writes every number; what lies beyond is cut off."""
    return ZERO_TEXT if value is None else format(_WIDE.quantize(value, PRICE_STEP), "f")


def plain(value: Decimal | None) -> str:
    """The number without an exponent and without closing zeros, as futures writes prices and quantities."""
    if value is None or not value:
        return "0"
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def like(value: Decimal | None, step: Decimal) -> str:
    """The number with the decimals of ``step``."""
    return format(_WIDE.quantize(value or Decimal(0), Decimal(1).scaleb(-places(step))), "f")


def percent(change: Decimal, of: Decimal) -> str:
    """``change`` as a percentage of ``of``, with three decimals."""
    return format(divide_nearest(change * 100, of, _PERCENT_STEP), "f") if of else "0.000"


def spot_type(order: OrderRecord) -> str:
    """``LIMIT``, ``MARKET`` or ``LIMIT_MAKER``."""
    if order.post_only:
        return "LIMIT_MAKER"
    return order.order_type.upper()


def futures_time_in_force(order: OrderRecord) -> str:
    """``GTC``, ``IOC``, ``FOK``, or ``GTX`` for post-only."""
    return "GTX" if order.post_only else order.time_in_force.upper()


def levels(entries: list[tuple[Decimal, Decimal]], instrument: Instrument, *, spot: bool) -> list[list[str]]:
    """One side of a book."""
    if spot:
        return [[eight(price), eight(quantity)] for price, quantity in entries]
    return [[like(price, instrument.tick), like(quantity, instrument.step)] for price, quantity in entries]


def between(items: list[Any], start_ms: int | None, end_ms: int | None, limit: int) -> list[Any]:
    """Records with ``time_ms`` in ``[start_ms, end_ms]``: the first ``limit`` from a start, else the last."""
    found = [
        item
        for item in items
        if (start_ms is None or item.time_ms >= start_ms) and (end_ms is None or item.time_ms <= end_ms)
    ]
    return found[:limit] if start_ms is not None else found[-limit:]
