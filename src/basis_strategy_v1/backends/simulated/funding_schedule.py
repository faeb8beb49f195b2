"""Funding of a simulated exchange: one payment per settlement, from rate x mark x position, never from an index."""

from __future__ import annotations

from bisect import bisect_right
from decimal import Decimal

from basis_strategy_v1.core.domain.market import FundingColumn, MarketColumns
from basis_strategy_v1.core.domain.orders import FundingPayment
from basis_strategy_v1.protocols.perpetual import funding_received


class FundingSchedule:
    """The settlements of one perpetual, as plain ints for speed."""

    __slots__ = (
        "_after_all",
        "_column",
        "_mark_ticks",
        "_market",
        "_next_row",
        "_rate_units",
        "_rows",
        "_symbol",
        "_venue",
    )

    def __init__(self, column: FundingColumn, market: MarketColumns, venue: str, symbol: str) -> None:
        self._column = column
        self._market = market
        self._venue = venue
        self._symbol = symbol
        self._rows: list[int] = column.rows.tolist()
        self._rate_units: list[int] = column.rate_units.tolist()
        self._mark_ticks: list[int] = column.mark_ticks.tolist()
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
        unit, unit_rate, tick, time = self._column.unit, self._column.unit_rate, self._column.tick, self._market.time
        venue, symbol = self._venue, self._symbol
        rows, rates, marks = self._rows, self._rate_units, self._mark_ticks
        return [
            FundingPayment(
                time(rows[index]),
                venue,
                symbol,
                unit_rate * rates[index],
                tick * marks[index],
                quantity,
                funding_received(quantity, rates[index], marks[index], unit),
            )
            for index in range(start, stop)
        ]
