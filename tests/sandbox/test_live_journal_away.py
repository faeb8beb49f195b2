"""A journal's database that goes away in the middle of a run, and is still away when a supervisor starts it again."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path

import pytest

from basis_strategy_v1.cli.live import RESTART, _show
from basis_strategy_v1.core.engine.live_parts import LiveEnding
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from local_live import LocalVenues, moving_scene
from postgres import postgres_server


def test_a_run_whose_journal_is_away_is_to_be_started_again_until_it_is_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    venues = LocalVenues(["bybit"], moving_scene(["bybit"], 24))
    with ExitStack() as server:
        url = server.enter_context(postgres_server())
        if url is None:
            pytest.skip("no PostgreSQL on this machine")
        venues.happenings[4] = server.close
        failed = venues.run(tmp_path, 20, journal=url)
    assert failed.ending is LiveEnding.FAILED and failed.ticks < 10
    again = venues.run(tmp_path, 20, journal=url)
    assert (again.ending, again.ticks, again.nav) == (LiveEnding.FAILED, 0, "unknown")
    assert again.error is not None and again.error.error_code == "RES-001"
    assert _show(again, tmp_path) == RESTART
    status = json.loads((tmp_path / "status.json").read_text(encoding="utf-8"))
    assert (status["state"], status["code"]) == ("failed", "RES-001")
    assert "Traceback" not in capsys.readouterr().err
    assert not [record for record in caplog.records if record.name.startswith("sqlalchemy")]


def test_a_first_start_without_its_journal_is_refused_and_leaves_no_folder(tmp_path: Path) -> None:
    venues = LocalVenues(["bybit"], moving_scene(["bybit"], 6))
    with pytest.raises(ComponentError) as refused:
        venues.run(tmp_path / "run", 4, journal=f"postgresql://nobody@/nothing?host={tmp_path}")
    assert refused.value.error_code == "RES-001"
    assert not (tmp_path / "run").exists()


def test_an_address_of_a_journal_that_cannot_be_read_is_bad_input_at_any_start(tmp_path: Path) -> None:
    venues = LocalVenues(["bybit"], moving_scene(["bybit"], 6))
    venues.run(tmp_path, 2)
    for address in ("postgresql://a:b@c@d:port/x", "nosuch://a@b/c"):
        with pytest.raises(ComponentError) as refused:
            venues.run(tmp_path, 4, journal=address)
        assert refused.value.error_code == "RES-001"
