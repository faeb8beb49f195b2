"""Looking after a run with nothing but its journal: no credentials at hand, no venue that answers."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from basis_strategy_v1.bootstrap.live import care
from basis_strategy_v1.cli.live import RESTART
from basis_strategy_v1.cli.main import main
from basis_strategy_v1.core.engine.live_parts import LiveEnding
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.sandbox.server import serve
from live_orders import ask_kill
from local_live import LocalVenues, moving_scene


@pytest.fixture
def venues(tmp_path: Path) -> LocalVenues:
    """Local venues at which a run has begun."""
    made = LocalVenues(["bybit"], moving_scene(["bybit"], 48))
    made.run(tmp_path, 5)
    return made


@pytest.fixture
def options(venues: LocalVenues, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Of a command, where the local venues were stopped."""
    for name, value in venues.environment().items():
        monkeypatch.setenv(name, value)
    with serve(venues.application, 0) as running:
        url = running.url
    return ["btc_basis", "--sandbox", url, "--dir", str(tmp_path), "--set", venues.overrides[0]]


def test_a_kill_without_credentials_reaches_the_running_process(venues: LocalVenues, tmp_path: Path) -> None:
    lines: list[str] = []
    venues.happenings[7] = lambda: lines.extend(care.kill(venues.options(tmp_path), {}, "test", venues.live_world()))
    assert venues.run(tmp_path, 12).ending is LiveEnding.KILLED
    assert lines == ["The running process has been told: it cancels its orders and stops."]


def test_a_kill_without_credentials_halts_a_run_that_has_no_process(venues: LocalVenues, tmp_path: Path) -> None:
    with pytest.raises(ComponentError) as caught:
        care.kill(venues.options(tmp_path), {}, "test", venues.live_world())
    assert caught.value.error_code == "EXI-003"
    assert "the run is halted, but orders may still be open" in caught.value.line
    with pytest.raises(ComponentError) as caught:
        venues.run(tmp_path, 8)
    assert caught.value.error_code == "EIM-013"


def test_what_only_the_journal_is_needed_for_needs_no_credentials(venues: LocalVenues, tmp_path: Path) -> None:
    named = venues.options(tmp_path)
    flow_id = care.declare_flow(named, {}, Decimal(5), "USDT", "bybit", venues.live_world())
    assert any(flow_id in line for line in care.recover(named, {}, world=venues.live_world()))
    with pytest.raises(ComponentError) as caught:
        care.check_accounts(named, {}, venues.live_world())
    assert caught.value.error_code == "EIF-003"


def test_a_kill_is_durable_though_no_venue_answers(
    venues: LocalVenues, options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["kill", *options]) == 1
    told = capsys.readouterr().err
    assert told.startswith("EXI-003: the run is halted, but orders may still be open") and told.count("\n") == 1
    with pytest.raises(ComponentError) as caught:
        venues.run(tmp_path, 8)
    assert caught.value.error_code == "EIM-013"


def test_flows_are_declared_and_runs_looked_at_though_no_venue_answers(
    venues: LocalVenues, options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    venues.world.venues["bybit"].account.deposit("bybit", "USDT", Decimal(5_000), "")
    assert main(["flow", *options, "--amount", "5000", "--venue", "bybit"]) == 0
    assert main(["recover", *options]) == 0
    assert "5000 USDT at bybit" in capsys.readouterr().out
    outcome = venues.run(tmp_path, 8)
    assert (outcome.ending, outcome.held) == (LiveEnding.DONE, "") and Decimal(outcome.nav) > 104_000


def test_a_later_start_at_venues_that_are_not_there_is_to_be_tried_again(
    options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["live", *options]) == RESTART
    assert capsys.readouterr().err.startswith("EXI-003")
    status = json.loads((tmp_path / "status.json").read_text(encoding="utf-8"))
    assert (status["state"], status["code"]) == ("failed", "EXI-003")


def test_resuming_a_run_that_is_not_halted_says_so(venues: LocalVenues, tmp_path: Path) -> None:
    named, environment = venues.options(tmp_path), venues.environment()
    lines = care.recover(named, environment, resume=True, world=venues.live_world())
    assert lines[-1] == "The run is active, not halted: there is nothing to lift."
    ask_kill(venues, tmp_path)
    lines = care.recover(named, environment, resume=True, world=venues.live_world())
    assert lines[-1].endswith("A kill that no process has carried out is taken back.")
    assert venues.run(tmp_path, 8).ending is LiveEnding.DONE


def test_a_check_leaves_no_folder(tmp_path: Path) -> None:
    made = LocalVenues(["bybit"], moving_scene(["bybit"], 48))
    (found,) = care.check_accounts(made.options(tmp_path / "a"), made.environment(), made.live_world())
    assert found.credentials_valid
    assert not list(tmp_path.iterdir())
