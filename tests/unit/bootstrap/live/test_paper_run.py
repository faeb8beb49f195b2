"""Paper trading is a backtest that learns its rows one by one."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from basis_strategy_v1.core.domain.settings import Flow
from basis_strategy_v1.core.engine.live_parts import DeclaredFlow, KillRequest, LiveEnding, StopRequest
from basis_strategy_v1.core.execution.pre_trade import PreTradeLimits
from basis_strategy_v1.core.strategies.strategy import TradingState
from engine_runs import HOUR, START, PerpSeries, Scene, run, settings_of
from live_replay import PaperRun

TWO_VENUES = (
    "strategy.hedge_allocation={binance: 0.5, bybit: 0.5}",
    "initial_location={binance: 0.75, bybit: 0.25}",
    "execution_settings.slippage_model=none",
)


def moving_scene(rows: int = 240) -> Scene:
    """Prices that rise and fall enough to rebalance, and funding every eight hours."""
    generator = np.random.default_rng(7)
    spot = 50_000 * np.exp(np.cumsum(generator.normal(0, 0.008, rows)))
    rates = {row: "0.0001" if row % 16 else "-0.00005" for row in range(8, rows, 8)}
    perps = {
        venue: PerpSeries(price=spot * premium, mark=spot * premium, rates=dict(rates))
        for venue, premium in (("binance", 1.0005), ("bybit", 0.9997))
    }
    return Scene(spot=spot, perps=perps)


def test_a_paper_run_ends_with_the_books_of_the_backtest_of_the_same_rows(tmp_path: Path) -> None:
    settings = settings_of("btc_basis", *TWO_VENUES)
    scene = moving_scene()
    paper = PaperRun(settings, scene, tmp_path)
    backtest = run(settings, scene)
    assert paper.end.ending is LiveEnding.DONE
    pnl = paper.assembly.loop.pnl
    assert paper.assembly.loop.positions.get_positions() == backtest.positions
    assert pnl.nav == backtest.pnl.nav
    assert pnl.buckets == backtest.pnl.buckets
    assert backtest.pnl.buckets["funding"] != 0 and len(backtest.trades) > 10


def test_a_paper_run_leaves_equity_status_and_instructions(tmp_path: Path) -> None:
    paper = PaperRun(settings_of("btc_basis", *TWO_VENUES), moving_scene(48), tmp_path)
    with (tmp_path / "equity.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    status = json.loads((tmp_path / "status.json").read_text(encoding="utf-8"))
    assert len(rows) == paper.end.ticks == 48
    assert Decimal(rows[-1]["nav"]) == paper.assembly.loop.pnl.nav
    assert status["state"] == "active" and status["nav"] == rows[-1]["nav"]
    lines = (tmp_path / "instructions.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["status"] for line in lines[:2]] and len(lines) >= 3


def test_the_kill_switch_halts_before_anything_else_is_decided(tmp_path: Path) -> None:
    kill = {5: [KillRequest("enough")]}
    paper = PaperRun(settings_of("btc_basis", *TWO_VENUES), moving_scene(48), tmp_path, commands=kill)
    assert paper.end.ending is LiveEnding.KILLED
    assert paper.end.ticks == 5
    assert paper.states[-1] == (TradingState.HALTED, "killed: enough")


def test_a_stop_ends_the_process_without_touching_the_trading_state(tmp_path: Path) -> None:
    paper = PaperRun(settings_of("btc_basis", *TWO_VENUES), moving_scene(48), tmp_path, commands={7: [StopRequest()]})
    assert paper.end.ending is LiveEnding.STOPPED
    assert paper.states == [(TradingState.ACTIVE, "")]


def test_a_declared_flow_is_booked_as_a_flow_and_not_as_profit(tmp_path: Path) -> None:
    settings = settings_of("btc_basis", *TWO_VENUES)
    deposit = DeclaredFlow("deposit-1", Flow(timestamp=START, amount=Decimal(500), asset="USDT", location="binance"))
    paper = PaperRun(settings, moving_scene(8), tmp_path, commands={3: [deposit]})
    assert paper.assembly.loop.pnl.flows == 500


def test_books_that_differ_from_a_venue_hold_decisions_and_are_told_with_their_code(tmp_path: Path) -> None:
    settings = settings_of("btc_basis", *TWO_VENUES)
    phantom = DeclaredFlow("deposit-1", Flow(timestamp=START, amount=Decimal(500), asset="USDT", location="binance"))
    paper = PaperRun(settings, moving_scene(8), tmp_path, commands={3: [phantom]})
    status = json.loads((tmp_path / "status.json").read_text(encoding="utf-8"))
    assert "REC-010 at binance" in status["held"]
    assert paper.end.ending is LiveEnding.DONE


def test_a_venue_that_does_not_quote_cannot_trade_and_the_run_goes_on(tmp_path: Path) -> None:
    settings = settings_of("btc_basis", *TWO_VENUES)
    silent = {row: {"bybit"} for row in range(20, 40)}
    paper = PaperRun(settings, moving_scene(48), tmp_path, silent=silent)
    assert paper.end.ending is LiveEnding.DONE
    instructions = (tmp_path / "instructions.jsonl").read_text(encoding="utf-8").splitlines()
    while_silent = [
        record
        for record in map(json.loads, instructions)
        if record["venue"] == "bybit" and record["trade_type"] == "perp" and 20 <= (record["ts"] - START) // HOUR < 40
    ]
    assert while_silent == []


@pytest.mark.parametrize(
    ("environment", "limit", "seconds", "trades"),
    [
        ("prod", "8h", 59, True),
        ("prod", "8h", 61, False),
        ("staging", "8h", 61, False),
        ("prod", "30s", 31, False),
        ("dev", "8h", 61, True),
        ("dev", "30s", 31, False),
    ],
)
def test_nothing_trades_on_quotes_that_a_market_has_left_standing(
    environment: str, limit: str, seconds: int, trades: bool, tmp_path: Path
) -> None:
    settings = settings_of("btc_basis", *TWO_VENUES, f"data.max_staleness.prices={limit}")
    settings = msgspec.structs.replace(settings, environment=environment)
    paper = PaperRun(settings, moving_scene(8), tmp_path, age=seconds * 1_000_000_000)
    assert paper.end.ending is LiveEnding.DONE
    records = map(json.loads, (tmp_path / "instructions.jsonl").read_text(encoding="utf-8").splitlines())
    assert any(record["trade_type"] for record in records) is trades


def test_trades_are_held_against_what_the_configuration_allows_and_what_is_in_doubt(tmp_path: Path) -> None:
    settings = settings_of(
        "btc_basis",
        *TWO_VENUES,
        "execution_settings.max_order_notional=7000",
        "execution_settings.price_band=0.03",
        "execution_settings.max_slippage=0.004",
        "execution_settings.order_timeout=20",
        "component_config.risk.max_notional=40000",
        "data.max_staleness.prices=90s",
    )
    assembly = PaperRun(settings, moving_scene(4), tmp_path).assembly
    manager: Any = assembly.parts.execution_manager
    checks = manager._manager._pre_trade
    assert checks._uncertain is assembly.loop.risk.uncertain is assembly.parts.uncertain is assembly.uncertain
    assert checks._limits == PreTradeLimits(
        max_order_notional=Decimal(7000),
        max_notional=Decimal(40_000),
        price_band=Decimal("0.03"),
        max_slippage=Decimal("0.004"),
        patience=20_000_000_000,
    )
    market: Any = assembly.market
    assert market._stale_after == 90_000_000_000
