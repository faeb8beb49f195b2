"""What a run is asked for, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

Progress = Callable[[int, int], None]


class RunOptions(msgspec.Struct, frozen=True, kw_only=True):
    """A backtest, as the command line asks for it. Times in ns UTC, both ends included."""

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
    progress: Progress | None = None


class ExecuteOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Instruction blocks of a file, run or only checked."""

    file: Path
    dry_run: bool = False
    mode: str = "btc_basis"
    data_dir: Path | None = None
    start: int | None = None
    end: int | None = None
    config_file: str | None = None
    overrides: tuple[str, ...] = ()
    out: Path = Path("runs")
    seed: int = 0
    report: bool = True
    progress: Progress | None = None


class FinishedRun(msgspec.Struct, frozen=True):
    """Where the result lies, its summary, and the exit code it deserves.

    ``rejections``: rejected instructions by error code, the most frequent first. ``warnings``: a line each.
    """

    directory: Path
    summary: dict[str, Any]
    exit_code: int
    rejections: dict[str, int] = {}
    warnings: tuple[str, ...] = ()


class DryRunReport(msgspec.Struct, frozen=True):
    """What a dry run found, a line per block; ``ok`` when every block could be understood and is supported."""

    lines: list[str]
    ok: bool
