"""The time of the local venues: it follows a dataset, by hand or as a multiple of real time."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Literal

from basis_strategy_v1.core.error_codes.exceptions import ComponentError

ClockMode = Literal["manual", "scaled"]
NANOSECONDS_PER_SECOND = 1_000_000_000
NANOSECONDS_PER_MILLISECOND = 1_000_000
FARTHEST_SECONDS = 1e9


class SandboxClock:
    """Time in ns UTC and the dataset's row it stands at: the last row with ``ts <= now``.

    It starts at the time of ``start_row``. In mode ``manual`` it moves only when told; in mode ``scaled`` it runs
    ``speed`` times as fast as real time and can be moved ahead as well. It never goes back.

    Args:
        timestamps: the rows' times, ns UTC, ascending.
        mode: who moves it.
        speed: venue seconds per real second in mode ``scaled``.
        monotonic_ns: a real clock that only goes forward.
        wall_ns: the machine's time of day, against which clients that sign with it are checked.
        start_row: where it starts.

    Raises:
        ComponentError: CFG-003 for a speed that is not above 0.
    """

    def __init__(
        self,
        timestamps: Sequence[int],
        mode: ClockMode = "manual",
        speed: float = 1.0,
        *,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
        wall_ns: Callable[[], int] = time.time_ns,
        start_row: int = 0,
    ) -> None:
        if not speed > 0:
            raise ComponentError("CFG-003", f"the speed of the venues' clock is {speed}, not above 0")
        self.mode: ClockMode = mode
        self.speed = speed if mode == "scaled" else 0.0
        self._timestamps = [int(timestamp) for timestamp in timestamps]
        self._monotonic_ns = monotonic_ns
        self._wall_ns = wall_ns
        self._base_ns = self._timestamps[start_row]
        self._moved_at = monotonic_ns()

    @property
    def now(self) -> int:
        """ns UTC."""
        return self._base_ns + int((self._monotonic_ns() - self._moved_at) * self.speed)

    def now_ns(self) -> int:
        """ns UTC."""
        return self.now

    def now_ms(self) -> int:
        """ms UTC."""
        return self.now // NANOSECONDS_PER_MILLISECOND

    @property
    def row(self) -> int:
        """The last row with ``ts <= now``."""
        return bisect_right(self._timestamps, self.now) - 1

    @property
    def last_row(self) -> int:
        """The dataset's last row."""
        return len(self._timestamps) - 1

    def row_time(self, row: int) -> int:
        """The time of ``row`` in ns UTC."""
        return self._timestamps[row]

    def elapsed_ms(self) -> float:
        """Real milliseconds on a clock that only moves forward."""
        return self._monotonic_ns() / NANOSECONDS_PER_MILLISECOND

    def advance(self, seconds: float) -> None:
        """Move ahead by venue seconds.

        Raises:
            ComponentError: CFG-003 below 0, or farther than any dataset reaches.
        """
        if not 0 <= seconds <= FARTHEST_SECONDS:
            remedy = f"Give from 0 to {FARTHEST_SECONDS:g} seconds."
            raise ComponentError("CFG-003", f"the venues' clock cannot go {seconds} s ahead", remedy=remedy)
        self._stand_at(self.now + int(seconds * NANOSECONDS_PER_SECOND))

    def advance_rows(self, rows: int) -> None:
        """Move to the time of the row that lies ``rows`` (>= 0) ahead; to the last one at most."""
        if rows < 0:
            raise ComponentError("CFG-003", f"the venues' clock cannot go {rows} rows ahead", remedy="Give 0 or more.")
        self._stand_at(self._timestamps[min(self.row + rows, self.last_row)])

    def move_to(self, now_ns: int) -> None:
        """Stand at ``now_ns``.

        Raises:
            ComponentError: CFG-003 for a time that has passed.
        """
        if now_ns < self.now:
            raise ComponentError("CFG-003", f"the venues' clock cannot go back to {now_ns} ns")
        self._stand_at(now_ns)

    def _stand_at(self, now_ns: int) -> None:
        # A running clock may have passed the time meanwhile.
        self._base_ns = max(now_ns, self.now)
        self._moved_at = self._monotonic_ns()

    def running_ms(self) -> float:
        """The venue's time as it would run on between two moves by hand: what rate limits are counted in."""
        return float(self.signing_times_ms()[1])

    def signing_times_ms(self) -> tuple[int, int]:
        """The two times a client may sign with: the machine's, and the venue's (which it asks the venue for).

        By hand the venue's time stands still, but a client that has asked for it goes on counting: so does this.
        """
        since_move = self._monotonic_ns() - self._moved_at
        venue_ns = self._base_ns + int(since_move * (self.speed or 1))
        return self._wall_ns() // NANOSECONDS_PER_MILLISECOND, venue_ns // NANOSECONDS_PER_MILLISECOND


class VenueClock:
    """The shared clock as one venue shows it: its server may be wrong by ``skew_ms``."""

    def __init__(self, shared: SandboxClock) -> None:
        self.shared = shared
        self.skew_ms = 0

    def now_ms(self) -> int:
        """What the venue's server says the time is, ms UTC."""
        return self.shared.now_ms() + self.skew_ms

    def now_ns(self) -> int:
        """The true venue time in ns UTC (no skew): when things happen."""
        return self.shared.now

    def accepts(self, timestamp_ms: int, receive_window_ms: int, ahead_ms: int = 1000) -> bool:
        """Whether ``now - receive_window <= timestamp < now + ahead`` holds for one of the times a client may use.

        Where the venue's time runs faster than real time, both limits grow with it: a request takes real time.
        """
        wall_ms, venue_ms = self.shared.signing_times_ms()
        factor = max(1.0, self.shared.speed)
        return _is_within(timestamp_ms, wall_ms + self.skew_ms, receive_window_ms, ahead_ms) or _is_within(
            timestamp_ms, venue_ms + self.skew_ms, receive_window_ms * factor, ahead_ms * factor
        )

    def is_behind(self, timestamp_ms: int) -> bool:
        """Whether a time that was not accepted lies ahead of the machine's and of the venue's time."""
        return timestamp_ms > max(self.shared.signing_times_ms()) + self.skew_ms


def _is_within(timestamp_ms: int, now_ms: int, behind_ms: float, ahead_ms: float) -> bool:
    return now_ms - behind_ms <= timestamp_ms < now_ms + ahead_ms
