"""``max_notional`` caps what a basis strategy aims at, so that it never breaches the limit itself."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from engine_runs import Run, Scene, constant_scene, run, settings_of

NO_SLIPPAGE = "execution_settings.slippage_model=none"
ONE_VENUE = "strategy.hedge_allocation={binance: 1.0}"
LIMIT = Decimal(20_000)
LIMITED = f"component_config.risk.max_notional={LIMIT}"
VENUES = ("binance", "bybit", "okx")


def rising_scene(venues: tuple[str, ...], price: float, rows: int = 60, by: float = 0.004) -> Scene:
    """A price that rises by the same fraction each row, spot and perpetuals alike."""
    scene = constant_scene(venues, rows, price)
    factors = (1.0 + by) ** np.arange(rows)
    for values in [scene.spot, *[s for series in scene.perps.values() for s in (series.price, series.mark)]]:
        values *= factors
    return scene


def largest_notional(done: Run) -> Decimal:
    """The largest notional of any venue's short just after one of its orders was filled, at the row's mark."""
    short: dict[str, Decimal] = {}
    largest = Decimal(0)
    for record in done.trades:
        if record.trade_type != "perp":
            continue
        sign = 1 if record.side == "sell" else -1
        short[record.venue] = short.get(record.venue, Decimal(0)) + sign * record.filled
        mark = done.market.perp[record.venue, record.symbol].mark.decimal(done.row_of(record))
        largest = max(largest, short[record.venue] * mark)
    return largest


@pytest.mark.parametrize("drive", ["segments", "every_row"])
def test_spot_and_short_stay_below_the_largest_notional(drive: str) -> None:
    done = run(
        settings_of("btc_basis", ONE_VENUE, LIMITED, NO_SLIPPAGE),
        constant_scene(("binance",), 10, 50_000.0),
        drive=drive,
    )
    held = done.positions["binance"]["BTC"]
    short = -done.positions["binance.derivatives"]["BTCUSDT-PERP"]
    assert 19_500 < held * 50_000 <= 19_608
    assert held - short < Decimal("0.001")


def test_a_market_that_rises_slowly_never_carries_a_position_over_its_limit() -> None:
    done = run(settings_of("btc_basis", ONE_VENUE, LIMITED, NO_SLIPPAGE), rising_scene(("binance",), 50_000.0))
    assert len({done.row_of(record) for record in done.trades}) > 3
    assert 0 < largest_notional(done) <= LIMIT
    # Nor does it between two orders: maintenance margin is 0.4 % of notional, the margin 80 % of the capital.
    assert 0.00095 < done.equity["margin_ratio.binance"].max() <= 0.004 * float(LIMIT) / 79_900


def test_each_venue_has_its_own_limit() -> None:
    done = run(settings_of("btc_basis", LIMITED.replace("20000", "14000"), NO_SLIPPAGE), rising_scene(VENUES, 50_000.0))
    notional = {
        venue: -done.positions[location]["BTCUSDT-PERP"] * done.market.perp[venue, "BTCUSDT"].mark.decimal(59)
        for venue, location in (("binance", "binance.derivatives"), ("bybit", "bybit"), ("okx", "okx"))
    }
    assert max(notional.values()) <= 14_000
    assert min(notional.values()) > 12_500


def test_an_ether_share_class_is_short_no_more_than_the_limit() -> None:
    chosen = settings_of("eth_basis", "share_class=eth_directional", ONE_VENUE, LIMITED, NO_SLIPPAGE)
    done = run(chosen, rising_scene(("binance",), 2_000.0))
    assert Decimal("0.9") * LIMIT < largest_notional(done) <= LIMIT
    marks = done.market.perp["binance", "ETHUSDT"].mark.values
    assert -float(done.positions["binance.derivatives"]["ETHUSDT-PERP"]) * marks[-1] <= float(LIMIT)


@pytest.mark.parametrize("drive", ["segments", "every_row"])
def test_at_a_premium_it_is_the_mark_that_counts(drive: str) -> None:
    scene = constant_scene(("binance",), 10, 50_000.0)
    scene.perps["binance"].price = scene.perps["binance"].mark = scene.spot * 1.04
    done = run(settings_of("btc_basis", ONE_VENUE, LIMITED, NO_SLIPPAGE), scene, drive=drive)
    assert Decimal("0.99") * LIMIT < largest_notional(done) <= LIMIT
