"""The time in which a live run lives: this machine's, or that of the local venues."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

NANOSECONDS_PER_MILLISECOND = 1_000_000
SHORTEST_LOOK = 0.2
"""Seconds between two looks at whether the process is asked to stop."""


class SystemTime:
    """The machine's clock.

    Args:
        is_stopping: whether to stop waiting.
    """

    def __init__(self, is_stopping: Callable[[], bool]) -> None:
        self._is_stopping = is_stopping

    def now(self) -> int:
        """Nanoseconds since the epoch, UTC."""
        return time.time_ns()

    def wait(self, seconds: float) -> None:
        """Sleep, but no longer than a moment once the process is asked to stop."""
        until = time.monotonic() + seconds
        while not self._is_stopping() and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, SHORTEST_LOOK))


class LocalVenueTime:
    """The clock of local venues, asked over HTTP. Where it is moved by hand, waiting moves it.

    Args:
        host: address of the local venues.
        session: makes requests; a ``requests.Session``.
        is_stopping: whether to stop waiting.
    """

    def __init__(self, host: str, session: Any, is_stopping: Callable[[], bool]) -> None:
        self._clock = f"{host.rstrip('/')}/sandbox/clock"
        self._session = session
        self._is_stopping = is_stopping

    def now(self) -> int:
        """Nanoseconds since the epoch, UTC, as the venues count them."""
        return int(self._read()["now_ms"]) * NANOSECONDS_PER_MILLISECOND

    def wait(self, seconds: float) -> None:
        """Let ``seconds`` of the venues' time pass."""
        if seconds <= 0 or self._is_stopping():
            return
        clock = self._read()
        if clock["mode"] == "manual":
            self._session.post(f"{self._clock}/advance", json={"seconds": seconds}, timeout=30).raise_for_status()
        else:
            SystemTime(self._is_stopping).wait(seconds / float(clock["speed"]))

    def _read(self) -> dict[str, Any]:
        answer = self._session.get(self._clock, timeout=30)
        answer.raise_for_status()
        document: dict[str, Any] = answer.json()
        return document
