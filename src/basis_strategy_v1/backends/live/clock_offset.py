"""How far the venue's clock is from the machine's, and the timestamps that requests are signed with."""

from __future__ import annotations

from collections.abc import Callable

NANOSECONDS_PER_MILLISECOND = 1_000_000

LONGEST_DRIFT_MS = 3_600_000
"""A clock that is further away has not drifted: a local venue lives in the time of its data, and takes the machine's
time as well."""


class ClockOffset:
    """Milliseconds as the venue counts them.

    Args:
        machine_ns: the machine's clock (ns UTC).
        strictly_increasing: give no millisecond twice, as a venue wants it that takes the time as a nonce.

    Attributes:
        measured_ms: the venue's clock less ours when it was last asked for.
        round_trip_ms: how long that took.
    """

    def __init__(self, machine_ns: Callable[[], int], *, strictly_increasing: bool = False) -> None:
        self._machine_ns = machine_ns
        self._strictly_increasing = strictly_increasing
        self._last = 0
        self._applied_ms = 0
        self.measured_ms = 0
        self.round_trip_ms = 0

    @property
    def drift_ms(self) -> int:
        """How far the clocks have drifted apart; 0 where they show different times altogether."""
        return self.measured_ms if abs(self.measured_ms) <= LONGEST_DRIFT_MS else 0

    def milliseconds(self) -> int:
        """The time to sign with, in ms."""
        now = self._machine_ns() // NANOSECONDS_PER_MILLISECOND + self._applied_ms
        if self._strictly_increasing:
            now = max(now, self._last + 1)
            self._last = now
        return now

    def measure(self, server_time: Callable[[], int]) -> int:
        """Ask the venue for its time (ms), correct a drift, and return the difference in ms.

        The venue's answer counts for the middle of the round trip.
        """
        before = self._machine_ns()
        theirs = server_time()
        after = self._machine_ns()
        self.round_trip_ms = (after - before) // NANOSECONDS_PER_MILLISECOND
        self.measured_ms = theirs - (before + after) // 2 // NANOSECONDS_PER_MILLISECOND
        self._applied_ms = self.drift_ms
        return self.measured_ms

    def follow(self) -> None:
        """Sign with the venue's time whatever the difference: it has refused ours."""
        self._applied_ms = self.measured_ms
