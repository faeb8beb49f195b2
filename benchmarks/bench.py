"""Speed and memory against the targets: ``make bench`` (``BENCH='--repetitions 9 --skip-minutes-5y'``).

W1 runs as a plain Python row loop, as numpy segments alone and on the engine, in turn in one process; peak memory is
that of a process that runs it once. btc_basis runs as a person runs it, on two venues, everything on, each time in a
process of its own. Then come the limits on single operations (``benchmarks.limits``). Figures are medians.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from basis_strategy_v1.compiled_build import describe
from benchmarks import limits, targets
from benchmarks.measure import ROOT, Series, interleave, python_module, run_process
from benchmarks.w1.subject import ENGINE, NAMES

CACHE = ROOT / "benchmarks" / ".cache"
SUBJECTS = ("w1", "basis", "limits")
W1_SIZES = ("1h-5y", "1min-1y")
ROW_LOOP = "python_row_loop"
LARGEST_DIFFERENCE = 1e-6
Figures = dict[str, float]
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


def w1_line(size: str, name: str, figures: Figures, peak_mb: float, baseline: float) -> list[str]:
    """One line of W1's table."""
    elapsed = figures["elapsed_s"]
    rate = figures["rows"] / elapsed
    target = targets.W1_ROWS_PER_S[size]
    verdict = ""
    if name == ENGINE:
        verdict = f"{target.floor / 1e6:g} / {target.goal / 1e6:g} M rows/s: {target.verdict(rate)}"
    times = [f"{elapsed * 1e3:.1f}", f"{figures['best_s'] * 1e3:.1f}", f"{rate / 1e6:.2f}"]
    costs = [per(elapsed, figures["segments"]), per(elapsed, figures["instructions"])]
    return [name, f"{figures['rebalances']:.0f}", *times, *costs, f"{peak_mb:.0f}", f"{rate / baseline:.2f}", verdict]


def bench_w1(repetitions: int) -> None:
    """W1's tables, and what rows and instructions cost the engine by themselves."""
    run_process(python_module("benchmarks.w1.prepare", str(CACHE / "w1")))
    for size in W1_SIZES:
        folder = str(CACHE / "w1" / size)
        command = python_module("benchmarks.w1.subject", folder)
        figures: dict[str, Figures] = run_process([*command, "--repetitions", str(repetitions)]).report
        peaks = {name: run_process([*command, "--only", name]).peak_mb for name in NAMES}
        loop = figures[ROW_LOOP]
        baseline = loop["rows"] / loop["elapsed_s"]
        header = ["W1", "trades", "ms", "best", "M rows/s", "us/segment", "us/instruction", "peak MB"]
        lines = [w1_line(size, name, figures[name], peaks[name], baseline) for name in NAMES]
        print_table(f"W1, {size}: one process, in turn", [*header, "x row loop", "target"], lines)
        print_parts(figures[ENGINE], loop["final_nav"])


def print_parts(engine: Figures, expected_nav: float) -> None:
    """Where the engine's time goes, what rows and instructions cost, and whether it came to the same as the loop.

    What rows cost: the search of a run without trades plus the equity columns of the run with trades.
    """
    parts = ", ".join(f"{name} {engine[name + '_s'] * 1e3:.1f} ms" for name in ("steps", "events", "equity"))
    print(f"  engine: {parts}; without trades {engine['idle_s'] * 1e3:.1f} ms; {engine['false_wakes']:.0f} false wakes")
    rate = engine["rows"] / engine["rows_s"]
    cost = (engine["elapsed_s"] - engine["rows_s"]) / engine["instructions"] * 1e6
    floor, goal = targets.W1_FLOOR, targets.W1_GOAL
    rates = targets.Target(floor.rows_per_s, goal.rows_per_s, higher=True)
    costs = targets.Target(floor.instruction_us, goal.instruction_us, higher=False)
    print(
        f"  engine: rows (search without trades, equity columns with) {rate / 1e6:.1f} M rows/s{of_rows(rates, rate)}"
    )
    print(f"  engine: the rest {cost:.1f} us per instruction ({costs.floor:g} / {costs.goal:g}: {costs.verdict(cost)})")
    settlements, each = engine["settlements"], engine["settlement_s"] * 1e6
    share = settlements * each / engine["instructions"]
    print(f"  engine: of it {share:.1f} us for {settlements:.0f} settlements of funding, {each:.1f} us each")
    difference = engine["final_nav"] / expected_nav - 1.0
    verdict = "agrees" if abs(difference) <= LARGEST_DIFFERENCE else "DIFFERS"
    print(f"  engine: final NAV is the row loop's but for {difference:.1e} (at most {LARGEST_DIFFERENCE:g}): {verdict}")


def of_rows(target: targets.Target, rate: float) -> str:
    """The verdict on a rate of rows."""
    return f" ({target.floor / 1e6:g} / {target.goal / 1e6:g}: {target.verdict(rate)})"


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
    print_cost([results[size] for size in W1_SIZES])
    print_table(
        "btc_basis: the whole process, results written, no report",
        ["data", "seconds", "peak MB", "target"],
        [process_line(size, series) for size, series in results.items()],
    )


def print_cost(series: Sequence[Series]) -> None:
    """What rows and instructions cost btc_basis, told apart by two sizes."""
    first, second = (
        (one.value("rows") or 0.0, one.value("instructions") or 0.0, one.value("elapsed_s") or 0.0) for one in series
    )
    cost = targets.solve_cost(first, second)
    if cost is None:
        print("  rows and instructions cannot be told apart in this noise")
        return
    floor, goal = targets.BASIS_FLOOR, targets.BASIS_GOAL
    rates = targets.Target(floor.rows_per_s, goal.rows_per_s, higher=True)
    costs = targets.Target(floor.instruction_us, goal.instruction_us, higher=False)
    print(
        f"  both sizes solved: {cost.rows_per_s / 1e6:.1f} M rows/s{of_rows(rates, cost.rows_per_s)}, "
        f"{cost.instruction_us:.1f} us per instruction "
        f"({costs.floor:g} / {costs.goal:g}: {costs.verdict(cost.instruction_us)})"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(prog="benchmarks.bench", description=__doc__)
    parser.add_argument("--repetitions", type=int, default=7)
    parser.add_argument("--only", choices=SUBJECTS)
    parser.add_argument("--idle-seconds", type=float, default=180.0, help="how long an idle live run is watched")
    parser.add_argument("--skip-minutes-5y", action="store_true", help="leave out five years of minutes (large)")
    options = parser.parse_args(arguments)
    print("Targets are floor / goal; figures are medians of", options.repetitions, "runs, taken in turn.")
    print("Build:", describe())
    chosen = SUBJECTS if options.only is None else (options.only,)
    if "w1" in chosen:
        bench_w1(options.repetitions)
    if "basis" in chosen:
        bench_basis(options.repetitions, minutes_5y=not options.skip_minutes_5y)
    if "limits" in chosen:
        print_table("Limits, imports, I/O and venue time apart", limits.HEADER, limits.rows(options.idle_seconds))


if __name__ == "__main__":
    main()
