"""What is to be closed is closed, whatever happens to the process meanwhile."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from basis_strategy_v1.backends.live.journal_sql import SqlJournal
from basis_strategy_v1.core.engine.live_parts import LiveEnding
from engine_runs import PerpSeries, Scene
from local_live import LocalVenues

SPIKE = 10
ROWS = 48


class Death(BaseException):
    """The process is gone."""


def spike() -> Scene:
    """A price that all but takes the margin of a short away, and falls back an hour later."""
    spot = np.full(ROWS, 50_000.0)
    spot[SPIKE] = 97_500.0
    return Scene(spot=spot, perps={"binance": PerpSeries(price=spot, mark=spot, rates={})})


def test_an_exit_that_a_hard_limit_has_begun_goes_on_after_a_death(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    venues = LocalVenues(["binance"], spike(), "component_config.risk.margin_ratio_hard=0.1")
    record = SqlJournal.record_intent
    sent: list[str] = []

    def die_at_the_second(journal: SqlJournal, timestamp: int, instruction: Any) -> None:
        sent.append(instruction.instruction_id)
        if len(sent) == 2:
            raise Death
        record(journal, timestamp, instruction)

    with monkeypatch.context() as patch:
        venues.happenings[SPIKE] = lambda: patch.setattr(SqlJournal, "record_intent", die_at_the_second)
        with pytest.raises(Death):
            venues.run(tmp_path)
    venues.world.clock.advance(3600.0)
    outcome = venues.run(tmp_path)
    assert outcome.ending is LiveEnding.HALTED
    account = venues.world.venues["binance"].account
    assert account.positions() == []
    assert "BTC" not in account.balances("binance")


def test_money_that_nobody_declared_does_not_keep_a_run_from_its_exit_at_the_hard_limit(tmp_path: Path) -> None:
    spot = np.full(30, 50_000.0)
    spot[12:] = 97_500.0
    scene = Scene(spot=spot, perps={"binance": PerpSeries(price=spot, mark=spot, rates={})})
    venues = LocalVenues(["binance"], scene, "component_config.risk.margin_ratio_hard=0.1")
    account = venues.world.venues["binance"].account
    venues.happenings[8] = lambda: account.deposit("binance", "USDT", Decimal(1), "")
    outcome = venues.run(tmp_path, 24)
    assert outcome.ending is LiveEnding.HALTED, outcome
    assert account.positions() == []
    assert "BTC" not in account.balances("binance")
    told = (tmp_path / "logs" / "events" / "event_driven_strategy_engine_events.jsonl").read_text(encoding="utf-8")
    assert "booked as a flow, for an exit is due" in told
