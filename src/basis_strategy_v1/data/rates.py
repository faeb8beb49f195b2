"""Yearly rates of a lending market as index columns, in the protocol's exact integers."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import numpy as np

from basis_strategy_v1.core.domain.market import Column, IndexColumn, IntArray
from basis_strategy_v1.core.domain.timestamps import NANOSECONDS_PER_SECOND
from basis_strategy_v1.data.carry import BLOCK
from basis_strategy_v1.protocols.wad_ray import RAY, ray_mul

InterestFactor = Callable[[int, int], int]
_RAY_DIGITS = 27
_LOW_MASK = (1 << IndexColumn.LOW_BITS) - 1


def index_column(name: str, rates: Column, timestamps: IntArray, factor: InterestFactor) -> IndexColumn:
    """The index that grows by ``factor(rate in ray, seconds)`` from row to row.

    The rate of a row holds until the next row. The index starts at one ray: only its growth matters to a run, and a
    sampled on-chain index is as old as its sample, so that starting from it would make the result depend on a column
    that is a check, not a series.
    """
    high = np.empty(len(timestamps), dtype=np.int64)
    low = np.empty(len(timestamps), dtype=np.int64)
    values = np.empty(len(timestamps), dtype=np.float64)
    whole_seconds = timestamps // NANOSECONDS_PER_SECOND
    grow = _Growth(factor)
    for start in range(0, len(timestamps), BLOCK):
        stop = min(start + BLOCK, len(timestamps))
        seconds = np.diff(whole_seconds[start:stop], append=whole_seconds[min(stop, len(timestamps) - 1)]).tolist()
        indices = [
            grow.then(rate, elapsed) for rate, elapsed in zip(rates.values[start:stop].tolist(), seconds, strict=True)
        ]
        high[start:stop] = [index >> IndexColumn.LOW_BITS for index in indices]
        low[start:stop] = [index & _LOW_MASK for index in indices]
        values[start:stop] = [index / RAY for index in indices]
    return IndexColumn(name, Column(name, values), high, low)


class _Growth:
    """The running index. Rates change far less often than rows come, so the last factor is kept."""

    def __init__(self, factor: InterestFactor) -> None:
        self._factor = factor
        self._index = RAY
        self._last_rate = -1.0
        self._last_seconds = -1
        self._last_factor = RAY

    def then(self, rate: float, seconds: int) -> int:
        """The index now; afterwards it grows at ``rate`` (a fraction a year) for ``seconds``."""
        index = self._index
        if rate != self._last_rate or seconds != self._last_seconds:
            self._last_factor = self._factor(ray_from_float(rate), seconds)
            self._last_rate = rate
            self._last_seconds = seconds
        self._index = ray_mul(index, self._last_factor)
        return index


def ray_from_float(value: float) -> int:
    """``value`` in ray through its shortest decimal text: 0.0428 is 428 * 10**23. Digits below 1e-27 are cut."""
    return int(Decimal(repr(value)).scaleb(_RAY_DIGITS))
