from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from basis_strategy_v1.core.domain.market import Column
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.data.dataset import open_dataset
from basis_strategy_v1.data.loader import LoadedMarket, load_market
from basis_strategy_v1.data.needs import MarketNeeds
from basis_strategy_v1.data.rates import index_column, ray_from_float
from basis_strategy_v1.protocols.aave_v3 import compounded_interest, linear_interest
from basis_strategy_v1.protocols.wad_ray import RAY, ray_mul

HOUR_SECONDS = 3_600
YEAR_SECONDS = 31_536_000
WriteDataset = Callable[..., Path]
LENDING = MarketNeeds(rates=("aave_v3.USDT",))
GAS = MarketNeeds(gas=True, ether=True)


def lending_columns(rows: int = 6, supply: float = 0.05, borrow: float = 0.07) -> dict[str, np.ndarray]:
    return {
        "supply_apr.aave_v3.USDT": np.full(rows, supply),
        "borrow_apr.aave_v3.USDT": np.full(rows, borrow),
    }


def gas_columns(**columns: list[float]) -> dict[str, np.ndarray]:
    rows = len(next(iter(columns.values())))
    named = {f"gas.ethereum.{name}": np.array(values) for name, values in columns.items()}
    return {"spot.binance.ETHUSDT": np.full(rows, 2_000.0), **named}


def load(path: Path, needs: MarketNeeds) -> LoadedMarket:
    return load_market(open_dataset(path), needs, None, None)


@pytest.mark.parametrize(
    ("value", "ray"),
    [
        (0.05, 5 * 10**25),
        (0.0, 0),
        (1.40369429193e-05, 14036942919300000000000),
        (0.04280680833066881, 42806808330668810000000000),
        (1e-30, 0),
    ],
)
def test_a_rate_becomes_the_ray_integer_of_its_shortest_text(value: float, ray: int) -> None:
    assert ray_from_float(value) == ray


def test_a_constant_supply_rate_grows_the_index_linearly_within_a_row(dataset: WriteDataset) -> None:
    index = load(dataset(lending_columns()), LENDING).market.indices["supply.aave.USDT"]
    hourly = RAY + 5 * 10**25 * HOUR_SECONDS // YEAR_SECONDS
    assert [index.ray(row) for row in (0, 1, 2)] == [RAY, hourly, ray_mul(hourly, hourly)]
    assert index.values[2] == index.ray(2) / RAY


def test_debt_grows_by_the_protocols_compounding(dataset: WriteDataset) -> None:
    index = load(dataset(lending_columns()), LENDING).market.indices["borrow.aave.USDT"]
    assert index.ray(1) == compounded_interest(7 * 10**25, HOUR_SECONDS)


def test_a_rate_holds_until_the_next_row(dataset: WriteDataset) -> None:
    columns = lending_columns()
    columns["supply_apr.aave_v3.USDT"][:] = [0.1, 0.0, 0.2, 0.0, 0.0, 0.0]
    index = load(dataset(columns), LENDING).market.indices["supply.aave.USDT"]
    first = linear_interest(10**26, HOUR_SECONDS)
    second = ray_mul(first, linear_interest(2 * 10**26, HOUR_SECONDS))
    assert [index.ray(row) for row in range(6)] == [RAY, first, first, second, second, second]


def test_an_index_is_the_same_however_its_rows_fall_into_blocks() -> None:
    rows = 70_000
    times = np.arange(rows, dtype=np.int64) * 60_000_000_000
    rates = Column("rate", np.where(np.arange(rows) % 3, 0.03, 0.04))
    whole = index_column("index", rates, times, linear_interest)
    tail = 66_000
    index = whole.ray(tail)
    for row in range(tail, rows - 1):
        index = ray_mul(index, linear_interest(ray_from_float(rates[row]), 60))
    assert whole.ray(rows - 1) == index


def test_null_rates_are_carried_for_a_day_and_no_longer_than_allowed(dataset: WriteDataset) -> None:
    columns = lending_columns(60)
    columns["supply_apr.aave_v3.USDT"][1:37] = np.nan
    assert load(dataset(columns), LENDING).market.other["supply_apr.aave_v3.USDT"][36] == 0.05
    columns["supply_apr.aave_v3.USDT"][37] = np.nan
    with pytest.raises(ComponentError, match="longer than 36 h") as caught:
        load(dataset(columns), LENDING)
    assert caught.value.error_code == "DAT-004"
    assert "max_staleness.daily" in caught.value.line


def test_a_negative_rate_is_refused(dataset: WriteDataset) -> None:
    with pytest.raises(ComponentError) as caught:
        load(dataset(lending_columns(supply=-0.01)), LENDING)
    assert caught.value.error_code == "DAT-005"


def test_a_missing_borrow_rate_is_named(dataset: WriteDataset) -> None:
    columns = lending_columns()
    del columns["borrow_apr.aave_v3.USDT"]
    with pytest.raises(ComponentError, match=r"borrow_apr\.aave_v3\.USDT") as caught:
        load(dataset(columns), LENDING)
    assert caught.value.error_code == "DAT-002"


@pytest.mark.parametrize("alias", [{"aave": "aave_v2"}, {"aave_v3": "aave_v2"}])
def test_an_earlier_version_of_a_protocol_serves_by_alias(dataset: WriteDataset, alias: dict[str, str]) -> None:
    renamed = {name.replace("v3", "v2"): values for name, values in lending_columns().items()}
    loaded = load(dataset(renamed), MarketNeeds(rates=("aave_v3.USDT",), aliases=alias))
    assert "supply.aave.USDT" in loaded.market.indices
    assert "supply_apr.aave_v3.USDT is read from supply_apr.aave_v2.USDT" in loaded.assumptions


def test_an_oracle_without_a_first_value_is_left_out(dataset: WriteDataset) -> None:
    late = lending_columns() | {"oracle.aave_v3.USDT": np.array([np.nan, 1, 1, 1, 1, 1])}
    early = lending_columns() | {"oracle.aave_v3.USDT": np.array([1.01, np.nan, 1, 1, 1, 1])}
    assert "oracle.aave_v3.USDT" not in load(dataset(late), LENDING).market.other
    assert load(dataset(early), LENDING).market.other["oracle.aave_v3.USDT"][1] == 1.01


def test_gas_is_base_plus_priority_else_total_else_the_days_average(dataset: WriteDataset) -> None:
    none = float("nan")
    columns = gas_columns(
        base_fee_gwei=[3.22, none, none],
        priority_fee_gwei=[0.26, 1.0, none],
        total_gwei=[9.0, 8.0, none],
        day_average_gwei=[7.0, 7.0, 7.0],
    )
    loaded = load(dataset(columns), GAS)
    gas = loaded.market.gas_price_gwei
    assert gas is not None and gas.values.tolist() == [3.48, 8.0, 7.0]
    assert loaded.market.gas_source == (
        "base + priority fee (1 rows), else total (1 rows), else average of the whole UTC day (1 rows)"
    )
    assert any("gas price from base + priority fee" in sentence for sentence in loaded.assumptions)


def test_holes_in_gas_never_stop_a_run_and_are_stated(dataset: WriteDataset) -> None:
    columns = gas_columns(total_gwei=[*[float("nan")] * 50, 5.0, *[float("nan")] * 50])
    loaded = load(dataset(columns), GAS)
    gas = loaded.market.gas_price_gwei
    assert gas is not None and gas.values.tolist() == [5.0] * 101
    assert any("carried over 50 rows" in sentence and "50 rows before" in sentence for sentence in loaded.assumptions)


def test_gas_without_any_column_is_refused(dataset: WriteDataset) -> None:
    with pytest.raises(ComponentError, match=r"gas\.ethereum\.base_fee_gwei") as caught:
        load(dataset(gas_columns(base_fee_gwei=[1.0, 1.0])), GAS)
    assert caught.value.error_code == "DAT-002"


def test_negative_gas_is_refused(dataset: WriteDataset) -> None:
    with pytest.raises(ComponentError) as caught:
        load(dataset(gas_columns(total_gwei=[1.0, -1.0])), GAS)
    assert caught.value.error_code == "DAT-005"


def test_ether_prefers_the_reference_venue(dataset: WriteDataset) -> None:
    columns = gas_columns(total_gwei=[1.0, 1.0]) | {
        "spot.bybit.ETHUSDT": np.full(2, 2_001.0),
        "spot.bybit.BTCUSDT": np.full(2, 40_000.0),
    }
    path = dataset(columns)
    chosen: Any = load(path, MarketNeeds(gas=True, ether=True, reference=("bybit", "BTCUSDT"))).market.ether
    default: Any = load(path, GAS).market.ether
    assert (chosen[0], default[0]) == (2_001.0, 2_000.0)


def test_a_dataset_without_ether_cannot_price_gas(dataset: WriteDataset) -> None:
    columns = gas_columns(total_gwei=[1.0, 1.0])
    del columns["spot.binance.ETHUSDT"]
    with pytest.raises(ComponentError, match=r"spot\.binance\.ETHUSDT") as caught:
        load(dataset(columns), GAS)
    assert caught.value.error_code == "DAT-002"
