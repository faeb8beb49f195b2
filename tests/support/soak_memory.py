"""How much memory a live run holds as its ticks go by, apart from that of the local venues in the same process."""

from __future__ import annotations

import gc
import tracemalloc

import msgspec

OF_VENUES = ("*/sandbox/*", "*/backends/simulated/*", "*/tests/support/*", "*/tracemalloc.py")


class MemorySample(msgspec.Struct, frozen=True):
    """Bytes held at a row: by everything but the venues, and in all."""

    row: int
    live: int
    total: int


class MemoryWatch:
    """Takes a sample every ``every`` rows; call it with each row."""

    def __init__(self, every: int) -> None:
        self._every = every
        self._next = every
        self.samples: list[MemorySample] = []
        tracemalloc.start()

    def stop(self) -> None:
        """Trace no longer; the samples stay."""
        tracemalloc.stop()

    def __call__(self, row: int) -> None:
        if row < self._next:
            return
        self._next = row + self._every
        gc.collect()
        snapshot = tracemalloc.take_snapshot()
        kept = snapshot.filter_traces([tracemalloc.Filter(False, pattern) for pattern in OF_VENUES])
        live = sum(trace.size for trace in kept.traces)
        self.samples.append(MemorySample(row, live, sum(trace.size for trace in snapshot.traces)))
