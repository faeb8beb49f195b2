"""Random processes drawn block by block: each object keeps its own stream and where it stands.

A block of ``n`` steps gives ``n + 1`` values; the first is the last of the block before, so that a value at the next
row (needed for extremes over a bar) is known.
"""

from __future__ import annotations

import math

import numpy as np

from basis_strategy_v1.core.domain.market import FloatArray
from basis_strategy_v1.core.domain.timestamps import SECONDS_PER_YEAR

_NEGLIGIBLE = 1e-17


def stream(seed: int, name: str) -> np.random.Generator:
    """The random stream of one series: it depends on the seed and the name only, not on the order of drawing."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *name.encode()])))


def decayed_sum(shocks: FloatArray, decay: float, before: float) -> FloatArray:
    """``x[t] = decay * x[t-1] + shocks[t]`` with ``x[-1] = before``, by doubling windows (no loop over rows)."""
    total = shocks.copy()
    total[0] += decay * before
    reach = 1
    factor = decay
    while reach < len(total) and factor > _NEGLIGIBLE:
        # Overlapping slices: the right side is evaluated in full before it is added.
        total[reach:] += factor * total[:-reach]
        factor *= factor
        reach *= 2
    return total


class MeanReverting:
    """An Ornstein-Uhlenbeck process around zero, exact at any step.

    Args:
        generator: its random stream.
        deviation: the stationary standard deviation.
        half_life, step: in seconds.
    """

    def __init__(self, generator: np.random.Generator, deviation: float, half_life: float, step: float) -> None:
        self._generator = generator
        self._decay = 0.5 ** (step / half_life)
        self._shock = deviation * math.sqrt(1 - self._decay**2)
        self._last = deviation * float(generator.standard_normal())

    def block(self, steps: int) -> FloatArray:
        """The next ``steps + 1`` values."""
        shocks = self._generator.standard_normal(steps)
        shocks *= self._shock
        return self._continue(decayed_sum(shocks, self._decay, self._last))

    def _continue(self, values: FloatArray) -> FloatArray:
        whole = np.concatenate(([self._last], values))
        self._last = float(whole[-1])
        return whole


class Smoothed:
    """An exponential moving average of another process."""

    def __init__(self, half_life: float, step: float) -> None:
        self._decay = 0.5 ** (step / half_life)
        self._last: float | None = None

    def block(self, values: FloatArray) -> FloatArray:
        """The average along ``values`` (``steps + 1`` of them, the first shared with the block before)."""
        first = float(values[0]) if self._last is None else self._last
        rest = decayed_sum((1 - self._decay) * values[1:], self._decay, first)
        self._last = float(rest[-1])
        return np.concatenate(([first], rest))


class ShotNoise:
    """Events at random times, each decaying: depegs, spikes of gas.

    Args:
        generator: its random stream.
        per_year: mean number of events.
        size: mean size of one (exponential).
        half_life, step: in seconds.
    """

    def __init__(
        self, generator: np.random.Generator, per_year: float, size: float, half_life: float, step: float
    ) -> None:
        self._times, self._sizes = generator.spawn(2)
        self._rate = per_year * step / SECONDS_PER_YEAR
        self._size = size
        self._decay = 0.5 ** (step / half_life)
        self._last = 0.0

    def block(self, steps: int) -> FloatArray:
        """The next ``steps + 1`` values, zero or more."""
        counts = self._times.poisson(self._rate, steps)
        shocks = np.zeros(steps)
        hit = np.flatnonzero(counts)
        shocks[hit] = self._sizes.gamma(counts[hit], self._size)
        values = decayed_sum(shocks, self._decay, self._last)
        whole = np.concatenate(([self._last], values))
        self._last = float(whole[-1])
        return whole
