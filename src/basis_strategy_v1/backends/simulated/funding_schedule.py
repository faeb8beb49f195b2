"""Funding of a simulated exchange: one payment per settlement, from rate x mark x position, never from an index."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from decimal import Decimal
from itertools import chain
from operator import attrgetter

import numpy as np

from basis_strategy_v1.core.domain.conversions import ticks_per_unit
from basis_strategy_v1.core.domain.market import FundingColumn, IntArray, MarketColumns
from basis_strategy_v1.core.domain.orders import FundingPayment
from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.core.domain.record import LeafRecord
from basis_strategy_v1.protocols.perpetual import funding_received

_LIKELY_SETTLEMENTS = 32
"""A catch-up rarely passes more; they are looked for among so many before the whole series is searched."""


class FundingSchedule:
    """The settlements of one perpetual, in arrays of plain numbers: a catch-up takes slices of them."""

    __slots__ = (
        "_marks",
        "_negative_sums",
        "_next_row",
        "_products",
        "_rates",
        "_rows",
        "_start",
        "_sums",
        "_symbol",
        "_times",
        "_unit",
        "_venue",
    )

    def __init__(self, column: FundingColumn, market: MarketColumns, venue: str, symbol: str) -> None:
        self._venue = venue
        self._symbol = symbol
        # A last row that no run reaches spares every look at the next settlement a test for the end.
        self._rows = array("q", [*column.rows.tolist(), len(market)])
        self._times = array("q", market.timestamps[column.rows].tobytes())
        self._rates = _multiples(column.rate_units, column.unit_rate)
        self._marks = _multiples(column.mark_ticks, column.tick)
        products = column.rate_units * column.mark_ticks
        self._products = array("q", products.tobytes())
        self._sums = _sums(products)
        self._negative_sums = _sums(np.minimum(products, 0))
        self._unit = column.unit
        self._start = 0
        self._next_row = -1

    def due(self, after_row: int, row: int, quantity: Decimal) -> Settled | None:
        """What ``quantity`` settles in ``(after_row, row]``, where ``after_row`` never goes back; None for nothing.

        A product is rate times mark in whole numbers, so the sum is exact however many there are. What is paid and
        never received is the least that the running sum can be.
        """
        if row < self._next_row:
            return None
        rows = self._rows
        start = self._start
        if rows[start] <= after_row:
            start = self._start = bisect_right(rows, after_row, start)
        stop = bisect_right(rows, row, start, min(start + _LIKELY_SETTLEMENTS, len(rows)))
        if stop - start == _LIKELY_SETTLEMENTS:
            stop = bisect_right(rows, row, stop)
        if start == stop:
            self._next_row = rows[start]
            return None
        total = self._sums[stop] - self._sums[start]
        negative = self._negative_sums[stop] - self._negative_sums[start]
        each = -quantity * self._unit
        lowest = each * (negative if quantity < ZERO else total - negative)
        return Settled(self, start, stop, quantity, each * total, lowest)

    def payments(self, start: int, stop: int, quantity: Decimal) -> list[FundingPayment]:
        """The payments on ``quantity`` of the settlements numbered from ``start`` up to, not including, ``stop``."""
        venue, symbol = self._venue, self._symbol
        times, rates, marks = self._times[start:stop], self._rates[start:stop], self._marks[start:stop]
        amounts = funding_received(quantity, self._products[start:stop], self._unit)
        return [
            FundingPayment(time, venue, symbol, rate, mark, quantity, amount)
            for time, rate, mark, amount in zip(times, rates, marks, amounts, strict=True)
        ]


class Settled(LeafRecord, frozen=True, gc=False):
    """What one perpetual settled in one catch-up.

    Attributes:
        schedule, start, stop, quantity: from which ``payments`` are made when somebody asks for them.
        total: what they sum to.
        lowest: what of them is paid (at most 0): a lower bound of their running sum.
    """

    schedule: FundingSchedule
    start: int
    stop: int
    quantity: Decimal
    total: Decimal
    lowest: Decimal

    def payments(self) -> list[FundingPayment]:
        """One payment per settlement, in order."""
        return self.schedule.payments(self.start, self.stop, self.quantity)


def all_payments(settled: Sequence[Settled]) -> list[FundingPayment]:
    """The payments of one catch-up by time; where several perpetuals settle at once, in the order given."""
    if len(settled) == 1:
        return settled[0].payments()
    return sorted(chain.from_iterable([one.payments() for one in settled]), key=attrgetter("timestamp"))


def _sums(counts: IntArray) -> array[int]:
    """The sum of the first 0, 1, 2, ... of ``counts``."""
    return array("q", np.concatenate([[0], np.cumsum(counts)]).astype(np.int64).tobytes())


def _multiples(counts: IntArray, unit: Decimal) -> array[float]:
    """``counts`` times ``unit``, each the float whose shortest text is the exact product."""
    numerator, denominator = ticks_per_unit(unit)
    return array("d", (counts * numerator / denominator).tobytes())
