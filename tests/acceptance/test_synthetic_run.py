"""A made-up market from ``basis data synth``, run by every mode with its defaults."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from basis_strategy_v1.cli.main import main


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("synthetic") / "data"
    assert main(["data", "synth", "--out", str(folder), "--freq", "1h", "--years", "1", "--seed", "3"]) == 0
    return folder


def run(market: Path, out: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["backtest", *arguments, "--data", str(market), "--out", str(out), "--no-report", "--json"]) == 0
    summary: dict[str, Any] = json.loads(capsys.readouterr().out)
    return summary


@pytest.mark.parametrize(
    "arguments",
    [("btc_basis",), ("eth_basis",), ("eth_basis", "--set", "share_class=eth_directional"), ("pure_lending",)],
    ids=" ".join,
)
def test_a_year_of_hours_runs_to_its_end_and_closes(
    arguments: tuple[str, ...], market: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    summary = run(market, tmp_path, capsys, *arguments)
    assert summary["rows"] in (8_760, 8_761, 8_766)
    assert summary["synthetic"] is True
    assert summary["halted_at"] is None
    assert summary["liquidations"] == 0
    assert summary["reconciliation_failures"] == 0
    assert summary["reconciliations"] > 0
    change = Decimal(summary["final_nav"]) - Decimal(summary["initial_nav"])
    explained = sum(Decimal(amount) for amount in summary["pnl"].values())
    if summary["share_class"] == "usdt_stable":
        assert Decimal(summary["pnl_unexplained"]) == 0
        assert change == explained
    assert abs(change - explained) < Decimal("1e-9") * Decimal(summary["initial_nav"])
    assert Decimal(summary["max_abs_unexplained"]) < Decimal("1e-9") * Decimal(summary["initial_nav"])


def test_a_hedged_run_earns_funding_and_little_else(
    market: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pnl = {name: Decimal(value) for name, value in run(market, tmp_path, capsys, "btc_basis")["pnl"].items()}
    assert abs(pnl["delta"]) < 200
    assert all(pnl[name] <= 0 for name in ("fees", "slippage", "gas", "transfer"))
    assert all(pnl[name] == 0 for name in ("lending", "borrow", "staking", "depeg", "gas", "liquidation"))


def test_a_smaller_threshold_trades_more_and_pays_more(
    market: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = [
        run(market, tmp_path, capsys, "btc_basis", "--set", f"strategy.position_deviation_threshold={threshold}")
        for threshold in ("0.01", "0.04")
    ]
    assert runs[0]["rebalances"] > 2 * runs[1]["rebalances"] > 0
    assert Decimal(runs[0]["fees"]) > Decimal(runs[1]["fees"])


@pytest.mark.parametrize("capital", ["7001.13", "33333"])
def test_capital_of_any_size_is_run_and_shown(
    capital: str, market: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    command = ["backtest", "btc_basis", "--data", str(market), "--end", "2024-02-01", "--out", str(tmp_path)]
    code = main([*command, "--set", f"initial_capital={capital}"])
    captured = capsys.readouterr()
    assert (code, captured.err) == (0, "")
    assert "return" in captured.out


def test_redemptions_and_subscriptions_of_a_year_are_all_settled(
    market: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    months = [
        f"{{ts: 2024-{month:02d}-15, amount: {amount}, asset: USDT, venue: binance}}"
        for month, amount in ((2, 25_000), (4, -40_000), (6, 10_000), (8, -60_000), (10, 90_000))
    ]
    summary = run(market, tmp_path, capsys, "btc_basis", "--set", f"flows=[{', '.join(months)}]")
    change = Decimal(summary["final_nav"]) - Decimal(summary["initial_nav"])
    assert change == 25_000 + sum(Decimal(amount) for amount in summary["pnl"].values())
