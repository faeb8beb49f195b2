"""Market columns that grow by one row a tick: what a live run knows of the market.

Rows are reserved beforehand and filled as time passes. Memory that no row has used yet is not resident, so a capacity
of years costs what has been seen so far.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import inf, isfinite
from typing import Literal

import numpy as np

from basis_strategy_v1.core.domain.conversions import snap_to_tick
from basis_strategy_v1.core.domain.instructions import Side
from basis_strategy_v1.core.domain.market import Column, Instrument, InstrumentColumns, MarketColumns
from basis_strategy_v1.core.domain.quotes import InstrumentQuote
from basis_strategy_v1.core.domain.timestamps import to_iso
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

COMPONENT = "LiveMarket"
CAPACITY = 1 << 20
_NOT_YET = np.iinfo(np.int64).max

InstrumentKey = tuple[str, str, Literal["spot", "perp"]]
"""Venue, symbol, trade type."""


class GrowingColumn(Column):
    """A column whose later rows are not known yet: its bounds are those of any price."""

    def bounds(self, start: int, stop: int) -> tuple[float, float]:
        return 0.0, inf

    def highest(self) -> float:
        return inf


class GrowingColumns(MarketColumns):
    """Market columns of which ``filled`` rows exist."""

    filled = 0

    def __len__(self) -> int:
        return self.filled


class LiveMarket:
    """Collects quotes into columns.

    Args:
        instruments: those of the run; the first spot one is the reference.
        stale_after: how long (ns) an instrument's last quote may be carried before it counts as missing.
        capacity: rows reserved.

    Attributes:
        columns: what the run's components read.
    """

    def __init__(self, instruments: Iterable[Instrument], stale_after: int, capacity: int = CAPACITY) -> None:
        self._stale_after = stale_after
        self._capacity = capacity
        self._last_seen: dict[InstrumentKey, int] = {}
        self._columns: dict[InstrumentKey, InstrumentColumns] = {}
        self._quotes: dict[tuple[str, str, str], InstrumentQuote] = {}
        for instrument in instruments:
            key: InstrumentKey = (instrument.venue, instrument.symbol, instrument.trade_type)
            self._columns[key] = self._reserve(instrument)
        self.columns = self._gathered()

    def _reserve(self, instrument: Instrument) -> InstrumentColumns:
        price = self._column(f"{instrument.trade_type}.{instrument.venue}.{instrument.symbol}")
        if instrument.trade_type == "spot":
            return InstrumentColumns(instrument, price)
        return InstrumentColumns(instrument, price, self._column(f"mark.{instrument.venue}.{instrument.symbol}"))

    def _column(self, name: str) -> GrowingColumn:
        return GrowingColumn(name, np.zeros(self._capacity), np.zeros(self._capacity, dtype=np.bool_))

    def _gathered(self) -> GrowingColumns:
        spot: dict[tuple[str, str], InstrumentColumns] = {}
        perp: dict[tuple[str, str], InstrumentColumns] = {}
        for (venue, symbol, trade_type), columns in self._columns.items():
            (spot if trade_type == "spot" else perp)[(venue, symbol)] = columns
        reference = next((columns.price for columns in spot.values()), None)
        timestamps = np.full(self._capacity, _NOT_YET, dtype=np.int64)
        return GrowingColumns(timestamps, reference, spot, perp)

    @property
    def instruments(self) -> tuple[InstrumentKey, ...]:
        """All instruments, in the order given."""
        return tuple(self._columns)

    def append(self, now: int, quotes: Iterable[InstrumentQuote]) -> int:
        """Add the row of time ``now`` (ns UTC); its number.

        An instrument without a fresh quote carries its last values and cannot trade at this row.

        Raises:
            ComponentError: DAT-001 when an instrument has never had a quote, DAT-003 when time does not go forward,
                DAT-005 for a price that is none, RES-001 when every reserved row is used.
        """
        row = self.columns.filled
        if row >= self._capacity:
            raise ComponentError(
                "RES-001", f"all {self._capacity} rows of this process are used", COMPONENT, remedy="Start it again."
            )
        if row and now <= self.columns.time(row - 1):
            message = f"the clock was set back: it is {to_iso(now)}, and was {to_iso(self.columns.time(row - 1))}"
            raise ComponentError("DAT-003", message, COMPONENT, remedy="Set this machine's clock, then start again.")
        fresh = {(quote.venue, quote.symbol, quote.trade_type): quote for quote in quotes}
        self._quotes = {(quote.venue, quote.symbol, quote.trade_type): quote for quote in fresh.values()}
        for key, columns in self._columns.items():
            self._fill(row, now, key, columns, fresh.get(key))
        self.columns.timestamps[row] = now
        self.columns.filled = row + 1
        return row

    def _fill(
        self, row: int, now: int, key: InstrumentKey, columns: InstrumentColumns, quote: InstrumentQuote | None
    ) -> None:
        if quote is not None:
            self._last_seen[key] = quote.observed_at
        elif row == 0:
            raise ComponentError("DAT-001", f"{_name(key)} has no price yet", COMPONENT)
        last_seen = self._last_seen[key]
        is_missing = quote is None or now - last_seen > self._stale_after
        instrument = columns.instrument
        price = None if quote is None else quote.price
        mark = None if quote is None else quote.mark if quote.mark is not None else quote.price
        _write(columns.price, row, price, instrument, is_missing)
        if columns.mark is not columns.price:
            _write(columns.mark, row, mark, instrument, is_missing)

    def suspend(self, venue: str) -> None:
        """Let nothing trade at ``venue`` in the last row, for it does not say what it holds."""
        for (where, _, _), columns in self._columns.items():
            if where == venue:
                assert columns.price.missing is not None
                columns.price.missing[self.columns.filled - 1] = True

    def best_offer(self, venue: str, symbol: str, trade_type: str, side: Side) -> float | None:
        """Base units that ``side`` would find at the best price of the last row; None where its quote had no size."""
        quote = self._quotes.get((venue, symbol, trade_type))
        if quote is None:
            return None
        return (quote.ask_size if side == "buy" else quote.bid_size) or None

    def half_spread(self, venue: str, symbol: str, trade_type: str) -> float | None:
        """Half of ask less bid in the last row, as a fraction of their mean; None where its quote lacked one."""
        quote = self._quotes.get((venue, symbol, trade_type))
        if quote is None or not quote.bid or not quote.ask:
            return None
        return (quote.ask - quote.bid) / (quote.ask + quote.bid)

    def staleness(self, now: int) -> Mapping[InstrumentKey, int]:
        """How old (ns) the last quote of each instrument is at ``now``."""
        return {key: now - seen for key, seen in self._last_seen.items()}


def _write(column: Column, row: int, value: float | None, instrument: Instrument, is_missing: bool) -> None:
    if value is None:
        column.values[row] = column.values[row - 1]
    elif not isfinite(value) or value <= 0:
        raise ComponentError("DAT-005", f"{column.name} is {value}; a price is above zero", COMPONENT)
    else:
        column.values[row] = snap_to_tick(np.float64(value), instrument.tick)  # type: ignore[arg-type]
    assert column.missing is not None
    column.missing[row] = is_missing


def _name(key: InstrumentKey) -> str:
    return f"{key[0]} {key[2]} {key[1]}"
