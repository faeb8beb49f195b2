"""With little capital no spot is bought that lots and minimum notionals keep from being hedged."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basis_strategy_v1.bootstrap import RunOptions, run_backtest
from basis_strategy_v1.data.sample import sample_directory
from engine_runs import Run, Scene, constant_scene, run, settings_of

VENUES = ("binance", "bybit", "okx")
LOCATIONS = {"binance": "binance.derivatives", "bybit": "bybit", "okx": "okx"}
NO_SLIPPAGE = "execution_settings.slippage_model=none"
LARGEST_LEAST_NOTIONAL = Decimal(100)
SPREAD = "initial_location={binance: 0.7, bybit: 0.15, okx: 0.15}"


def wavy_scene(price: float, rows: int = 200, seed: int = 3) -> Scene:
    """A random walk of about a per cent an hour."""
    scene = constant_scene(VENUES, rows, price, "0.0001")
    factors = np.exp(np.cumsum(np.random.default_rng(seed).normal(0.0, 0.01, rows)))
    for values in [scene.spot, *[s for series in scene.perps.values() for s in (series.price, series.mark)]]:
        values *= factors
    return scene


def unhedged(done: Run, base: str) -> Decimal:
    """Base units held that no short stands against."""
    held = sum((assets.get(base, Decimal(0)) for assets in done.positions.values()), Decimal(0))
    symbol = f"{base}USDT-PERP"
    return held + sum(
        (done.positions.get(place, {}).get(symbol, Decimal(0)) for place in LOCATIONS.values()), Decimal(0)
    )


@pytest.mark.parametrize("capital", ["60", "250", "480", "900", "1400", "2000", "3500"])
@pytest.mark.parametrize("drive", ["segments", "every_row"])
def test_what_is_bought_is_hedged_whatever_the_capital(capital: str, drive: str) -> None:
    chosen = settings_of("btc_basis", f"initial_capital={capital}", NO_SLIPPAGE, SPREAD)
    done = run(chosen, constant_scene(VENUES, 40, 100_000.0), drive=drive)
    assert abs(unhedged(done, "BTC")) * 100_000 <= LARGEST_LEAST_NOTIONAL
    assert done.rows.failure is None


@given(capital=st.integers(50, 6_000), seed=st.integers(0, 1_000), price=st.sampled_from([2_000.0, 4_700.0]))
@settings(max_examples=40)
def test_ether_is_hedged_with_any_capital_in_a_market_that_moves(capital: int, seed: int, price: float) -> None:
    chosen = settings_of("eth_basis", f"initial_capital={capital}", SPREAD)
    done = run(chosen, wavy_scene(price, seed=seed))
    last = Decimal(repr(float(done.market.reference.values[-1])))  # type: ignore[union-attr]
    allowed = Decimal("0.02") * Decimal(capital) / 2 + 60
    assert abs(unhedged(done, "ETH")) * last <= allowed
    # Nothing is tried in vain at row after row.
    assert len({done.row_of(record) for record in done.records}) < 100
    assert len(done.assembly.engine.table.rows()) < 150


@pytest.mark.parametrize("capital", ["90", "150", "190", "400", "700"])
@pytest.mark.parametrize("allocation", ["{binance: 1.0}", "{bybit: 1.0}", "{bybit: 0.5, binance: 0.5}"])
def test_no_spot_is_held_without_any_short(capital: str, allocation: str) -> None:
    hedges = f"strategy.hedge_allocation={allocation}"
    chosen = settings_of("btc_basis", f"initial_capital={capital}", NO_SLIPPAGE, hedges)
    done = run(chosen, constant_scene(VENUES, 40, 100_000.0))
    held = sum((assets.get("BTC", Decimal(0)) for assets in done.positions.values()), Decimal(0))
    assert (held == 0) == (unhedged(done, "BTC") == held)


def test_capital_too_small_for_any_order_stays_idle() -> None:
    chosen = settings_of(
        "btc_basis", "initial_capital=300", NO_SLIPPAGE, "strategy.hedge_allocation={binance: 0.6, bybit: 0.4}"
    )
    done = run(chosen, constant_scene(VENUES, 60, 100_000.0))
    assert done.trades == []
    assert max(done.row_of(record) for record in done.records) <= 1
    assert len(done.assembly.engine.table.rows()) < 6


def test_a_venue_too_small_for_its_share_is_named(tmp_path: Path) -> None:
    done = run(
        settings_of("btc_basis", "initial_capital=900", NO_SLIPPAGE, SPREAD), constant_scene(VENUES, 20, 100_000.0)
    )
    notices = done.assembly.parts.strategy.notices()
    assert [line.split()[0] for line in notices] == ["binance"]
    assert "least order" in notices[0]
    shorts = {venue: done.positions.get(place, {}).get("BTCUSDT-PERP") for venue, place in LOCATIONS.items()}
    assert shorts["binance"] is None
    assert shorts["bybit"] == Decimal("-0.001")


def test_a_venue_whose_margin_is_too_little_to_be_sent_is_named() -> None:
    shares = ("strategy.hedge_allocation={binance: 0.96, bybit: 0.04}", "initial_location={binance: 1.0}")
    done = run(settings_of("eth_basis", "initial_capital=480", NO_SLIPPAGE, *shares), constant_scene(VENUES, 20, 100.0))
    (line,) = done.assembly.parts.strategy.notices()
    assert line.startswith("bybit carried no hedge while its margin was 0.00 of 9.6")
    assert done.positions["binance.derivatives"]["ETHUSDT-PERP"] < 0 and not done.positions.get("bybit")


def test_the_notice_is_among_a_runs_warnings(tmp_path: Path) -> None:
    options = RunOptions(
        mode="btc_basis",
        data_dir=sample_directory(),
        overrides=("initial_capital=30",),
        out=tmp_path,
        report=False,
    )
    finished = run_backtest(options, {})
    assert any("carried no hedge" in line for line in finished.warnings)
    assert any("No position was ever opened" in line for line in finished.warnings)
