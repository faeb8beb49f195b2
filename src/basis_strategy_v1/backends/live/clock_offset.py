"""How far the venue's clock is from ours, and the timestamps that requests are signed with."""

from __future__ import annotations

from collections.abc import Callable

NANOSECONDS_PER_MILLISECOND = 1_000_000


class ClockOffset:
    """Milliseconds as the venue counts them.

    Args:
        now_ns: our clock (ns UTC).
        strictly_increasing: give no millisecond twice, as a venue wants it that takes the time as a nonce.
    """

    def __init__(self, now_ns: Callable[[], int], *, strictly_increasing: bool = False) -> None:
        self._now_ns = now_ns
        self._strictly_increasing = strictly_increasing
        self._last = 0
        self.offset_ms = 0
        self.round_trip_ms = 0

    def milliseconds(self) -> int:
        """The venue's time now, in ms."""
        now = self._now_ns() // NANOSECONDS_PER_MILLISECOND + self.offset_ms
        if self._strictly_increasing:
            now = max(now, self._last + 1)
            self._last = now
        return now

    def measure(self, server_time: Callable[[], int]) -> int:
        """Ask the venue for its time (ms) and correct by it, taking the middle of the round trip; the offset in ms."""
        before = self._now_ns()
        theirs = server_time()
        after = self._now_ns()
        ours = (before + after) // 2 // NANOSECONDS_PER_MILLISECOND
        self.offset_ms = theirs - ours
        self.round_trip_ms = (after - before) // NANOSECONDS_PER_MILLISECOND
        return self.offset_ms
