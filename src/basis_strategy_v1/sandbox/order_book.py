"""Order books made from a price and the impact curve that prices the fills."""

from __future__ import annotations

from decimal import Decimal

from basis_strategy_v1.backends.simulated.fills import ImpactCurve
from basis_strategy_v1.core.domain.conversions import decimal_from_float
from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.quantities import ZERO, step_down
from basis_strategy_v1.sandbox.quotes import Level

SMALLEST_LEVEL = 10_000.0
LEVELS = 50
DEEPEST_NOTIONAL = 5_000_000.0
"""Cumulative notional of the first level and of the whole side, in the quote currency."""


def best_prices(instrument: Instrument, price: Decimal, curve: ImpactCurve) -> tuple[Decimal, Decimal]:
    """Bid and ask: the price less and plus half the spread, a tick at least."""
    ticks = max(1, curve.offset_ticks(float(price / instrument.tick), 0.0))
    offset = instrument.tick * ticks
    return max(price - offset, instrument.tick), price + offset


def build_book(
    instrument: Instrument, price: Decimal, curve: ImpactCurve, depth: int, levels: int = LEVELS
) -> tuple[list[Level], list[Level]]:
    """Bids and asks, best first, the first ``depth`` of ``levels`` (>= 2) a side: a shorter look is at the same book.

    Levels lie at growing cumulative notional ``N``; each one's price is the marginal price there, the derivative of
    ``N * cost(N)``: half spread + coefficient x (1 + exponent) x N ** exponent.
    """
    bid, ask = best_prices(instrument, price, curve)
    growth = (DEEPEST_NOTIONAL / SMALLEST_LEVEL) ** (1 / (levels - 1))
    bids: list[Level] = []
    asks: list[Level] = []
    taken = 0.0
    for number in range(levels):
        until = SMALLEST_LEVEL * growth**number
        extra = instrument.tick * max(number, _marginal_ticks(instrument, price, curve, until))
        quantity = _quantity(instrument, until - taken, price)
        _append(bids, bid - extra, quantity)
        _append(asks, ask + extra, quantity)
        taken = until
        if min(len(bids), len(asks)) > depth:
            break
    return bids[:depth], asks[:depth]


def _marginal_ticks(instrument: Instrument, price: Decimal, curve: ImpactCurve, notional: float) -> int:
    """How far beyond the best price the marginal price lies after ``notional``, in whole ticks."""
    if not curve.coefficient:
        return 0
    marginal_bps = curve.coefficient * (1 + curve.exponent) * notional**curve.exponent
    return int(float(price / instrument.tick) * marginal_bps * 1e-4)


def _quantity(instrument: Instrument, notional: float, price: Decimal) -> Decimal:
    quantity = step_down(decimal_from_float(round(notional / float(price), 8)), instrument.step)
    return max(quantity, instrument.step)


def _append(levels: list[Level], price: Decimal, quantity: Decimal) -> None:
    if price <= ZERO:
        return
    if levels and levels[-1][0] == price:
        levels[-1] = (price, levels[-1][1] + quantity)
    else:
        levels.append((price, quantity))
