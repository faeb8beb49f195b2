"""Progress of long work: a bar on a terminal, nothing in a pipe."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

ProgressCallback = Callable[[int, int], None]
PATIENCE_SECONDS = 0.5


@contextmanager
def run_progress() -> Iterator[ProgressCallback | None]:
    """A callback ``(rows done, rows in all)`` that draws a bar on stderr, or None where there is no terminal."""
    if not (sys.stdout.isatty() and sys.stderr.isatty()):
        yield None
        return
    bar = ProgressBar()
    try:
        yield bar
    finally:
        bar.close()


class ProgressBar:
    """Draws nothing for work that is done at once: only after half a second is the library worth its import."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._started = clock()
        self._bar: Any = None
        self._task: Any = None

    def __call__(self, done: int, total: int) -> None:
        """Show ``done`` of ``total``."""
        if self._bar is None:
            if self._clock() - self._started < PATIENCE_SECONDS:
                return
            self._open(total)
        self._bar.update(self._task, completed=done, total=total)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()

    def _open(self, total: int) -> None:
        from rich.console import Console
        from rich.progress import Progress

        self._bar = Progress(console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task("rows", total=total)
        self._bar.start()
