from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.data import synthetic
from basis_strategy_v1.data.dataset import open_dataset
from basis_strategy_v1.data.describe import describe_dataset
from basis_strategy_v1.data.processes import MeanReverting, ShotNoise, Smoothed, decayed_sum, stream
from basis_strategy_v1.data.sample import sample_directory, write_sample
from basis_strategy_v1.data.selection import select_rows
from basis_strategy_v1.data.synthetic import synthetic_columns, write_synthetic
from basis_strategy_v1.data.writing import write_blocks

VENUES = ("binance", "bybit", "okx")
SYMBOLS = ("BTCUSDT", "ETHUSDT")
HOURS_A_YEAR = 8_760


@pytest.fixture(scope="module")
def market() -> dict[str, np.ndarray]:
    return synthetic_columns("1h", 2.0, 1)[1]


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    paths = [write_synthetic(tmp_path / str(n), "1h", 0.05, seed) for n, seed in enumerate((5, 5, 6))]
    first, second, third = ((path / "market.parquet").read_bytes() for path in paths)
    assert first == second != third


def test_what_is_written_says_that_it_is_synthetic(tmp_path: Path) -> None:
    dataset = open_dataset(write_synthetic(tmp_path, "1h", 0.01, 3))
    assert dataset.synthetic
    assert dataset.frequency == "1h"
    assert "seed: 3" in (tmp_path / "dataset.yaml").read_text()


def test_every_column_that_a_mode_needs_is_there_without_holes(market: dict[str, np.ndarray]) -> None:
    needed = {
        f"{kind}.{venue}.{symbol}"
        for kind in ("spot", "perp", "mark", "mark_high", "mark_low", "funding")
        for venue in VENUES
        for symbol in SYMBOLS
    }
    needed |= {f"volume.{venue}_{kind}.{symbol}" for venue in VENUES for kind in ("spot", "perp") for symbol in SYMBOLS}
    needed |= {
        f"{kind}.aave_v3.{token}"
        for kind in ("supply_apr", "borrow_apr", "oracle")
        for token in ("USDT", "USDC", "WETH", "wstETH", "weETH")
    }
    needed |= {"lst_rate.lido.wstETH", "lst_rate.etherfi.weETH", "dex.uniswap_v3.WETHUSDT"}
    needed |= {"gas.ethereum.base_fee_gwei", "gas.ethereum.priority_fee_gwei"}
    assert needed <= market.keys()
    holes = {name for name, values in market.items() if np.isnan(values).any()}
    assert holes == {name for name in market if name.startswith("funding.")}


def test_bitcoin_moves_by_about_sixty_per_cent_a_year(market: dict[str, np.ndarray]) -> None:
    returns = np.diff(np.log(market["spot.binance.BTCUSDT"]))
    assert returns.std() * np.sqrt(HOURS_A_YEAR) == pytest.approx(0.6, abs=0.06)
    # Jumps: the largest hour is far outside what the diffusion alone would do.
    assert np.abs(returns).max() > 7 * np.median(np.abs(returns)) / 0.6745


def test_ether_follows_bitcoin(market: dict[str, np.ndarray]) -> None:
    bitcoin, ether = (np.diff(np.log(market[f"spot.binance.{symbol}"])) for symbol in SYMBOLS)
    assert np.corrcoef(bitcoin, ether)[0, 1] == pytest.approx(0.82, abs=0.06)


@pytest.mark.parametrize("venue", VENUES)
def test_extremes_enclose_the_marks_at_both_ends_of_their_bar(market: dict[str, np.ndarray], venue: str) -> None:
    for symbol in SYMBOLS:
        mark, high, low = (market[f"{kind}.{venue}.{symbol}"] for kind in ("mark", "mark_high", "mark_low"))
        tick = 0.1 if symbol == "BTCUSDT" else 0.01
        assert (high >= mark).all() and (low <= mark).all()
        assert (high[:-1] >= mark[1:] - tick).all() and (low[:-1] <= mark[1:] + tick).all()


def test_funding_follows_the_basis_and_differs_by_venue(market: dict[str, np.ndarray]) -> None:
    settled = []
    for venue in VENUES:
        funding = market[f"funding.{venue}.BTCUSDT"]
        rows = np.flatnonzero(~np.isnan(funding))
        assert (rows % 8 == 0).all() and len(rows) == len(funding) / 8
        assert np.abs(funding[rows]).max() <= 0.003
        basis = market[f"perp.{venue}.BTCUSDT"] / market[f"spot.{venue}.BTCUSDT"] - 1
        mean_basis = basis.reshape(-1, 8).mean(axis=1)[:-1]
        assert np.corrcoef(mean_basis, funding[rows][1:])[0, 1] > 0.7
        settled.append(funding[rows])
    assert not np.array_equal(settled[0], settled[1])


def test_lending_rates_follow_utilisation_through_the_kink(market: dict[str, np.ndarray]) -> None:
    utilisation, borrow, supply = (
        market[f"{kind}.aave_v3.USDT"] for kind in ("utilisation", "borrow_apr", "supply_apr")
    )
    order = np.argsort(utilisation)
    assert (np.diff(borrow[order]) >= 0).all()
    np.testing.assert_allclose(supply, borrow * utilisation * 0.9, atol=1e-9)
    above = utilisation > 0.9
    assert above.any() and borrow[above].min() >= 0.06 > borrow[~above].max() - 1e-9


def test_staking_tokens_accrue_and_trade_at_or_below_their_rate(market: dict[str, np.ndarray]) -> None:
    for token, protocol in (("wstETH", "lido"), ("weETH", "etherfi")):
        rate = market[f"lst_rate.{protocol}.{token}"]
        assert (np.diff(rate) >= 0).all() and rate[-1] > rate[0] * 1.04
        assert (market[f"market_rate.daily.{token}"] <= rate + 1e-8).all()


def test_prices_stand_on_their_ticks(market: dict[str, np.ndarray]) -> None:
    for name, decimals in (("spot.okx.BTCUSDT", 2), ("perp.okx.BTCUSDT", 1), ("mark.bybit.ETHUSDT", 2)):
        np.testing.assert_array_equal(market[name], np.round(market[name], decimals))


def test_the_market_does_not_depend_on_the_size_of_its_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = synthetic_columns("1h", 0.02, 4)[1]
    monkeypatch.setattr(synthetic, "BLOCK_ROWS", 48)
    parts = synthetic_columns("1h", 0.02, 4)[1]
    for name, values in whole.items():
        np.testing.assert_allclose(parts[name], values, rtol=1e-5, atol=2e-8, err_msg=name)


def test_minutes_hold_slow_series_through_the_hour() -> None:
    times, columns = synthetic_columns("1min", 3 / 365, 0)
    assert len(times) == 3 * 1_440
    assert np.diff(times).tolist() == [60_000_000_000] * (len(times) - 1)
    by_hour = columns["supply_apr.aave_v3.USDT"].reshape(-1, 60)
    assert (by_hour == by_hour[:, :1]).all()
    assert int((~np.isnan(columns["funding.okx.ETHUSDT"])).sum()) == 9


@pytest.mark.parametrize("frequency", ["", "1", "1d", "7min", "5h", "0h", "1H", "16h"])
def test_a_frequency_that_does_not_fit_is_refused(tmp_path: Path, frequency: str) -> None:
    with pytest.raises(ComponentError) as caught:
        write_synthetic(tmp_path / "out", frequency)
    assert caught.value.error_code == "CFG-003"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("years", [0.0, -1.0, float("nan"), float("inf"), 1e-9])
def test_a_length_that_holds_no_market_is_refused(tmp_path: Path, years: float) -> None:
    with pytest.raises(ComponentError) as caught:
        write_synthetic(tmp_path / "out", "1h", years)
    assert caught.value.error_code == "CFG-003"


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ComponentError) as caught:
        write_synthetic(tmp_path / "file", "1h", 0.01)
    assert caught.value.error_code == "RES-001"


def test_an_interrupted_write_leaves_nothing_behind(tmp_path: Path) -> None:
    def broken() -> object:
        times, columns = synthetic_columns("1h", 0.01, 0)
        yield times, columns
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_blocks(tmp_path, broken(), {})  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_the_embedded_sample_is_what_its_seed_generates(tmp_path: Path) -> None:
    embedded, anew = open_dataset(sample_directory()), open_dataset(write_sample(tmp_path))
    assert embedded.synthetic
    assert embedded.columns.keys() == anew.columns.keys()
    first, second = (select_rows(dataset, dataset.columns.keys(), None, None) for dataset in (embedded, anew))
    np.testing.assert_array_equal(first.timestamps, second.timestamps)
    for column in embedded.columns:
        # Another machine may round exp and log differently, which can move a value by one tick.
        np.testing.assert_allclose(first.read(column), second.read(column), rtol=1e-4, err_msg=column)


def test_a_synthetic_dataset_has_no_problems_to_describe(tmp_path: Path) -> None:
    lines = describe_dataset(write_synthetic(tmp_path, "1h", 0.02, 0)).lines
    assert lines[-2:] == ["problems:", "  none"]
    assert "synthetic: yes" in lines and "step: 1 h" in lines


def test_a_decayed_sum_is_the_recursion_it_stands_for() -> None:
    shocks = np.arange(1.0, 40.0)
    expected, value = [], 5.0
    for shock in shocks:
        value = 0.9 * value + shock
        expected.append(value)
    np.testing.assert_allclose(decayed_sum(shocks, 0.9, 5.0), expected, rtol=1e-12)


def test_a_mean_reverting_process_keeps_its_deviation_and_half_life() -> None:
    values = MeanReverting(stream(0, "x"), 2.0, 10.0, 1.0).block(400_000)
    assert values.std() == pytest.approx(2.0, rel=0.05)
    assert np.corrcoef(values[:-10], values[10:])[0, 1] == pytest.approx(0.5, abs=0.03)


def test_blocks_of_a_process_join_end_to_start() -> None:
    process = MeanReverting(stream(0, "x"), 2.0, 10.0, 1.0)
    assert process.block(5)[-1] == process.block(5)[0]
    smoothed = Smoothed(3.0, 1.0)
    assert smoothed.block(np.array([1.0, 2.0]))[-1] == smoothed.block(np.array([2.0, 3.0]))[0]


def test_shot_noise_comes_in_events_that_decay() -> None:
    values = ShotNoise(stream(0, "x"), 4.0, 1.0, 3_600.0, 3_600.0).block(HOURS_A_YEAR)
    assert values.min() >= 0.0 and values.max() > 0.3
    falling = (np.diff(values) < 0) & (values[1:] > 1e-9)
    assert falling.sum() > 50
    np.testing.assert_allclose(values[1:][falling] / values[:-1][falling], 0.5)


@pytest.mark.parametrize("held", ["prices.parquet", "prices.csv", "dataset.yaml"])
def test_a_folder_that_holds_data_is_not_written_over(tmp_path: Path, held: str) -> None:
    (tmp_path / held).write_text("mine", encoding="utf-8")
    with pytest.raises(ComponentError) as caught:
        write_synthetic(tmp_path, "1h", 0.01)
    assert caught.value.error_code == "RES-001"
    assert held in caught.value.message
    assert "hoose an empty or new folder" in caught.value.line
    assert [path.name for path in tmp_path.iterdir()] == [held]
    assert (tmp_path / held).read_text(encoding="utf-8") == "mine"
