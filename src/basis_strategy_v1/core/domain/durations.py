"""Times between two moments, as people say them."""

from __future__ import annotations

from basis_strategy_v1.core.domain.timestamps import NANOSECONDS_PER_SECOND

_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def duration_text(nanoseconds: int) -> str:
    """``3 h 10 min`` of so many nanoseconds: the two largest units, ``0 s`` for less than a second."""
    left = abs(nanoseconds) // NANOSECONDS_PER_SECOND
    parts = []
    for name, seconds in _UNITS:
        count, left = divmod(left, seconds)
        if count:
            parts.append(f"{count} {name}")
        elif parts:
            break
    return " ".join(parts[:2]) or "0 s"
