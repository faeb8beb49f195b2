"""A first start with capital that can open nothing is refused before anything is sent."""

from __future__ import annotations

import dataclasses
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from basis_strategy_v1.backends.simulated.fills import fill_model
from basis_strategy_v1.bootstrap.live import care
from basis_strategy_v1.bootstrap.live.run import run_live
from basis_strategy_v1.bootstrap.live.world import world_of
from basis_strategy_v1.core.engine.live_parts import LiveEnding
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.sandbox.application import SandboxApplication
from basis_strategy_v1.sandbox.world import build_world
from local_live import LocalVenues, moving_scene


def local(capital: str, *overrides: str, venues: tuple[str, ...] = ("binance", "bybit")) -> LocalVenues:
    made = LocalVenues(list(venues), moving_scene(venues, 24), f"initial_capital={capital}", *overrides)
    held = {venues[0]: {"USDT": Decimal(capital)}}
    made.world = build_world(made.market, made.venues, held, model=fill_model("none"))
    made.application = SandboxApplication(made.world)
    return made


def shorts(venues: LocalVenues) -> dict[str, Decimal]:
    worlds = venues.world.venues
    return {name: sum((p.quantity for p in worlds[name].account.positions()), Decimal(0)) for name in worlds}


def refusal(venues: LocalVenues, directory: Path, **changes: Any) -> ComponentError:
    with pytest.raises(ComponentError) as caught:
        venues.run(directory, 4, **changes)
    return caught.value


@pytest.mark.parametrize("changes", [{}, {"adopt": True}, {"paper": True}])
def test_capital_below_every_least_order_is_refused_and_leaves_nothing_behind(
    changes: dict[str, Any], tmp_path: Path
) -> None:
    venues = local("9")
    error = refusal(venues, tmp_path / "a", **changes)
    assert error.error_code == "EIM-004"
    assert "9.00 USD" in error.message and "binance" in error.message and "bybit" in error.message
    assert "Start with 242.55 USD or more" in error.remedy and "\n" not in error.line
    assert not list(tmp_path.iterdir())
    for venue in venues.world.venues.values():
        assert not (venue.account.orders() or venue.account.transfers() or venue.account.withdrawals())


def test_what_the_refusal_asks_for_opens_a_hedge(tmp_path: Path) -> None:
    needed = refusal(local("9"), tmp_path / "a").remedy.split()[2]
    venues = local(needed)
    assert venues.run(tmp_path / "b", 4).ending is LiveEnding.DONE
    assert min(shorts(venues).values()) < 0


def test_a_venue_whose_share_alone_is_too_small_is_left_out_with_a_warning(tmp_path: Path) -> None:
    venues = local("300")
    assert venues.run(tmp_path / "a", 4).ending is LiveEnding.DONE
    assert shorts(venues)["bybit"] < 0 == shorts(venues)["binance"]
    lines = (tmp_path / "a" / "logs" / "events" / "basis_strategy_events.jsonl").read_text().splitlines()
    told = [json.loads(line) for line in lines if "EIM-004" in line]
    assert len(told) == 1 and "left out: binance would hedge 75.00" in str(told)


@pytest.mark.parametrize("paper", [False, True])
def test_who_starts_a_run_is_told_of_a_venue_that_is_left_out_and_so_is_the_status(tmp_path: Path, paper: bool) -> None:
    venues = local("300")
    lines: list[str] = []
    for last_row in (2, 4):
        world = dataclasses.replace(venues.live_world(), tell=lines.append)
        run_live(venues.options(tmp_path / "a", last_row, paper=paper), venues.environment(), world)
        assert len(lines) == 1 and lines.pop().startswith("left out: binance would hedge 7")
        (told,) = json.loads((tmp_path / "a" / "status.json").read_text())["left_out"]
        assert told.startswith("binance would hedge 7")


def test_a_process_tells_it_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    world_of(None, lambda: False, {}).tell("left out: binance")
    assert capsys.readouterr() == ("", "warning: left out: binance\n")


def test_nobody_is_told_of_venues_that_have_their_capital(tmp_path: Path) -> None:
    venues = local("100000")
    lines: list[str] = []
    run_live(
        venues.options(tmp_path / "a", 4),
        venues.environment(),
        dataclasses.replace(venues.live_world(), tell=lines.append),
    )
    assert not lines and json.loads((tmp_path / "a" / "status.json").read_text())["left_out"] == []


def test_more_capital_takes_the_line_from_the_status(tmp_path: Path) -> None:
    venues = local("300")
    venues.run(tmp_path / "a", 2)
    options = venues.options(tmp_path / "a", 8)
    venues.world.venues["binance"].account.deposit("binance", "USDT", Decimal(1000), "outside")
    care.declare_flow(options, venues.environment(), Decimal(1000), "USDT", "binance", venues.live_world())
    assert venues.run(tmp_path / "a", 8).ending is LiveEnding.DONE
    assert json.loads((tmp_path / "a" / "status.json").read_text())["left_out"] == []
    assert max(shorts(venues).values()) < 0


def test_a_limit_on_notionals_that_lets_nothing_open_is_told_as_such(tmp_path: Path) -> None:
    error = refusal(local("100000", "component_config.risk.max_notional=20"), tmp_path / "a")
    assert error.error_code == "EIM-004" and "max_notional" in error.remedy


def test_a_run_that_has_begun_is_not_refused_for_being_too_small(tmp_path: Path) -> None:
    venues = local("300")
    venues.run(tmp_path / "a", 2)
    smaller = (*venues.overrides, "initial_capital=9")
    assert venues.run(tmp_path / "a", 4, overrides=smaller).ending is LiveEnding.DONE
    assert refusal(local("9"), tmp_path / "b", overrides=smaller).error_code == "EIM-004"
