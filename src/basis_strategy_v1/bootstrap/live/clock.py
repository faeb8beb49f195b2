"""Clocks of a live run."""

from __future__ import annotations

from collections.abc import Callable

from basis_strategy_v1.core.domain.clock import Clock, SimulationClock
from basis_strategy_v1.core.engine.live_parts import LiveTime

MILLISECONDS_PER_NANOSECOND = 1e-6
FIRST_PAUSE = 0.25
LONGEST_PAUSE = 5.0


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


class VenuePace:
    """When a venue that differs from the books, or is silent, is looked at again: soon at first, then less often.

    Args:
        time: the venues', so that a deadline lasts as long as it does for them.
    """

    def __init__(self, time: LiveTime) -> None:
        self._time = time
        self._seen = time.now()
        self._elapsed = 0

    def elapsed_ms(self) -> float:
        """Milliseconds since it was made. A clock that is set back stands still: no deadline moves away."""
        now = self._time.now()
        self._elapsed += max(now - self._seen, 0)
        self._seen = now
        return self._elapsed * MILLISECONDS_PER_NANOSECOND

    def wait(self, observations: int) -> None:
        """Wait a quarter of a second after the first look, then twice as long each time, five seconds at most."""
        self._time.wait(min(FIRST_PAUSE * 2.0 ** min(observations - 1, 10), LONGEST_PAUSE))
