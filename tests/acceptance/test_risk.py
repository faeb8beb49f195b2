"""Limits: reduce beyond the soft one, leave beyond the hard one, sell what a liquidation left unhedged."""

from __future__ import annotations

import json
from decimal import Decimal

import numpy as np
import pytest

from basis_strategy_v1.core.strategies.strategy import TradingState
from engine_runs import PerpSeries, Run, Scene, constant_scene, run, settings_of, time_of

PRICE = 50_000.0
ONE_VENUE = "strategy.hedge_allocation={binance: 1.0}"
LAZY = "strategy.position_deviation_threshold=0.9"
NO_SLIPPAGE = "execution_settings.slippage_model=none"
VENUES = ("binance", "bybit", "okx")


def jump_scene(factor: float, rows: int = 30, at: int = 10, venues: tuple[str, ...] = ("binance",)) -> Scene:
    """A constant price that is multiplied at one row, spot and perpetuals alike."""
    scene = constant_scene(venues, rows, PRICE)
    for values in [scene.spot, *[s for series in scene.perps.values() for s in (series.price, series.mark)]]:
        values[at:] *= factor
    return scene


def risk_events(done: Run) -> list[str]:
    lines = [json.loads(line) for name in sorted(done.events) for line in done.events[name].splitlines()]
    return [line["data"]["limit"] for line in lines if line["event_type"] == "risk_limit"]


def short(done: Run, venue: str = "binance") -> Decimal:
    location = "binance.derivatives" if venue == "binance" else venue
    return -done.positions.get(location, {}).get("BTCUSDT-PERP", Decimal(0))


def test_a_soft_breach_shrinks_the_position_and_the_run_goes_on() -> None:
    done = run(settings_of("btc_basis", ONE_VENUE, LAZY, NO_SLIPPAGE), jump_scene(1.9))
    assert "soft_limit" in risk_events(done)
    assert "hard_limit" not in risk_events(done)
    assert {done.row_of(record) for record in done.trades} == {0, 10}
    assert done.rows.state is TradingState.ACTIVE
    assert done.rows.halted_at is None
    held = done.positions["binance"]["BTC"]
    assert 0 < held < Decimal("0.9")
    assert abs(held - short(done)) <= Decimal("0.001")
    assert done.equity["margin_ratio.binance"][10] < 0.05


def test_a_hard_breach_closes_everything_and_halts() -> None:
    done = run(settings_of("btc_basis", ONE_VENUE, LAZY, NO_SLIPPAGE), jump_scene(1.985))
    assert "hard_limit" in risk_events(done)
    assert done.rows.state is TradingState.HALTED
    assert done.rows.halted_at == done.market.time(10)
    assert done.rows.failure is None
    assert done.rows.liquidations == 0
    assert short(done) == 0
    assert done.positions.get("binance", {}).get("BTC", Decimal(0)) < Decimal("0.00001")
    assert {done.row_of(record) for record in done.trades} == {0, 10}


def test_a_halted_run_goes_on_to_its_last_row_and_keeps_its_nav() -> None:
    done = run(settings_of("btc_basis", ONE_VENUE, LAZY, NO_SLIPPAGE), jump_scene(1.985, rows=200))
    nav = done.equity["nav"]
    assert len(nav) == 200
    np.testing.assert_allclose(nav[11:], nav[11], rtol=1e-9)


def test_a_liquidation_sells_the_spot_in_the_same_row_and_halts() -> None:
    done = run(settings_of("btc_basis", ONE_VENUE, LAZY, NO_SLIPPAGE), jump_scene(2.5))
    assert done.rows.liquidations == 1
    assert done.rows.state is TradingState.HALTED
    assert done.rows.halted_at == done.market.time(10)
    assert short(done) == 0
    assert done.positions.get("binance", {}).get("BTC", Decimal(0)) < Decimal("0.001")
    sale = done.trades[-1]
    assert (done.row_of(sale), sale.side, sale.trade_type) == (10, "sell", "spot")
    assert done.pnl.unexplained == 0
    assert done.pnl.buckets["liquidation"] != 0


@pytest.mark.parametrize("drive", ["segments", "every_row"])
def test_what_a_liquidation_left_unhedged_is_sold_row_by_row_where_the_market_is_thin(drive: str) -> None:
    scene = jump_scene(2.5)
    scene.spot_volume = np.where(np.arange(30) < 10, 1_000.0, 4.0)
    done = run(settings_of("btc_basis", ONE_VENUE, LAZY, NO_SLIPPAGE), scene, drive=drive)
    assert done.rows.liquidations == 1
    sales = [record for record in done.trades if record.side == "sell" and record.trade_type == "spot"]
    assert [done.row_of(record) for record in sales] == [10, 11, 12, 13, 14]
    assert done.positions.get("binance", {}).get("BTC", Decimal(0)) < Decimal("0.001")
    assert done.rows.state is TradingState.HALTED
    assert done.rows.halted_at == done.market.time(14)


def test_while_reducing_in_a_thin_market_both_drives_visit_every_row() -> None:
    def thin_spike() -> Scene:
        scene = constant_scene(("binance",), 60, PRICE)
        for values in [scene.spot, *[s for series in scene.perps.values() for s in (series.price, series.mark)]]:
            values[20] *= 1.92
        scene.spot_volume = np.where(np.arange(60) < 20, 1_000.0, 0.2)
        return scene

    chosen = settings_of("btc_basis", ONE_VENUE, LAZY, NO_SLIPPAGE)
    segments, every_row = run(chosen, thin_spike()), run(chosen, thin_spike(), drive="every_row")
    assert "soft_limit" in risk_events(segments)
    assert segments.records == every_row.records
    assert segments.rows.state is every_row.rows.state is TradingState.ACTIVE


def test_a_wick_between_two_rows_liquidates_though_no_row_shows_it() -> None:
    scene = constant_scene(("binance",), 30, PRICE)
    high = np.full(30, PRICE)
    high[9] = 2.5 * PRICE
    scene.perps["binance"].high = high
    done = run(settings_of("btc_basis", ONE_VENUE, NO_SLIPPAGE), scene)
    assert done.rows.liquidations == 1
    assert done.rows.halted_at == done.market.time(10)
    # The account closed on the way up, where its margin was used up: all of it is lost.
    assert done.pnl.nav < 60_000
    assert done.pnl.unexplained == 0


def test_the_liquidation_of_one_venue_leaves_the_other_hedges_alone() -> None:
    scene = constant_scene(VENUES, 30, PRICE)
    high = np.full(30, PRICE)
    high[9] = 4 * PRICE
    scene.perps["bybit"].high = high
    done = run(settings_of("btc_basis", NO_SLIPPAGE), scene)
    assert done.rows.liquidations == 1
    assert short(done, "bybit") == 0
    assert short(done, "binance") > 0
    assert short(done, "okx") > 0
    held = done.positions["binance"]["BTC"]
    assert abs(held - short(done, "binance") - short(done, "okx")) < Decimal("0.001")


def test_collateral_that_pays_for_a_liquidation_is_booked_as_sold() -> None:
    scene = Scene(spot=np.full(30, 2_000.0))
    mark = np.full(30, 2_000.0)
    mark[10:] = 12_000.0
    scene.perps["okx"] = PerpSeries(price=mark.copy(), mark=mark)
    chosen = settings_of(
        "eth_basis", "share_class=eth_directional", "strategy.hedge_allocation={okx: 1.0}", "strategy.hedge_ratio=0.8"
    )
    done = run(chosen, scene)
    assert done.rows.liquidations == 1
    assert done.rows.failure is None
    assert done.positions.get("okx", {}).get("ETH", Decimal(0)) < 80
    assert done.pnl.unexplained == 0


# --- the margin band -------------------------------------------------------------------------------------


def drifting_scene(rows: int = 60) -> Scene:
    """One venue's mark runs away from the others for a while: its margin is used up, theirs is not."""
    scene = constant_scene(VENUES, rows, PRICE)
    scene.perps["bybit"].mark[10:] *= 1.7
    scene.perps["bybit"].price[10:] *= 1.7
    return scene


def test_margin_moves_to_the_venue_that_needs_it() -> None:
    done = run(settings_of("btc_basis", LAZY, NO_SLIPPAGE), drifting_scene())
    sent = [r for r in done.records if r.status == "in_transit" and done.row_of(r) >= 10]
    assert sent
    assert {record.side.partition("->")[2] for record in sent} == {"bybit"}
    ratio = done.equity["margin_ratio.bybit"]
    assert ratio[10:].max() > 0.015
    assert ratio[-1] < 0.6 * ratio[10]


def test_margin_is_not_sent_again_while_it_is_on_its_way() -> None:
    done = run(settings_of("btc_basis", LAZY, NO_SLIPPAGE), drifting_scene())
    rows = [done.row_of(r) for r in done.records if r.status == "in_transit" and done.row_of(r) >= 10]
    assert set(rows) == {10}


def test_capital_on_its_way_is_in_nav_at_every_row() -> None:
    done = run(settings_of("btc_basis", LAZY, NO_SLIPPAGE), drifting_scene())
    change = np.diff(done.equity["nav"])
    priced = np.diff(sum(done.equity[name] for name in ("basis", "delta", "funding", "fees", "slippage", "transfer")))
    np.testing.assert_allclose(change, priced, atol=1e-6)
    assert abs(change[11:]).max() < 50.0


def test_without_margin_transfers_nothing_is_sent() -> None:
    split = "initial_location={binance: 0.4, bybit: 0.3, okx: 0.3}"
    chosen = settings_of("btc_basis", LAZY, "strategy.margin_transfers=false", split)
    done = run(chosen, drifting_scene())
    assert not [record for record in done.records if record.status == "in_transit"]


# --- partial fills and leaving ---------------------------------------------------------------------------


def test_what_a_thin_market_does_not_fill_is_tried_again_at_the_next_row() -> None:
    scene = constant_scene(("binance",), 12, PRICE)
    scene.spot_volume = np.full(12, 4.0)
    done = run(settings_of("btc_basis", ONE_VENUE, NO_SLIPPAGE), scene)
    spot = [record for record in done.trades if record.trade_type == "spot"]
    assert [done.row_of(record) for record in spot] == [0, 1, 2, 3, 4]
    assert all(record.filled == Decimal("0.2") and record.status == "expired" for record in spot[:4])
    # The hedge follows what was really bought, at each row.
    assert abs(done.positions["binance"]["BTC"] - short(done)) <= Decimal("0.001")
    shorts = [record for record in done.trades if record.trade_type == "perp"]
    assert [done.row_of(record) for record in shorts] == [0, 1, 2, 3, 4]


def test_an_exit_leaves_everything_at_its_row_and_stays_out() -> None:
    done = run(
        settings_of("btc_basis", NO_SLIPPAGE, f"strategy.exit_at={time_of(10)}"),
        constant_scene(VENUES, 40, PRICE, "0.0001"),
    )
    assert max(done.row_of(record) for record in done.records) == 10
    assert sum(short(done, venue) for venue in VENUES) == 0
    assert done.positions.get("binance", {}).get("BTC", Decimal(0)) < Decimal("0.00001")
    assert done.rows.halted_at is None
    assert done.rows.failure is None


def test_an_exit_falls_on_the_first_row_at_or_after_its_time() -> None:
    between = "2024-01-01T09:30:00Z"
    done = run(settings_of("btc_basis", NO_SLIPPAGE, f"strategy.exit_at={between}"), constant_scene(VENUES, 40, PRICE))
    assert max(done.row_of(record) for record in done.records) == 10


@pytest.mark.parametrize("threshold", ["0.01", "0.05"])
def test_a_rebalance_waits_for_its_threshold(threshold: str) -> None:
    scene = constant_scene(("binance",), 30, PRICE)
    factor = 1.0 + float(threshold) * 3.0
    for values in (scene.spot, scene.perps["binance"].price, scene.perps["binance"].mark):
        values[10:20] *= 1.0 + float(threshold) / 3.0
        values[20:] *= factor
    done = run(
        settings_of("btc_basis", ONE_VENUE, NO_SLIPPAGE, f"strategy.position_deviation_threshold={threshold}"), scene
    )
    assert {done.row_of(record) for record in done.trades} == {0, 20}
