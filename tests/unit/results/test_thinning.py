from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from basis_strategy_v1.results.thinning import thin


@given(st.lists(st.integers(-1000, 1000), min_size=1, max_size=400), st.integers(4, 50))
def test_extremes_and_ends_are_kept_and_points_are_few(values: list[int], most_points: int) -> None:
    times = 1_000_000 * np.arange(len(values), dtype=np.int64)
    curve = thin("a", times, np.array(values, dtype=float), most_points)
    assert len(curve.x) == len(curve.y) <= most_points
    assert (min(curve.y), max(curve.y)) == (min(values), max(values))
    assert (curve.y[0], curve.y[-1]) == (values[0], values[-1])
    assert (curve.x[0], curve.x[-1]) == (0, len(values) - 1)
    assert all(earlier < later for earlier, later in zip(curve.x, curve.x[1:], strict=False))
    assert all(values[x] == y for x, y in zip(curve.x, curve.y, strict=True))


def test_values_that_are_not_finite_are_left_out() -> None:
    values = np.array([np.nan, 1.0, np.inf, 2.0])
    assert thin("a", np.arange(4, dtype=np.int64) * 1_000_000, values).y == [1.0, 2.0]
    assert thin("a", np.arange(4, dtype=np.int64), np.full(4, np.nan)).x == []
