"""Arrow columns to float64, through their buffers: arrow's own conversion would import pandas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from basis_strategy_v1.core.domain.market import FloatArray
from basis_strategy_v1.data.errors import invalid_cell

if TYPE_CHECKING:
    import pyarrow as pa

INTEGER_TYPES = {
    **{f"int{bits}": f"i{bits // 8}" for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": f"u{bits // 8}" for bits in (8, 16, 32, 64)},
}
NUMBER_TYPES = {**INTEGER_TYPES, "halffloat": "f2", "float": "f4", "double": "f8"}


def floats_into(target: FloatArray, column: pa.ChunkedArray, file: str, name: str) -> None:
    """Write ``column`` into ``target`` (same length); nulls become NaN.

    Raises:
        ComponentError: DAT-005 when the column does not hold numbers.
    """
    start = 0
    for chunk in column.chunks:
        stop = start + len(chunk)
        if len(chunk):
            _chunk_into(target[start:stop], chunk, file, name)
        start = stop


def _chunk_into(target: FloatArray, chunk: pa.Array, file: str, name: str) -> None:
    import pyarrow as pa

    kind = str(chunk.type)
    if kind == "null":
        target[:] = np.nan
        return
    if pa.types.is_decimal(chunk.type):
        chunk = chunk.cast(pa.float64())
    elif kind not in NUMBER_TYPES:
        raise invalid_cell(file, f"column {name} is of type {kind}, not a number")
    target[:] = fixed_width(chunk, NUMBER_TYPES[str(chunk.type)])
    validity = chunk.buffers()[0]
    if chunk.null_count and validity is not None:
        last = chunk.offset + len(chunk)
        valid = np.unpackbits(np.frombuffer(validity, dtype=np.uint8), bitorder="little", count=last)[chunk.offset :]
        target[valid == 0] = np.nan


def fixed_width(chunk: pa.Array, dtype: str) -> np.ndarray[Any, np.dtype[Any]]:
    """The values of a chunk of a fixed-width type, without a copy and without pyarrow.compute (slow to import)."""
    data = chunk.buffers()[1]
    if data is None:
        return np.empty(0, dtype=dtype)
    return np.frombuffer(data, dtype=dtype, count=chunk.offset + len(chunk))[chunk.offset :]
