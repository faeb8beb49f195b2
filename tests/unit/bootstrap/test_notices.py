"""What a finished run says besides its figures: rejections, idleness, redemptions that nobody paid."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from basis_strategy_v1.bootstrap import ExecuteOptions, FinishedRun, RunOptions, run_backtest, run_execute
from basis_strategy_v1.bootstrap.notices import idle_notice
from basis_strategy_v1.core.domain.timestamps import to_nanoseconds
from basis_strategy_v1.core.engine.run_result import InstructionRecord
from basis_strategy_v1.data.sample import sample_directory
from basis_strategy_v1.results.summary import FIELDS

TRANSFER = {
    "instruction_type": "wallet_transfer",
    "from_venue": "binance",
    "to_venue": "binance.derivatives",
    "token": "USDT",
    "amount": 100,
}
BUY = {
    "instruction_type": "cex_trade",
    "venue": "binance",
    "trade_type": "spot",
    "symbol": "BTCUSDT",
    "side": "buy",
    "amount": "0.01",
}
RESTING = {**BUY, "order_type": "limit", "price": "10000"}
TOO_FINE = {**BUY, "amount": "0.0000001"}


def backtest(out: Path, mode: str, *overrides: str) -> FinishedRun:
    options = RunOptions(
        mode=mode,
        data_dir=sample_directory(),
        end=to_nanoseconds("2024-01-10"),
        overrides=overrides,
        out=out,
        report=False,
    )
    return run_backtest(options, {})


def execute(folder: Path, *blocks: Any) -> FinishedRun:
    file = folder / "blocks.json"
    file.write_text(json.dumps(blocks), encoding="utf-8")
    outcome = run_execute(ExecuteOptions(file=file, data_dir=sample_directory(), out=folder / "out", report=False), {})
    assert isinstance(outcome, FinishedRun)
    return outcome


@pytest.mark.parametrize("mode", ["btc_basis", "pure_lending"])
def test_a_strategy_that_trades_is_not_warned_about(mode: str, tmp_path: Path) -> None:
    finished = backtest(tmp_path, mode)
    assert finished.warnings == ()
    assert tuple(finished.summary) == FIELDS


def test_a_strategy_that_never_opens_anything_is_warned_about(tmp_path: Path) -> None:
    finished = backtest(tmp_path, "btc_basis", "initial_capital=1")
    *venues, last = finished.warnings
    assert [line.partition(" carried no hedge ")[0] for line in venues] == ["binance", "bybit", "okx"]
    assert last.startswith("No position was ever opened: ")


def test_rejections_are_counted_by_code(tmp_path: Path) -> None:
    finished = execute(tmp_path, TOO_FINE, {**BUY, "amount": "1000"}, TOO_FINE, BUY)
    assert finished.rejections == {"EXI-001": 2, "EXI-006": 1}
    assert finished.warnings == ()


def test_a_strategy_whose_orders_are_all_rejected_says_so() -> None:
    buy = InstructionRecord(
        ts=0,
        instruction_id="1",
        venue="binance",
        symbol="BTCUSDT",
        trade_type="spot",
        side="buy",
        amount=Decimal(1),
        filled=Decimal(0),
        price=None,
        fee=Decimal(0),
        fee_asset="",
        status="rejected",
        error_code="EXI-006",
    )
    (said,) = idle_notice([buy, buy], is_script=False)
    assert "2 of 2 instructions were rejected, 2 with EXI-006" in said
    assert idle_notice([buy, msgspec.structs.replace(buy, status="filled", filled=Decimal(1))], is_script=False) == []


def test_a_script_whose_orders_are_rejected_is_told_of_the_first_only(tmp_path: Path) -> None:
    finished = execute(tmp_path, TRANSFER, TOO_FINE)
    assert finished.exit_code == 1
    assert finished.warnings == ()


def test_an_order_that_is_never_filled_is_warned_about_and_a_transfer_alone_is_not(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    said = "No position was ever opened: no order was filled before the run ended."
    assert execute(tmp_path / "a", RESTING).warnings == (said,)
    assert execute(tmp_path / "b", TRANSFER).warnings == ()


def test_a_redemption_that_is_never_paid_is_said(tmp_path: Path) -> None:
    flow = "flows=[{ts: 2024-01-05T00:00Z, amount: -9000000, asset: USDT, venue: binance}]"
    finished = backtest(tmp_path, "btc_basis", flow)
    (warning,) = [line for line in finished.warnings if "Redemption" in line]
    assert warning.startswith("Redemption of 9000000 USDT at 2024-01-05T00:00:00Z was not paid: binance ")
    assert warning in finished.summary["assumptions"]


def test_a_redemption_that_was_paid_needs_no_word(tmp_path: Path) -> None:
    flow = "flows=[{ts: 2024-01-05T00:00Z, amount: -5000, asset: USDT, venue: binance}]"
    assert backtest(tmp_path, "btc_basis", flow).warnings == ()


@pytest.mark.parametrize(("venue", "is_told"), [("bybit", True), ("binance", False)])
def test_a_result_says_where_a_balance_below_zero_would_cost_no_interest(
    venue: str, is_told: bool, tmp_path: Path
) -> None:
    finished = backtest(tmp_path, "btc_basis", f"strategy.hedge_allocation={{{venue}: 1.0}}")
    told = [line for line in finished.summary["assumptions"] if "charged no interest" in line]
    assert bool(told) == is_told
    assert all(venue in line for line in told)
