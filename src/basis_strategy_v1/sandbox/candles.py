"""Candles from a dataset's rows. A row's price stands for the moment of its time stamp."""

from __future__ import annotations

from decimal import Decimal

from basis_strategy_v1.core.domain.conversions import decimal_from_float
from basis_strategy_v1.core.domain.market import InstrumentColumns, IntArray
from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.sandbox.clock import NANOSECONDS_PER_MILLISECOND
from basis_strategy_v1.sandbox.quotes import Candle

VOLUME_PLACES = 8


class CandleMaker:
    """Makes candles of rows that have passed."""

    def __init__(self, timestamps: IntArray) -> None:
        self._times_ms = timestamps // NANOSECONDS_PER_MILLISECOND

    def candles(
        self,
        columns: InstrumentColumns,
        interval_ms: int,
        start_ms: int | None,
        end_ms: int | None,
        limit: int,
        row: int,
        *,
        mark: bool = False,
    ) -> list[Candle]:
        """Candles that open in ``[start_ms, end_ms]`` up to the one of ``row``, oldest first, at most ``limit``."""
        first = int(self._times_ms[0]) // interval_ms * interval_ms
        last = int(self._times_ms[row]) // interval_ms * interval_ms
        if end_ms is not None:
            last = min(last, end_ms // interval_ms * interval_ms)
        if start_ms is not None:
            first = max(first, -(-start_ms // interval_ms) * interval_ms)
            last = min(last, first + (limit - 1) * interval_ms)
        else:
            first = max(first, last - (limit - 1) * interval_ms)
        return [
            self.single(columns, opens, opens + interval_ms - 1, row, mark=mark)
            for opens in range(first, last + 1, interval_ms)
        ]

    def single(
        self, columns: InstrumentColumns, open_ms: int, close_ms: int, row: int, *, mark: bool = False
    ) -> Candle:
        """The candle of all rows in ``[open_ms, close_ms]`` up to ``row``; flat at the last price without any."""
        start = int(self._times_ms.searchsorted(open_ms))
        stop = min(int(self._times_ms.searchsorted(close_ms, side="right")), row + 1)
        column = columns.mark if mark else columns.price
        if start >= stop:
            price = decimal_from_float(column[max(min(start, row + 1) - 1, 0)])
            return _flat(open_ms, close_ms, price)
        values = column.values[start:stop]
        volume, quote_volume = self._volume(columns, start, stop)
        return Candle(
            open_ms=open_ms,
            close_ms=close_ms,
            open=decimal_from_float(float(values[0])),
            high=decimal_from_float(float(values.max())),
            low=decimal_from_float(float(values.min())),
            close=decimal_from_float(float(values[-1])),
            volume=volume,
            quote_volume=quote_volume,
            rows=stop - start,
        )

    def _volume(self, columns: InstrumentColumns, start: int, stop: int) -> tuple[Decimal, Decimal]:
        if columns.volume is None:
            return ZERO, ZERO
        volumes = columns.volume.values[start:stop]
        quote = float((volumes * columns.price.values[start:stop]).sum())
        return (
            decimal_from_float(round(float(volumes.sum()), VOLUME_PLACES)),
            decimal_from_float(round(quote, VOLUME_PLACES)),
        )


def _flat(open_ms: int, close_ms: int, price: Decimal) -> Candle:
    return Candle(
        open_ms=open_ms,
        close_ms=close_ms,
        open=price,
        high=price,
        low=price,
        close=price,
        volume=ZERO,
        quote_volume=ZERO,
        rows=0,
    )
