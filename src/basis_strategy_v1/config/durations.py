"""Durations such as ``8h`` or ``30min``, in nanoseconds inside."""

from __future__ import annotations

import re

NANOSECONDS = {
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "min": 60_000_000_000,
    "h": 3_600_000_000_000,
    "d": 86_400_000_000_000,
}
LONGEST = 36_500 * NANOSECONDS["d"]
DURATION_FORM = "a whole number and one of ms, s, min, h, d, such as 8h or 30min, at most 36500d"
_PATTERN = re.compile(r"\s*(\d+)\s*(ms|s|min|h|d)\s*\Z")


def parse_duration(value: object) -> int:
    """Nanoseconds of ``8h``, ``30min``, ``36h``, ``45s``.

    Raises:
        ValueError: when the text is not a whole number followed by a unit, or is longer than 36500 days.
    """
    if value == 0 and not isinstance(value, bool):
        return 0
    match = _PATTERN.match(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"not a duration: {value!r}")
    duration = int(match[1]) * NANOSECONDS[match[2]]
    if duration > LONGEST:
        raise ValueError(f"longer than 36500d: {value!r}")
    return duration


def duration_text(nanoseconds: int) -> str:
    """The shortest text that ``parse_duration`` reads back as ``nanoseconds`` (a whole number of milliseconds)."""
    if nanoseconds == 0:
        return "0s"
    units = ["h", "min", "s", "ms"]
    unit = next(unit for unit in units if nanoseconds % NANOSECONDS[unit] == 0)
    return f"{nanoseconds // NANOSECONDS[unit]}{unit}"
