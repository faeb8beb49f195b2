"""Keeps a live run's state in its journal and its directory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from basis_strategy_v1.bootstrap.live.keeper import DirectoryKeeper
from basis_strategy_v1.core.engine.live_parts import Tick
from basis_strategy_v1.core.execution.journal import KeptState, RunJournal
from basis_strategy_v1.core.strategies.strategy import TradingState


class CursorSource(Protocol):
    """A venue that can say how far its events have been told."""

    def export_cursor(self) -> str: ...


class JournalKeeper(DirectoryKeeper):
    """A ``StateKeeper``: trading state and event cursors in the journal, the rest in the run's directory.

    A cursor is kept after everything it has told is booked: were the process to die in between, events would be told
    again, and each is booked under an id of its own, once.
    """

    def __init__(self, directory: Path, journal: RunJournal, sources: Mapping[str, CursorSource]) -> None:
        super().__init__(directory, self._write)
        self._journal = journal
        self._sources = sources
        self._kept: dict[str, str] = {}
        self._now = 0

    def keep_tick(self, tick: Tick) -> None:
        """See ``StateKeeper``."""
        self._now = tick.timestamp
        if not tick.error:
            self._keep_cursors()
        super().keep_tick(tick)

    def _keep_cursors(self) -> None:
        for venue, source in self._sources.items():
            cursor = source.export_cursor()
            if cursor != self._kept.get(venue):
                self._journal.set_cursor(venue, cursor)
                self._kept[venue] = cursor

    def _write(self, state: TradingState, closing: str, halted_at: int | None) -> None:
        self._journal.keep_state(KeptState(halted_at or self._now, state, closing, halted_at, closing))
