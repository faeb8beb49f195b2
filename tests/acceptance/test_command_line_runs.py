"""Whole runs through the command line, on the embedded sample."""

from __future__ import annotations

import errno
import json
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from basis_strategy_v1.cli.main import main
from basis_strategy_v1.results import store

TIMINGS = ("elapsed_s", "rows_per_s")
RUNS = [["btc_basis"], ["eth_basis"], ["eth_basis", "--set", "share_class=eth_directional"], ["pure_lending"]]
BLOCKS = """
- {instruction_type: cex_trade, venue: binance, trade_type: spot, symbol: BTCUSDT, side: buy, amount: 0.1}
- at: 2024-02-01T00:00Z
  instruction_type: cex_trade
  venue: binance
  trade_type: spot
  symbol: BTCUSDT
  side: sell
  amount: 0.05
"""


def run(*arguments: str, out: Path, capsys) -> dict:
    assert main([*arguments, "--data", "sample:", "--out", str(out), "--json"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return json.loads(captured.out)


def files(folder: Path) -> dict[str, bytes]:
    found = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        if path.name == "summary.json":
            summary = json.loads(content)
            content = json.dumps({key: summary[key] for key in summary if key not in TIMINGS}).encode()
        found[str(path.relative_to(folder))] = content
    return found


@pytest.mark.parametrize("arguments", RUNS, ids=" ".join)
def test_a_mode_runs_and_its_profit_and_loss_closes(arguments, tmp_path, capsys):
    summary = run("backtest", *arguments, "--no-report", out=tmp_path, capsys=capsys)
    buckets = sum(Decimal(amount) for amount in summary["pnl"].values())
    change = Decimal(summary["final_nav"]) - Decimal(summary["initial_nav"])
    tolerance = Decimal(summary["initial_nav"]) * Decimal("1e-9")
    assert abs(change - buckets - Decimal(summary["pnl_unexplained"])) < tolerance
    assert Decimal(summary["max_abs_unexplained"]) < tolerance
    assert summary["reconciliation_failures"] == 0
    assert summary["synthetic"] is True
    assert summary["instructions"] > 0


@pytest.mark.parametrize("mode", ["btc_basis", "pure_lending"])
def test_the_same_run_twice_gives_the_same_bytes(mode, tmp_path, capsys):
    first, second = tmp_path / "first", tmp_path / "second"
    for out in (first, second):
        run("backtest", mode, "--no-report", out=out, capsys=capsys)
    assert files(first) == files(second)
    names = {Path(name).name for name in files(first)}
    assert {"summary.json", "equity.parquet", "instructions.parquet", "events.csv", "config.yaml"} <= names


def test_the_kept_configuration_runs_again_as_the_same_run(tmp_path, capsys):
    first = run(
        "backtest", "btc_basis", "--set", "strategy.spot_allocation=0.6", "--no-report", out=tmp_path, capsys=capsys
    )
    (kept,) = tmp_path.glob("*/config.yaml")
    again = run("backtest", "btc_basis", "--config", str(kept), "--no-report", out=tmp_path / "again", capsys=capsys)
    assert again["config_sha256"] == first["config_sha256"]
    assert again["final_nav"] == first["final_nav"]


def test_a_report_stands_beside_the_result_and_can_be_written_anew(tmp_path, capsys):
    run("backtest", "pure_lending", out=tmp_path, capsys=capsys)
    (report,) = tmp_path.glob("*/report.html")
    report.unlink()
    assert main(["report", str(report.parent)]) == 0
    assert report.is_file()
    assert capsys.readouterr().out.strip() == str(report)


def test_the_tables_of_a_run_can_be_had_as_csv(tmp_path, capsys):
    run("backtest", "pure_lending", "--no-report", out=tmp_path, capsys=capsys)
    (directory,) = tmp_path.iterdir()
    assert main(["runs", "export", str(directory), "--csv"]) == 0
    assert list(directory.rglob("*.csv"))


def test_a_part_of_the_data_can_be_run(tmp_path, capsys):
    span = ("--start", "2024-02-01", "--end", "2024-02-10T12:00Z")
    summary = run("backtest", "btc_basis", *span, "--no-report", out=tmp_path, capsys=capsys)
    assert (summary["start"], summary["end"]) == ("2024-02-01T00:00:00Z", "2024-02-10T12:00:00Z")


def test_blocks_run_without_a_strategy(tmp_path, capsys):
    file = tmp_path / "blocks.yaml"
    file.write_text(BLOCKS, encoding="utf-8")
    assert main(["execute", str(file), "--dry-run"]) == 0
    assert capsys.readouterr().out.count("ok") == 2
    summary = run("execute", str(file), "--no-report", out=tmp_path / "out", capsys=capsys)
    assert summary["instructions"] == 2
    assert Decimal(summary["pnl"]["delta"]) != 0


def test_a_rejected_block_exits_with_one_and_keeps_its_result(tmp_path, capsys):
    file = tmp_path / "blocks.yaml"
    file.write_text(BLOCKS.replace("amount: 0.1", "amount: 1000"), encoding="utf-8")
    assert main(["execute", str(file), "--data", "sample:", "--out", str(tmp_path / "out"), "--no-report"]) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith("EXI-006")
    assert captured.err.count("\n") == 1
    assert list(tmp_path.glob("out/*/summary.json"))


@pytest.mark.parametrize(
    ("problem", "code", "said"),
    [
        (KeyboardInterrupt(), 130, "Interrupted"),
        (OSError(errno.ENOSPC, "No space left on device"), 1, "RES-001"),
        (OSError(errno.EROFS, "Read-only file system"), 2, "RES-001"),
        (RuntimeError("surprise"), 1, "ERROR"),
    ],
)
def test_what_stops_the_writing_leaves_nothing_half_written(problem, code, said, tmp_path, capsys, monkeypatch):
    def stop(*_: object) -> None:
        raise problem

    monkeypatch.setattr(store, "write_instructions", stop)
    assert main(["backtest", "pure_lending", "--data", "sample:", "--out", str(tmp_path / "out")]) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(said)
    assert captured.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_an_out_that_is_a_file_is_refused_before_the_run(tmp_path, capsys):
    taken = tmp_path / "taken"
    taken.write_text("mine", encoding="utf-8")
    assert main(["backtest", "pure_lending", "--data", "sample:", "--out", str(taken)]) == 2
    assert capsys.readouterr().err.startswith("RES-001")
    assert taken.read_text(encoding="utf-8") == "mine"


def test_a_resolved_configuration_is_plain_yaml(tmp_path, capsys):
    run("backtest", "btc_basis", "--no-report", out=tmp_path, capsys=capsys)
    (kept,) = tmp_path.glob("*/config.yaml")
    document = yaml.safe_load(kept.read_text(encoding="utf-8"))
    assert document["mode"] == "btc_basis"
    assert document["strategy"]["hedge_allocation"] == {"binance": 0.4, "bybit": 0.3, "okx": 0.3}
