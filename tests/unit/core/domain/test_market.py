"""Columns: fast as arrays, exact at a row, and known only as of a time."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from basis_strategy_v1.core.domain.market import (
    Column,
    FundingColumn,
    Instrument,
    InstrumentColumns,
    MarketColumns,
    perp_asset,
    quote_asset,
)
from simulated_market import CLASSIC
from tight_loop import RAY, market_columns, supply_index


def instrument(trade_type: str) -> Instrument:
    found = CLASSIC.instrument("BTCUSDT", trade_type)
    assert found is not None
    return found


def test_an_instrument_knows_its_names_in_ledger_and_data() -> None:
    spot, perp = instrument("spot"), instrument("perp")
    assert (spot.asset, spot.price_key) == ("BTC", "alpha:BTCUSDT")
    assert (perp.asset, perp.price_key) == ("BTCUSDT-PERP", "alpha:BTCUSDT-PERP")
    assert (perp_asset("BTCUSDT"), quote_asset("BTCUSDT")) == ("BTCUSDT-PERP", "BTCUSDT-PERP.quote")


def test_a_column_is_a_float_and_an_exact_decimal_at_a_row() -> None:
    column = Column("price", np.array([0.1, 61_234.56]))
    assert len(column) == 2
    assert (column[1], type(column[1])) == (61_234.56, float)
    assert [column.decimal(row) for row in (0, 1, 1, 0)] == [Decimal(x) for x in ("0.1", "61234.56", "61234.56", "0.1")]


def test_a_column_of_another_layout_is_taken_as_contiguous_floats() -> None:
    column = Column("price", np.arange(10, dtype=np.int32)[::2])
    assert column.values.flags["C_CONTIGUOUS"]
    assert [column[row] for row in range(5)] == [0.0, 2.0, 4.0, 6.0, 8.0]


def test_a_row_without_a_value_is_told_from_what_is_carried_there() -> None:
    column = Column("price", np.array([5.0, 5.0]), np.array([False, True]))
    assert [column.is_missing(row) for row in (0, 1)] == [False, True]
    assert not Column("price", np.array([5.0])).is_missing(0)
    columns = InstrumentColumns(instrument("spot"), column)
    assert [columns.is_tradable(row) for row in (0, 1)] == [True, False]


@given(st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=900), st.data())
def test_bounds_hold_over_any_range(values: list[int], data: st.DataObject) -> None:
    column = Column("price", np.array(values, dtype=np.float64))
    start = data.draw(st.integers(0, len(values) - 1))
    stop = data.draw(st.integers(start + 1, len(values)))
    for _ in range(2):
        low, high = column.bounds(start, stop)
        assert low <= min(values[start:stop])
        assert max(values[start:stop]) <= high
        assert low in values and high in values


def test_spot_is_valued_where_it_trades_and_a_perpetual_at_its_mark() -> None:
    market = market_columns(price=(50_020.0, 51_000.0, 49_500.0, 52_000.0))
    spot, perp = market.spot["alpha", "BTCUSDT"], market.perp["alpha", "BTCUSDT"]
    assert spot.mark is spot.price
    assert (perp.mark[0], perp.price[0]) == (50_000.0, 50_020.0)


@given(st.integers(RAY, 10 * RAY))
def test_an_index_keeps_every_digit_of_the_protocols_integer(ray: int) -> None:
    assert supply_index([RAY, ray]).ray(1) == ray


def test_the_unit_of_funding_is_tick_times_rate_unit() -> None:
    none = np.array([], dtype=np.int64)
    funding = FundingColumn(none, none, none, Column("c", np.zeros(1)), Decimal("0.1"), Decimal("1e-8"))
    assert (funding.unit, funding.unit_float) == (Decimal("1e-9"), 1e-9)


def test_columns_know_the_time_of_each_row() -> None:
    market = MarketColumns(np.array([10, 20, 30]), None, {}, {})
    assert len(market) == 3
    assert (market.time(1), type(market.time(1))) == (20, int)
    assert (market.indices, market.other, market.reference) == ({}, {}, None)


@pytest.mark.parametrize(("timestamp", "row"), [(9, -1), (10, 0), (19, 0), (20, 1), (30, 2), (10**18, 2)])
def test_a_row_is_the_last_one_that_was_known(timestamp: int, row: int) -> None:
    assert MarketColumns(np.array([10, 20, 30]), None, {}, {}).row_at(timestamp) == row
