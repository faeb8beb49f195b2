"""Timestamps: int64 nanoseconds UTC inside; datetime, pandas.Timestamp or ISO text at the edge."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

NANOSECONDS_PER_SECOND = 1_000_000_000
NANOSECONDS_PER_MINUTE = 60 * NANOSECONDS_PER_SECOND
NANOSECONDS_PER_HOUR = 3_600 * NANOSECONDS_PER_SECOND
SECONDS_PER_YEAR = 31_536_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_nanoseconds(value: Any) -> int:
    """Nanoseconds UTC of an int (taken as is), ISO text, ``datetime`` or ``pandas.Timestamp``.

    A naive time is read as UTC.

    Raises:
        ValueError: when the value cannot be read as a time.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str):
        value = datetime.fromisoformat(value.strip())
    if isinstance(value, datetime):
        nanosecond = int(getattr(value, "nanosecond", 0))
        if value.tzinfo is None:
            value = value.replace(tzinfo=UTC)
        delta: timedelta = value - _EPOCH
        whole = delta.days * 86_400 + delta.seconds
        return whole * NANOSECONDS_PER_SECOND + delta.microseconds * 1_000 + nanosecond
    if hasattr(value, "year") and hasattr(value, "isoformat"):
        return to_nanoseconds(datetime(value.year, value.month, value.day, tzinfo=UTC))
    raise ValueError(f"not a time: {value!r}")


def to_iso(nanoseconds: int) -> str:
    """``2024-05-12T00:00:00Z``; fractions of a second are kept when there are any."""
    seconds, fraction = divmod(nanoseconds, NANOSECONDS_PER_SECOND)
    text = (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
    if fraction:
        text += f".{fraction:09d}".rstrip("0")
    return text + "Z"
