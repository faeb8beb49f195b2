"""Nothing heavy is imported where a person waits for it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = [
    "pandas",
    "pydantic",
    "plotly",
    "structlog",
    "ccxt",
    "web3",
    "sqlalchemy",
    "jinja2",
    "hypothesis",
    "numba",
    "scipy",
]
PROBE = """
import json, sys
from importlib import import_module
main = import_module("basis_strategy_v1.cli.main").main
status = 0
if len(sys.argv) > 1:
    try:
        status = main() or 0
    except SystemExit as exit:
        status = exit.code or 0
print()
print(json.dumps({"status": status, "modules": sorted(sys.modules)}))
"""


def modules_after(*arguments: str) -> set[str]:
    """Names of all modules loaded after ``basis ARGUMENTS``, or after its import alone."""
    finished = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments], capture_output=True, text=True, check=False, timeout=120
    )
    assert finished.returncode == 0, finished.stderr
    report = json.loads(finished.stdout.splitlines()[-1])
    assert report["status"] == 0, finished.stderr
    return set(report["modules"])


def test_importing_the_command_line_loads_nothing_heavy() -> None:
    assert modules_after() & {*HEAVY, "pyarrow"} == set()


def test_the_core_does_not_load_the_venues_libraries() -> None:
    code = "import sys, basis_strategy_v1; print(*sys.modules)"
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(finished.stdout.split()) & set(HEAVY) == set()


@pytest.mark.parametrize("mode", ["btc_basis", "pure_lending"])
def test_a_backtest_without_report_loads_nothing_heavy(mode: str, tmp_path: Path) -> None:
    loaded = modules_after("backtest", mode, "--data", "sample:", "--out", str(tmp_path), "--no-report", "--json")
    assert loaded & set(HEAVY) == set()
    assert "pyarrow" in loaded
    assert {"basis_strategy_v1.cli.live", "basis_strategy_v1.cli.sandbox"} & loaded == set()
