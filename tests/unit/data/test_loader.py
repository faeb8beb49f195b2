from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from basis_strategy_v1.core.domain.market import FundingColumn, Instrument
from basis_strategy_v1.core.domain.timestamps import to_nanoseconds
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.data.dataset import open_dataset
from basis_strategy_v1.data.loader import LoadedMarket, load_market
from basis_strategy_v1.data.needs import MarketNeeds

HOUR = 3_600_000_000_000
Columns = dict[str, np.ndarray]
WriteDataset = Callable[..., Path]


def load(path: Path, needs: MarketNeeds, start: str | None = None, end: str | None = None) -> LoadedMarket:
    first = None if start is None else to_nanoseconds(start)
    last = None if end is None else to_nanoseconds(end)
    return load_market(open_dataset(path), needs, first, last)


def refusal(path: Path, needs: MarketNeeds, start: str | None = None, end: str | None = None) -> ComponentError:
    with pytest.raises(ComponentError) as caught:
        load(path, needs, start, end)
    return caught.value


def test_prices_come_back_as_written_and_the_reference_is_the_same_column(
    dataset: WriteDataset, columns: Callable[[int], Columns], needs: MarketNeeds
) -> None:
    loaded = load(dataset(columns(24)), needs)
    market = loaded.market
    assert market.perp["binance", "BTCUSDT"].price.values.tolist() == columns(24)["perp.binance.BTCUSDT"].tolist()
    assert market.reference is market.spot["binance", "BTCUSDT"].price
    assert (loaded.synthetic, loaded.name) == (True, "test")


def test_prices_marks_and_extremes_are_snapped_to_the_tick(
    dataset: WriteDataset, columns: Callable[[int], Columns], needs: MarketNeeds
) -> None:
    data = columns(24)
    data["mark.binance.BTCUSDT"] += 0.0437
    data["mark_high.binance.BTCUSDT"] += 0.06
    data["spot.binance.BTCUSDT"] += 0.019
    market = load(dataset(data), needs).market
    perp = market.perp["binance", "BTCUSDT"]
    assert perp.mark.decimal(0) == Decimal("40009.0")
    assert perp.mark_high is not None and perp.mark_high.decimal(0) == Decimal("40020.1")
    assert market.spot["binance", "BTCUSDT"].price.decimal(1) == Decimal("40001.02")


def test_both_ends_of_the_chosen_dates_are_included(
    dataset: WriteDataset, columns: Callable[[int], Columns], needs: MarketNeeds
) -> None:
    market = load(dataset(columns(24)), needs, "2024-01-01T03:00:00Z", "2024-01-01T05:00:00Z").market
    assert len(market) == 3
    assert market.spot["binance", "BTCUSDT"].price[0] == 40_003.0


def test_cumulative_funding_sums_mark_ticks_times_rate_units(
    dataset: WriteDataset, columns: Callable[[int], Columns], needs: MarketNeeds
) -> None:
    funding = load(dataset(columns(24)), needs).market.perp["binance", "BTCUSDT"].funding
    assert isinstance(funding, FundingColumn)
    assert funding.rows.tolist() == [0, 8, 16]
    assert funding.rate_units.tolist() == [10_000, 10_000, 10_000]
    assert funding.mark_ticks.tolist() == [400_090, 400_170, 400_250]
    assert funding.cumulative[8] == 10_000 * (400_090 + 400_170)
    assert funding.cumulative[15] == funding.cumulative[8]
    assert funding.unit == Decimal("1E-9")


def test_a_null_price_is_carried_and_cannot_trade(
    dataset: WriteDataset, columns: Callable[[int], Columns], needs: MarketNeeds
) -> None:
    data = columns(24)
    data["spot.binance.BTCUSDT"][5:8] = np.nan
    loaded = load(dataset(data), needs)
    spot = loaded.market.spot["binance", "BTCUSDT"]
    assert spot.price[7] == 40_004.0
    assert [spot.is_tradable(row) for row in (4, 5, 7, 8)] == [True, False, False, True]
    assert "spot.binance.BTCUSDT: 3 nulls carried forward" in loaded.coverage


def test_a_price_carried_too_long_is_refused_with_its_span(
    dataset: WriteDataset, columns: Callable[[int], Columns], needs: MarketNeeds
) -> None:
    data = columns(24)
    data["perp.binance.BTCUSDT"][5:15] = np.nan
    error = refusal(dataset(data), needs)
    assert error.error_code == "DAT-004"
    for part in ("perp.binance.BTCUSDT", "2024-01-01T04:00:00Z", "2024-01-01T15:00:00Z"):
        assert part in error.message


def test_a_price_carried_exactly_as_long_as_allowed_passes(
    dataset: WriteDataset, columns: Callable[[int], Columns], needs: MarketNeeds
) -> None:
    data = columns(24)
    data["perp.binance.BTCUSDT"][5:13] = np.nan
    assert load(dataset(data), needs).market.perp["binance", "BTCUSDT"].price[12] == 40_014.0


def test_a_late_start_names_the_first_row_that_is_usable_for_every_column(
    dataset: WriteDataset, columns: Callable[[int], Columns], needs: MarketNeeds
) -> None:
    data = columns(24)
    data["spot.binance.BTCUSDT"][:3] = np.nan
    data["perp.binance.BTCUSDT"][:5] = np.nan
    data["mark.binance.BTCUSDT"][5] = np.nan
    error = refusal(dataset(data), needs)
    assert error.error_code == "DAT-004"
    assert "--start 2024-01-01T06:00:00Z" in error.line
    assert len(load(dataset(data), needs, "2024-01-01T06:00:00Z").market) == 18


def test_a_column_without_any_value_is_refused(
    dataset: WriteDataset, columns: Callable[[int], Columns], needs: MarketNeeds
) -> None:
    data = columns(24)
    data["spot.binance.BTCUSDT"][:] = np.nan
    assert refusal(dataset(data), needs).error_code == "DAT-004"


@pytest.mark.parametrize("value", [0.0, -1.0, np.inf])
def test_an_impossible_price_is_refused_with_column_time_and_value(
    dataset: WriteDataset, columns: Callable[[int], Columns], needs: MarketNeeds, value: float
) -> None:
    data = columns(24)
    data["mark.binance.BTCUSDT"][7] = value
    error = refusal(dataset(data), needs)
    assert error.error_code == "DAT-005"
    assert "mark.binance.BTCUSDT at 2024-01-01T07:00:00Z" in error.message
    assert str(value) in error.message


def test_a_price_that_the_tick_rounds_to_nothing_is_refused(
    dataset: WriteDataset, columns: Callable[[int], Columns], needs: MarketNeeds
) -> None:
    data = columns(24)
    data["perp.binance.BTCUSDT"][7] = 0.01
    assert refusal(dataset(data), needs).error_code == "DAT-005"


def test_an_infinite_funding_rate_is_refused(
    dataset: WriteDataset, columns: Callable[[int], Columns], needs: MarketNeeds
) -> None:
    data = columns(24)
    data["funding.binance.BTCUSDT"][8] = np.inf
    assert refusal(dataset(data), needs).error_code == "DAT-005"


def test_funding_beyond_exact_floats_is_refused(
    dataset: WriteDataset, columns: Callable[[int], Columns], needs: MarketNeeds
) -> None:
    data = columns(24)
    data["funding.binance.BTCUSDT"][8] = 1e4
    error = refusal(dataset(data), needs)
    assert error.error_code == "DAT-005"
    assert "2024-01-01T08:00:00Z" in error.message


def test_a_gap_between_rows_longer_than_the_limit_is_refused(
    dataset: WriteDataset, columns: Callable[[int], Columns], needs: MarketNeeds, times: Callable[[int], np.ndarray]
) -> None:
    stamps = times(24)
    stamps[12:] += 9 * HOUR
    error = refusal(dataset(columns(24), stamps), needs)
    assert error.error_code == "DAT-004"
    assert "2024-01-01T11:00:00Z and 2024-01-01T21:00:00Z" in error.message
    wider = msgspec.structs.replace(needs, max_staleness_prices=10 * HOUR)
    assert len(load(dataset(columns(24), stamps), wider).market) == 24


@pytest.mark.parametrize(("shift", "word"), [(0, "repeated"), (-HOUR, "back")])
def test_times_out_of_order_are_refused_with_file_row_and_time(
    dataset: WriteDataset,
    columns: Callable[[int], Columns],
    needs: MarketNeeds,
    times: Callable[[int], np.ndarray],
    shift: int,
    word: str,
) -> None:
    stamps = times(24)
    stamps[6] = stamps[5] + shift
    error = refusal(dataset(columns(24), stamps), needs)
    assert error.error_code == "DAT-003"
    assert word in error.message
    assert "market.parquet" in error.message and "row 7" in error.message and "2024-01-01T0" in error.message


@pytest.mark.parametrize("kind", ["spot", "perp", "mark", "funding"])
def test_a_missing_column_is_named_with_its_use_and_an_alias(
    dataset: WriteDataset, columns: Callable[[int], Columns], needs: MarketNeeds, kind: str
) -> None:
    data = columns(24)
    del data[f"{kind}.binance.BTCUSDT"]
    error = refusal(dataset(data), needs)
    assert error.error_code == "DAT-002"
    assert f"{kind}.binance.BTCUSDT" in error.message
    assert "data_aliases" in error.line


def test_start_after_end_is_a_date_range_error(
    dataset: WriteDataset, columns: Callable[[int], Columns], needs: MarketNeeds
) -> None:
    assert refusal(dataset(columns(24)), needs, "2024-01-02", "2024-01-01").error_code == "CFG-005"


def test_dates_outside_the_data_are_refused_with_its_span(
    dataset: WriteDataset, columns: Callable[[int], Columns], needs: MarketNeeds
) -> None:
    error = refusal(dataset(columns(24)), needs, "2025-01-01")
    assert error.error_code == "CFG-005"
    assert "2024-01-01T00:00:00Z to 2024-01-01T23:00:00Z" in error.message


def test_missing_extremes_are_reported_and_allowed(
    dataset: WriteDataset, columns: Callable[[int], Columns], needs: MarketNeeds
) -> None:
    data = columns(24)
    del data["mark_low.binance.BTCUSDT"]
    loaded = load(dataset(data), needs)
    assert loaded.market.perp["binance", "BTCUSDT"].mark_low is None
    assert any("no mark extremes for binance:BTCUSDT-PERP" in line for line in loaded.coverage)


def test_a_null_extreme_is_the_mark_of_its_row(
    dataset: WriteDataset, columns: Callable[[int], Columns], needs: MarketNeeds
) -> None:
    data = columns(24)
    data["mark_high.binance.BTCUSDT"][3] = np.nan
    perp = load(dataset(data), needs).market.perp["binance", "BTCUSDT"]
    assert perp.mark_high is not None and perp.mark_high[3] == perp.mark[3]


def test_a_null_volume_is_unknown_not_carried(
    dataset: WriteDataset, columns: Callable[[int], Columns], needs: MarketNeeds
) -> None:
    data = columns(24)
    data["volume.binance_spot.BTCUSDT"][3] = np.nan
    volume = load(dataset(data), needs).market.spot["binance", "BTCUSDT"].volume
    assert volume is not None
    assert np.isnan(volume[3]) and volume.is_missing(3) and volume[4] == 100.0


def test_an_alias_serves_a_missing_mark_and_is_stated(
    dataset: WriteDataset, columns: Callable[[int], Columns], instrument: Callable[..., Instrument]
) -> None:
    data = columns(24)
    data["perp.bybit.BTCUSDT"] = data["perp.binance.BTCUSDT"] + 5
    data["funding.bybit.BTCUSDT"] = data["funding.binance.BTCUSDT"]
    needs = MarketNeeds(instruments=(instrument("bybit"),), aliases={"mark.bybit": "perp.bybit"})
    loaded = load(dataset(data), needs)
    assert loaded.market.perp["bybit", "BTCUSDT"].mark[0] == 40_015.0
    assert loaded.assumptions == ["mark.bybit.BTCUSDT is read from perp.bybit.BTCUSDT"]


def test_a_venue_alias_covers_every_kind_and_the_extremes(
    dataset: WriteDataset, columns: Callable[[int], Columns], instrument: Callable[..., Instrument]
) -> None:
    needs = MarketNeeds(instruments=(instrument("okx"),), aliases={"okx": "binance"})
    perp = load(dataset(columns(24)), needs).market.perp["okx", "BTCUSDT"]
    assert perp.price[0] == 40_010.0
    assert perp.mark_high is not None and perp.mark_high[0] == 40_020.0
    assert perp.volume is not None and perp.volume[0] == 500.0
    assert perp.funding is not None and len(perp.funding.rows) == 3


def test_the_more_specific_alias_wins(
    dataset: WriteDataset, columns: Callable[[int], Columns], instrument: Callable[..., Instrument]
) -> None:
    needs = MarketNeeds(instruments=(instrument("okx"),), aliases={"okx": "binance", "mark.okx": "perp.binance"})
    perp = load(dataset(columns(24)), needs).market.perp["okx", "BTCUSDT"]
    assert perp.mark[0] == perp.price[0] == 40_010.0
    assert perp.mark_high is None


def test_a_venue_may_name_its_columns_by_the_base_asset(
    dataset: WriteDataset, columns: Callable[[int], Columns], instrument: Callable[..., Instrument]
) -> None:
    data = columns(24)
    renamed = {name.replace("binance.BTCUSDT", "hyperliquid.BTC"): values for name, values in data.items()}
    unit = Decimal("1e-10")
    needs = MarketNeeds(
        instruments=(instrument("hyperliquid", tick="1", funding_unit=unit),), oracle_funding_venues=("hyperliquid",)
    )
    loaded = load(dataset(renamed), needs)
    funding = loaded.market.perp["hyperliquid", "BTCUSDT"].funding
    assert funding is not None and funding.rate_units.tolist() == [1_000_000] * 3
    assert any("charged on the mark" in sentence for sentence in loaded.assumptions)


def test_funding_of_an_oracle_venue_uses_the_oracle_where_there_is_one(
    dataset: WriteDataset, columns: Callable[[int], Columns], instrument: Callable[..., Instrument]
) -> None:
    data = columns(24)
    data["oracle.binance.BTCUSDT"] = np.full(24, 30_000.0)
    needs = MarketNeeds(instruments=(instrument("binance"),), oracle_funding_venues=("binance",))
    funding = load(dataset(data), needs).market.perp["binance", "BTCUSDT"].funding
    assert funding is not None and funding.mark_ticks.tolist() == [300_000] * 3


def test_the_hash_changes_with_the_bytes_and_with_nothing_else(
    dataset: WriteDataset, columns: Callable[[int], Columns], needs: MarketNeeds
) -> None:
    data = columns(24)
    first = load(dataset(data, folder="a"), needs).sha256
    assert load(dataset(data, folder="b"), needs, "2024-01-01T05:00:00Z").sha256 == first
    data["volume.binance_spot.BTCUSDT"][0] = 1.0
    assert load(dataset(data, folder="c"), needs).sha256 != first


def test_loading_a_market_does_not_import_pandas(
    dataset: WriteDataset, columns: Callable[[int], Columns], tmp_path: Path
) -> None:
    path = dataset(columns(24))
    (tmp_path / "text").mkdir()
    rows = "".join(f"2024-01-01T{hour:02d}:00:00Z,{0.04},{0.05}\n" for hour in range(24))
    header = "ts,supply_apr.aave_v3.USDT,borrow_apr.aave_v3.USDT\n"
    (tmp_path / "text" / "rates.csv").write_text(header + rows)
    script = f"""
import sys
from decimal import Decimal
from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.data.dataset import open_dataset
from basis_strategy_v1.data.loader import load_market
from basis_strategy_v1.data.needs import MarketNeeds
one = Decimal(1)
perp = Instrument(venue="binance", symbol="BTCUSDT", trade_type="perp", base="BTC", quote="USDT", tick=one, step=one,
                  min_quantity=one, min_notional=one)
load_market(open_dataset({str(path)!r}), MarketNeeds(instruments=(perp,)), None, None)
load_market(open_dataset({str(tmp_path / "text")!r}), MarketNeeds(rates=("aave_v3.USDT",)), None, None)
assert "pandas" not in sys.modules, "pandas was imported"
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_column_that_is_not_needed_is_never_read(
    dataset: WriteDataset, columns: Callable[[int], Columns], needs: MarketNeeds, monkeypatch: Any
) -> None:
    opened = open_dataset(dataset({**columns(24), "spot.okx.BTCUSDT": np.full(24, -1.0)}))
    read: list[str] = []
    source: Any = opened.sources[0]
    original = source.read
    monkeypatch.setattr(source, "read", lambda name, *rows: read.append(name) or original(name, *rows))
    load_market(opened, needs, None, None)
    assert sorted(read) == sorted(columns(24))


def test_columns_that_never_overlap_have_no_usable_start(
    dataset: WriteDataset, columns: Callable[[int], Columns], needs: MarketNeeds
) -> None:
    data = columns(24)
    data["spot.binance.BTCUSDT"][8:16] = np.nan
    data["perp.binance.BTCUSDT"][:8] = np.nan
    data["perp.binance.BTCUSDT"][16:] = np.nan
    error = refusal(dataset(data), needs)
    assert error.error_code == "DAT-004"
    assert "No row has a value in every needed column" in error.line


def test_the_reference_may_be_a_venue_that_is_not_traded(
    dataset: WriteDataset, columns: Callable[[int], Columns], instrument: Callable[..., Instrument]
) -> None:
    data = columns(24) | {"spot.okx.BTCUSDT": np.full(24, 39_999.0)}
    path = dataset(data)
    needs = MarketNeeds(instruments=(instrument("binance"),), reference=("okx", "BTCUSDT"))
    reference = load(path, needs).market.reference
    assert reference is not None and reference[0] == 39_999.0
    missing = refusal(path, msgspec.structs.replace(needs, reference=("bybit", "BTCUSDT")))
    assert (missing.error_code, "spot.bybit.BTCUSDT" in missing.message) == ("DAT-002", True)
