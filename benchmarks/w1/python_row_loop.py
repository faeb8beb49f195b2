"""W1 as a plain Python row loop, as fast as plain Python goes: the yardstick of every other figure."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from benchmarks.w1.market import Market

INITIAL_CAPITAL = 100_000.0
FEE = 0.0005
LOWER, UPPER = 0.48, 0.52
MAINTENANCE_RATE = 0.004


class Outcome(NamedTuple):
    """What W1 leaves behind: a value per row, and how often it traded."""

    equity: np.ndarray
    margin_ratio: np.ndarray
    rebalances: int


def run(market: Market) -> Outcome:
    """Walk every row: funding, valuation, trigger, trade, record.

    ``cash`` holds everything that is not a quantity (USDT, the quote leg of the short, fees, funding); ``held`` base
    units of spot are hedged by a short of as many.
    """
    spots = market.spot.tolist()
    marks = market.mark.tolist()
    rates = market.funding.tolist()
    equities: list[float] = []
    ratios: list[float] = []
    record_equity = equities.append
    record_ratio = ratios.append
    cash = INITIAL_CAPITAL
    held = 0.0
    rebalances = 0
    for spot, mark, rate in zip(spots, marks, rates, strict=True):
        short = held * mark
        if rate:
            cash += short * rate
        value = held * spot
        equity = cash + value - short
        if not LOWER <= value / equity <= UPPER:
            traded = 0.5 * equity / spot - held
            held += traded
            cash -= traded * (spot - mark) + abs(traded) * (spot + mark) * FEE
            rebalances += 1
            value = held * spot
            short = held * mark
            equity = cash + value - short
        record_equity(equity)
        record_ratio(MAINTENANCE_RATE * short / (equity - value))
    return Outcome(np.array(equities), np.array(ratios), rebalances)
