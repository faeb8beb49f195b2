"""Clocks of a live run."""

from __future__ import annotations

from collections.abc import Callable

from basis_strategy_v1.core.domain.clock import Clock, SimulationClock

MILLISECONDS_PER_NANOSECOND = 1e-6


class LiveClock(SimulationClock):
    """Stands at the present row like a backtest's clock, and measures durations.

    Args:
        monotonic_ns: a clock in ns that only moves forward.
    """

    __slots__ = ("_monotonic_ns",)

    def __init__(self, monotonic_ns: Callable[[], int]) -> None:
        super().__init__()
        self._monotonic_ns = monotonic_ns

    def elapsed_ms(self) -> float:
        return self._monotonic_ns() * MILLISECONDS_PER_NANOSECOND


class StepClock:
    """Counts steps on from those of earlier processes: an instruction id names its step and is never used twice."""

    def __init__(self, clock: Clock, first_step: int) -> None:
        self._clock = clock
        self._first_step = first_step

    @property
    def now(self) -> int:
        return self._clock.now

    @property
    def row(self) -> int:
        """The step: rows of this process, after the steps of those before it."""
        return self._first_step + self._clock.row

    def elapsed_ms(self) -> float:
        return self._clock.elapsed_ms()
