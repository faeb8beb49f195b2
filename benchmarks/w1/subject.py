"""Measures W1 in one process: ``python -m benchmarks.w1.subject FOLDER [--repetitions 7] [--only NAME]``.

All implementations take turns, so that noise hits all alike; figures are medians, ``best_s`` is the shortest. With
``--only`` a single run is made, whose process then has the peak memory of that implementation alone.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

from basis_strategy_v1.cli.process import tune_process

LOOPS = ("python_row_loop", "numpy_segments")
ENGINE = "engine"
NAMES = (*LOOPS, ENGINE)

Run = Callable[[], dict[str, Any]]


def loop_runner(name: str, folder: Path) -> Run:
    """Times one of ``LOOPS``, without loading."""
    from benchmarks.w1.market import load_columns

    run = import_module(f"benchmarks.w1.{name}").run
    market = load_columns(folder)

    def timed() -> dict[str, Any]:
        started = time.perf_counter()
        outcome = run(market)
        return {
            "elapsed_s": time.perf_counter() - started,
            "rows": len(market.ts),
            "rebalances": outcome.rebalances,
            "instructions": 2 * outcome.rebalances,
            "segments": outcome.rebalances,
            "final_nav": float(outcome.equity[-1]),
        }

    return timed


def engine_runner(folder: Path) -> Run:
    """Times the engine twice: as W1, and watching one position without trading, which is what rows alone cost.

    What rows cost a trading run is the search of the run without trades and the equity columns of the trading run.
    """
    from benchmarks.w1.engine_run import EngineW1

    engine = EngineW1(folder)

    def timed() -> dict[str, Any]:
        idle = engine.run(trading=False)
        outcome = engine.run()
        report: dict[str, Any] = outcome._asdict()
        report["rows"] = len(engine.market)
        report["rebalances"] = outcome.instructions // 2
        report["idle_s"] = idle.elapsed_s
        report["rows_s"] = idle.search_s + outcome.equity_s
        report["settlement_s"] = (idle.steps_s - idle.search_s + idle.events_s) / idle.settlements
        return report

    return timed


def runner(name: str, folder: Path) -> Run:
    """The timed run of one of ``NAMES``."""
    return engine_runner(folder) if name == ENGINE else loop_runner(name, folder)


def medians(reports: list[dict[str, Any]]) -> dict[str, float]:
    """Each figure's median, and the shortest time."""
    figures = {key: float(median(report[key] for report in reports)) for key in reports[0]}
    figures["best_s"] = min(report["elapsed_s"] for report in reports)
    return figures


def main() -> None:
    """Print ``{name: figures}`` as JSON."""
    parser = argparse.ArgumentParser(prog="benchmarks.w1.subject", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--repetitions", type=int, default=7)
    parser.add_argument("--only", choices=NAMES)
    options = parser.parse_args()
    # All subjects run under the settings that the command makes for its process.
    tune_process()
    if options.only is not None:
        print(json.dumps({options.only: medians([runner(options.only, options.folder)()])}))
        return
    runs = {name: runner(name, options.folder) for name in NAMES}
    reports: dict[str, list[dict[str, Any]]] = {name: [] for name in NAMES}
    for run in runs.values():
        run()
    for _ in range(options.repetitions):
        for name, run in runs.items():
            reports[name].append(run())
    print(json.dumps({name: medians(list_of) for name, list_of in reports.items()}))


if __name__ == "__main__":
    main()
