"""Events as JSON lines: ``{"timestamp", "event_type", "component", "data", "sequence"}``, one line each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import msgspec

from basis_strategy_v1.core.domain.events import Event
from basis_strategy_v1.core.domain.timestamps import NANOSECONDS_PER_HOUR, NANOSECONDS_PER_SECOND

NANOSECONDS_PER_DAY = 24 * NANOSECONDS_PER_HOUR
EVENTS_AT_ONCE = 2048
_FIRST_DAY = date(1970, 1, 1).toordinal()


class Line(msgspec.Struct, frozen=True, gc=False):
    """One line of a file: an event whose timestamp is ISO text."""

    timestamp: str
    event_type: str
    component: str
    data: Any
    sequence: int


def plain_value(value: Any) -> Any:
    """A value that JSON does not know, as one that it does: numpy's as numbers, the rest as text."""
    return value.tolist() if hasattr(value, "tolist") else str(value)


_ENCODER = msgspec.json.Encoder(decimal_format="string", enc_hook=plain_value)


@lru_cache(maxsize=4096)
def date_text(day: int) -> str:
    """``2024-05-12`` of the day that is ``day`` days after 1970-01-01."""
    return date.fromordinal(_FIRST_DAY + day).isoformat()


def time_text(timestamp: int) -> str:
    """``to_iso(timestamp)``, fast."""
    day, nanoseconds = divmod(timestamp, NANOSECONDS_PER_DAY)
    seconds, fraction = divmod(nanoseconds, NANOSECONDS_PER_SECOND)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    ending = f".{fraction:09d}".rstrip("0") if fraction else ""
    return f"{date_text(day)}T{hour:02d}:{minute:02d}:{second:02d}{ending}Z"


@lru_cache(maxsize=8192)
def iso_text(timestamp: int) -> str:
    """``time_text`` for whole logs: a backtest's events share the times of its rows, over all components."""
    return time_text(timestamp)


def encode_events(events: Sequence[Event]) -> bytes:
    """``events`` as JSON lines, each ended by a newline.

    Decimals become text, so that no digit is lost. Equal events give equal bytes.
    """
    lines = [Line(iso_text(e.timestamp), e.event_type, e.component, e.data, e.sequence) for e in events]
    return _ENCODER.encode_lines(lines)


def encoded_blocks(events: Sequence[Event]) -> Iterator[bytes]:
    """``encode_events`` a block at a time, so that the text of a long log is never in memory whole."""
    for start in range(0, len(events), EVENTS_AT_ONCE):
        yield encode_events(events[start : start + EVENTS_AT_ONCE])


def encode_data(events: Sequence[Event]) -> bytes:
    """The data of each event as JSON, one line each."""
    return _ENCODER.encode_lines([event.data for event in events])
