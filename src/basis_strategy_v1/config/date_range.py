"""The span of a run, as given by a person."""

from __future__ import annotations

from basis_strategy_v1.config.keys import TIME_FORM
from basis_strategy_v1.core.domain.timestamps import to_nanoseconds
from basis_strategy_v1.core.error_codes.exceptions import ComponentError


def parse_date_range(start: str | None, end: str | None) -> tuple[int | None, int | None]:
    """``start`` and ``end`` (ISO text or None) in ns UTC.

    Raises:
        ComponentError: CFG-005 when one cannot be read, or ``start`` lies after ``end``.
    """
    first, last = parse_time("--start", start), parse_time("--end", end)
    if first is not None and last is not None and first > last:
        raise ComponentError(
            "CFG-005", f"--start {start} lies after --end {end}", remedy="Give a start that lies before the end."
        )
    return first, last


def parse_time(name: str, text: str | None) -> int | None:
    """``text`` (ISO or None), given as option ``name``, in ns UTC.

    Raises:
        ComponentError: CFG-005 when it cannot be read.
    """
    if text is None:
        return None
    try:
        return to_nanoseconds(text)
    except (ValueError, OverflowError) as error:
        raise ComponentError(
            "CFG-005", f"{name} {text} is not a time", original_exception=error, remedy=f"Give {TIME_FORM}."
        ) from error
