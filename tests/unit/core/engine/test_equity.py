"""Columns of equity."""

from __future__ import annotations

import math

import numpy as np

from basis_strategy_v1.core.engine.equity import as_columns


def test_columns_keep_their_order_and_values() -> None:
    changing = np.array([1.0, 2.0, 3.0])
    columns = as_columns({"nav": changing, "fees": -0.5, "health_factor": math.nan}, 3)
    assert list(columns) == ["nav", "fees", "health_factor"]
    assert columns["nav"] is changing
    assert columns["fees"].tolist() == [-0.5, -0.5, -0.5]
    assert np.isnan(columns["health_factor"]).all()


def test_columns_that_hold_the_same_value_throughout_are_one_array() -> None:
    columns = as_columns({"gas": 0.0, "lending": 0.0, "fees": -0.5}, 4)
    assert columns["gas"] is columns["lending"]
    assert columns["fees"] is not columns["gas"]


def test_a_negative_zero_is_another_value_than_zero() -> None:
    columns = as_columns({"gas": 0.0, "fees": -0.0}, 2)
    assert not np.signbit(columns["gas"]).any()
    assert np.signbit(columns["fees"]).all()
