"""The time in which a live run lives: this machine's, or that of the local venues."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from basis_strategy_v1.core.error_codes.exceptions import ComponentError

COMPONENT = "ExecutionInterfaces"
NANOSECONDS_PER_MILLISECOND = 1_000_000
PATIENCE = 30.0
"""Seconds in which local venues must answer."""
FRESH_NS = 100_000_000
SHORTEST_LOOK = 0.2
"""Seconds between two looks at whether the process is asked to stop."""

LONGEST_PAUSE = 1.0
"""Seconds that are waited out whatever is asked of the process: they are for an answer on its way, and without them a
venue that is looked at again and again would be asked without a pause."""


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
        """Sleep, but no longer than ``LONGEST_PAUSE`` once the process is asked to stop."""
        begun = time.monotonic()
        while (waited := time.monotonic() - begun) < seconds:
            if waited >= LONGEST_PAUSE and self._is_stopping():
                return
            time.sleep(min(seconds - waited, SHORTEST_LOOK))


class LocalVenueTime:
    """The clock of local venues, asked over HTTP. Where it is moved by hand, waiting moves it.

    Between two answers, at most a tenth of a real second apart, it is counted on at the venues' speed.

    Args:
        host: address of the local venues.
        session: makes requests; a ``requests.Session``.
        is_stopping: whether to stop waiting.
    """

    def __init__(self, host: str, session: Any, is_stopping: Callable[[], bool]) -> None:
        self._clock = f"{host.rstrip('/')}/sandbox/clock"
        self._session = session
        self._is_stopping = is_stopping
        self._fresh_until = 0
        self._told_at = 0
        self._told_ns = 0
        self._speed = 0.0

    def now(self) -> int:
        """Nanoseconds since the epoch, UTC, as the venues count them."""
        present = time.monotonic_ns()
        if present > self._fresh_until:
            self._read()
            present = time.monotonic_ns()
        return self._told_ns + int((present - self._told_at) * self._speed)

    def wait(self, seconds: float) -> None:
        """Let ``seconds`` of the venues' time pass, but no more than ``LONGEST_PAUSE`` in a process that is to stop."""
        if seconds <= 0:
            return
        if seconds > LONGEST_PAUSE and self._is_stopping():
            seconds = LONGEST_PAUSE
        clock = self._read()
        self._fresh_until = 0
        if clock["mode"] == "manual":
            local_answer(self._session, "POST", f"{self._clock}/advance", json={"seconds": seconds})
        else:
            SystemTime(self._is_stopping).wait(seconds / float(clock["speed"]))

    def _read(self) -> dict[str, Any]:
        told: dict[str, Any] = local_answer(self._session, "GET", self._clock)
        self._told_at = time.monotonic_ns()
        self._fresh_until = self._told_at + FRESH_NS
        self._told_ns = int(told["now_ms"]) * NANOSECONDS_PER_MILLISECOND
        self._speed = 0.0 if told["mode"] == "manual" else float(told["speed"])
        return told


def local_answer(session: Any, method: str, url: str, **options: Any) -> Any:
    """What local venues answer to those who steer them.

    Raises:
        ComponentError: EXI-003 where nobody answers.
    """
    from requests import RequestException

    try:
        # They send nobody elsewhere, and whoever does is none of them.
        answer = session.request(method, url, timeout=PATIENCE, allow_redirects=False, **options)
        answer.raise_for_status()
        return answer.json()
    except RequestException as error:
        message = f"the local venues do not answer at {url.partition('/sandbox/')[0]}"
        remedy = "Start them with 'basis sandbox up' and give the address it prints."
        raise ComponentError("EXI-003", message, COMPONENT, original_exception=error, remedy=remedy) from error
