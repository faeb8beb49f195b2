"""Live runs on local venues, through ccxt and the venues' own protocols."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from basis_strategy_v1.bootstrap.live import care
from basis_strategy_v1.core.engine.live_parts import LiveEnding
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.sandbox.credentials import environment_variables
from basis_strategy_v1.sandbox.faults import parse_fault_rules
from engine_runs import run
from live_orders import ask_kill
from local_live import LocalVenues, moving_scene

VENUES = ["bybit"]
ROWS = 96


def local(rows: int = ROWS, venues: list[str] = VENUES) -> LocalVenues:
    return LocalVenues(venues, moving_scene(venues, rows))


ROUNDING = Decimal("1e-6")
"""Binance keeps fees and funding to 1e-8 of a token; the simulator of a backtest keeps every digit."""


@pytest.mark.parametrize("names", [["binance"], ["bybit"], ["okx"], ["hyperliquid"], ["binance", "bybit", "okx"]])
def test_a_live_run_ends_with_the_nav_of_its_backtest(names: list[str], tmp_path: Path) -> None:
    venues = local(venues=names)
    outcome = venues.run(tmp_path)
    backtest = run(venues.settings, venues.scene)
    assert outcome.ending is LiveEnding.DONE and outcome.held == ""
    assert abs(Decimal(outcome.nav) - backtest.pnl.nav) < ROUNDING
    assert len(backtest.trades) > 4


def test_restarts_in_the_middle_change_nothing(tmp_path: Path) -> None:
    venues = local()
    ticks = [venues.run(tmp_path, last_row).ticks for last_row in (20, 21, 60)]
    outcome = venues.run(tmp_path)
    assert all(ticks)
    assert Decimal(outcome.nav) == run(venues.settings, venues.scene).pnl.nav


def test_money_that_came_undeclared_stops_a_start_until_it_is_declared(tmp_path: Path) -> None:
    venues = local()
    venues.run(tmp_path, 10)
    account = venues.world.venues["bybit"].account
    account.deposit("bybit", "USDT", Decimal(5_000), "")
    with pytest.raises(ComponentError) as caught:
        venues.run(tmp_path, 20)
    assert caught.value.error_code == "REC-010"
    assert "104902" in caught.value.message
    options = venues.options(tmp_path, 20)
    care.declare_flow(options, venues.environment(), Decimal(5_000), "USDT", "bybit", venues.live_world())
    outcome = venues.run(tmp_path, 20)
    assert outcome.held == ""
    assert Decimal(outcome.nav) > 104_000


def held_at(directory: Path) -> str:
    """Why decisions were held at the last tick."""
    held: str = json.loads((directory / "status.json").read_text(encoding="utf-8"))["held"]
    return held


def test_money_that_comes_undeclared_holds_decisions_until_it_is_declared(tmp_path: Path) -> None:
    venues = local()
    account = venues.world.venues["bybit"].account
    seen: list[str] = []
    options = venues.options(tmp_path)

    def declare() -> None:
        seen.append(held_at(tmp_path))
        care.declare_flow(options, venues.environment(), Decimal(5_000), "USDT", "bybit", venues.live_world())

    venues.happenings[10] = lambda: account.deposit("bybit", "USDT", Decimal(5_000), "")
    venues.happenings[14] = declare
    outcome = venues.run(tmp_path, 20)
    assert seen and "REC-010 at bybit" in seen[0]
    assert outcome.held == "" and Decimal(outcome.nav) > 104_000


def test_a_kill_is_durable_until_a_person_resumes(tmp_path: Path) -> None:
    venues = local()
    venues.run(tmp_path, 10)
    ask_kill(venues, tmp_path)
    assert venues.run(tmp_path, 20).ending is LiveEnding.KILLED
    with pytest.raises(ComponentError) as caught:
        venues.run(tmp_path, 20)
    assert caught.value.error_code == "EIM-013"
    options, environment = venues.options(tmp_path), venues.environment()
    lines = care.recover(options, environment, resume=True, world=venues.live_world())
    assert any("halted" in line for line in lines)
    assert venues.run(tmp_path, 20).ending is LiveEnding.DONE


def test_kill_without_a_running_process_halts_the_run_at_once(tmp_path: Path) -> None:
    venues = local()
    venues.run(tmp_path, 10)
    lines = care.kill(venues.options(tmp_path), venues.environment(), "test", venues.live_world())
    assert lines == ["No process was running; the run is halted.", "bybit: 0 open orders canceled."]


def test_check_says_what_every_venue_says_and_places_nothing(tmp_path: Path) -> None:
    venues = local()
    (found,) = care.check_accounts(venues.options(tmp_path), venues.environment(), venues.live_world())
    assert found.reachable and found.credentials_valid
    assert found.locations[0].balances["USDT"] == 100_000
    assert venues.world.venues["bybit"].account.orders() == []


def test_wrong_credentials_are_refused_before_any_order(tmp_path: Path) -> None:
    venues = local()
    wrong = {name: value + "x" for name, value in venues.environment().items()}
    with pytest.raises(ComponentError) as caught:
        care.check_accounts(venues.options(tmp_path), {}, venues.live_world())
    assert caught.value.error_code == "EIF-003"
    (found,) = care.check_accounts(venues.options(tmp_path), wrong, venues.live_world())
    assert [finding.error_code for finding in found.findings] == ["EXI-004"]


def test_no_secret_is_in_anything_a_run_leaves_behind(tmp_path: Path) -> None:
    venues = local()
    venues.run(tmp_path, 20)
    secrets = [value.encode() for value in environment_variables(VENUES).values()]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 5
    assert [path for path in files for secret in secrets if secret in path.read_bytes()] == []


def faults(venues: LocalVenues, *rules: dict[str, object]) -> None:
    """Script mishaps of the local venues."""
    venues.world.faults.add(parse_fault_rules(list(rules)))


def test_an_answer_that_is_lost_after_the_order_was_taken_changes_nothing(tmp_path: Path) -> None:
    venues = local(30)
    faults(venues, {"venue": "bybit", "endpoint": "POST /v5/order/create", "nth": 1, "kind": "lose_answer_after"})
    outcome = venues.run(tmp_path)
    assert outcome.held == ""
    assert Decimal(outcome.nav) == run(venues.settings, venues.scene).pnl.nav


def test_nothing_is_decided_while_an_outcome_is_unknown(tmp_path: Path) -> None:
    venues = local(30)
    every_lookup = {"venue": "bybit", "endpoint": "GET /v5/order/*", "nth": 3, "last": 0, "kind": "close_before"}
    lost = {"venue": "bybit", "endpoint": "POST /v5/order/create", "nth": 1, "kind": "lose_answer_after"}
    faults(venues, lost, every_lookup)
    seen: list[str] = []
    venues.happenings[3] = lambda: seen.append(held_at(tmp_path))
    venues.run(tmp_path, 4)
    assert seen and "unknown" in seen[0]
    assert len(venues.world.venues["bybit"].account.orders()) == 1
    venues.world.faults.clear()
    outcome = venues.run(tmp_path, 12)
    assert outcome.held == ""
    orders = venues.world.venues["bybit"].account.orders()
    assert len({order.client_id for order in orders}) == len(orders) >= 2


def test_a_first_start_sets_the_leverage_that_margin_is_counted_with(tmp_path: Path) -> None:
    venues = local(12)
    account = venues.world.venues["bybit"].account
    account.set_leverage("BTCUSDT", 3)
    venues.run(tmp_path, 2)
    assert account.leverage_of("BTCUSDT") == 10
