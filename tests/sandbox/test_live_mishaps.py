"""What goes wrong during a live run, and how the next start finds its way back by itself."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from basis_strategy_v1.core.engine.live_parts import LiveEnding
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
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


def test_a_withdrawal_arrives_though_the_run_starts_again_before_the_receiver_tells_of_it(tmp_path: Path) -> None:
    venues = local(["binance", "bybit"])
    silent = FaultRule(kind="close_before", endpoint="GET /v5/asset/deposit/*", last=0)
    venues.happenings[1] = lambda: venues.world.faults.add([silent])
    venues.run(tmp_path, 1)
    assert venues.world.venues["binance"].account.withdrawals()[0].status == "completed"
    venues.world.faults.clear()
    outcome = venues.run(tmp_path, 4)
    assert outcome.ending is LiveEnding.DONE and outcome.held == ""


def test_a_later_start_that_a_venue_does_not_answer_asks_for_another(tmp_path: Path) -> None:
    venues = local(["bybit"])
    silent = FaultRule(kind="maintenance", last=0)
    venues.world.faults.add([silent])
    with pytest.raises(ComponentError):
        venues.run(tmp_path, 5)
    venues.world.faults.clear()
    venues.run(tmp_path, 5)
    venues.world.faults.add([silent])
    outcome = venues.run(tmp_path, 9)
    assert (outcome.ending, outcome.ticks) == (LiveEnding.FAILED, 0)
    assert outcome.error is not None and outcome.error.error_code == "EXI-003"


def test_a_liquidation_between_two_processes_closes_the_rest_and_halts(tmp_path: Path) -> None:
    venues = local(["binance"])
    venues.run(tmp_path, 5)
    account = venues.world.venues["binance"].account
    assert account.liquidate() is not None
    outcome = venues.run(tmp_path, 20)
    assert outcome.ending is LiveEnding.HALTED
    assert account.balances("binance")["BTC"].total < Decimal("0.0001")
    assert account.positions() == []
