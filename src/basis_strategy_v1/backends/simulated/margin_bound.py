"""A cheap bound that proves a stretch of rows free of liquidation, so that they can be passed in one go."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from basis_strategy_v1.core.domain.market import InstrumentColumns
from basis_strategy_v1.core.interfaces.venue_spec import MaintenanceTier

ROWS_PER_BLOCK = 256

_ROUNDING_ROOM = 1.001
"""Maintenance margin is overstated by a thousandth, far more than floats can err on the whole account."""


class MarginBound:
    """One perpetual's worst mark by blocks of rows, and its maintenance rates, as floats."""

    __slots__ = ("_floors", "_highest", "_lowest", "_rates")

    def __init__(self, columns: InstrumentColumns, tiers: Sequence[MaintenanceTier]) -> None:
        starts = np.arange(0, len(columns.mark), ROWS_PER_BLOCK)
        highest = np.maximum.reduceat(columns.mark.values, starts)
        lowest = np.minimum.reduceat(columns.mark.values, starts)
        if columns.mark_high is not None:
            highest = np.maximum(highest, np.maximum.reduceat(columns.mark_high.values, starts))
        if columns.mark_low is not None:
            lowest = np.minimum(lowest, np.minimum.reduceat(columns.mark_low.values, starts))
        self._highest: list[float] = highest.tolist()
        self._lowest: list[float] = lowest.tolist()
        self._floors = [float(tier.floor) for tier in tiers]
        self._rates = [float(tier.rate) * _ROUNDING_ROOM for tier in tiers]

    def worst_value_less_maintenance(self, quantity: Decimal, first: int, last: int) -> float:
        """No more than ``quantity * mark`` less its maintenance margin at any mark or extreme of the rows given.

        The rate of the highest tier reached applies to the whole notional, which overstates maintenance margin.
        """
        units = float(quantity)
        start, stop = first // ROWS_PER_BLOCK, last // ROWS_PER_BLOCK + 1
        highest = self._highest[start] if stop - start == 1 else max(self._highest[start:stop])
        notional = abs(units) * highest
        maintenance = notional * self._rates[bisect_right(self._floors, notional) - 1]
        if units < 0:
            return -notional - maintenance
        lowest = self._lowest[start] if stop - start == 1 else min(self._lowest[start:stop])
        return units * lowest - maintenance
