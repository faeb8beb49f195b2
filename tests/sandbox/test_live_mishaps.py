"""What goes wrong during a live run, and how the next start finds its way back by itself."""

from __future__ import annotations

from pathlib import Path

from basis_strategy_v1.core.engine.live_parts import LiveEnding
from basis_strategy_v1.sandbox.faults import FaultRule
from local_live import LocalVenues, moving_scene

NEVER = 80_000.0
"""Seconds between two comparisons, where a mishap is not to be noticed by one."""
SILENT_BALANCE = FaultRule(kind="close_before", endpoint="GET /v5/account/wallet-balance", last=0)


def local(names: list[str], rows: int = 96, *overrides: str) -> LocalVenues:
    return LocalVenues(names, moving_scene(names, rows), *overrides)


def test_a_failure_ends_the_process_and_the_next_start_goes_on(tmp_path: Path) -> None:
    venues = local(["bybit"])
    venues.happenings[10] = lambda: venues.world.faults.add([SILENT_BALANCE])
    failed = venues.run(tmp_path, reconcile_seconds=NEVER)
    assert failed.ending is LiveEnding.FAILED
    assert failed.error is not None and failed.error.error_code == "REC-006"
    assert "REC-006" in (tmp_path / "status.json").read_text(encoding="utf-8")
    venues.world.faults.clear()
    outcome = venues.run(tmp_path)
    assert outcome.ending is LiveEnding.DONE and outcome.held == ""
