"""``basis backtest`` and ``basis execute``: what is asked of the program, what is printed, how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import fake_bootstrap
from basis_strategy_v1.cli.main import main
from basis_strategy_v1.core.domain.timestamps import to_nanoseconds
from basis_strategy_v1.core.error_codes.exceptions import ComponentError


@pytest.fixture
def bootstrap(monkeypatch, tmp_path):
    return fake_bootstrap.install(monkeypatch, tmp_path)


def test_a_backtest_hands_over_everything_it_was_told(bootstrap, tmp_path, capsys):
    code = main(
        [
            *("backtest", "btc_basis", "--data", "here", "--start", "2024-01-01", "--end", "2024-06-01T12:00Z"),
            *("--config", "example:carry_2024_2025", "--set", "a=1", "--set", "b={c: 2}"),
            *("--out", str(tmp_path), "--seed", "7", "--no-report"),
        ]
    )
    options = bootstrap.options
    assert code == 0
    assert (options.mode, options.data_dir, options.config_file) == (
        "btc_basis",
        Path("here"),
        "example:carry_2024_2025",
    )
    assert (options.start, options.end) == (to_nanoseconds("2024-01-01"), to_nanoseconds("2024-06-01T12:00Z"))
    assert options.overrides == ("a=1", "b={c: 2}")
    assert (options.out, options.seed, options.report) == (tmp_path, 7, False)


def test_a_plain_backtest_leaves_the_rest_to_the_defaults(bootstrap):
    assert main(["backtest", "pure_lending"]) == 0
    options = bootstrap.options
    assert (options.data_dir, options.start, options.end, options.config_file) == (None, None, None, None)
    assert (options.overrides, options.out, options.seed, options.report) == ((), Path("runs"), 0, True)


def test_a_pipe_gets_no_progress_bar(bootstrap):
    main(["backtest", "btc_basis"])
    assert bootstrap.options.progress is None


def test_the_embedded_sample_is_a_dataset_like_any_other(bootstrap):
    main(["backtest", "btc_basis", "--data", "sample:"])
    assert bootstrap.options.data_dir.is_dir()


def test_a_backtest_is_one_whatever_the_environment_says(bootstrap, monkeypatch):
    monkeypatch.setenv("BASIS_EXECUTION_MODE", "live")
    monkeypatch.setenv("BASIS_ENVIRONMENT", "staging")
    main(["backtest", "btc_basis"])
    assert bootstrap.environment["BASIS_EXECUTION_MODE"] == "backtest"
    assert bootstrap.environment["BASIS_ENVIRONMENT"] == "staging"


def test_the_summary_in_a_pipe_is_aligned_plain_text(bootstrap, capsys):
    main(["backtest", "btc_basis"])
    lines = capsys.readouterr().out.splitlines()
    assert "mode             btc_basis (usdt_stable)" in lines
    assert "span             2024-01-01T00:00:00Z to 2024-12-31T00:00:00Z, 8,761 rows, 365.0 days" in lines
    assert "NAV              100,000.00 -> 110,000.00 USDT" in lines
    assert "return           +10.0000% (P&L / initial NAV)" in lines
    assert "annualised       +10.00% a year (compounded over 365 days)" in lines
    assert "funding          10,500.50" in lines
    assert "fees               -500.50" in lines
    assert "total            10,000.00" in lines
    assert "instructions     1,234 in 56 rebalances" in lines
    assert "max unexplained  1.2e-11 USDT" in lines
    assert not any("basis   " in line for line in lines)


def test_the_summary_says_where_result_and_report_are(bootstrap, tmp_path, capsys):
    (tmp_path / "report.html").write_text("", encoding="utf-8")
    main(["backtest", "btc_basis"])
    out = capsys.readouterr().out
    assert f"result           {tmp_path}\n" in out
    assert f"report           {tmp_path / 'report.html'}\n" in out


def test_a_short_run_is_not_annualised(bootstrap, capsys):
    bootstrap.outcome.summary["end"] = "2024-01-11T00:00:00Z"
    main(["backtest", "btc_basis"])
    assert "not shown: under 30 days" in capsys.readouterr().out


def test_a_total_loss_is_not_annualised(bootstrap, capsys):
    bootstrap.outcome.summary["pnl"] = {"liquidation": "-100000"}
    main(["backtest", "btc_basis"])
    assert "all capital lost" in capsys.readouterr().out


def test_a_result_in_eth_is_counted_in_eth(bootstrap, capsys):
    bootstrap.outcome.summary.update(share_class="eth_directional", initial_nav="100", final_nav="101")
    main(["backtest", "eth_basis"])
    assert "100.000000 -> 101.000000 ETH" in capsys.readouterr().out


def test_a_halt_and_synthetic_data_are_said(bootstrap, capsys):
    bootstrap.outcome.summary.update(halted_at="2024-03-01T00:00:00Z", synthetic=True, liquidations=1)
    assert main(["backtest", "btc_basis"]) == 0
    out = capsys.readouterr().out
    assert "halted           2024-03-01T00:00:00Z" in out
    assert "Synthetic data" in out


def test_rejections_are_counted_with_their_most_frequent_code(bootstrap, capsys):
    main(["backtest", "btc_basis"])
    assert "rejected" not in capsys.readouterr().out
    bootstrap.outcome.rejections = {"EXI-006": 1200, "EXI-001": 3}
    assert main(["backtest", "btc_basis"]) == 0
    assert "rejected         1,203 (EXI-006)" in capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_warnings_go_to_stderr(arguments, bootstrap, capsys):
    bootstrap.outcome.warnings = ("No position was ever opened.",)
    assert main(["backtest", "btc_basis", *arguments]) == 0
    captured = capsys.readouterr()
    assert captured.err == "warning: No position was ever opened.\n"
    assert "No position" not in captured.out


def test_json_prints_the_summary_and_nothing_else(bootstrap, capsys):
    main(["backtest", "btc_basis", "--json"])
    captured = capsys.readouterr()
    assert json.loads(captured.out) == fake_bootstrap.SUMMARY
    assert captured.err == ""


def test_a_failed_run_keeps_its_result_and_exits_with_one(bootstrap, capsys):
    bootstrap.outcome.exit_code = 1
    bootstrap.outcome.summary.update(failed=True, failure="REC-001: binance BTC differs.\nLook there.")
    assert main(["backtest", "btc_basis"]) == 1
    captured = capsys.readouterr()
    assert captured.err == "REC-001: binance BTC differs. Look there.\n"
    assert "NAV" in captured.out


@pytest.mark.parametrize("arguments", [["--start", "2024-02-01", "--end", "2024-01-01"], ["--start", "soon"]])
def test_a_bad_date_range_never_starts_a_run(arguments, bootstrap, capsys):
    assert main(["backtest", "btc_basis", *arguments]) == 2
    assert capsys.readouterr().err.startswith("CFG-005")
    assert bootstrap.options is None


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ComponentError("CFG-002", "there is no key x"), 2),
        (ComponentError("DAT-001", "no dataset at x"), 2),
        (ComponentError("EIM-004", "a field is unknown"), 2),
        (ComponentError("EIF-005", "BASIS_ENVIRONMENT is qa"), 2),
        (ComponentError("REC-008", "tolerance"), 2),
        (ComponentError("RES-001", "x is read-only"), 2),
        (ComponentError("RES-001", "disk full", original_exception=OSError(28, "No space left on device")), 1),
        (ComponentError("EXI-001", "an order failed"), 1),
        (ComponentError("PUH-013", "conservation"), 1),
        (OSError(28, "No space left on device", "runs/x"), 1),
        (RuntimeError("surprise\nin two lines"), 1),
    ],
)
def test_every_error_is_one_line_without_a_trace(error, code, bootstrap, capsys):
    bootstrap.outcome = error
    assert main(["backtest", "btc_basis"]) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert "Traceback" not in captured.err


def test_debug_shows_the_trace_of_an_unexpected_error(bootstrap, capsys):
    bootstrap.outcome = RuntimeError("surprise")
    assert main(["backtest", "btc_basis", "--debug"]) == 1
    captured = capsys.readouterr()
    assert "Traceback" in captured.err
    assert captured.err.splitlines()[-1].startswith("ERROR: unexpected RuntimeError: surprise.")


def test_the_debug_log_level_shows_the_trace_too(bootstrap, capsys, monkeypatch):
    monkeypatch.setenv("BASIS_LOG_LEVEL", "debug")
    bootstrap.outcome = RuntimeError("surprise")
    assert main(["backtest", "btc_basis"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_control_c_is_one_line_and_exit_130(bootstrap, capsys):
    bootstrap.outcome = KeyboardInterrupt()
    assert main(["backtest", "btc_basis"]) == 130
    assert capsys.readouterr().err.count("\n") == 1


def test_execute_runs_blocks_in_the_mode_of_the_configuration(bootstrap, tmp_path):
    config = tmp_path / "run.yaml"
    config.write_text("mode: pure_lending\n", encoding="utf-8")
    assert main(["execute", "blocks.yaml", "--config", str(config)]) == 0
    assert (bootstrap.options.file, bootstrap.options.mode) == (Path("blocks.yaml"), "pure_lending")
    assert not bootstrap.options.dry_run


def test_execute_takes_the_mode_that_is_set_and_else_btc_basis(bootstrap):
    main(["execute", "blocks.yaml"])
    assert bootstrap.options.mode == "btc_basis"
    main(["execute", "blocks.yaml", "--set", "mode=eth_basis"])
    assert bootstrap.options.mode == "eth_basis"


REFUSAL = (
    "timestamp,event_type,component,data\n"
    "2024-01-01T00:00:00Z,instruction_executed,ExecutionInterfaces,{}\n"
    '2024-02-01T00:00:00Z,instruction_rejected,ExecutionInterfaces,"{""error_code"":""EXI-006"",""reason"":""short""}"\n'
    '2024-02-02T00:00:00Z,instruction_unknown,ExecutionInterfaces,"{""error_code"":""EXI-007"",""reason"":""doubt""}"\n'
)


def test_a_rejected_block_keeps_the_result_and_says_why(bootstrap, tmp_path, capsys):
    (tmp_path / "events.csv").write_text(REFUSAL, encoding="utf-8")
    bootstrap.outcome.exit_code = 1
    assert main(["execute", "blocks.yaml"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("EXI-006: short (at 2024-02-01T00:00:00Z, the first of 2; the result is kept). ")
    assert error.count("\n") == 1


@pytest.mark.parametrize("events", [None, "timestamp,event_type,component,data\n"])
def test_a_failed_run_without_a_known_cause_points_to_its_result(events, bootstrap, tmp_path, capsys):
    if events is not None:
        (tmp_path / "events.csv").write_text(events, encoding="utf-8")
    bootstrap.outcome.exit_code = 1
    assert main(["execute", "blocks.yaml"]) == 1
    assert str(tmp_path) in capsys.readouterr().err


def test_a_dry_run_lists_the_blocks_and_exits_well(bootstrap, capsys):
    bootstrap.outcome = fake_bootstrap.DryRunReport(["block 0: ok"], True)
    assert main(["execute", "blocks.yaml", "--dry-run"]) == 0
    assert bootstrap.options.dry_run
    assert capsys.readouterr().out == "block 0: ok\n"


def test_a_dry_run_of_bad_blocks_is_bad_input(bootstrap, capsys):
    bootstrap.outcome = fake_bootstrap.DryRunReport(["block 0: EIM-004 unknown field"], False)
    assert main(["execute", "blocks.yaml", "--dry-run"]) == 2
    captured = capsys.readouterr()
    assert "block 0" in captured.out
    assert captured.err.startswith("EIM-004: blocks.yaml")
