"""Where the time of a program goes, told apart by parts: each moment counts to one part only, the innermost."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any, NamedTuple


class Lap(NamedTuple):
    """Seconds and calls by part, of one pass through what is measured."""

    seconds: dict[str, float]
    calls: dict[str, int]


class Parts:
    """Seconds and calls by part. What no part claims is the ``rest``.

    Switching from part to part takes time itself, which counts to nobody but for the call of the probe.
    """

    def __init__(self, rest: str) -> None:
        self._seconds: dict[str, float] = defaultdict(float)
        self._calls: dict[str, int] = defaultdict(int)
        self._part = rest
        self._since = time.perf_counter()

    def lap(self) -> Lap:
        """What was counted since the last lap."""
        self._switch(self._part, time.perf_counter())
        done = Lap(self._seconds, self._calls)
        self._seconds, self._calls = defaultdict(float), defaultdict(int)
        self._since = time.perf_counter()
        return done

    def during(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """``function``, whose time counts to ``part`` but for what other parts claim within."""

        def timed(*arguments: Any, **named: Any) -> Any:
            entered = time.perf_counter()
            before = self._switch(part, entered)
            self._calls[part] += 1
            self._since = time.perf_counter()
            try:
                return function(*arguments, **named)
            finally:
                self._switch(before, time.perf_counter())
                self._since = time.perf_counter()

        return timed

    def _switch(self, part: str, now: float) -> str:
        before = self._part
        self._seconds[before] += now - self._since
        self._part = part
        return before
