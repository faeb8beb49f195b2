"""Market columns: float64 series by row, read as arrays over many rows or as floats at one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar, cast

import numpy as np

from basis_strategy_v1.core.domain.conversions import decimal_from_float
from basis_strategy_v1.core.domain.instrument import PERP_SUFFIX, QUOTE_SUFFIX, Instrument, perp_asset, quote_asset

__all__ = [
    "BOUNDS_BLOCK",
    "PERP_SUFFIX",
    "QUOTE_SUFFIX",
    "BoolArray",
    "Column",
    "FloatArray",
    "FundingColumn",
    "IndexColumn",
    "Instrument",
    "InstrumentColumns",
    "IntArray",
    "MarketColumns",
    "perp_asset",
    "quote_asset",
]

FloatArray = np.ndarray[Any, np.dtype[np.float64]]
IntArray = np.ndarray[Any, np.dtype[np.int64]]
BoolArray = np.ndarray[Any, np.dtype[np.bool_]]


BOUNDS_BLOCK = 256


class Column:
    """One series, already snapped, nulls carried forward.

    ``values`` serves vectorised work; ``floats[row]`` is the Python float at a row (about 0.03 us, ``column[row]`` with
    a call on top) and ``decimal(row)`` the exact price it prints as, remembered for the row last asked.
    ``missing`` marks rows that were null in the data (None when there are none).
    """

    __slots__ = (
        "_bounds",
        "_decimal",
        "_decimal_row",
        "_first_bounded",
        "_highest",
        "_last_bounded",
        "_lowest",
        "floats",
        "missing",
        "name",
        "values",
    )

    def __init__(self, name: str, values: FloatArray, missing: BoolArray | None = None) -> None:
        self.name = name
        self.values = np.ascontiguousarray(values, dtype=np.float64)
        self.missing = missing
        self.floats = cast("memoryview[float]", self.values.data)
        self._decimal_row = -1
        self._decimal = Decimal(0)
        self._first_bounded = self._last_bounded = -1
        self._bounds = (0.0, 0.0)
        self._lowest: list[float] = []
        self._highest: list[float] = []

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, row: int) -> float:
        return self.floats[row]

    def decimal(self, row: int) -> Decimal:
        """The exact value at ``row``."""
        if row != self._decimal_row:
            self._decimal = decimal_from_float(self.floats[row])
            self._decimal_row = row
        return self._decimal

    def bounds(self, start: int, stop: int) -> tuple[float, float]:
        """A lower and an upper bound of rows ``start`` up to (not including) ``stop``, cheaply.

        They are those of the blocks of 256 rows that cover the range, so they hold but need not be reached.
        """
        first = start // BOUNDS_BLOCK
        last = (stop - 1) // BOUNDS_BLOCK
        if first != self._first_bounded or last != self._last_bounded:
            if not self._lowest:
                self._find_block_bounds()
            self._first_bounded, self._last_bounded = first, last
            self._bounds = min(self._lowest[first : last + 1]), max(self._highest[first : last + 1])
        return self._bounds

    def highest(self) -> float:
        """The highest value of all rows; 0 without any."""
        return float(self.values.max()) if len(self.values) else 0.0

    def _find_block_bounds(self) -> None:
        edges = np.arange(0, len(self.values), BOUNDS_BLOCK)
        self._lowest = np.minimum.reduceat(self.values, edges).tolist()
        self._highest = np.maximum.reduceat(self.values, edges).tolist()

    def is_missing(self, row: int) -> bool:
        """Whether the data had no value at ``row`` (what stands there is carried)."""
        return self.missing is not None and bool(self.missing[row])


class FundingColumn:
    """Funding of one perpetual: its settlements, and cumulative funding as an index.

    Attributes:
        rows: rows at which a settlement falls (int64, ascending).
        rate_units: its rate as a whole number of ``unit_rate`` (int64).
        mark_ticks: the mark at the settlement as a whole number of ticks (int64).
        cumulative: per row of the dataset, the sum of ``mark_ticks * rate_units`` of all settlements up to and
            including that row; float64 that holds whole numbers below 2**53.
        unit: tick x unit_rate: a long of 1 base unit pays ``unit * (cumulative[t] - cumulative[a])`` over (a, t].
    """

    __slots__ = ("cumulative", "mark_ticks", "rate_units", "rows", "tick", "unit", "unit_float", "unit_rate")

    def __init__(
        self,
        rows: IntArray,
        rate_units: IntArray,
        mark_ticks: IntArray,
        cumulative: Column,
        tick: Decimal,
        unit_rate: Decimal,
    ) -> None:
        self.rows = rows
        self.rate_units = rate_units
        self.mark_ticks = mark_ticks
        self.cumulative = cumulative
        self.tick = tick
        self.unit_rate = unit_rate
        self.unit = tick * unit_rate
        self.unit_float = float(self.unit)


class IndexColumn:
    """An index-bearing series (supply index, borrow index, share rate): as float64, and exactly, in ray (1e27)."""

    __slots__ = ("high", "low", "name", "values")

    def __init__(self, name: str, values: Column, high: IntArray, low: IntArray) -> None:
        self.name = name
        self.values = values
        self.high = high
        self.low = low

    LOW_BITS: ClassVar[int] = 60

    def ray(self, row: int) -> int:
        """The index at ``row`` as the protocol's integer, scaled by 1e27."""
        return (int(self.high[row]) << self.LOW_BITS) | int(self.low[row])


class InstrumentColumns:
    """All series of one instrument.

    ``price`` is where it trades; ``mark`` values it (for spot the same column). ``volume`` is what trades in the time
    that follows a row: it may limit fills, never a decision.
    """

    __slots__ = ("funding", "instrument", "mark", "mark_high", "mark_low", "price", "volume")

    def __init__(
        self,
        instrument: Instrument,
        price: Column,
        mark: Column | None = None,
        mark_high: Column | None = None,
        mark_low: Column | None = None,
        funding: FundingColumn | None = None,
        volume: Column | None = None,
    ) -> None:
        self.instrument = instrument
        self.price = price
        self.mark = mark if mark is not None else price
        self.mark_high = mark_high
        self.mark_low = mark_low
        self.funding = funding
        self.volume = volume

    def is_tradable(self, row: int) -> bool:
        """Whether the instrument can trade at ``row`` (its price is not null in the data)."""
        return not self.price.is_missing(row)


class MarketColumns:
    """Everything a run knows about the market, by row.

    Attributes:
        timestamps: int64 ns UTC, ascending; ``time(row)`` is the Python int.
        reference: the reference spot S of the run.
        spot, perp: ``{(venue, symbol): InstrumentColumns}``.
        indices: ``{'supply.aave.USDT': IndexColumn, 'borrow.aave.WETH': ...}``.
        other: remaining columns by their own name (rates, oracle, ...), lazily used by ``get_data``.
        gas_price_gwei: gas price per row, or None; ``gas_source`` says which columns it came from.
        ether: the ETH spot used to price gas, or None.
    """

    def __init__(
        self,
        timestamps: IntArray,
        reference: Column | None,
        spot: dict[tuple[str, str], InstrumentColumns],
        perp: dict[tuple[str, str], InstrumentColumns],
        indices: dict[str, IndexColumn] | None = None,
        other: dict[str, Column] | None = None,
        gas_price_gwei: Column | None = None,
        gas_source: str = "",
        ether: Column | None = None,
    ) -> None:
        self.timestamps = np.ascontiguousarray(timestamps, dtype=np.int64)
        self._times = self.timestamps.data
        self.reference = reference
        self.spot = spot
        self.perp = perp
        self.indices = indices or {}
        self.other = other or {}
        self.gas_price_gwei = gas_price_gwei
        self.gas_source = gas_source
        self.ether = ether

    def __len__(self) -> int:
        return len(self.timestamps)

    def time(self, row: int) -> int:
        """The time of ``row`` in ns UTC."""
        return self._times[row]

    def row_at(self, timestamp: int) -> int:
        """The last row at or before ``timestamp``; -1 before the first."""
        return int(np.searchsorted(self.timestamps, timestamp, side="right")) - 1
