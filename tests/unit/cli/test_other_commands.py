"""The commands around runs, usage errors, and what a terminal sees."""

from __future__ import annotations

import io
import sys
from types import ModuleType

import pytest

import fake_bootstrap
from basis_strategy_v1.cli.main import main
from basis_strategy_v1.cli.progress import ProgressBar, run_progress
from basis_strategy_v1.cli.tables import table_lines
from basis_strategy_v1.config.packaged import MODES, example_names
from basis_strategy_v1.core.error_codes.error_code_registry import all_entries


def give(monkeypatch, name, **functions):
    module = ModuleType(name)
    vars(module).update(functions)
    monkeypatch.setitem(sys.modules, name, module)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["bogus"], "no such command 'bogus'"),
        (["backtes"], "did you mean 'backtest'?"),
        (["data", "synt"], "did you mean 'synth'?"),
        (["backtest"], "missing argument 'MODE'"),
        (["backtest", "btc_basis", "--bad"], "no such option '--bad'"),
        (["backtest", "btc_basis", "--seed", "x"], "--seed"),
        (["backtest", "btc_basis", "--data"], "--data"),
        (["modes", "btc_basis", "extra"], "extra"),
        (["data"], "missing command"),
        (["data", "synth"], "missing option '--out'"),
        (["execute"], "missing argument 'FILE'"),
        (["--bogus"], "no such option '--bogus'"),
    ],
)
def test_a_usage_error_is_one_line_that_names_the_help(arguments, said, capsys):
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("CFG-003: ")
    assert said in captured.err.replace("Did", "did")
    assert captured.err.count("\n") == 1
    assert "--help'." in captured.err


def test_no_arguments_show_the_help(capsys):
    assert main([]) == 0
    assert "Commands:" in capsys.readouterr().out


def test_the_help_shows_every_command_in_the_order_of_their_use(capsys):
    assert main(["-h"]) == 0
    listed = capsys.readouterr().out.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in listed] == [
        *("backtest", "execute", "live", "check", "flow", "kill", "recover"),
        *("modes", "venues", "errors", "report", "data", "runs", "sandbox"),
    ]


def test_the_help_of_a_command_explains_its_argument_and_tells_defaults(capsys):
    assert main(["backtest", "--help"]) == 0
    out = capsys.readouterr().out
    assert "MODE  The strategy mode; 'basis modes' lists them." in out
    assert "[default: runs]" in out


def test_the_version_is_the_package_s(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("basis ")


def test_modes_lists_the_seven_and_the_examples(capsys):
    assert main(["modes"]) == 0
    out = capsys.readouterr().out
    assert all(mode in out for mode in MODES)
    assert all(f"example:{name}" in out for name in example_names())


@pytest.mark.parametrize("mode", MODES)
def test_one_mode_shows_its_venues_and_where_its_keys_are(mode, capsys):
    assert main(["modes", mode]) == 0
    out = capsys.readouterr().out
    assert "wallet" in out
    assert f"basis modes {mode} --defaults" in out


def test_defaults_show_key_default_range_and_meaning(capsys):
    assert main(["modes", "btc_basis", "--defaults"]) == 0
    lines = capsys.readouterr().out.splitlines()
    line = next(line for line in lines if line.startswith("strategy.hedge_ratio "))
    assert "0 <= value <= 1" in line
    assert "perps short per unit of spot held" in line


def test_defaults_without_a_mode_ask_for_one(capsys):
    assert main(["modes", "--defaults"]) == 0
    assert "Name a mode" in capsys.readouterr().out


def test_an_unknown_mode_is_refused(capsys):
    assert main(["modes", "zzz", "--defaults"]) == 2
    assert capsys.readouterr().err.startswith("CFG-001")


def test_errors_lists_every_code(capsys):
    assert main(["errors"]) == 0
    out = capsys.readouterr().out
    assert all(entry.code in out for entry in all_entries())


def test_one_error_code_is_explained_in_any_case(capsys):
    assert main(["errors", "cfg-004"]) == 0
    assert "CFG-004" in capsys.readouterr().out


def test_an_unknown_error_code_is_refused(capsys):
    assert main(["errors", "ABC-999"]) == 2
    assert capsys.readouterr().err.startswith("CFG-003: there is no error code 'ABC-999'")


def test_venues_shows_what_each_can_do_and_its_credentials(capsys):
    assert main(["venues"]) == 0
    out = capsys.readouterr().out
    assert "binance" in out
    assert "BASIS_<ENV>__CEX__BYBIT_API_KEY" in out


def test_describing_a_dataset_prints_its_lines(monkeypatch, capsys, tmp_path):
    (tmp_path / "a.csv").write_text("ts,spot.binance.BTCUSDT\n2024-01-01T00:00:00Z,40000\n", encoding="utf-8")
    assert main(["data", "describe", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "spot.binance.BTCUSDT: no nulls" in out
    assert "btc_basis: lacks perp.binance.BTCUSDT, mark.binance.BTCUSDT, funding.binance.BTCUSDT" in out
    assert "data.data_aliases={okx: binance" in out


def test_the_sample_runs_every_mode_and_has_no_problem(capsys):
    assert main(["data", "describe", "sample:"]) == 0
    out = capsys.readouterr().out
    assert all(f"  {mode}: runs" in out for mode in ("pure_lending", "btc_basis", "eth_basis"))


def test_a_dataset_with_problems_ends_with_1(capsys, tmp_path):
    (tmp_path / "a.csv").write_text("ts,spot.binance.BTCUSDT\n2024-01-01T00:00:00Z,-1\n", encoding="utf-8")
    assert main(["data", "describe", str(tmp_path)]) == 1
    assert "DAT-005" in capsys.readouterr().out


def test_a_synthetic_market_is_made_as_asked(monkeypatch, capsys, tmp_path):
    asked = {}

    def write_synthetic(out, *, frequency, years, seed):
        asked.update(frequency=frequency, years=years, seed=seed)
        return out

    give(monkeypatch, "basis_strategy_v1.data.synthetic", write_synthetic=write_synthetic)
    arguments = ["data", "synth", "--out", str(tmp_path), "--freq", "1min", "--years", "0.5", "--seed", "3"]
    assert main(arguments) == 0
    assert asked == {"frequency": "1min", "years": 0.5, "seed": 3}
    assert f"basis backtest btc_basis --data {tmp_path}" in capsys.readouterr().out


def test_a_report_is_written_for_a_finished_run(monkeypatch, capsys, tmp_path):
    (tmp_path / "summary.json").write_text("{}", encoding="utf-8")
    give(monkeypatch, "basis_strategy_v1.results.report", write_report=lambda run: run / "report.html")
    assert main(["report", str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'report.html'}\n"


def test_a_run_can_be_named_by_its_id(monkeypatch, capsys, tmp_path):
    run = tmp_path / "runs" / "btc_basis-1"
    run.mkdir(parents=True)
    (run / "summary.json").write_text("{}", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    give(monkeypatch, "basis_strategy_v1.results.export", export_run_csv=lambda run: run / "csv")
    assert main(["runs", "export", "btc_basis-1", "--csv"]) == 0
    assert capsys.readouterr().out == "runs/btc_basis-1/csv\n"


@pytest.mark.parametrize("arguments", [["report", "nowhere"], ["runs", "export", "nowhere", "--csv"]])
def test_a_run_that_is_not_there_is_refused(arguments, capsys):
    assert main(arguments) == 2
    assert capsys.readouterr().err.startswith("CFG-003: there is no finished run at nowhere")


def test_the_folder_of_a_live_run_is_told_where_its_figures_are(capsys, tmp_path):
    (tmp_path / "status.json").write_text("{}")
    assert main(["report", str(tmp_path)]) == 2
    assert "equity.csv" in capsys.readouterr().err


def test_an_export_needs_a_format(capsys):
    assert main(["runs", "export", "nowhere"]) == 2
    assert "--csv" in capsys.readouterr().err


def test_a_table_is_as_wide_as_its_widest_cells():
    assert table_lines(("a", "b"), [("xxx", "y"), ("z", "")]) == ["a    b", "---  -", "xxx  y", "z"]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_sees_the_same_figures(monkeypatch, tmp_path):
    fake_bootstrap.install(monkeypatch, tmp_path)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    assert main(["backtest", "btc_basis"]) == 0
    assert "110,000.00 USDT" in terminal.getvalue()
    assert "10,500.50" in terminal.getvalue()


def test_progress_is_drawn_on_a_terminal_only_after_a_while(monkeypatch):
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    times = iter([0.0, 0.1, 0.6])
    bar = ProgressBar(clock=lambda: next(times))
    bar(1, 100)
    assert screen.getvalue() == ""
    bar(50, 100)
    bar(60, 100)
    bar.close()
    assert "rows" in screen.getvalue()


def test_a_terminal_has_a_progress_callback_and_a_pipe_none(monkeypatch):
    with run_progress() as progress:
        assert progress is None
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setattr(sys, "stderr", Terminal())
    with run_progress() as progress:
        assert callable(progress)
