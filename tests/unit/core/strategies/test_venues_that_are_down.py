"""A hedge venue that cannot trade passes its share on, within the limits of those that take it."""

from __future__ import annotations

import json
from decimal import Decimal

import numpy as np
import pytest

from engine_runs import Run, Scene, constant_scene, run, settings_of, time_of

PRICE = 50_000.0
VENUES = ("binance", "bybit")
NO_SLIPPAGE = "execution_settings.slippage_model=none"
NO_TRANSFERS = "strategy.margin_transfers=false"
TWO_VENUES = "strategy.hedge_allocation={binance: 0.5, bybit: 0.5}"
ETHER = "share_class=eth_directional"


def scene_with_nulls(down: dict[str, slice], rows: int = 30, price: float = PRICE) -> Scene:
    """A constant price; the perpetuals of ``down`` have none in the rows given."""
    scene = constant_scene(("binance", "bybit"), rows, price)
    for venue, gap in down.items():
        scene.perps[venue].missing = np.zeros(rows, dtype=bool)
        scene.perps[venue].missing[gap] = True
    return scene


def short(done: Run, venue: str, symbol: str = "BTCUSDT") -> Decimal:
    location = "binance.derivatives" if venue == "binance" else venue
    return -done.positions.get(location, {}).get(f"{symbol}-PERP", Decimal(0))


def errors(done: Run) -> list[tuple[str, str]]:
    lines = [json.loads(line) for name in done.events for line in done.events[name].splitlines()]
    return [(line["timestamp"], line["data"]["error_code"]) for line in lines if line["event_type"] == "error"]


def start_of(capital: str, at_home: str, away: str) -> tuple[str, ...]:
    return (f"initial_capital={capital}", f"initial_location={{binance: {at_home}, bybit: {away}}}")


def test_the_others_take_the_share_of_a_venue_that_is_down() -> None:
    chosen = settings_of("btc_basis", TWO_VENUES, NO_SLIPPAGE, NO_TRANSFERS, *start_of("100000", "0.7", "0.3"))
    done = run(chosen, scene_with_nulls({"bybit": slice(0, 30)}))
    assert short(done, "bybit") == 0
    assert done.positions["binance"]["BTC"] - short(done, "binance") < Decimal("0.001")
    assert short(done, "binance") * 50_000 > 49_000


@pytest.mark.parametrize("drive", ["segments", "every_row"])
def test_a_receiver_takes_no_more_than_its_margin_carries(drive: str) -> None:
    # Home's margin carries 3.75 times itself: 0.7894 of the 58,000 there, of which the rest pays for the spot.
    chosen = settings_of("btc_basis", TWO_VENUES, NO_SLIPPAGE, NO_TRANSFERS, *start_of("100000", "0.58", "0.42"))
    done = run(chosen, scene_with_nulls({"bybit": slice(0, 30)}), drive=drive)
    assert short(done, "bybit") == 0
    assert 44_000 < short(done, "binance") * 50_000 < 46_000
    assert done.positions["binance"]["BTC"] - short(done, "binance") < Decimal("0.001")
    assert done.equity["margin_ratio.binance"].max() <= 0.0151


def test_a_receiver_away_from_home_takes_no_more_than_its_margin_carries() -> None:
    # Three times 14,000: a maintenance rate of 0.005 within a margin ratio of 0.015.
    chosen = settings_of("btc_basis", TWO_VENUES, NO_SLIPPAGE, NO_TRANSFERS, *start_of("100000", "0.86", "0.14"))
    done = run(chosen, scene_with_nulls({"binance": slice(0, 30)}))
    assert short(done, "binance") == 0
    assert 40_000 < short(done, "bybit") * 50_000 < 42_500
    assert abs(done.positions["binance"]["BTC"] - short(done, "bybit")) < Decimal("0.001")


def test_a_receiver_takes_no_more_than_max_notional() -> None:
    limit = "component_config.risk.max_notional=30000"
    chosen = settings_of("btc_basis", TWO_VENUES, NO_SLIPPAGE, NO_TRANSFERS, limit, *start_of("100000", "0.7", "0.3"))
    done = run(chosen, scene_with_nulls({"bybit": slice(0, 30)}))
    assert 29_000 < short(done, "binance") * 50_000 <= 30_000
    assert done.positions["binance"]["BTC"] - short(done, "binance") < Decimal("0.001")
    # The target without the venue that is down is followed within the threshold, not traded to at each row.
    assert {done.row_of(record) for record in done.trades} == {0}


def test_a_venue_that_is_back_carries_what_is_left() -> None:
    limit = "component_config.risk.max_notional=30000"
    chosen = settings_of("btc_basis", TWO_VENUES, NO_SLIPPAGE, NO_TRANSFERS, limit, *start_of("100000", "0.7", "0.3"))
    done = run(chosen, scene_with_nulls({"bybit": slice(0, 10)}))
    assert short(done, "bybit") * 50_000 > 19_000
    hedged = short(done, "binance") + short(done, "bybit")
    assert done.positions["binance"]["BTC"] - hedged < Decimal("0.001")
    assert hedged * 50_000 > 49_000


def test_kept_ether_passes_its_hedge_on_within_the_receivers_margin() -> None:
    chosen = settings_of(
        "eth_basis",
        ETHER,
        "strategy.hedge_allocation={binance: 0.2, bybit: 0.8}",
        "strategy.hedge_ratio=1.0",
        "strategy.spot_allocation=0.7",
        NO_SLIPPAGE,
    )
    done = run(chosen, scene_with_nulls({"bybit": slice(1, 30)}, price=2_000.0))
    # A fifth of the margin is at home: 12,000 USDT carry 45,000, 22.5 ETH, and its own part of the hedge is 14.
    assert short(done, "bybit", "ETHUSDT") == 0
    assert 22 < short(done, "binance", "ETHUSDT") < 24


@pytest.mark.parametrize("drive", ["segments", "every_row"])
def test_with_every_perpetual_down_the_decision_stops_and_says_so_once(drive: str) -> None:
    chosen = settings_of("btc_basis", TWO_VENUES, NO_SLIPPAGE, *start_of("100000", "0.7", "0.3"))
    gap = slice(0, 5)
    done = run(chosen, scene_with_nulls({"binance": gap, "bybit": gap}), drive=drive)
    assert [code for _, code in errors(done)] == ["EXI-003"]
    assert {done.row_of(record) for record in done.trades} == {5}
    assert done.rows.failure is None
    assert [error.error_code for error in done.rows.health.check().errors] == ["EXI-003"]


@pytest.mark.parametrize("most", ["", "execution_settings.max_order_notional=7000"])
def test_an_exit_keeps_the_coins_that_hedge_a_short_at_a_venue_that_is_down(most: str) -> None:
    leaves = f"strategy.exit_at='{time_of(10)}'"
    limits = [most] if most else []
    chosen = settings_of("btc_basis", TWO_VENUES, NO_SLIPPAGE, leaves, *limits)
    down = {"bybit": slice(10, 15)}
    stuck = run(chosen, scene_with_nulls(down, rows=14))
    assert short(stuck, "binance") == 0 and short(stuck, "bybit") > Decimal("0.4")
    assert abs(stuck.positions["binance"]["BTC"] - short(stuck, "bybit")) < Decimal("0.001")
    back = run(chosen, scene_with_nulls(down))
    assert short(back, "bybit") == 0
    assert back.positions["binance"]["BTC"] < Decimal("0.00001")
    assert back.final_state() == run(chosen, scene_with_nulls(down), drive="every_row").final_state()


def test_an_exit_closes_the_shorts_of_coins_that_nobody_can_sell() -> None:
    coins = f"flows=[{{ts: '{time_of(5)}', amount: 0.3, asset: BTC, venue: bybit}}]"
    leaves = f"strategy.exit_at='{time_of(10)}'"
    done = run(settings_of("btc_basis", TWO_VENUES, NO_SLIPPAGE, coins, leaves), constant_scene(VENUES, 20, PRICE))
    assert short(done, "binance") == short(done, "bybit") == 0
    assert done.positions["bybit"]["BTC"] == Decimal("0.3")
    assert done.rows.closed
