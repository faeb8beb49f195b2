"""Market data as of a time, out of the columns of a run."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

from basis_strategy_v1.core.domain.market import Column, MarketColumns
from basis_strategy_v1.core.domain.timestamps import to_iso, to_nanoseconds
from basis_strategy_v1.core.interfaces.ports import BaseDataProvider
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec
from basis_strategy_v1.data.errors import no_dataset
from basis_strategy_v1.data.views import MarketView, Sections, build_sections, price_series

_NEAR = 256
"""Rows ahead of the last one asked for, among which the next is likely to be."""


class HistoricalDataProvider(BaseDataProvider):
    """Serves ``get_data`` from market columns.

    Args:
        market: the run's columns.
        venues: the run's venues, for ``execution_data.execution_costs``.
    """

    def __init__(self, market: MarketColumns, venues: Sequence[VenueSpec] = ()) -> None:
        self._market = market
        self._times = market.timestamps.data
        self._sections: Sections = build_sections(market, venues)
        self._asked: Any = None
        self._view: MarketView | None = None
        # A memory view is read without a call of a Python function, which counts on every trade.
        self._prices: dict[str, Any] = {
            key: series.values.data if isinstance(series, Column) else series
            for key, series in price_series(market).items()
        }
        self._priced_at: Any = None
        self._priced_row = 0
        self._row = 0

    @property
    def market(self) -> MarketColumns:
        """The columns behind the views."""
        return self._market

    def get_data(self, timestamp: Any) -> Mapping[str, Any]:
        """What was known at ``timestamp`` (ns, ISO text, ``datetime`` or ``pandas.Timestamp``).

        ``market_data``: ``prices`` in USD by token (``BTC``) and by ``binance:BTCUSDT`` (spot) and
        ``binance:BTCUSDT-PERP`` (mark); ``rates.funding`` by ``venue:symbol``: the last settled rate.
        ``protocol_data``: ``indices`` and ``rates`` by ``supply.aave.USDT``, ``oracle`` by token.
        ``execution_data``: ``execution_costs`` by venue, ``gas_costs``. All values are floats.

        Raises:
            ComponentError: DAT-001 when the data begins later.
            ValueError: when ``timestamp`` is no time.
        """
        if timestamp == self._asked and self._view is not None:
            return self._view
        self._view = MarketView(self._sections, self._row_at(to_nanoseconds(timestamp)))
        self._asked = timestamp
        return self._view

    def price_at(self, timestamp: Any, key: str) -> float:
        """See ``BaseDataProvider``."""
        if timestamp != self._priced_at:
            self._priced_row = self._row_at(to_nanoseconds(timestamp))
            self._priced_at = timestamp
        series = self._prices.get(key)
        return 0.0 if series is None else series[self._priced_row]

    def _row_at(self, moment: int) -> int:
        """The last row at or before ``moment``, looked for near the row last asked for; it is remembered.

        Bisecting the memory view takes half the time of numpy's search for a single value.
        """
        times = self._times
        low = self._row if times[self._row] <= moment else 0
        high = low + _NEAR
        if high >= len(times) or times[high] <= moment:
            high = len(times)
        row = bisect_right(times, moment, low, high) - 1
        if row < 0:
            raise no_dataset(f"no market data at {to_iso(moment)}: it begins at {to_iso(self._market.time(0))}")
        self._row = row
        return row
