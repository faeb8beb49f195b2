"""The installed ``basis`` command, as a process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

BASIS = Path(sys.executable).with_name("basis")


def basis(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    variables = {name: value for name, value in os.environ.items() if not name.startswith("BASIS_")}
    return subprocess.run(
        [str(BASIS), *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**variables, **environment},
        check=False,
        timeout=120,
    )


def test_help_names_every_command_and_imports_nothing_heavy(tmp_path):
    done = basis("--help", folder=tmp_path, PYTHONPROFILEIMPORTTIME="1")
    assert done.returncode == 0
    commands = ("backtest", "execute", "modes", "venues", "errors", "data", "report", "runs")
    assert all(f"  {command} " in done.stdout for command in commands)
    imported = {line.rsplit("|", 1)[-1].strip() for line in done.stderr.splitlines()}
    assert not imported & {"numpy", "pandas", "pyarrow", "pydantic", "rich", "plotly", "yaml"}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("backtest", "nonsense"), "CFG-001"),
        (("backtest", "eth_leveraged"), "CFG-001"),
        (("backtest", "btc_basis", "--set", "strategy.nonsense=1"), "CFG-002"),
        (("backtest", "btc_basis", "--set", "strategy.hedge_ratio=-1"), "CFG-003"),
        (("backtest", "btc_basis", "--set", "strategy.hedge_allocation={binance: 0.9}"), "CFG-004"),
        (("backtest", "btc_basis", "--start", "2024-02-01", "--end", "2024-01-01"), "CFG-005"),
        (("backtest", "btc_basis", "--nonsense"), "CFG-003"),
        (("backtest", "btc_basis", "--config", "missing.yaml"), "CFG-003"),
        (("backtest", "btc_basis"), "DAT-001"),
        (("backtest", "btc_basis", "--data", "missing"), "DAT-001"),
        (("data", "describe", "missing"), "DAT-001"),
        (("data", "synth", "--out", "made", "--freq", "7parsecs"), "CFG-003"),
        (("execute", "missing.yaml", "--data", "sample:"), ""),
        (("errors", "ABC-999"), "CFG-003"),
    ],
)
def test_bad_input_is_one_line_exit_two_and_leaves_nothing_behind(arguments, code, tmp_path):
    done = basis(*arguments, folder=tmp_path)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith(code)
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_bad_environment_is_named(tmp_path):
    done = basis("backtest", "btc_basis", "--data", "sample:", folder=tmp_path, BASIS_ENVIRONMENT="qa")
    assert done.returncode == 2
    assert done.stderr.startswith("EIF-005")


def test_a_reader_that_has_seen_enough_gets_no_trace(tmp_path):
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", f"'{BASIS}' errors | head -n 1"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert done.stdout.startswith("code")
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr
