"""How a running process is told what to do."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from basis_strategy_v1.bootstrap.live.commands import ProcessCommands, clear_kill, request_kill
from basis_strategy_v1.core.domain.settings import Flow
from basis_strategy_v1.core.engine.live_parts import DeclaredFlow, KillRequest, StopRequest

FLOW = DeclaredFlow("flow-1", Flow(timestamp=1, amount=Decimal(5), asset="USDT", location="binance"))


def test_a_declared_flow_is_handed_over_once(tmp_path: Path) -> None:
    commands = ProcessCommands(tmp_path, lambda: [FLOW])
    assert commands.take() == [FLOW]
    assert commands.take() == []


def test_the_kill_switch_comes_before_everything_else(tmp_path: Path) -> None:
    commands = ProcessCommands(tmp_path, lambda: [FLOW])
    commands.request_stop()
    request_kill(tmp_path, "enough")
    assert commands.is_interrupted()
    assert commands.take() == [KillRequest("enough")]
    clear_kill(tmp_path)
    assert commands.take() == [StopRequest()]


def test_a_restart_is_an_orderly_end(tmp_path: Path) -> None:
    commands = ProcessCommands(tmp_path, list)
    assert not commands.is_interrupted()
    commands.request_restart()
    assert commands.take() == [StopRequest()] and commands.restart_requested
