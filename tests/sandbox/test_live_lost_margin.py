"""Margin for another venue whose sending got lost on the wire: it is sent again once it is known never to have left."""

from __future__ import annotations

from pathlib import Path

from basis_strategy_v1.core.engine.live_parts import LiveEnding
from basis_strategy_v1.sandbox.faults import FaultRule
from local_live import LocalVenues, moving_scene

WITHDRAW = "POST /sapi/v1/capital/withdraw/apply"
LOOKUP = "GET /sapi/v1/capital/withdraw/history"
ROWS = 24


def test_margin_that_never_left_is_sent_when_that_is_known(tmp_path: Path) -> None:
    venues = LocalVenues(["binance", "bybit"], moving_scene(["binance", "bybit"], ROWS))
    lost = FaultRule(kind="close_before", endpoint=WITHDRAW, last=1)
    venues.world.faults.add([lost, FaultRule(kind="close_before", endpoint=LOOKUP, last=30)])
    outcome = venues.run(tmp_path)
    assert outcome.ending is LiveEnding.DONE and not outcome.held
    assert venues.world.venues["bybit"].account.positions()
