"""A stand-in for ``basis_strategy_v1.bootstrap``: it records what the command line asks for."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec


class RunOptions(msgspec.Struct, kw_only=True):
    mode: str
    data_dir: Path | None = None
    start: int | None = None
    end: int | None = None
    config_file: str | None = None
    overrides: tuple[str, ...] = ()
    out: Path = Path("runs")
    seed: int = 0
    report: bool = True
    drive: str = "segments"
    progress: Any = None


class ExecuteOptions(RunOptions, kw_only=True):
    file: Path
    dry_run: bool = False


class FinishedRun(msgspec.Struct):
    directory: Path
    summary: dict[str, Any]
    exit_code: int
    rejections: dict[str, int] = {}
    warnings: tuple[str, ...] = ()


class DryRunReport(msgspec.Struct):
    lines: list[str]
    ok: bool


SUMMARY: dict[str, Any] = {
    "mode": "btc_basis",
    "start": "2024-01-01T00:00:00Z",
    "end": "2024-12-31T00:00:00Z",
    "rows": 8761,
    "share_class": "usdt_stable",
    "initial_nav": "100000",
    "final_nav": "110000",
    "pnl": {"funding": "10500.5", "basis": "0", "fees": "-500.5"},
    "pnl_unexplained": "0",
    "max_abs_unexplained": "0.000000000012",
    "instructions": 1234,
    "rebalances": 56,
    "fees": "500.5",
    "gas": "0",
    "liquidations": 0,
    "halted_at": None,
    "reconciliations": 2345,
    "reconciliation_failures": 0,
    "elapsed_s": 0.125,
    "rows_per_s": 70088,
    "data_sha256": "ab",
    "config_sha256": "cd",
    "synthetic": False,
    "assumptions": [],
}


class FakeBootstrap:
    """``outcome`` is what every call returns, or raises when it is an exception."""

    def __init__(self, directory: Path) -> None:
        self.outcome: Any = FinishedRun(directory, dict(SUMMARY), 0)
        self.options: Any = None
        self.environment: dict[str, str] = {}

    def call(self, options: Any, environment: dict[str, str]) -> Any:
        self.options = options
        self.environment = dict(environment)
        if isinstance(self.outcome, BaseException):
            raise self.outcome
        return self.outcome

    def module(self) -> ModuleType:
        module = ModuleType("basis_strategy_v1.bootstrap")
        module.RunOptions = RunOptions  # type: ignore[attr-defined]
        module.ExecuteOptions = ExecuteOptions  # type: ignore[attr-defined]
        module.FinishedRun = FinishedRun  # type: ignore[attr-defined]
        module.DryRunReport = DryRunReport  # type: ignore[attr-defined]
        module.run_backtest = self.call  # type: ignore[attr-defined]
        module.run_execute = self.call  # type: ignore[attr-defined]
        return module


def install(monkeypatch: Any, directory: Path) -> FakeBootstrap:
    """Put a fake in place of the real module for one test."""
    fake = FakeBootstrap(directory)
    monkeypatch.setitem(sys.modules, "basis_strategy_v1.bootstrap", fake.module())
    return fake
