"""A start with another configuration than the one that positions were made with."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import msgspec
import numpy as np
import pytest

from basis_strategy_v1.bootstrap.live.options import LiveOutcome
from basis_strategy_v1.bootstrap.live.run import run_live
from basis_strategy_v1.core.engine.live_parts import LiveEnding
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from engine_runs import PerpSeries, Scene, time_of
from local_live import LocalVenues

VENUES = ("binance", "bybit")
MOVED = "strategy.hedge_allocation={bybit: 0.5, binance: 0.5}"


def scene(rows: int = 40) -> Scene:
    """A constant price."""
    spot = np.full(rows, 50_000.0)
    return Scene(spot=spot, perps={v: PerpSeries(price=spot.copy(), mark=spot.copy(), rates={}) for v in VENUES})


def start(venues: LocalVenues, directory: Path, last_row: int, *overrides: str) -> LiveOutcome:
    """A start with other overrides than those of ``venues``."""
    options = msgspec.structs.replace(venues.options(directory, last_row), overrides=overrides)
    return run_live(options, venues.environment(), venues.live_world())


def positions(venues: LocalVenues) -> dict[str, Decimal]:
    accounts = {name: venue.account for name, venue in venues.world.venues.items()}
    return {name: sum((p.quantity for p in account.positions()), Decimal(0)) for name, account in accounts.items()}


def coins(venues: LocalVenues) -> Decimal:
    return venues.world.venues["binance"].account.balances("binance")["BTC"].total


def test_home_does_not_move_while_coins_are_held_and_may_once_all_is_left(tmp_path: Path) -> None:
    venues = LocalVenues(VENUES, scene(), also_spot=["bybit"])
    venues.run(tmp_path, 5)
    held = positions(venues)
    with pytest.raises(ComponentError) as caught:
        start(venues, tmp_path, 10, MOVED)
    assert caught.value.error_code == "CFG-003" and "binance first" in str(caught.value.line)
    assert positions(venues) == held and all(held.values())
    status = json.loads((tmp_path / "status.json").read_text(encoding="utf-8"))
    assert (status["state"], status["code"]) == ("refused", "CFG-003")
    start(venues, tmp_path, 15, *venues.overrides, f"strategy.exit_at='{time_of(11)}'")
    assert not any(positions(venues).values())
    assert start(venues, tmp_path, 20, MOVED).ending is LiveEnding.DONE


def test_a_limit_below_the_least_order_is_refused_at_a_later_start_as_at_the_first(tmp_path: Path) -> None:
    venues = LocalVenues(VENUES, scene())
    venues.run(tmp_path, 5)
    with pytest.raises(ComponentError) as caught:
        start(venues, tmp_path, 10, *venues.overrides, "execution_settings.max_order_notional=1")
    assert caught.value.error_code == "EIM-004" and "max_order_notional is 1" in caught.value.message
    assert start(venues, tmp_path, 15, *venues.overrides, "execution_settings.max_order_notional=6").ticks


def test_a_liquidation_that_a_start_is_told_of_is_acted_on_under_a_limit_below_the_least_order(tmp_path: Path) -> None:
    venues = LocalVenues(VENUES, scene())
    venues.run(tmp_path, 5)
    before = coins(venues)
    venues.world.venues[VENUES[0]].account.liquidate()
    outcome = start(venues, tmp_path, 7, *venues.overrides, "execution_settings.max_order_notional=1")
    assert outcome.error is None and coins(venues) < before


def test_an_exit_that_has_begun_goes_on_by_least_orders_under_a_limit_below_them(tmp_path: Path) -> None:
    venues = LocalVenues(VENUES, scene())
    venues.run(tmp_path, 5)
    before = positions(venues)
    venues.keep_closing(tmp_path, "hard_limit")
    outcome = start(venues, tmp_path, 7, *venues.overrides, "execution_settings.max_order_notional=1")
    assert (outcome.ending, outcome.error, outcome.held) == (LiveEnding.DONE, None, "")
    after = positions(venues)
    # A tick goes by a hundred rounds at most, each of a least order (5 USD): a hundredth of a coin, half at each venue.
    assert all(before[venue] + Decimal("0.005") <= after[venue] < 0 for venue in VENUES)
    assert abs(sum(after.values()) + coins(venues)) < Decimal("0.003")
    slow = json.loads((tmp_path / "status.json").read_text(encoding="utf-8"))
    assert slow["state"] == "reducing"
    assert start(venues, tmp_path, 9, *venues.overrides).ending is LiveEnding.HALTED
    assert not any(positions(venues).values())
