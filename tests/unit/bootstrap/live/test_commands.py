"""How a running process is told what to do."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from basis_strategy_v1.backends.live.journal_sql import SqlJournal, open_journal
from basis_strategy_v1.bootstrap.live.commands import ProcessCommands, clear_kill, request_kill
from basis_strategy_v1.core.domain.settings import Flow
from basis_strategy_v1.core.engine.live_parts import DeclaredFlow, KillRequest, StopRequest
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

FLOW = DeclaredFlow("flow-1", Flow(timestamp=1, amount=Decimal(5), asset="USDT", location="binance"))


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[SqlJournal]:
    opened = open_journal(str(tmp_path / "journal.sqlite"), mode="btc_basis", environment="dev")
    yield opened
    opened.close()


@pytest.fixture
def commands(journal: SqlJournal) -> ProcessCommands:
    made = ProcessCommands()
    made.journal = journal
    return made


def test_a_declared_flow_is_handed_over_once(journal: SqlJournal, commands: ProcessCommands) -> None:
    journal.declare_flow(FLOW.flow_id, FLOW.flow)
    assert commands.take() == [FLOW]
    assert commands.take() == []


def test_the_kill_switch_comes_before_everything_else(journal: SqlJournal, commands: ProcessCommands) -> None:
    journal.declare_flow(FLOW.flow_id, FLOW.flow)
    commands.request_stop()
    request_kill(journal, 1, "enough")
    assert commands.is_interrupted()
    assert commands.pending() == commands.pending() == KillRequest("enough")
    assert commands.take() == [KillRequest("enough")]
    clear_kill(journal)
    assert commands.take() == [StopRequest()]


def test_the_kill_switch_reaches_a_process_through_its_journal_from_anywhere(
    tmp_path: Path, commands: ProcessCommands
) -> None:
    assert not commands.is_interrupted()
    elsewhere = open_journal(str(tmp_path / "journal.sqlite"), mode="btc_basis", environment="dev", exclusive=False)
    request_kill(elsewhere, 1, "")
    elsewhere.close()
    assert commands.is_interrupted()
    assert commands.take() == [KillRequest("by a person")]


def test_a_journal_that_cannot_be_read_ends_a_wait_and_is_told_at_the_tick(commands: ProcessCommands) -> None:
    class Broken:
        def requests_open(self) -> list[object]:
            raise ComponentError("RES-001", "gone")

    commands.journal = Broken()  # type: ignore[assignment]
    assert commands.is_interrupted()
    with pytest.raises(ComponentError):
        commands.take()


def test_a_restart_is_an_orderly_end() -> None:
    commands = ProcessCommands()
    assert not commands.is_interrupted()
    commands.request_restart()
    assert commands.take() == [StopRequest()] and commands.restart_requested
