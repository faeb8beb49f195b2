"""Files of events of a live run: on disk at once, a new one every day, old ones removed."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from io import FileIO
from pathlib import Path

import msgspec

from basis_strategy_v1.core.domain.events import Event
from basis_strategy_v1.core.domain.timestamps import to_nanoseconds
from basis_strategy_v1.core.event_logger.encoding import NANOSECONDS_PER_DAY, date_text
from basis_strategy_v1.core.event_logger.files import SUFFIX, cannot_write, file_name, writing
from basis_strategy_v1.core.event_logger.redaction import redacted_line

DAYS_KEPT = 30
_ROTATED = re.compile(r"[a-z0-9_]+_events\.(\d{4}-\d{2}-\d{2})(?:\.\d+)?\.jsonl")


class _DayFile:
    """The open file of one component, and the day (since 1970, UTC) whose events it holds; its end in ns UTC."""

    def __init__(self, path: Path, day: int) -> None:
        first, self._size = _mend(path)
        self.path = path
        self.day = day if first is None else first
        self.ends_at = (self.day + 1) * NANOSECONDS_PER_DAY
        self._file = FileIO(str(path), "ab")

    def write(self, lines: bytes) -> None:
        """Write all of ``lines`` or, when the disk refuses, none of them."""
        size = len(lines)
        try:
            written = self._file.write(lines)
            if written != size:
                self._write_rest(lines, written or 0)
        except OSError:
            self._file.truncate(self._size)
            raise
        self._size += size

    def _write_rest(self, lines: bytes, written: int) -> None:
        while written < len(lines):
            written += self._file.write(lines[written:]) or 0

    def rotate(self) -> None:
        """Close the file and give it its day's name."""
        self._file.close()
        stem = self.path.name.removesuffix(".jsonl")
        target = self.path.with_name(f"{stem}.{date_text(self.day)}.jsonl")
        number = 1
        while target.exists():
            target = self.path.with_name(f"{stem}.{date_text(self.day)}.{number}.jsonl")
            number += 1
        self.path.rename(target)

    def close(self) -> None:
        self._file.close()


def _mend(path: Path) -> tuple[int | None, int]:
    """Cut off a last line that a crash left unfinished; the day of the first line (None without), and the size."""
    if not path.exists():
        return None, 0
    content = path.read_bytes()
    size = content.rfind(b"\n") + 1
    if size < len(content):
        with path.open("r+b") as file:
            file.truncate(size)
    if not size:
        return None, 0
    first = msgspec.json.decode(content[: content.index(b"\n")])
    return to_nanoseconds(first["timestamp"]) // NANOSECONDS_PER_DAY, size


class RotatingEventFiles:
    """Appends redacted events; a component's file is renamed when its first event of a later UTC day comes.

    The current file is ``<component>_events.jsonl``, an earlier day's ``<component>_events.2024-05-12.jsonl``, which is
    removed after 30 days. An event stamped earlier than its file's day stays in that file.

    Args:
        directory: where the files are; made when missing.
        now: the present time in ns UTC, asked for when old files are removed.
    """

    def __init__(self, directory: Path, now: Callable[[], int]) -> None:
        self.directory = directory
        self._now = now
        self._files: dict[str, _DayFile] = {}
        with writing(directory):
            directory.mkdir(parents=True, exist_ok=True)
            self._remove_old()

    def append(self, component: str, events: list[Event]) -> None:
        """Move ``events`` to the end of the component's file, handed to the operating system when this returns.

        Raises:
            ComponentError: RES-001 when that fails; events that are not in the file, whole, stay in the list.
        """
        try:
            while events:
                event = events[0]
                file = self._files.get(component)
                if file is None or event.timestamp >= file.ends_at:
                    file = self._file_for(component, event.timestamp // NANOSECONDS_PER_DAY)
                file.write(redacted_line(event))
                del events[0]
        except OSError as error:
            raise cannot_write(self.directory / file_name(component), error) from error

    def _file_for(self, component: str, day: int) -> _DayFile:
        file = self._files.get(component)
        if file is None:
            file = self._files[component] = _DayFile(self.directory / file_name(component), day)
        if day > file.day:
            del self._files[component]
            file.rotate()
            self._remove_old()
            file = self._files[component] = _DayFile(self.directory / file_name(component), day)
        return file

    def _remove_old(self) -> None:
        oldest = date_text(self._now() // NANOSECONDS_PER_DAY - DAYS_KEPT)
        for path in self.directory.glob(f"*{SUFFIX.removesuffix('.jsonl')}.*.jsonl"):
            match = _ROTATED.fullmatch(path.name)
            if match and date.fromisoformat(match[1]) < date.fromisoformat(oldest):
                path.unlink(missing_ok=True)

    def close(self) -> None:
        """Close every file."""
        for file in self._files.values():
            file.close()
        self._files.clear()
