"""Funding of a simulated exchange: one payment per settlement, from rate x mark x position, never from an index."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from decimal import Decimal
from operator import attrgetter

import msgspec

from basis_strategy_v1.core.domain.conversions import ticks_per_unit
from basis_strategy_v1.core.domain.market import FundingColumn, IntArray, MarketColumns
from basis_strategy_v1.core.domain.orders import FundingPayment
from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.protocols.perpetual import funding_received

_LIKELY_SETTLEMENTS = 32
"""A catch-up rarely passes more; they are looked for among so many before the whole series is searched."""


class Settled(msgspec.Struct, frozen=True, gc=False):
    """Payments in order, what they sum to, and a lower bound (at most 0) of their running sum."""

    payments: list[FundingPayment]
    total: Decimal
    lowest: Decimal


NOTHING = Settled([], ZERO, ZERO)


def merged(first: Settled, second: Settled) -> Settled:
    """The settlements of two perpetuals by time; where both settle at once, those of ``first`` before ``second``'s."""
    payments = sorted(first.payments + second.payments, key=attrgetter("timestamp"))
    return Settled(payments, first.total + second.total, first.lowest + second.lowest)


class FundingSchedule:
    """The settlements of one perpetual, in arrays of plain numbers: a catch-up takes slices of them."""

    __slots__ = (
        "_marks",
        "_next_row",
        "_products",
        "_rates",
        "_rows",
        "_start",
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
        self._products = array("q", (column.rate_units * column.mark_ticks).tobytes())
        self._unit = column.unit
        self._start = 0
        self._next_row = -1

    def due(self, after_row: int, row: int, quantity: Decimal) -> Settled:
        """The payments on ``quantity`` of all settlements in ``(after_row, row]``; ``after_row`` never goes back."""
        if row < self._next_row:
            return NOTHING
        rows = self._rows
        start = self._start
        if rows[start] <= after_row:
            start = self._start = bisect_right(rows, after_row, start)
        stop = bisect_right(rows, row, start, min(start + _LIKELY_SETTLEMENTS, len(rows)))
        if stop - start == _LIKELY_SETTLEMENTS:
            stop = bisect_right(rows, row, stop)
        if start == stop:
            self._next_row = rows[start]
            return NOTHING
        venue, symbol = self._venue, self._symbol
        amounts = funding_received(quantity, self._products[start:stop], self._unit)
        times, rates, marks = self._times[start:stop], self._rates[start:stop], self._marks[start:stop]
        payments = [
            FundingPayment(time, venue, symbol, rate, mark, quantity, amount)
            for time, rate, mark, amount in zip(times, rates, marks, amounts, strict=True)
        ]
        most_paid = min(amounts)
        return Settled(payments, sum(amounts, ZERO), ZERO if most_paid >= ZERO else most_paid * (stop - start))


def _multiples(counts: IntArray, unit: Decimal) -> array[float]:
    """``counts`` times ``unit``, each the float whose shortest text is the exact product."""
    numerator, denominator = ticks_per_unit(unit)
    return array("d", (counts * numerator / denominator).tobytes())
