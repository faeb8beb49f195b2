"""Fewer points of a long series, its extremes kept."""

from __future__ import annotations

import msgspec
import numpy as np

from basis_strategy_v1.core.domain.market import FloatArray, IntArray

MOST_POINTS = 2_000
NANOSECONDS_PER_MILLISECOND = 1_000_000
_DIGITS = 8


class Curve(msgspec.Struct, frozen=True):
    """A series as a chart takes it: ``x`` in milliseconds since the epoch, UTC."""

    name: str
    x: list[int]
    y: list[float]


def thin(name: str, timestamps: IntArray, values: FloatArray, most_points: int = MOST_POINTS) -> Curve:
    """At most ``most_points`` points of a series (``timestamps`` in ns); values that are not finite are left out.

    The rows are cut into equal runs; of each its lowest and its highest point stay, so that a spike is never lost.
    The first and the last point always stay.
    """
    finite = np.isfinite(values)
    if not finite.all():
        timestamps, values = timestamps[finite], values[finite]
    if len(values) > most_points:
        rows = _rows_kept(values, most_points)
        timestamps, values = timestamps[rows], values[rows]
    return Curve(
        name,
        (timestamps // NANOSECONDS_PER_MILLISECOND).tolist(),
        [float(f"{value:.{_DIGITS}g}") for value in values.tolist()],
    )


def _rows_kept(values: FloatArray, most_points: int) -> IntArray:
    runs = max((most_points - 2) // 2, 1)
    length = -(-len(values) // runs)
    starts = np.arange(0, len(values), length)
    padding = np.full(len(starts) * length - len(values), values[-1])
    table = np.append(values, padding).reshape(len(starts), length)
    last = len(values) - 1
    rows = np.concatenate([[0], starts + table.argmin(axis=1), starts + table.argmax(axis=1), [last]])
    return np.unique(np.minimum(rows, last))
