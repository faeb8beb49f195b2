"""``basis execute FILE``: blocks in YAML or JSON, at their times, without a strategy."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from basis_strategy_v1.cli.main import main
from basis_strategy_v1.data.sample import sample_directory
from small_dataset import ONE_VENUE, basis_columns, write_basis

BUY = {
    "instruction_type": "cex_trade",
    "venue": "binance",
    "trade_type": "spot",
    "symbol": "BTCUSDT",
    "side": "buy",
    "amount": "0.5",
}
TO_MARGIN = {
    "instruction_type": "wallet_transfer",
    "from_venue": "binance",
    "to_venue": "binance.derivatives",
    "token": "USDT",
    "amount": 40_000,
}
SHORT = {**BUY, "trade_type": "perp", "side": "sell"}
Execute = Callable[..., tuple[int, Path, str]]


@pytest.fixture
def execute(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Execute:
    """Runs blocks (objects, or text with a file name) over a small dataset: exit code, result folder, stderr."""

    def run(blocks: Any, *options: str, name: str = "blocks.json", rows: int = 48) -> tuple[int, Path, str]:
        file = tmp_path / name
        file.write_text(blocks if isinstance(blocks, str) else json.dumps(blocks), encoding="utf-8")
        data = tmp_path / "data"
        if not data.exists():
            write_basis(data, basis_columns(rows))
        out = tmp_path / "out"
        given = ["--data", str(data), "--set", ONE_VENUE, "--out", str(out), "--no-report"]
        code = main(["execute", str(file), *given, *options])
        results = list(out.iterdir()) if out.exists() else [out]
        return code, results[0], capsys.readouterr().err

    return run


def summary(folder: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    return loaded


def instructions(folder: Path) -> list[dict[str, Any]]:
    import pyarrow.parquet as parquet

    rows: list[dict[str, Any]] = parquet.read_table(folder / "instructions.parquet").to_pylist()
    return rows


def test_blocks_run_in_order_and_what_they_hold_follows_the_market(execute: Execute) -> None:
    code, folder, err = execute([BUY, TO_MARGIN, SHORT])
    assert (code, err) == (0, "")
    assert [row["status"] for row in instructions(folder)] == ["filled", "arrived", "filled"]
    told = summary(folder)
    assert Decimal(told["pnl"]["funding"]) > 0
    assert told["rebalances"] == 0


def test_yaml_and_json_say_the_same(execute: Execute) -> None:
    _, from_json, _ = execute([{**BUY, "at": "2024-01-01T05:00Z"}])
    first = summary(from_json)
    lines = "\n".join(f"  {key}: {value}" for key, value in BUY.items())
    text = f"-\n  at: 2024-01-01T05:00Z\n{lines}\n"
    code, folder, _ = execute(text, name="blocks.yaml")
    assert code == 0
    assert summary(folder)["final_nav"] == first["final_nav"]
    assert {path.name for path in folder.parent.iterdir()} != {folder.name}, "the second result stands beside the first"


def test_a_block_runs_at_the_first_row_at_or_after_its_time(execute: Execute) -> None:
    _, folder, _ = execute([{**BUY, "at": "2024-01-01T04:30Z"}])
    (row,) = instructions(folder)
    assert "2024-01-01 05:00" in str(row["ts"]) or row["ts"] == 1_704_085_200_000_000_000
    assert float(row["price"]) == pytest.approx(40_005.0, abs=1.0)


def test_a_list_of_instructions_is_one_block(execute: Execute) -> None:
    code, folder, _ = execute([{"at": "2024-01-01T02:00Z", "block": [BUY, TO_MARGIN, SHORT]}])
    assert code == 0
    assert len({str(row["ts"]) for row in instructions(folder)}) == 1


def test_a_rejected_instruction_ends_its_block_and_the_next_block_runs(execute: Execute) -> None:
    too_much = {**BUY, "amount": "1000"}
    code, folder, err = execute([{"block": [too_much, BUY], "at": "2024-01-01T01:00Z"}, {**BUY, "amount": "0.25"}])
    assert code == 1
    assert err.startswith("EXI-006")
    assert err.count("\n") == 1
    statuses = [(row["amount"], row["status"]) for row in instructions(folder)]
    assert [status for _, status in statuses].count("rejected") == 1
    assert len(statuses) == 2, "the rest of a rejected block does not run"
    assert Decimal(summary(folder)["pnl"]["fees"]) < 0


def test_a_dry_run_executes_nothing_and_writes_nothing(
    execute: Execute, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = execute([BUY, {**SHORT, "at": "2024-01-01T03:00Z"}], "--dry-run")
    assert (code, err) == (0, "")
    assert not (tmp_path / "out").exists()


def test_a_dry_run_tells_of_a_venue_that_is_not_part_of_the_run(execute: Execute, tmp_path: Path) -> None:
    code, _, err = execute([BUY, {**BUY, "venue": "okx"}], "--dry-run")
    assert code == 2
    assert err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def lend(tmp_path: Path, *steps: dict[str, Any], **block: Any) -> tuple[int, Path]:
    file = tmp_path / "blocks.json"
    file.write_text(json.dumps([{"atomic": True, "steps": list(steps), **block}]), encoding="utf-8")
    out = tmp_path / "out"
    given = ["--set", "mode=pure_lending", "--data", str(sample_directory()), "--out", str(out), "--no-report"]
    code = main(["execute", str(file), *given])
    return code, next(out.iterdir()) if out.exists() else out


def action(name: str, amount: Any) -> dict[str, Any]:
    return {
        "instruction_type": "smart_contract_action",
        "protocol": "aave",
        "action": name,
        "token": "USDT",
        "amount": amount,
    }


def test_the_steps_of_an_atomic_block_pay_one_transaction(tmp_path: Path) -> None:
    code, folder = lend(tmp_path, action("supply", 50_000), action("withdraw", 20_000))
    assert code == 0
    (row,) = instructions(folder)
    assert row["status"] == "filled"
    assert Decimal(summary(folder)["pnl"]["lending"]) > 0


def test_an_atomic_block_that_fails_leaves_only_its_gas_behind(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, folder = lend(tmp_path, action("supply", 50_000), action("withdraw", 60_000))
    assert code == 1
    assert capsys.readouterr().err.startswith("EIM-009")
    told = summary(folder)
    assert Decimal(told["pnl"]["lending"]) == 0
    assert Decimal(told["final_nav"]) == Decimal(told["initial_nav"]) - Decimal(told["gas"])


def test_a_post_condition_that_is_not_met_reverts_the_block(tmp_path: Path) -> None:
    code, folder = lend(tmp_path, action("supply", 1_000), post_conditions=["received >= 2000"])
    assert code == 1
    assert Decimal(summary(folder)["pnl"]["lending"]) == 0


def test_a_transfer_to_a_wallet_is_in_nav_until_it_arrives(execute: Execute) -> None:
    withdraw = {**TO_MARGIN, "to_venue": "wallet", "amount": 1_000}
    code, folder, _ = execute([withdraw])
    assert code == 0
    import pyarrow.parquet as parquet

    nav = parquet.read_table(folder / "equity.parquet", columns=["nav"]).column("nav").to_pylist()
    fee = -Decimal(summary(folder)["pnl"]["transfer"])
    assert fee > 0
    np.testing.assert_allclose(nav, float(100_000 - fee), rtol=1e-12)


def test_debt_that_no_mode_values_is_refused_before_the_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, folder = lend(tmp_path, action("supply", 50_000), action("borrow", 1_000))
    assert code == 2
    assert capsys.readouterr().err.startswith("EXI-005: block 1: debt is not valued in this run: borrow at aave")
    assert not folder.exists()


def test_a_script_s_long_is_liquidated_by_the_low_of_the_mark(execute: Execute, tmp_path: Path) -> None:
    columns = basis_columns()
    columns["mark_low.binance.BTCUSDT"] = columns["mark.binance.BTCUSDT"].copy()
    columns["mark_low.binance.BTCUSDT"][20] = 20_000.0
    write_basis(tmp_path / "data", columns)
    _, folder, _ = execute([{**TO_MARGIN, "amount": 5_000}, {**SHORT, "side": "buy"}])
    assert summary(folder)["liquidations"] == 1


def test_the_record_of_an_atomic_block_names_every_protocol_in_it(tmp_path: Path) -> None:
    wrap = {"instruction_type": "smart_contract_action", "protocol": "wallet", "action": "wrap", "amount": 1}
    code, folder = lend(tmp_path, action("supply", 50_000), {**wrap, "token": "ETH"})
    assert code == 1
    (row,) = instructions(folder)
    assert row["venue"] == "aave+wallet"


def test_execute_in_live_mode_is_refused_in_one_line(
    execute: Execute, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BASIS_EXECUTION_MODE", "live")
    code, _folder, told = execute([BUY])
    assert code == 2
    assert told.startswith("EIF-011: BASIS_EXECUTION_MODE is live")
    assert "basis live" in told
    assert told.count("\n") == 1
    assert not (tmp_path / "out").exists()
