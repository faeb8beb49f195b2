"""The event logger that every component writes to."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from shutil import copyfile
from typing import Any, Protocol

from basis_strategy_v1.core.domain.events import Event, Timed
from basis_strategy_v1.core.domain.timestamps import to_nanoseconds
from basis_strategy_v1.core.event_logger.csv_export import export_csv_from_jsonl, write_events_csv
from basis_strategy_v1.core.event_logger.encoding import encode_events, encoded_blocks
from basis_strategy_v1.core.event_logger.event_types import KNOWN_EVENT_TYPES
from basis_strategy_v1.core.event_logger.files import EventFiles, file_name, writing

DEFAULT_SPILL_LIMIT = 50_000


class _Files(Protocol):
    """Where events go that do not stay in memory; ``append`` empties the list."""

    directory: Path

    def append(self, component: str, events: list[Event]) -> None: ...

    def close(self) -> None: ...


class EventLogger:
    """Collects events by component; writes them as JSON lines and as CSV.

    Made by ``in_memory`` (backtest) or ``live``. Logging only appends a struct to a list; a component's list that has
    reached ``limit`` events goes to its file. ``data`` is encoded later, so it must not be changed after it was logged.
    """

    __slots__ = ("_buffers", "_file_names", "_files", "_limit", "_sequence")

    def __init__(self, files: _Files | None = None, limit: int = sys.maxsize) -> None:
        self._buffers: dict[str, list[Event]] = {}
        self._file_names: dict[str, str] = {}
        self._files = files
        self._limit = limit
        self._sequence = 0

    @classmethod
    def in_memory(
        cls, spill_directory: Path | str | None = None, spill_limit: int = DEFAULT_SPILL_LIMIT
    ) -> EventLogger:
        """A logger for a backtest: no clock, nothing written until asked for.

        With ``spill_directory``, a component's events are appended to its file there whenever ``spill_limit`` of them
        have come together, so that memory stays bounded and a long run can be followed.
        """
        if spill_directory is None:
            return cls()
        return cls(EventFiles(Path(spill_directory)), spill_limit)

    @classmethod
    def live(cls, directory: Path | str, now: Callable[[], int]) -> EventLogger:
        """A logger whose events are on disk at once, without secrets, in daily files kept for 30 days.

        ``now`` gives the present time in ns UTC.
        """
        from basis_strategy_v1.core.event_logger.rotating_files import RotatingEventFiles

        return cls(RotatingEventFiles(Path(directory), now), 1)

    def log_event(self, timestamp: Any, event_type: str, component: str, data: Any) -> None:
        """Write one event down.

        Args:
            timestamp: ns UTC, or a datetime, ``pandas.Timestamp`` or ISO text.
            event_type: one of ``EVENT_TYPES``.
            component: the component's name, such as ``PnLMonitor``.
            data: a struct, or a dict of plain values, structs, enums, tuples and decimals (a set has no order, so its
                bytes would differ from run to run).

        Raises:
            ValueError: for an event type that is not registered, or a name that is no component's.
            ComponentError: RES-001 when a file cannot be written.
        """
        if event_type not in KNOWN_EVENT_TYPES:
            raise _unregistered(event_type)
        if type(timestamp) is not int:
            timestamp = to_nanoseconds(timestamp)
        buffer = self._buffer(component)
        self._sequence = sequence = self._sequence + 1
        buffer.append(Event(timestamp, event_type, component, data, sequence))
        if len(buffer) >= self._limit:
            self._spill(component, buffer)

    def recorder(self, event_type: str, component: str) -> Callable[[int, Any], None]:
        """``log_event`` for events of one type by one component, whose times are in ns UTC; for the hot path.

        Raises:
            ValueError: as ``log_event``.
        """
        if event_type not in KNOWN_EVENT_TYPES:
            raise _unregistered(event_type)
        buffer: list[Event] | None = None
        files, limit = self._files, self._limit

        def record(timestamp: int, data: Any) -> None:
            nonlocal buffer
            if buffer is None:
                buffer = self._buffer(component)
            self._sequence = sequence = self._sequence + 1
            buffer.append(Event(timestamp, event_type, component, data, sequence))
            if files is not None and len(buffer) >= limit:
                files.append(component, buffer)

        return record

    def log_events(self, event_type: str, component: str, items: Sequence[Timed]) -> None:
        """Write several events of one kind down, as ``log_event`` would one after the other.

        Args:
            items: the data of each event, in order; its ``timestamp`` (ns UTC) is the event's.

        Raises:
            ValueError, ComponentError: as ``log_event``.
        """
        if event_type not in KNOWN_EVENT_TYPES:
            raise _unregistered(event_type)
        buffer = self._buffer(component)
        first = self._sequence + 1
        buffer += [
            Event(item.timestamp, event_type, component, item, sequence) for sequence, item in enumerate(items, first)
        ]
        self._sequence += len(items)
        if len(buffer) >= self._limit:
            self._spill(component, buffer)

    def _buffer(self, component: str) -> list[Event]:
        buffer = self._buffers.get(component)
        return self._new_buffer(component) if buffer is None else buffer

    def _new_buffer(self, component: str) -> list[Event]:
        name = file_name(component)
        owner = self._file_names.setdefault(name, component)
        if owner != component:
            raise ValueError(f"components {owner!r} and {component!r} would share the file {name}")
        return self._buffers.setdefault(component, [])

    def _spill(self, component: str, buffer: list[Event]) -> None:
        if self._files is not None and buffer:
            self._files.append(component, buffer)

    def flush(self) -> None:
        """Bring everything to the files, where this logger has any."""
        for component, buffer in self._buffers.items():
            self._spill(component, buffer)

    def close(self) -> None:
        """Flush, and close the files."""
        self.flush()
        if self._files is not None:
            self._files.close()

    def events_by_component(self) -> dict[str, list[Event]]:
        """The events in memory by component, each list in the order of logging; what was spilled is in its file."""
        return {component: buffer for component, buffer in self._buffers.items() if buffer}

    def encode_component(self, component: str) -> bytes:
        """A component's events in memory as JSON lines; empty for a component without events."""
        return encode_events(self._buffers.get(component, []))

    def write_jsonl(self, directory: Path | str) -> None:
        """Write every component's events, spilled ones included, to ``directory``.

        Raises:
            ComponentError: RES-001 when that fails.
        """
        target = Path(directory)
        with writing(target):
            target.mkdir(parents=True, exist_ok=True)
        self.flush()
        for component, buffer in self._buffers.items():
            path = target / file_name(component)
            with writing(path):
                if self._files is None:
                    with path.open("wb") as file:
                        file.writelines(encoded_blocks(buffer))
                elif self._files.directory.resolve() != target.resolve():
                    copyfile(self._files.directory / path.name, path)

    def export_csv(self, csv_path: Path | str) -> None:
        """Write all events to one CSV, by time and then in the order of logging; from the files where there are any.

        Raises:
            ComponentError: RES-001 when that fails.
        """
        self.flush()
        if self._files is not None and self._buffers:
            export_csv_from_jsonl(self._files.directory, csv_path)
        else:
            write_events_csv(self._buffers, csv_path)

    def write_run(self, run_directory: Path | str) -> None:
        """Write ``logs/events/*.jsonl`` and ``events.csv`` into a run's directory.

        Raises:
            ComponentError: RES-001 when that fails.
        """
        self.write_jsonl(Path(run_directory) / "logs" / "events")
        self.export_csv(Path(run_directory) / "events.csv")


def _unregistered(event_type: str) -> ValueError:
    return ValueError(f"event type {event_type!r} is not registered")
