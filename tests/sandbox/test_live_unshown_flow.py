"""Money that a person declares and that no venue shows: it is held, and not traded on."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from basis_strategy_v1.bootstrap.live import care
from basis_strategy_v1.core.engine.live_parts import LiveEnding
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from engine_runs import PerpSeries, Scene
from local_live import LocalVenues, moving_scene

ROWS, DECLARED, LATER = 24, 8, 14


def local() -> LocalVenues:
    spot = np.full(ROWS, 50_000.0)
    series = PerpSeries(price=spot, mark=spot, rates={})
    return LocalVenues(["binance", "bybit"], Scene(spot=spot, perps={"binance": series, "bybit": series}))


def declare(venues: LocalVenues, directory: Path, amount: str, location: str = "binance") -> str:
    options, money = venues.options(directory), Decimal(amount)
    world = venues.live_world()
    return care.declare_flow(options, venues.environment(), money, "USDT", location, world, force=True)


def orders(directory: Path) -> int:
    return len((directory / "instructions.jsonl").read_text(encoding="utf-8").splitlines())


def held(directory: Path) -> str:
    return str(json.loads((directory / "status.json").read_text(encoding="utf-8"))["held"])


@pytest.mark.parametrize("amount", ["-60000", "100000"])
def test_a_flow_that_its_venue_does_not_show_is_held_until_the_contrary_is_declared(
    tmp_path: Path, amount: str
) -> None:
    venues = local()
    seen: list[tuple[int, str]] = []
    venues.happenings[DECLARED] = lambda: (seen.append((orders(tmp_path), "")), declare(venues, tmp_path, amount))
    venues.happenings[LATER] = lambda: (
        seen.append((orders(tmp_path), held(tmp_path))),
        declare(venues, tmp_path, str(-Decimal(amount))),
    )
    outcome = venues.run(tmp_path)
    (before, _), (meanwhile, why) = seen
    assert before == meanwhile
    assert f"binance does not show the {amount} USDT that were declared (flow." in why
    assert outcome.ending is LiveEnding.DONE and not outcome.held
    assert orders(tmp_path) == before and Decimal(outcome.nav) > 99_800
    events = (tmp_path / "logs" / "events" / "event_driven_strategy_engine_events.jsonl").read_text(encoding="utf-8")
    assert events.count("does not show the") == 1


def test_a_flow_that_shows_later_is_traded_on_from_then(tmp_path: Path) -> None:
    venues = local()
    account = venues.world.venues["binance"].account
    seen: list[int] = []
    venues.happenings[DECLARED] = lambda: (seen.append(orders(tmp_path)), declare(venues, tmp_path, "50000"))
    venues.happenings[LATER] = lambda: (
        seen.append(orders(tmp_path)),
        account.deposit("binance", "USDT", Decimal(50_000), ""),
    )
    outcome = venues.run(tmp_path)
    assert outcome.ending is LiveEnding.DONE and not outcome.held
    assert seen[0] == seen[1] < orders(tmp_path)
    assert Decimal(outcome.nav) > 149_700
    assert account.balances("binance")["BTC"].total > Decimal("1.4")


def test_a_flow_that_was_not_shown_is_taken_back_after_a_restart_too(tmp_path: Path) -> None:
    venues = local()
    venues.happenings[DECLARED] = lambda: declare(venues, tmp_path, "-60000")
    assert "does not show" in venues.run(tmp_path, LATER).held
    declare(venues, tmp_path, "60000")
    outcome = venues.run(tmp_path)
    assert outcome.ending is LiveEnding.DONE and not outcome.held
    assert Decimal(outcome.nav) > 99_800


def test_a_residue_below_the_tolerance_does_not_hide_which_flow_is_not_shown(tmp_path: Path) -> None:
    venues = local()
    venues.run(tmp_path, DECLARED)
    venues.world.venues["bybit"].account.deposit("bybit", "USDT", Decimal("0.000000004"), "")
    declare(venues, tmp_path, "20000", "bybit")
    for last in (DECLARED + 2, LATER):
        assert "does not show the 20000 USDT" in venues.run(tmp_path, last).held


def test_as_much_as_a_flow_that_was_shown_and_traded_on_is_missed_when_it_goes(tmp_path: Path) -> None:
    names = ("binance", "bybit")
    venues = LocalVenues(names, moving_scene(names, ROWS))
    account = venues.world.venues["bybit"].account
    venues.run(tmp_path, DECLARED)
    account.deposit("bybit", "USDT", Decimal(20_000), "")
    declare(venues, tmp_path, "20000", "bybit")
    before = orders(tmp_path)
    assert venues.run(tmp_path, LATER).held == "" and orders(tmp_path) > before
    account.deposit("bybit", "USDT", Decimal(-20_000), "")
    with pytest.raises(ComponentError) as refused:
        venues.run(tmp_path)
    assert refused.value.error_code == "REC-010"
