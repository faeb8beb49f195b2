"""The data errors, worded once."""

from __future__ import annotations

from basis_strategy_v1.core.domain.timestamps import NANOSECONDS_PER_HOUR, to_iso
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

COMPONENT = "DataProvider"


def no_dataset(message: str, cause: BaseException | None = None) -> ComponentError:
    """DAT-001."""
    return ComponentError(
        "DAT-001",
        message,
        COMPONENT,
        original_exception=cause,
        remedy="Give a folder with *.parquet or *.csv files, or make one with 'basis data synth --out DIR'",
    )


def missing_column(column: str, needed_by: str, remedy: str) -> ComponentError:
    """DAT-002."""
    return ComponentError("DAT-002", f"column {column} is missing; {needed_by} needs it", COMPONENT, remedy=remedy)


SORTED_ONCE = "Sort the file by ts and keep one row per time"


def bad_times(file: str, row: int, time: int, problem: str, remedy: str = SORTED_ONCE) -> ComponentError:
    """DAT-003; ``row`` counts data rows from 1."""
    return ComponentError(
        "DAT-003",
        f"{file}: {problem} at row {row}, {to_iso(time)}",
        COMPONENT,
        remedy=remedy,
    )


def invalid_value(column: str, time: int, value: object, problem: str) -> ComponentError:
    """DAT-005 for a value of the market."""
    return ComponentError(
        "DAT-005",
        f"column {column} at {to_iso(time)} is {value}: {problem}",
        COMPONENT,
        remedy="Correct the value, or leave it empty where the market had none",
    )


def invalid_cell(file: str, problem: str) -> ComponentError:
    """DAT-005 for what cannot be read out of a file."""
    return ComponentError("DAT-005", f"{file}: {problem}", COMPONENT, remedy="Correct the file")


def stale(column: str, from_time: int, to_time: int, limit: int, setting: str) -> ComponentError:
    """DAT-004 for a value carried longer than allowed."""
    return ComponentError(
        "DAT-004",
        f"{column} has no value between {to_iso(from_time)} and {to_iso(to_time)}, longer than {hours(limit)}",
        COMPONENT,
        remedy=f"Choose --start and --end outside the gap, alias the column, or raise data.max_staleness.{setting}",
    )


def hours(nanoseconds: int) -> str:
    """``8 h``."""
    return f"{nanoseconds / NANOSECONDS_PER_HOUR:g} h"
