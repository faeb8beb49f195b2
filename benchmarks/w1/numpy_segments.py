"""W1 alone over numpy segments: between two trades everything is constant units times row values."""

from __future__ import annotations

import numpy as np

from benchmarks.w1.market import Market
from benchmarks.w1.python_row_loop import FEE, INITIAL_CAPITAL, LOWER, MAINTENANCE_RATE, UPPER, Outcome

SHORTEST_CHUNK, LONGEST_CHUNK = 64, 8192


def run(market: Market) -> Outcome:
    """Find the next row that trades, chunk by chunk; then value all rows at once."""
    spot, mark = market.spot, market.mark
    spread = spot - mark
    cumulative = np.cumsum(mark * market.funding)
    anchors, units, constants = _trades(spot, mark, spread, cumulative)
    lengths = np.diff(np.array([*anchors, len(spot)]))
    held = np.repeat(np.array(units), lengths)
    equity = np.repeat(np.array(constants), lengths) + held * (spread + cumulative)
    ratio = MAINTENANCE_RATE * held * mark / (equity - held * spot)
    return Outcome(equity, ratio, len(anchors))


def _trades(
    spot: np.ndarray, mark: np.ndarray, spread: np.ndarray, cumulative: np.ndarray
) -> tuple[list[int], list[float], list[float]]:
    """Rows that trade, the units held from there on, and ``equity - held * (spread + cumulative)`` from there on."""
    rows = len(spot)
    anchors: list[int] = []
    units: list[float] = []
    constants: list[float] = []
    held, constant, typical = 0.0, INITIAL_CAPITAL, float(SHORTEST_CHUNK)
    row: int | None = 0
    while row is not None:
        price, basis, funding = float(spot[row]), float(spread[row]), float(cumulative[row])
        equity = constant + held * (basis + funding)
        traded = 0.5 * equity / price - held
        equity -= abs(traded) * (price + float(mark[row])) * FEE
        held += traded
        constant = equity - held * (basis + funding)
        if anchors:
            typical += 0.1 * (row - anchors[-1] - typical)
        anchors.append(row)
        units.append(held)
        constants.append(constant)
        chunk = int(min(max(typical / 2, SHORTEST_CHUNK), 2048))
        row = _next_trade(spot, spread, cumulative, held, constant, row + 1, rows, chunk)
    return anchors, units, constants


def _next_trade(
    spot: np.ndarray,
    spread: np.ndarray,
    cumulative: np.ndarray,
    held: float,
    constant: float,
    start: int,
    rows: int,
    chunk: int,
) -> int | None:
    """The first row from ``start`` on whose share of spot leaves the band, or None."""
    while start < rows:
        stop = min(start + chunk, rows)
        equity = constant + held * (spread[start:stop] + cumulative[start:stop])
        share = held * spot[start:stop] / equity
        outside = (share < LOWER) | (share > UPPER)
        first = int(outside.argmax())
        if outside[first]:
            return start + first
        start = stop
        chunk = min(2 * chunk, LONGEST_CHUNK)
    return None
