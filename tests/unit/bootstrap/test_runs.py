from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from basis_strategy_v1.bootstrap import RunOptions, run_backtest, runs
from basis_strategy_v1.core.domain.timestamps import to_nanoseconds
from basis_strategy_v1.core.engine.run_result import RunResult
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.data.sample import sample_directory
from basis_strategy_v1.results import report
from small_dataset import ONE_VENUE, basis_columns, write_basis

BYBIT_FIRST = "strategy.hedge_allocation={bybit: 0.5, binance: 0.5}"


def options(out: Path, **changes: Any) -> RunOptions:
    return RunOptions(**{"mode": "btc_basis", "data_dir": sample_directory(), "out": out, "report": False, **changes})


def test_a_kept_configuration_run_again_is_the_same_run(tmp_path: Path) -> None:
    first = run_backtest(options(tmp_path / "a", overrides=(BYBIT_FIRST,)), {})
    kept = str(first.directory / "config.yaml")
    again = run_backtest(options(tmp_path / "b", config_file=kept), {})
    assert again.summary["config_sha256"] == first.summary["config_sha256"]
    assert again.summary["final_nav"] == first.summary["final_nav"]
    assert again.directory.name == first.directory.name


def test_an_interrupted_report_leaves_no_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_arguments: object) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr(report, "write_report", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_backtest(options(tmp_path / "out", report=True), {})
    assert not (tmp_path / "out").exists()


def test_the_report_names_the_run_that_it_lies_in(tmp_path: Path) -> None:
    run_backtest(options(tmp_path), {})
    second = run_backtest(options(tmp_path, report=True), {})
    assert second.directory.name.endswith("-2")
    page = (second.directory / "report.html").read_text(encoding="utf-8")
    assert second.directory.name in page
    assert second.directory.name.removesuffix("-2") + ".partial" not in page


def test_a_run_has_the_same_figures_with_and_without_a_report(tmp_path: Path) -> None:
    shown = run_backtest(options(tmp_path, report=True), {}).summary
    plain = run_backtest(options(tmp_path, report=False), {}).summary
    timed = ("elapsed_s", "rows_per_s")
    assert {name: plain[name] for name in plain if name not in timed} == {
        name: shown[name] for name in shown if name not in timed
    }
    assert shown["rebalances"] > 0


def test_the_result_has_each_venues_lowest_maintenance_rate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    results: list[RunResult] = []
    write = runs.write_run

    def noted(result: RunResult, *rest: Any) -> Path:
        results.append(result)
        return write(result, *rest)

    monkeypatch.setattr(runs, "write_run", noted)
    run_backtest(options(tmp_path, overrides=(BYBIT_FIRST,)), {})
    assert results[0].maintenance_rates == {"bybit": Decimal("0.005"), "binance": Decimal("0.004")}


def test_an_exchange_with_margin_in_another_stablecoin_is_refused_in_one_line(tmp_path: Path) -> None:
    mixed = "strategy.hedge_allocation={binance: 0.5, hyperliquid: 0.5}"
    with pytest.raises(ComponentError) as refused:
        run_backtest(options(tmp_path / "out", overrides=(mixed,)), {})
    assert refused.value.error_code == "EIF-007"
    assert "hyperliquid takes margin in USDC only" in refused.value.line
    assert "\n" not in refused.value.line
    assert not (tmp_path / "out").exists()


def test_a_run_without_report_loads_neither_pandas_nor_plotly_nor_ssl(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from basis_strategy_v1.cli.main import main\n"
        f"code = main(['backtest', 'btc_basis', '--data', 'sample:', '--no-report', '--out', {str(tmp_path)!r}])\n"
        "heavy = {'pandas', 'plotly', 'jinja2', 'rich', 'structlog', 'asyncio', 'ssl', 'pyarrow.fs'}\n"
        "print('loaded:', sorted(heavy & set(sys.modules)))\n"
        "sys.exit(code)\n"
    )
    finished = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert finished.stdout.splitlines()[-1] == "loaded: []"


def test_a_flow_before_the_first_row_is_refused(tmp_path: Path) -> None:
    options = RunOptions(
        mode="btc_basis",
        data_dir=sample_directory(),
        overrides=("flows=[{ts: 2020-01-01T00:00Z, amount: 5, asset: USDT, venue: binance}]",),
        out=tmp_path / "runs",
        report=False,
    )
    with pytest.raises(ComponentError, match=r"flows\[0\].ts is 2020-01-01T00:00:00Z") as raised:
        run_backtest(options, {})
    assert raised.value.error_code == "CFG-005"
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(("mode", "venue"), [("pure_lending", "aave"), ("btc_basis", "lido")])
def test_a_flow_at_a_protocol_is_refused(tmp_path: Path, mode: str, venue: str) -> None:
    flow = f"flows=[{{ts: 2024-02-01T00:00Z, amount: 5, asset: USDT, venue: {venue}}}]"
    with pytest.raises(ComponentError) as refused:
        run_backtest(options(tmp_path / "out", mode=mode, overrides=(flow,)), {})
    assert refused.value.error_code == "CFG-003"
    assert "flows" in refused.value.line
    assert venue in refused.value.line
    assert "wallet" in refused.value.line
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("venue", ["binance.derivatives", "wallet"])
def test_a_flow_at_a_wallet_of_an_exchange_or_on_chain_is_taken(tmp_path: Path, venue: str) -> None:
    flow = f"flows=[{{ts: 2024-02-01T00:00Z, amount: 500, asset: USDT, venue: {venue}}}]"
    finished = run_backtest(options(tmp_path / "out", overrides=(flow,), end=to_nanoseconds("2024-02-05")), {})
    assert finished.exit_code == 0


def test_a_start_before_the_data_is_said(tmp_path: Path) -> None:
    end = to_nanoseconds("2024-01-05")
    early = run_backtest(options(tmp_path, start=to_nanoseconds("2023-06-01"), end=end), {})
    said = "The run was to start at 2023-06-01T00:00:00Z; the data has no row before 2024-01-01T00:00:00Z."
    assert said in early.summary["assumptions"]
    between = run_backtest(options(tmp_path, start=to_nanoseconds("2024-01-02T00:30"), end=end), {})
    assert between.summary["start"] == "2024-01-02T01:00:00Z"
    assert not any("was to start" in line for line in between.summary["assumptions"])


def test_a_mode_reads_no_low_of_the_mark_since_it_only_sells_perpetuals(tmp_path: Path) -> None:
    columns = basis_columns()
    # What would be refused if it were read.
    columns["mark_low.binance.BTCUSDT"] = np.zeros(len(columns["mark.binance.BTCUSDT"]))
    data = write_basis(tmp_path / "data", columns)
    done = run_backtest(options(tmp_path / "out", data_dir=data, overrides=(ONE_VENUE,)), {})
    assert done.exit_code == 0
