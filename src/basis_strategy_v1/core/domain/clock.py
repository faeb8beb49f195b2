"""Time as the core sees it. The core never reads the machine's clock: it is given one of these."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """The engine's shared clock."""

    @property
    def now(self) -> int:
        """Nanoseconds since the epoch, UTC."""

    @property
    def row(self) -> int:
        """The current row of the market columns."""

    def elapsed_ms(self) -> float:
        """Milliseconds on a clock that only moves forward, for durations; always 0 in a backtest."""


class SimulationClock:
    """The clock of a backtest: it stands at a row and is moved by the engine alone."""

    __slots__ = ("now", "row")

    def __init__(self) -> None:
        self.now = 0
        self.row = 0

    def move_to(self, row: int, now: int) -> None:
        """Stand at ``row``, whose time is ``now`` (ns UTC)."""
        self.row = row
        self.now = now

    def elapsed_ms(self) -> float:
        return 0.0
