"""Filters of futures orders that the simulated exchange has not: precision, largest quantity, price band."""

from __future__ import annotations

from decimal import Decimal

from basis_strategy_v1.core.domain.instructions import Side
from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.quantities import round_ceiling, round_floor
from basis_strategy_v1.sandbox.binance.errors import BinanceError
from basis_strategy_v1.sandbox.binance.formats import places, plain

LARGEST_QUANTITY = Decimal(10_000)
PRICE_CAP = Decimal("1.0500")
PRICE_FLOOR = Decimal("0.9500")
"""A buy limit may be no higher, a sell limit no lower than this share of the mark."""


def check_filters(instrument: Instrument, side: Side, quantity: Decimal, price: Decimal | None, mark: Decimal) -> None:
    """Refuse an order outside the venue's filters; step, tick and notional are the exchange's to check.

    Raises:
        BinanceError: -4003, -4005, -1111, -4016 or -4024.
    """
    if not quantity:
        raise BinanceError(-4003, "Quantity less than zero.")
    if quantity > LARGEST_QUANTITY:
        raise BinanceError(-4005, "Quantity greater than max quantity.")
    too_fine = places(quantity) > places(instrument.step)
    if too_fine or (price is not None and places(price) > places(instrument.tick)):
        raise BinanceError(-1111, "Precision is over the maximum defined for this asset.")
    if price is None:
        return
    if side == "buy" and price > mark * PRICE_CAP:
        highest = round_floor(mark * PRICE_CAP, Decimal(1).scaleb(-places(instrument.tick)))
        raise BinanceError(-4016, f"Limit price can't be higher than {plain(highest)}.")
    if side == "sell" and price < mark * PRICE_FLOOR:
        lowest = round_ceiling(mark * PRICE_FLOOR, Decimal(1).scaleb(-places(instrument.tick)))
        raise BinanceError(-4024, f"Limit price can't be lower than {plain(lowest)}.")
