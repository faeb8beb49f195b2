"""Funding of a simulated exchange: one payment per settlement, from rate x mark x position, never from an index."""

from __future__ import annotations

from bisect import bisect_right
from decimal import Decimal

from basis_strategy_v1.core.domain.conversions import ticks_per_unit
from basis_strategy_v1.core.domain.market import FundingColumn, IntArray, MarketColumns
from basis_strategy_v1.core.domain.orders import FundingPayment
from basis_strategy_v1.protocols.perpetual import funding_received


class FundingSchedule:
    """The settlements of one perpetual, as lists of plain numbers: a catch-up takes slices of them."""

    __slots__ = (
        "_after_all",
        "_marks",
        "_next_row",
        "_products",
        "_rates",
        "_rows",
        "_symbol",
        "_times",
        "_unit",
        "_venue",
    )

    def __init__(self, column: FundingColumn, market: MarketColumns, venue: str, symbol: str) -> None:
        self._venue = venue
        self._symbol = symbol
        self._rows: list[int] = column.rows.tolist()
        self._times: list[int] = market.timestamps[column.rows].tolist()
        self._rates = _multiples(column.rate_units, column.unit_rate)
        self._marks = _multiples(column.mark_ticks, column.tick)
        self._products: list[int] = (column.rate_units * column.mark_ticks).tolist()
        self._unit = column.unit
        self._next_row = -1
        self._after_all = len(market)

    def due(self, after_row: int, row: int, quantity: Decimal) -> list[FundingPayment]:
        """The payments on ``quantity`` of all settlements in ``(after_row, row]``, in order."""
        if row < self._next_row:
            return []
        start = bisect_right(self._rows, after_row)
        stop = bisect_right(self._rows, row, start)
        if start == stop:
            # The asker's row never goes back, so nothing is due until this settlement.
            self._next_row = self._rows[start] if start < len(self._rows) else self._after_all
            return []
        venue, symbol = self._venue, self._symbol
        settled = slice(start, stop)
        amounts = funding_received(quantity, self._products[settled], self._unit)
        return [
            FundingPayment(time, venue, symbol, rate, mark, quantity, amount)
            for time, rate, mark, amount in zip(
                self._times[settled], self._rates[settled], self._marks[settled], amounts, strict=True
            )
        ]


def _multiples(counts: IntArray, unit: Decimal) -> list[float]:
    """``counts`` times ``unit``, each the float whose shortest text is the exact product."""
    numerator, denominator = ticks_per_unit(unit)
    values: list[float] = (counts * numerator / denominator).tolist()
    return values
