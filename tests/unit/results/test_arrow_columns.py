from __future__ import annotations

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from basis_strategy_v1.results.arrow_columns import decimal_column, float_column, numbers_of, text_column


@given(st.lists(st.text()))
def test_text_comes_back_as_it_went_in(values: list[str]) -> None:
    assert text_column(values).to_pylist() == values


@given(st.lists(st.none() | st.decimals(min_value=-(10**15), max_value=10**15, places=18)))
def test_decimals_of_eighteen_places_come_back_exactly(values: list[Decimal | None]) -> None:
    column = decimal_column(values)
    column.validate(full=True)
    assert column.type == pa.decimal128(38, 18)
    assert column.to_pylist() == values


def test_finer_decimals_are_rounded_to_eighteen_places() -> None:
    column = decimal_column([Decimal("0.1234567890123456785"), Decimal(1) / Decimal(3)])
    assert column.to_pylist() == [Decimal("0.123456789012345678"), Decimal("0.333333333333333333")]


@pytest.mark.parametrize("value", ["1e20", "-123456789012345678901234567890.5"])
def test_huge_decimals_take_the_wide_type(value: str) -> None:
    column = decimal_column([Decimal(value), Decimal("0.5")])
    assert column.type == pa.decimal256(76, 18)
    assert column.to_pylist() == [Decimal(value), Decimal("0.5")]


@pytest.mark.parametrize("value", ["1e90", "NaN", "Infinity"])
def test_what_no_decimal_type_holds_is_null(value: str) -> None:
    assert decimal_column([Decimal(value), Decimal(2)]).to_pylist() == [None, Decimal(2)]


def test_numbers_of_chunks_and_slices_are_joined() -> None:
    column = pa.chunked_array([float_column(np.arange(6.0))[2:4], float_column(np.array([9.0]))])
    assert numbers_of(column, np.float64).tolist() == [2.0, 3.0, 9.0]
    assert numbers_of(pa.chunked_array([], pa.float64()), np.float64).tolist() == []
