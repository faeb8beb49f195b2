"""The moments at which a process could die, and how it dies there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from basis_strategy_v1.backends.live.journal_sql import SqlJournal
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

JOURNAL_WRITES = frozenset(
    {"record_intent", "record_outcome", "record_submission", "record_booking", "set_cursor", "keep_state"}
)


class Death(BaseException):
    """The process is gone. No handler for exceptions may see it."""


class Points:
    """Counts the moments at which a process could die, and dies at those given."""

    def __init__(self, deaths: Sequence[int] = ()) -> None:
        self._deaths = set(deaths)
        self.names: list[str] = []

    def __call__(self, name: str) -> None:
        self.names.append(name)
        if len(self.names) in self._deaths:
            raise Death(name)


class FullDisk(Points):
    """From one of the points on, nothing more can be written: the process must end by itself."""

    def __init__(self, deaths: Sequence[int] = ()) -> None:
        super().__init__()
        self._full_from = deaths
        self._is_full = False

    def __call__(self, name: str) -> None:
        self.names.append(name)
        self._is_full = self._is_full or len(self.names) in self._full_from
        if self._is_full and name.removeprefix("before ") in JOURNAL_WRITES:
            raise ComponentError("RES-001", "the disk is full", "Journal", "CRITICAL")

    def free(self) -> None:
        """Another process finds room again."""
        self._is_full = False


class PointedJournal:
    """A journal with a point before and after each write."""

    def __init__(self, journal: SqlJournal, point: Callable[[str], None]) -> None:
        self._journal = journal
        self._point = point

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._journal, name)
        if name not in JOURNAL_WRITES:
            return method

        def written(*arguments: Any) -> Any:
            self._point(f"before {name}")
            result = method(*arguments)
            self._point(f"after {name}")
            return result

        return written
