"""Counts calls per fixed window of real time, so that a venue can tell a client how close to its limit it is."""

from __future__ import annotations

from collections.abc import Callable


class RateWindow:
    """Calls per name in the current window. Nothing is refused here: limits strike as scripted faults.

    Args:
        elapsed_ms: a real clock that only goes forward.
    """

    def __init__(self, elapsed_ms: Callable[[], float]) -> None:
        self._elapsed_ms = elapsed_ms
        self._windows: dict[str, tuple[int, int]] = {}

    def count(self, name: str, length_ms: int) -> tuple[int, int]:
        """Count one call: how many the window has now, and the ms until the next window."""
        now_ms = int(self._elapsed_ms())
        window = now_ms // length_ms
        last, used = self._windows.get(name, (window, 0))
        used = used + 1 if last == window else 1
        self._windows[name] = (window, used)
        return used, (window + 1) * length_ms - now_ms
