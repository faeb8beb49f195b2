"""Files of events, one per component."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from basis_strategy_v1.core.domain.events import Event
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.event_logger.encoding import encode_events

SUFFIX = "_events.jsonl"
_COMPONENT = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_WORD_START = re.compile(r"(?<=[A-Za-z0-9])(?=[A-Z][a-z])")


def file_name(component: str) -> str:
    """The snake-case file name: ``PnLMonitor`` -> ``pnl_monitor_events.jsonl``.

    Raises:
        ValueError: when ``component`` is no name of a component.
    """
    if not _COMPONENT.fullmatch(component):
        raise ValueError(f"not the name of a component: {component!r}")
    return _WORD_START.sub("_", component).lower() + SUFFIX


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn a failure to write ``path`` into RES-001."""
    try:
        yield
    except OSError as error:
        raise cannot_write(path, error) from error


def cannot_write(path: Path, error: OSError) -> ComponentError:
    """What a failure to write ``path`` is called."""
    reason = error.strerror or str(error)
    return ComponentError("RES-001", f"cannot write {path}: {reason}", original_exception=error)


class EventFiles:
    """Appends events to one file per component, in a directory of their own; a file that stands there is begun anew."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._begun: set[str] = set()

    def append(self, component: str, events: list[Event]) -> None:
        """Move ``events`` to the end of the component's file; the list is empty then.

        Raises:
            ComponentError: RES-001 when that fails.
        """
        path = self.directory / file_name(component)
        with writing(path):
            self.directory.mkdir(parents=True, exist_ok=True)
            with path.open("ab" if component in self._begun else "wb") as file:
                file.write(encode_events(events))
        self._begun.add(component)
        events.clear()

    def close(self) -> None:
        """Nothing is held open."""
