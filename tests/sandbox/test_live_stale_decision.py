"""An order that never arrived is not sent again on the prices of long ago."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from basis_strategy_v1.core.engine.live_parts import LiveEnding
from basis_strategy_v1.sandbox.faults import FaultRule
from local_live import LocalVenues, moving_scene


def instructions(directory: Path) -> list[Any]:
    return [json.loads(line) for line in (directory / "instructions.jsonl").read_text(encoding="utf-8").splitlines()]


def test_the_strategy_decides_anew_after_an_order_that_proved_absent(tmp_path: Path) -> None:
    venues = LocalVenues(["bybit"], moving_scene(["bybit"], 24))
    venues.world.faults.add([FaultRule(kind="lose_answer_before", endpoint="POST /v5/order/create", nth=1)])
    outcome = venues.run(tmp_path, 2)
    assert outcome.ending is LiveEnding.DONE and outcome.held == ""
    first, second, *_ = [item for item in instructions(tmp_path) if item["trade_type"] == "spot"]
    assert (first["status"], first["error_code"]) == ("rejected", "EXI-013")
    assert second["status"] == "filled" and second["ts"] > first["ts"]
    account = venues.world.venues["bybit"].account
    assert len(account.positions()) == 1
    assert len(account.orders(trade_type="spot")) == 1


def test_a_hedge_that_proved_absent_is_sent_again_though_late(tmp_path: Path) -> None:
    venues = LocalVenues(["bybit"], moving_scene(["bybit"], 24))
    venues.world.faults.add([FaultRule(kind="lose_answer_before", endpoint="POST /v5/order/create", nth=2)])
    outcome = venues.run(tmp_path, 1)
    assert outcome.ending is LiveEnding.DONE and outcome.held == ""
    spot, perp = [item for item in instructions(tmp_path) if item["trade_type"] in ("spot", "perp")]
    assert (spot["status"], perp["status"]) == ("filled", "filled")
    assert spot["ts"] == perp["ts"]
