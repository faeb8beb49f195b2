"""All components' events in one CSV, by time and then in the order in which they were logged.

Columns: ``timestamp`` (ISO text), ``event_type``, ``component``, ``data`` (JSON text). Lines end with a newline.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from operator import attrgetter
from pathlib import Path

import msgspec

from basis_strategy_v1.core.domain.events import Event
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.event_logger.encoding import EVENTS_AT_ONCE, encode_data, iso_text
from basis_strategy_v1.core.event_logger.files import writing

_HEADER = b"timestamp,event_type,component,data\n"
_by_sequence = attrgetter("sequence")
_by_timestamp = attrgetter("timestamp")


class _RawLine(msgspec.Struct, frozen=True, gc=False):
    """A line of a file, its data left as the bytes it is."""

    timestamp: str
    event_type: str
    component: str
    data: msgspec.Raw
    sequence: int = 0


_DECODER = msgspec.json.Decoder(_RawLine)


def write_events_csv(events_by_component: Mapping[str, Sequence[Event]], csv_path: Path | str) -> None:
    """Write the events, which are still in memory, to ``csv_path``.

    Raises:
        ComponentError: RES-001 when that fails.
    """
    events = list(chain.from_iterable(events_by_component.values()))
    # Two stable sorts of keys that come nearly sorted are faster than one sort of pairs.
    events.sort(key=_by_sequence)
    events.sort(key=_by_timestamp)
    _write(Path(csv_path), _chunks_of_events(events))


def _chunks_of_events(events: list[Event]) -> Iterator[bytes]:
    for start in range(0, len(events), EVENTS_AT_ONCE):
        chunk = events[start : start + EVENTS_AT_ONCE]
        # Escaped and split for the whole chunk at once: JSON has no bare newline, and the last line ends with one.
        texts = encode_data(chunk).replace(b'"', b'""').decode().split("\n")
        rows = [
            f'{iso_text(event.timestamp)},{event.event_type},{event.component},"{text}"\n'
            for event, text in zip(chunk, texts, strict=False)
        ]
        yield "".join(rows).encode()


def export_csv_from_jsonl(directory: Path | str, csv_path: Path | str) -> None:
    """Merge every event file of ``directory``, an earlier day's too, into ``csv_path``.

    An unfinished last line, as a file has that is being written, is left out.

    Raises:
        ComponentError: DAT-001 when there is no event file, DAT-005 when a line is no event, RES-001 when the CSV
            cannot be written.
    """
    folder = Path(directory)
    paths = sorted((path for pattern in _PATTERNS for path in folder.glob(pattern)), key=_age)
    if not paths:
        raise ComponentError("DAT-001", f"{folder}: no event file", remedy="Name the folder with *_events.jsonl files.")
    lines = list(chain.from_iterable(_read(path) for path in paths))
    lines.sort(key=_by_sequence)
    lines.sort(key=_sortable_time)
    _write(Path(csv_path), _chunks_of_lines(lines))


_PATTERNS = ("*_events.jsonl", "*_events.*.jsonl")


def _age(path: Path) -> tuple[str, bool, str]:
    """Of one component, earlier days come first and the current file last."""
    component, _, rest = path.name.partition("_events.")
    return component, rest == "jsonl", rest


def _sortable_time(line: _RawLine) -> str:
    """Without its ``Z`` a whole second sorts before its fractions."""
    return line.timestamp[:-1]


def _read(path: Path) -> list[_RawLine]:
    content = path.read_bytes()
    complete = content[: content.rfind(b"\n") + 1]
    try:
        return _DECODER.decode_lines(complete)
    except msgspec.DecodeError as error:
        number = next(n for n, line in enumerate(complete.splitlines(), 1) if not _is_event(line))
        raise ComponentError("DAT-005", f"{path}, line {number}: not an event ({error})") from error


def _is_event(line: bytes) -> bool:
    try:
        _DECODER.decode(line)
    except msgspec.DecodeError:
        return False
    return True


def _chunks_of_lines(lines: list[_RawLine]) -> Iterator[bytes]:
    for start in range(0, len(lines), EVENTS_AT_ONCE):
        rows = [
            b'%b,"%b"\n'
            % (
                f"{line.timestamp},{line.event_type},{line.component}".encode(),
                bytes(line.data).replace(b'"', b'""'),
            )
            for line in lines[start : start + EVENTS_AT_ONCE]
        ]
        yield b"".join(rows)


def _write(path: Path, chunks: Iterator[bytes]) -> None:
    """Write under another name first, so that a failure leaves no half of a file."""
    partial = path.with_name(path.name + ".partial")
    with writing(path):
        try:
            with partial.open("wb") as file:
                file.write(_HEADER)
                file.writelines(chunks)
            partial.replace(path)
        finally:
            with suppress(OSError):
                partial.unlink()
