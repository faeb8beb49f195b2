"""Runs one implementation of W1 in a process of its own: ``python -m benchmarks.w1.subject NAME FOLDER``."""

from __future__ import annotations

import json
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

LOOPS = ("python_row_loop", "numpy_segments")


def has_engine() -> bool:
    """Whether the engine's W1 is there."""
    return find_spec("benchmarks.w1.engine_run") is not None


def run_loop(name: str, folder: Path) -> dict[str, Any]:
    """Time one of ``LOOPS``, without loading."""
    from importlib import import_module

    from benchmarks.w1.market import load_columns

    run = import_module(f"benchmarks.w1.{name}").run
    market = load_columns(folder)
    started = time.perf_counter()
    outcome = run(market)
    elapsed = time.perf_counter() - started
    return {
        "rows": len(market.ts),
        "elapsed_s": elapsed,
        "rebalances": outcome.rebalances,
        "instructions": 2 * outcome.rebalances,
        "segments": outcome.rebalances,
        "final_nav": float(outcome.equity[-1]),
    }


def main(name: str, folder: Path) -> None:
    """Print the figures of one run as JSON."""
    if name in LOOPS:
        report = run_loop(name, folder)
    else:
        from benchmarks.w1.engine_run import run_engine

        report = run_engine(folder)
    print(json.dumps(report, default=str))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
