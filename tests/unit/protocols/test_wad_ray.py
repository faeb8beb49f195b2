from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basis_strategy_v1.protocols import wad_ray

AMOUNTS = st.integers(min_value=0, max_value=10**40)
DIVISORS = st.integers(min_value=1, max_value=10**40)


@pytest.mark.parametrize(
    ("function", "left", "right", "expected"),
    [
        (wad_ray.ray_mul, 1, wad_ray.RAY // 2, 1),
        (wad_ray.ray_mul, 1, wad_ray.RAY // 2 - 1, 0),
        (wad_ray.ray_mul_floor, 3, wad_ray.RAY // 2, 1),
        (wad_ray.ray_mul_ceil, 3, wad_ray.RAY // 2, 2),
        (wad_ray.ray_div, 1, 2 * wad_ray.RAY, 1),
        (wad_ray.ray_div_floor, 3, 2 * wad_ray.RAY, 1),
        (wad_ray.ray_div_ceil, 3, 2 * wad_ray.RAY, 2),
        (wad_ray.wad_mul, 1, wad_ray.WAD // 2, 1),
        (wad_ray.wad_mul_floor, 3, wad_ray.WAD // 2, 1),
        (wad_ray.wad_mul_ceil, 3, wad_ray.WAD // 2, 2),
        (wad_ray.wad_div, 1, 2 * wad_ray.WAD, 1),
        (wad_ray.wad_div_floor, 3, 2 * wad_ray.WAD, 1),
        (wad_ray.wad_div_ceil, 3, 2 * wad_ray.WAD, 2),
        (wad_ray.percent_mul, 15_000, 1, 2),
        (wad_ray.percent_mul, 14_999, 1, 1),
        (wad_ray.percent_mul_floor, 15_000, 1, 1),
        (wad_ray.percent_mul_ceil, 10_001, 1, 2),
        (wad_ray.percent_div, 1, 8_000, 1),
        (wad_ray.percent_div_ceil, 1, 8_000, 2),
    ],
)
def test_each_function_rounds_as_its_name_says(function, left, right, expected):
    assert function(left, right) == expected


def test_a_wad_becomes_a_ray_exactly_and_comes_back_rounded_half_up():
    assert wad_ray.wad_to_ray(7) == 7 * 10**9
    assert wad_ray.ray_to_wad(15 * 10**8) == 2
    assert wad_ray.ray_to_wad(15 * 10**8 - 1) == 1


@pytest.mark.parametrize("function", [wad_ray.ray_div, wad_ray.ray_div_floor, wad_ray.ray_div_ceil])
def test_division_by_zero_is_an_error(function):
    with pytest.raises(ZeroDivisionError):
        function(1, 0)


@given(AMOUNTS, AMOUNTS, DIVISORS)
def test_down_half_up_and_up_are_neighbours_around_the_exact_quotient(value, numerator, denominator):
    down = wad_ray.mul_div_down(value, numerator, denominator)
    nearest = wad_ray.mul_div_half_up(value, numerator, denominator)
    up = wad_ray.mul_div_up(value, numerator, denominator)
    exact = value * numerator
    assert down * denominator <= exact <= up * denominator
    assert up - down == (exact % denominator != 0)
    assert nearest == (up if 2 * (exact % denominator) >= denominator else down)


@given(AMOUNTS, DIVISORS)
def test_dividing_down_after_multiplying_up_gives_the_amount_back(amount, index):
    index = max(index, wad_ray.RAY)
    assert wad_ray.ray_mul_ceil(wad_ray.ray_div_floor(amount, index), index) <= amount
    assert wad_ray.ray_mul_floor(wad_ray.ray_div_ceil(amount, index), index) >= amount
