"""Arrow columns built straight from buffers.

``pyarrow.array(list)`` and ``to_numpy()`` import pandas, which a run does not need: columns go in and
out through their buffers instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from itertools import repeat
from typing import Any

import numpy as np

from basis_strategy_v1.core.domain.market import FloatArray, IntArray

DECIMAL_SCALE = 18
_STEP = Decimal(1).scaleb(-DECIMAL_SCALE)
_DECIMAL_128_LIMIT = 10**38
# As many digits as a decimal256 has: to quantize what needs more is an invalid operation.
_WIDEST = Context(prec=76, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation])
_quantize, _shift = _WIDEST.quantize, _WIDEST.scaleb
_NOT_STORABLE = (ArithmeticError, ValueError)


def float_column(values: FloatArray) -> Any:
    """A float64 Arrow array that shares the memory of ``values`` (NaN stays NaN, nothing is null)."""
    import pyarrow as pa

    contiguous = np.ascontiguousarray(values, dtype=np.float64)
    return pa.Array.from_buffers(pa.float64(), len(contiguous), [None, pa.py_buffer(contiguous)])


def time_column(timestamps: IntArray) -> Any:
    """``timestamps`` (ns UTC) as an Arrow array of ``timestamp[ns, UTC]`` that shares their memory."""
    import pyarrow as pa

    contiguous = np.ascontiguousarray(timestamps, dtype=np.int64)
    return pa.Array.from_buffers(pa.timestamp("ns", "UTC"), len(contiguous), [None, pa.py_buffer(contiguous)])


def text_column(values: Sequence[str]) -> Any:
    """An Arrow array of strings."""
    import pyarrow as pa

    joined = "".join(values)
    parts: Sequence[str | bytes] = values if joined.isascii() else [value.encode() for value in values]
    offsets = np.zeros(len(parts) + 1, dtype=np.int32)
    np.cumsum(np.fromiter(map(len, parts), dtype=np.int32, count=len(parts)), out=offsets[1:])
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(joined.encode())]
    return pa.Array.from_buffers(pa.string(), len(parts), buffers)


def decimal_column(values: Sequence[Decimal | None]) -> Any:
    """An Arrow array of decimals with 18 places; finer values are rounded half to even.

    ``decimal128(38, 18)``, or ``decimal256(76, 18)`` when a value is 1e20 or larger. None, and what no
    decimal type can hold, is null.
    """
    import pyarrow as pa

    scaled = _all_scaled(values)
    known = [number for number in scaled if number is not None]
    is_wide = max(known, default=0) >= _DECIMAL_128_LIMIT or min(known, default=0) <= -_DECIMAL_128_LIMIT
    width, kind = (32, pa.decimal256(76, DECIMAL_SCALE)) if is_wide else (16, pa.decimal128(38, DECIMAL_SCALE))
    data = b"".join([(number or 0).to_bytes(width, "little", signed=True) for number in scaled])
    validity = None
    if len(known) < len(scaled):
        present = np.array([number is not None for number in scaled])
        validity = pa.py_buffer(np.packbits(present, bitorder="little"))
    return pa.Array.from_buffers(kind, len(scaled), [validity, pa.py_buffer(data)])


def _all_scaled(values: Sequence[Decimal | None]) -> Sequence[int | None]:
    """``_scaled`` of each: all at once where all can be stored, which is several times as fast."""
    known = [value for value in values if value is not None]
    try:
        numbers = list(map(int, map(_shift, map(_quantize, known, repeat(_STEP)), repeat(DECIMAL_SCALE))))
    except _NOT_STORABLE:
        return [_scaled(value) for value in values]
    if len(numbers) == len(values):
        return numbers
    left = iter(numbers)
    return [None if value is None else next(left) for value in values]


def _scaled(value: Decimal | None) -> int | None:
    """``value`` as a whole number of 1e-18, or None where it cannot be stored."""
    if value is None:
        return None
    try:
        return int(_shift(_quantize(value, _STEP), DECIMAL_SCALE))
    except _NOT_STORABLE:
        return None


def numbers_of(column: Any, dtype: type[np.generic]) -> np.ndarray[Any, Any]:
    """The values of a chunked Arrow column without nulls, as one array of ``dtype`` (8 bytes each)."""
    parts = [
        np.frombuffer(chunk.buffers()[1], dtype=dtype)[chunk.offset : chunk.offset + len(chunk)]
        for chunk in column.chunks
        if len(chunk)
    ]
    if len(parts) == 1:
        return parts[0]
    return np.concatenate(parts) if parts else np.empty(0, dtype=dtype)
