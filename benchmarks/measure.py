"""One measured process: what it printed as JSON, how long it lived, how much memory it had at most.

This module imports nothing heavy: a child's peak counts the memory of the parent it was forked from.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
KIB_PER_MB = 1_000_000 / 1024


class Sample(NamedTuple):
    """One run: its own JSON, wall time of the whole process in seconds, peak resident memory in MB (10^6 bytes)."""

    report: dict[str, Any]
    wall_s: float
    peak_mb: float


def run_process(command: Sequence[str]) -> Sample:
    """Run ``command`` to its end.

    Raises:
        SystemExit: when it fails; the message holds its last lines.
    """
    started = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        output = child.stdout.read()
        errors = child.stderr.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - started
    if child.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: exit code {child.returncode}\n{errors.decode()[-2000:]}")
    return Sample(_json(output), wall, usage.ru_maxrss / KIB_PER_MB)


def _json(output: bytes) -> dict[str, Any]:
    text = output.decode().strip()
    if not text.startswith("{"):
        return {}
    report: dict[str, Any] = json.loads(text)
    return report


def python_module(*arguments: str) -> list[str]:
    """The command that runs a module of this project with the same Python."""
    return [sys.executable, "-m", *arguments]


class Series:
    """Repeated samples of one subject; every figure is a median."""

    def __init__(self) -> None:
        self.samples: list[Sample] = []

    def value(self, key: str) -> float | None:
        """The median of a figure of the reports, or None where they have none."""
        values = [float(sample.report[key]) for sample in self.samples if sample.report.get(key) is not None]
        return median(values) if values else None

    @property
    def wall_s(self) -> float:
        return median(sample.wall_s for sample in self.samples)

    @property
    def peak_mb(self) -> float:
        return median(sample.peak_mb for sample in self.samples)


def interleave(commands: dict[str, list[str]], repetitions: int) -> dict[str, Series]:
    """Run every command once to warm up, then all of them in turn, ``repetitions`` times: noise hits all alike."""
    series = {name: Series() for name in commands}
    for command in commands.values():
        run_process(command)
    for _ in range(repetitions):
        for name, command in commands.items():
            series[name].samples.append(run_process(command))
    return series
