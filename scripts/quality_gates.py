"""Runs gates one after the other and says which hold: what the scripts beside it share."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
Gate = tuple[str, Callable[[], str]]


class GateFailedError(Exception):
    """A gate does not hold; the message says why."""


def require(condition: bool, reason: str) -> None:
    """Raise ``GateFailedError`` with ``reason`` unless ``condition`` holds."""
    if not condition:
        raise GateFailedError(reason)


def run_tests(*paths: str) -> str:
    """Run the tests under ``paths``; the closing line of pytest."""
    existing = [path for path in paths if (ROOT / path).exists()]
    require(bool(existing), f"no tests at {', '.join(paths)}")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *existing]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    lines = finished.stdout.strip().splitlines() or [finished.stderr.strip()]
    require(finished.returncode == 0, "\n".join(lines[-15:]))
    return lines[-1]


def backtest(mode: str, out: Path, *options: str) -> dict[str, Any]:
    """Run ``basis backtest`` on the embedded sample and give its summary."""
    command = [str(Path(sys.executable).with_name("basis")), "backtest", mode, "--data", "sample:"]
    finished = subprocess.run(
        [*command, "--out", str(out), "--json", *options], cwd=ROOT, capture_output=True, text=True, check=False
    )
    require(finished.returncode == 0, finished.stderr.strip())
    summary: dict[str, Any] = json.loads(finished.stdout)
    return summary


def check_basis_mode(mode: str) -> str:
    """A run of ``mode`` ends well: it trades, reconciles, closes its P&L and repeats itself."""
    from decimal import Decimal

    with tempfile.TemporaryDirectory() as folder:
        first = backtest(mode, Path(folder) / "first", "--no-report")
        second = backtest(mode, Path(folder) / "second", "--no-report")
    nav = Decimal(str(first["final_nav"]))
    require(int(first["instructions"]) > 0, "the run executed nothing")
    require(int(first["reconciliations"]) >= int(first["instructions"]), "an instruction was not reconciled")
    require(int(first["reconciliation_failures"]) == 0, "reconciliation failed")
    unexplained = Decimal(str(first["max_abs_unexplained"]))
    require(unexplained < nav * Decimal("1e-9"), f"P&L does not close: {unexplained} unexplained")
    require(Decimal(str(first["pnl"]["funding"])) != 0, "the hedge earned or paid no funding")
    timing = {"elapsed_s", "rows_per_s"}
    same = {key: value for key, value in first.items() if key not in timing}
    require(same == {key: value for key, value in second.items() if key not in timing}, "two runs differ")
    return f"{first['instructions']} instructions, NAV {first['initial_nav']} -> {first['final_nav']}"


def main(title: str, gates: Sequence[Gate]) -> None:
    """Run ``gates``, print a line for each, and end with exit code 1 when one fails."""
    print(title)
    failed = 0
    for name, gate in gates:
        try:
            print(f"  PASS  {name}: {gate()}")
        except GateFailedError as error:
            failed += 1
            print(f"  FAIL  {name}: {error}")
    print(f"{len(gates) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)
