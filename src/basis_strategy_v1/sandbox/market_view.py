"""The market as a local venue shows it at the clock's row: prices, books, marks, funding, candles.

A book is made from the row's price and the same impact curve that prices the fills, so what it shows is what a taker
pays. Nothing of a later row is ever shown, but when the next settlement falls due.
"""

from __future__ import annotations

from bisect import bisect_right
from decimal import Decimal

from basis_strategy_v1.backends.simulated.fills import FillModel, ImpactCurve
from basis_strategy_v1.core.domain.conversions import decimal_from_float
from basis_strategy_v1.core.domain.market import FundingColumn, Instrument, InstrumentColumns, MarketColumns
from basis_strategy_v1.core.domain.timestamps import NANOSECONDS_PER_HOUR
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec
from basis_strategy_v1.sandbox.candles import CandleMaker
from basis_strategy_v1.sandbox.clock import NANOSECONDS_PER_MILLISECOND, SandboxClock
from basis_strategy_v1.sandbox.order_book import LEVELS, best_prices, build_book
from basis_strategy_v1.sandbox.quotes import Candle, FundingPoint, FundingState, OrderBookView, Quote, Ticker

DAY_MS = 86_400_000


class MarketView:
    """One venue's markets at the present row.

    Args:
        spec: the venue.
        market: the dataset's columns.
        clock: the time of the local venues.
        fill_model: prices takers on the simulated exchange.
    """

    def __init__(self, spec: VenueSpec, market: MarketColumns, clock: SandboxClock, fill_model: FillModel) -> None:
        self.spec = spec
        self._market = market
        self._clock = clock
        self._fill_model = fill_model
        self._candles = CandleMaker(market.timestamps)
        self._columns: dict[tuple[str, str], InstrumentColumns] = {}
        for trade_type, series in (("spot", market.spot), ("perp", market.perp)):
            for (venue, symbol), columns in series.items():
                if venue == spec.venue:
                    self._columns[trade_type, symbol] = columns

    def instruments(self, trade_type: str | None = None) -> list[Instrument]:
        """The venue's instruments that the dataset has, in the venue's order."""
        return [
            found
            for found in self.spec.instruments
            if (found.trade_type, found.symbol) in self._columns and trade_type in (None, found.trade_type)
        ]

    def instrument(self, symbol: str, trade_type: str) -> Instrument | None:
        """The instrument, or None where the venue or the dataset has none."""
        columns = self._columns.get((trade_type, symbol))
        return None if columns is None else columns.instrument

    def quote(self, symbol: str, trade_type: str) -> Quote:
        """Last, bid and ask, mark and index of an instrument that exists."""
        columns, row = self._columns[trade_type, symbol], self._clock.row
        price = columns.price.decimal(row)
        bid, ask = best_prices(columns.instrument, price, self._curve(columns))
        return Quote(
            symbol=symbol,
            trade_type="perp" if trade_type == "perp" else "spot",
            last=price,
            bid=bid,
            ask=ask,
            mark=columns.mark.decimal(row),
            index=self._index(columns, row),
            is_tradable=columns.is_tradable(row),
            time_ms=self._row_time_ms(row),
        )

    def order_book(self, symbol: str, trade_type: str, depth: int = 100, levels: int = LEVELS) -> OrderBookView:
        """Both sides of a book of ``levels`` levels, best first, the first ``depth`` of each."""
        columns, row = self._columns[trade_type, symbol], self._clock.row
        price = columns.price.decimal(row)
        bids, asks = build_book(columns.instrument, price, self._curve(columns), depth, levels)
        return OrderBookView(bids=bids, asks=asks, time_ms=self._row_time_ms(row), sequence=row + 1)

    def ticker(self, symbol: str, trade_type: str) -> Ticker:
        """The last 24 hours."""
        columns = self._columns[trade_type, symbol]
        now_ms = self._row_time_ms(self._clock.row)
        quote = self.quote(symbol, trade_type)
        day = self._candles.single(columns, now_ms - DAY_MS + 1, now_ms, self._clock.row)
        return Ticker(quote=quote, day=day)

    def first_price(self, symbol: str, trade_type: str, since_ms: int) -> Decimal:
        """The first price since a time: where a day or an hour opened."""
        row = self._clock.row
        return self._candles.single(self._columns[trade_type, symbol], since_ms, self._row_time_ms(row), row).open

    def candles(
        self,
        symbol: str,
        trade_type: str,
        interval_ms: int,
        start_ms: int | None = None,
        end_ms: int | None = None,
        limit: int = 500,
        *,
        mark: bool = False,
    ) -> list[Candle]:
        """Candles that open in ``[start_ms, end_ms]``, oldest first; the first ``limit`` from a start, or the last."""
        columns = self._columns[trade_type, symbol]
        return self._candles.candles(columns, interval_ms, start_ms, end_ms, limit, self._clock.row, mark=mark)

    def funding(self, symbol: str) -> FundingState:
        """The last settled rate, and when the next settlement falls due."""
        row = self._clock.row
        column = self._columns["perp", symbol].funding
        history = self.funding_history(symbol, limit=1)
        return FundingState(
            symbol=symbol,
            rate=history[-1].rate if history else Decimal(0),
            settled_ms=history[-1].time_ms if history else 0,
            next_ms=self._next_settlement_ms(column, row),
            interval_hours=self.spec.funding_interval_hours,
        )

    def funding_history(
        self, symbol: str, start_ms: int | None = None, end_ms: int | None = None, limit: int = 1000
    ) -> list[FundingPoint]:
        """Past settlements in ``[start_ms, end_ms]``, oldest first; the first ``limit`` from a start, or the last."""
        column = self._columns["perp", symbol].funding
        if column is None:
            return []
        stop = self._settled_before(column, self._clock.row)
        points = [self._point(column, symbol, position) for position in self._positions(column, stop, start_ms, limit)]
        return [
            point
            for point in points
            if (start_ms is None or point.time_ms >= start_ms) and (end_ms is None or point.time_ms <= end_ms)
        ]

    def _positions(self, column: FundingColumn, stop: int, start_ms: int | None, limit: int) -> range:
        if start_ms is None:
            return range(max(stop - limit, 0), stop)
        first = int(self._market.timestamps[column.rows[:stop]].searchsorted(start_ms * NANOSECONDS_PER_MILLISECOND))
        return range(first, min(first + limit, stop))

    def _settled_before(self, column: FundingColumn, row: int) -> int:
        return int(column.rows.searchsorted(row, side="right"))

    def _point(self, column: FundingColumn, symbol: str, position: int) -> FundingPoint:
        return FundingPoint(
            symbol=symbol,
            time_ms=self._row_time_ms(int(column.rows[position])),
            rate=int(column.rate_units[position]) * column.unit_rate,
            mark_price=int(column.mark_ticks[position]) * column.tick,
        )

    def _next_settlement_ms(self, column: FundingColumn | None, row: int) -> int:
        interval = self.spec.funding_interval_hours * NANOSECONDS_PER_HOUR
        if column is not None:
            position = bisect_right(column.rows, row)
            if position < len(column.rows):
                return self._row_time_ms(int(column.rows[position]))
        return (self._clock.now // interval + 1) * interval // NANOSECONDS_PER_MILLISECOND

    def _index(self, columns: InstrumentColumns, row: int) -> Decimal:
        """The spot price behind a perpetual: this venue's, else the first of the dataset, else its mark."""
        instrument = columns.instrument
        own = self._columns.get(("spot", instrument.symbol))
        if own is not None:
            return own.price.decimal(row)
        for found in self._market.spot.values():
            if found.instrument.base == instrument.base:
                return decimal_from_float(found.price[row])
        return columns.mark.decimal(row)

    def _curve(self, columns: InstrumentColumns) -> ImpactCurve:
        return self._fill_model.curve(columns.instrument.trade_type, columns.instrument.base)

    def _row_time_ms(self, row: int) -> int:
        return self._market.time(row) // NANOSECONDS_PER_MILLISECOND
