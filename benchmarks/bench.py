"""Speed and memory against the targets: ``make bench`` (``BENCH='--repetitions 9 --skip-minutes-5y'``).

W1 runs as a plain Python row loop, as numpy segments alone and on the engine; btc_basis runs as a person runs it, on
two venues, everything on. Every run is a process of its own; runs of one table take turns; figures are medians.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks import targets
from benchmarks.measure import ROOT, Series, interleave, python_module, run_process
from benchmarks.w1.subject import LOOPS, has_engine

CACHE = ROOT / "benchmarks" / ".cache"
W1_SIZES = ("1h-5y", "1min-1y")
BASIS_SETTINGS = (
    "strategy.position_deviation_threshold=0.04",
    "strategy.hedge_allocation={binance: 0.5, bybit: 0.5}",
)


def basis_command(*arguments: str) -> list[str]:
    """The ``basis`` command of this environment."""
    return [str(Path(sys.executable).with_name("basis")), *arguments]


def backtest_command(size: str, out: Path) -> list[str]:
    """btc_basis on two venues, everything on but the report."""
    settings = [part for setting in BASIS_SETTINGS for part in ("--set", setting)]
    data = str(CACHE / "synth" / size)
    return basis_command("backtest", "btc_basis", "--data", data, "--out", str(out), *settings, "--no-report", "--json")


def prepare_synthetic(size: str) -> None:
    """Make the dataset of btc_basis once; a broken-off attempt leaves nothing behind."""
    folder = CACHE / "synth" / size
    if folder.exists():
        return
    frequency, years = size.split("-")
    print(f"making {size} of synthetic data")
    partial = folder.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    options = ("--freq", frequency, "--years", years.rstrip("y"), "--seed", "7")
    run_process(basis_command("data", "synth", "--out", str(partial), *options))
    partial.rename(folder)


def print_table(title: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table in plain text, columns as wide as they need."""
    lines = [list(header), *(list(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    print(f"\n{title}")
    for number, line in enumerate(lines):
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
        if number == 0:
            print("  " + "  ".join("-" * width for width in widths))


def per(seconds: float, count: float | None) -> str:
    """Microseconds per thing counted."""
    return f"{seconds / count * 1e6:.1f}" if count else "-"


def w1_line(size: str, name: str, series: Series, baseline: float) -> list[str]:
    """One line of W1's table."""
    rows, elapsed = series.value("rows") or 0.0, series.value("elapsed_s") or 0.0
    rate = rows / elapsed
    target = targets.W1_ROWS_PER_S[size]
    verdict = ""
    if name == "engine":
        verdict = f"{target.floor / 1e6:g} / {target.goal / 1e6:g} M rows/s: {target.verdict(rate)}"
    trades, instructions = series.value("rebalances"), series.value("instructions")
    figures = [f"{trades or 0:.0f}", f"{elapsed * 1e3:.1f}", f"{rate / 1e6:.2f}"]
    costs = [per(elapsed, series.value("segments")), per(elapsed, instructions)]
    return [name, *figures, *costs, f"{series.peak_mb:.0f}", f"{rate / baseline:.2f}", verdict]


def bench_w1(repetitions: int) -> None:
    """W1's tables, and what rows and instructions cost the engine by themselves."""
    run_process(python_module("benchmarks.w1.prepare", str(CACHE / "w1")))
    names = [*LOOPS, *(["engine"] if has_engine() else [])]
    points = []
    for size in W1_SIZES:
        folder = str(CACHE / "w1" / size)
        results = interleave(
            {name: python_module("benchmarks.w1.subject", name, folder) for name in names}, repetitions
        )
        base = results["python_row_loop"]
        baseline = (base.value("rows") or 0.0) / (base.value("elapsed_s") or 1.0)
        header = ["W1", "trades", "ms", "M rows/s", "us/segment", "us/instruction", "peak MB", "x row loop", "target"]
        lines = [w1_line(size, name, series, baseline) for name, series in results.items()]
        print_table(f"W1, {size}", header, lines)
        if "engine" in results:
            engine = results["engine"]
            points.append(tuple(engine.value(key) or 0.0 for key in ("rows", "instructions", "elapsed_s")))
    if len(points) == 2:
        print_cost("engine W1", points, targets.W1_FLOOR, targets.W1_GOAL)


def print_cost(name: str, points: Sequence[tuple[float, ...]], floor: targets.Cost, goal: targets.Cost) -> None:
    """Cost per row and per instruction, told apart by the two sizes."""
    (rows_a, count_a, seconds_a), (rows_b, count_b, seconds_b) = points
    cost = targets.solve_cost((rows_a, count_a, seconds_a), (rows_b, count_b, seconds_b))
    if cost is None:
        print(f"  {name}: rows and instructions cannot be told apart in this noise")
        return
    rate = targets.Target(floor.rows_per_s, goal.rows_per_s, higher=True)
    instruction = targets.Target(floor.instruction_us, goal.instruction_us, higher=False)
    print(
        f"  {name}, both sizes solved for rows and instructions: "
        f"{cost.rows_per_s / 1e6:.1f} M rows/s ({rate.floor / 1e6:g} / {rate.goal / 1e6:g}: "
        f"{rate.verdict(cost.rows_per_s)}), {cost.instruction_us:.1f} us per instruction "
        f"({instruction.floor:g} / {instruction.goal:g}: {instruction.verdict(cost.instruction_us)})"
    )


def basis_line(size: str, series: Series) -> list[str]:
    """One line of btc_basis' table."""
    rows, elapsed = series.value("rows") or 0.0, series.value("elapsed_s") or 0.0
    instructions = series.value("instructions") or 0.0
    target = targets.basis_elapsed(rows, instructions)
    verdict = f"{target.floor * 1e3:.0f} / {target.goal * 1e3:.0f} ms: {target.verdict(elapsed)}"
    counts = [f"{rows:.0f}", f"{instructions:.0f}", f"{series.value('rebalances') or 0:.0f}"]
    costs = [per(elapsed, series.value("rebalances")), per(elapsed, instructions)]
    return [size, *counts, f"{elapsed * 1e3:.1f}", f"{rows / elapsed / 1e6:.2f}", *costs, verdict]


def process_line(size: str, series: Series) -> list[str]:
    """One line about the whole process."""
    line = [size, f"{series.wall_s:.2f}", f"{series.peak_mb:.0f}"]
    if size == "1h-5y":
        seconds, memory = targets.PROCESS_SECONDS, targets.PROCESS_MB
        verdicts = f"{seconds.verdict(series.wall_s)}, {memory.verdict(series.peak_mb)}"
        return [*line, f"{seconds.floor:g} s, {memory.floor:g} MB: {verdicts}"]
    if size == "1min-5y":
        memory = targets.MINUTES_5Y_MB
        return [*line, f"{memory.floor:g} MB: {memory.verdict(series.peak_mb)}"]
    return [*line, ""]


def bench_basis(repetitions: int, *, minutes_5y: bool) -> None:
    """btc_basis: the run loop and the whole process."""
    sizes = [*W1_SIZES, *(["1min-5y"] if minutes_5y else [])]
    for size in sizes:
        prepare_synthetic(size)
    with tempfile.TemporaryDirectory() as out:
        commands = {size: backtest_command(size, Path(out) / size) for size in sizes}
        results = interleave(commands, repetitions)
    header = ["data", "rows", "instructions", "trades", "ms", "M rows/s", "us/segment", "us/instruction", "target"]
    print_table(
        "btc_basis, two venues, threshold 0.04, everything on: the run loop",
        header,
        [basis_line(size, series) for size, series in results.items()],
    )
    print_table(
        "btc_basis: the whole process, results written, no report",
        ["data", "seconds", "peak MB", "target"],
        [process_line(size, series) for size, series in results.items()],
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(prog="benchmarks.bench", description=__doc__)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--only", choices=("w1", "basis"))
    parser.add_argument("--skip-minutes-5y", action="store_true", help="leave out five years of minutes (large)")
    options = parser.parse_args(arguments)
    print("Targets are floor / goal; figures are medians of", options.repetitions, "runs, taken in turn.")
    if options.only != "basis":
        bench_w1(options.repetitions)
    if options.only != "w1":
        bench_basis(options.repetitions, minutes_5y=not options.skip_minutes_5y)


if __name__ == "__main__":
    main()
