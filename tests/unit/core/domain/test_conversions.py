"""Where floats become decimals, both name the same number."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from basis_strategy_v1.core.domain.conversions import (
    decimal_from_float,
    float_from_decimal,
    snap_to_tick,
    tick_counts,
    ticks_per_unit,
)

TICKS = [Decimal("0.1"), Decimal("0.01"), Decimal("0.05"), Decimal("0.5"), Decimal(1), Decimal(5), Decimal("0.0000001")]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_decimal_is_only_made_of_a_finite_number(value: float) -> None:
    with pytest.raises(ValueError, match="not a finite number"):
        decimal_from_float(value)


def test_a_decimal_is_what_the_float_prints_as() -> None:
    assert decimal_from_float(0.1) == Decimal("0.1")
    assert decimal_from_float(1e-7) == Decimal("0.0000001")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_survives_the_way_there_and_back(value: float) -> None:
    assert float_from_decimal(decimal_from_float(value)) == value


def test_a_tick_is_a_fraction_in_lowest_terms() -> None:
    assert ticks_per_unit(Decimal("0.05")) == (1, 20)
    assert ticks_per_unit(Decimal("2.50")) == (5, 2)


@pytest.mark.parametrize("tick", TICKS, ids=str)
@given(st.lists(st.integers(1, 10**8), min_size=1, max_size=50), st.floats(-0.4, 0.4))
def test_a_snapped_float_prints_as_an_exact_multiple_of_the_tick(tick: Decimal, counts: list[int], off: float) -> None:
    raw = np.array([float(count * tick) + off * float(tick) for count in counts])
    for snapped, count in zip(snap_to_tick(raw, tick).tolist(), counts, strict=True):
        assert Decimal(repr(snapped)) == count * tick
    assert tick_counts(raw, tick).tolist() == counts


@pytest.mark.parametrize("tick", TICKS, ids=str)
def test_snapping_twice_is_snapping_once(tick: Decimal) -> None:
    raw = np.linspace(0.0001, 99_999.7, 5_000)
    once = snap_to_tick(raw, tick)
    assert snap_to_tick(once, tick).tolist() == once.tolist()


def test_a_missing_value_stays_missing() -> None:
    assert np.isnan(snap_to_tick(np.array([math.nan, 1.04]), Decimal("0.1"))).tolist() == [True, False]
