"""What nobody foresaw ends the process in order, with a word for people and a status on which it is started again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from basis_strategy_v1.core.engine.live_parts import LiveEnding
from basis_strategy_v1.core.monitors.risk_monitor import RiskMonitor
from local_live import LocalVenues, moving_scene


def local() -> LocalVenues:
    return LocalVenues(["bybit"], moving_scene(["bybit"], 24))


def test_a_full_disk_ends_the_process_and_the_next_start_goes_on(tmp_path: Path) -> None:
    venues = local()
    venues.run(tmp_path, 3)
    equity = tmp_path / "equity.csv"
    equity.rename(tmp_path / "kept.csv")
    equity.symlink_to("/dev/full")
    outcome = venues.run(tmp_path, 10)
    assert outcome.ending is LiveEnding.FAILED
    assert outcome.error is not None and outcome.error.error_code == "RES-001"
    equity.unlink()
    assert venues.run(tmp_path, 10).ending is LiveEnding.DONE


def test_an_error_of_the_program_ends_the_process_and_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    venues = local()
    with monkeypatch.context() as patch:

        def fail(*_: object) -> None:
            patch.undo()
            raise KeyError("nobody")

        venues.happenings[5] = lambda: patch.setattr(RiskMonitor, "update_state", fail)
        outcome = venues.run(tmp_path, 10)
    assert outcome.ending is LiveEnding.FAILED
    assert outcome.error is not None and "KeyError: 'nobody'" in outcome.error.line
    status = json.loads((tmp_path / "status.json").read_text(encoding="utf-8"))
    assert "KeyError" in status["error"] and status["health"]["EventDrivenStrategyEngine"] == "unhealthy"
    assert venues.run(tmp_path, 10).ending is LiveEnding.DONE
