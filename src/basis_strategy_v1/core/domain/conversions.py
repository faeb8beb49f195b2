"""The border between float64 market columns and exact decimals.

Prices are snapped to their instrument's tick at load, so the shortest text of the float *is* the
exact price and both worlds name the same number.
"""

from __future__ import annotations

from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


def decimal_from_float(value: float) -> Decimal:
    """The decimal that ``value`` prints as.

    Raises:
        ValueError: when ``value`` is NaN or infinite.
    """
    if not isfinite(value):
        raise ValueError(f"not a finite number: {value!r}")
    return Decimal(repr(value))


def float_from_decimal(value: Decimal) -> float:
    """The float64 nearest to ``value``: for valuation and statistics, never for the ledger."""
    return float(value)


def ticks_per_unit(tick: Decimal) -> tuple[int, int]:
    """``tick`` as a fraction ``(numerator, denominator)`` of whole numbers, in lowest terms."""
    return tick.as_integer_ratio()


def snap_to_tick(values: np.ndarray, tick: Decimal) -> np.ndarray:
    """Each float of ``values`` (float64, NaN kept) to the double nearest to a multiple of ``tick``.

    ``rint(x * 100) / 100`` and not ``rint(x / 0.01) * 0.01``: the latter is another double for
    about one value in eight.
    """
    import numpy as np

    numerator, denominator = ticks_per_unit(tick)
    return np.rint(values * denominator / numerator) * numerator / denominator


def tick_counts(values: np.ndarray, tick: Decimal) -> np.ndarray:
    """``values`` as whole numbers of ``tick`` (int64). ``values`` must hold no NaN."""
    import numpy as np

    numerator, denominator = ticks_per_unit(tick)
    return np.rint(values * denominator / numerator).astype(np.int64)
