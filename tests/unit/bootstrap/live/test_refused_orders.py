"""What is said of orders that are refused again and again."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from basis_strategy_v1.bootstrap.live.keeper import InstructionFile
from basis_strategy_v1.core.domain.deltas import ExecutionDeltas, Fill
from basis_strategy_v1.core.domain.instructions import CexTrade, WalletTransfer
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

TRADE = CexTrade(
    venue="binance", trade_type="spot", symbol="BTCUSDT", side="buy", amount=Decimal(1), purpose="rebalance"
)
HEDGE = CexTrade(
    venue="bybit", trade_type="perp", symbol="BTCUSDT", side="sell", amount=Decimal(1), purpose="rebalance"
)
MOVE = WalletTransfer(from_venue="binance", to_venue="bybit", token="USDT", amount=Decimal(1))
TOO_LARGE = ComponentError("EXI-008", "it is more than the book holds", "ExecutionInterfaceManager")
FILL = Fill("1", "binance", "BTCUSDT", "spot", Decimal(1), Decimal(50_000), Decimal(0), "USDT")


def told(tmp_path: Path, story: str) -> Sequence[str]:
    """The lines after a story of refused (r), filled (f) and unfilled (u) orders, filled hedges (h) and refused
    transfers (t)."""
    log = InstructionFile(tmp_path / "instructions.jsonl")
    for step in story:
        deltas = ExecutionDeltas(instruction_id="a", venue="binance", fills=(FILL,) if step in "fh" else ())
        match step:
            case "r":
                log.add(1, TRADE, None, TOO_LARGE)
            case "t":
                log.add(1, MOVE, None, TOO_LARGE)
            case "h":
                log.add(1, HEDGE, deltas, None)
            case _:
                log.add(1, TRADE, deltas, None)
    log.close()
    return log.refused.lines()


def test_orders_that_are_all_refused_are_told_with_the_last_reason(tmp_path: Path) -> None:
    (line,) = told(tmp_path, "frrur")
    what = "3 orders in a row of spot BTCUSDT at binance were refused and none was filled; the last one: EXI-008: it is"
    assert line.startswith(what)


def test_what_is_filled_elsewhere_does_not_hide_it(tmp_path: Path) -> None:
    assert told(tmp_path, "rhrhrh") != []


def test_nothing_is_told_of_a_few_or_once_one_is_filled(tmp_path: Path) -> None:
    assert list(told(tmp_path, "rr")) == list(told(tmp_path, "rrrrf")) == list(told(tmp_path, "rrfr")) == []
    assert list(told(tmp_path, "tttt")) == []
