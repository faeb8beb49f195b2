"""Rounding happens by name, or not at all."""

from __future__ import annotations

import decimal
from decimal import Decimal
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basis_strategy_v1.core.domain.quantities import (
    PRECISION,
    divide_down,
    divide_nearest,
    is_multiple,
    round_ceiling,
    round_floor,
    round_nearest,
    step_down,
    step_up,
    use_ledger_context,
)

CENT = Decimal("0.01")
values = st.integers(-(10**12), 10**12).map(lambda count: count * Decimal("0.00037"))
steps = st.sampled_from([Decimal("0.01"), Decimal("0.001"), Decimal("0.5"), Decimal(1), Decimal("0.0025")])


@pytest.fixture(autouse=True)
def ledger_context() -> None:
    use_ledger_context()


def test_ledger_arithmetic_refuses_to_lose_a_digit() -> None:
    with pytest.raises(decimal.Inexact):
        Decimal(1) / Decimal(3)
    assert Decimal(10) ** PRECISION * (1 + Decimal(10) ** (1 - PRECISION)) == Decimal(10) ** PRECISION + 10
    with pytest.raises(decimal.Inexact):
        Decimal(10) ** PRECISION + Decimal("0.1")


@pytest.mark.parametrize("act", [lambda: Decimal(1) / 0, lambda: Decimal("x"), lambda: Decimal("NaN") > 0])
def test_ledger_arithmetic_refuses_what_is_no_number(act) -> None:
    with pytest.raises(decimal.DecimalException):
        act()


def test_the_context_belongs_to_the_thread_that_asked_for_it() -> None:
    precisions: list[int] = []
    thread = Thread(target=lambda: precisions.append(decimal.getcontext().prec))
    thread.start()
    thread.join()
    assert precisions == [28]
    assert decimal.getcontext().prec == PRECISION


@pytest.mark.parametrize(
    ("value", "down", "up", "floor", "ceiling", "nearest"),
    [
        ("1.234", "1.23", "1.24", "1.23", "1.24", "1.23"),
        ("-1.234", "-1.23", "-1.24", "-1.24", "-1.23", "-1.23"),
        ("1.235", "1.23", "1.24", "1.23", "1.24", "1.24"),
        ("1.245", "1.24", "1.25", "1.24", "1.25", "1.24"),
        ("1.23", "1.23", "1.23", "1.23", "1.23", "1.23"),
        ("0", "0", "0", "0", "0", "0"),
    ],
)
def test_each_way_to_round_goes_where_its_name_says(
    value: str, down: str, up: str, floor: str, ceiling: str, nearest: str
) -> None:
    number = Decimal(value)
    assert step_down(number, CENT) == Decimal(down)
    assert step_up(number, CENT) == Decimal(up)
    assert round_floor(number, CENT) == Decimal(floor)
    assert round_ceiling(number, CENT) == Decimal(ceiling)
    assert round_nearest(number, CENT) == Decimal(nearest)


@given(values, steps)
def test_stepping_lands_on_multiples_that_enclose_the_value(value: Decimal, step: Decimal) -> None:
    use_ledger_context()
    low, high = step_down(value, step), step_up(value, step)
    assert is_multiple(low, step) and is_multiple(high, step)
    assert abs(low) <= abs(value) <= abs(high)
    assert abs(high - low) in (0, step)
    assert (low == high) is is_multiple(value, step)


@pytest.mark.parametrize(
    ("numerator", "denominator", "down", "nearest"),
    [("2", "3", "0.66", "0.67"), ("-2", "3", "-0.66", "-0.67"), ("1", "4", "0.25", "0.25"), ("1", "8", "0.12", "0.12")],
)
def test_division_rounds_as_its_name_says(numerator: str, denominator: str, down: str, nearest: str) -> None:
    assert divide_down(Decimal(numerator), Decimal(denominator), CENT) == Decimal(down)
    assert divide_nearest(Decimal(numerator), Decimal(denominator), CENT) == Decimal(nearest)


def test_division_by_nothing_is_refused() -> None:
    for divide in (divide_down, divide_nearest):
        with pytest.raises(decimal.DivisionByZero):
            divide(Decimal(1), Decimal(0), CENT)


def test_a_multiple_is_a_whole_number_of_steps() -> None:
    assert is_multiple(Decimal("0.3"), Decimal("0.1"))
    assert not is_multiple(Decimal("0.35"), Decimal("0.1"))
