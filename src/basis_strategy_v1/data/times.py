"""The ``ts`` column: any unit, UTC or naive, whole numbers or ISO text, to int64 ns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from basis_strategy_v1.core.domain.market import IntArray
from basis_strategy_v1.core.domain.timestamps import to_nanoseconds
from basis_strategy_v1.data.arrow_values import INTEGER_TYPES, fixed_width
from basis_strategy_v1.data.errors import bad_times, invalid_cell

if TYPE_CHECKING:
    import pyarrow as pa

_NANOSECONDS = {"day": 86_400 * 10**9, "s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
_EPOCH_UNITS = ((10**11, 10**9), (10**14, 10**6), (10**17, 10**3))


def times_from_arrow(column: pa.ChunkedArray, file: str) -> IntArray:
    """int64 ns UTC of an arrow column of times.

    A plain whole number is seconds, milliseconds, microseconds or nanoseconds since 1970 by its size (times after
    1973 are unambiguous).

    Raises:
        ComponentError: DAT-005 when there is an empty cell or one that is no time.
    """
    if column.null_count:
        raise invalid_cell(file, f"ts is empty at row {_first_null(column)}")
    kind = str(column.type)
    if kind in ("string", "large_string"):
        return _times_from_text(column, file)
    if kind in INTEGER_TYPES:
        return _epoch_to_nanoseconds(_whole_numbers(column, INTEGER_TYPES[kind]))
    if kind.startswith("timestamp"):
        return _whole_numbers(column, "i8") * _NANOSECONDS[column.type.unit]
    if kind.startswith("date32"):
        return _whole_numbers(column, "i4") * _NANOSECONDS["day"]
    if kind.startswith("date64"):
        return _whole_numbers(column, "i8") * _NANOSECONDS["ms"]
    raise invalid_cell(file, f"ts is of type {kind}, not a time")


def check_ascending(timestamps: IntArray, file: str) -> None:
    """Raise DAT-003 at the first row that is not later than the one before it."""
    later = timestamps[1:] > timestamps[:-1]
    if later.all():
        return
    row = int(np.argmin(later)) + 1
    problem = "ts is repeated" if timestamps[row] == timestamps[row - 1] else "ts goes back in time"
    raise bad_times(file, row + 1, int(timestamps[row]), problem)


def _times_from_text(column: pa.ChunkedArray, file: str) -> IntArray:
    import pyarrow as pa

    for target in (pa.int64(), pa.timestamp("ns"), pa.timestamp("ns", "UTC")):
        try:
            values = _whole_numbers(column.cast(target), "i8")
        except pa.ArrowInvalid:
            continue
        return _epoch_to_nanoseconds(values) if target == pa.int64() else values
    return np.array([_parse(text.as_py(), row, file) for row, text in enumerate(column)], dtype=np.int64)


def _parse(text: str, row: int, file: str) -> int:
    try:
        return to_nanoseconds(text)
    except ValueError:
        raise invalid_cell(file, f"ts at row {row + 1} is {text!r}, not a time") from None


def _epoch_to_nanoseconds(values: IntArray) -> IntArray:
    largest = int(np.abs(values).max()) if len(values) else 0
    for limit, factor in _EPOCH_UNITS:
        if largest < limit:
            return values * factor
    return values


def _whole_numbers(column: pa.ChunkedArray, dtype: str) -> IntArray:
    parts = [fixed_width(chunk, dtype) for chunk in column.chunks]
    return np.concatenate(parts).astype(np.int64, copy=False) if parts else np.empty(0, dtype=np.int64)


def _first_null(column: pa.ChunkedArray) -> int:
    return next(row for row, cell in enumerate(column, start=1) if not cell.is_valid)
