"""Runs a day of live ticks against local venues with random mishaps and restarts, and reads the books afterwards.

Run it from the repository's root: ``.venv/bin/python scripts/live_soak.py [--hours 24] [--seed 1] [--venues okx,bybit]
[--astray 0.6] [--memory]``. It prints what struck, what it led to and how the day compares with the same day without
mishaps, and ends with 1 when the books are not closed. ``--memory`` traces allocations, which makes it slower.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "support"))

from soak import QUIET, Soak, SoakPlan
from soak_books import SoakBooks, read_books
from soak_memory import MemoryWatch

SAMPLE_ROWS = 120


def main(arguments: list[str]) -> int:
    """Live through the day twice, print the comparison; 1 when something is wrong."""
    parser = argparse.ArgumentParser(description="A day of live ticks with random mishaps and restarts.")
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--venues", default="binance,bybit,okx")
    parser.add_argument("--astray", type=float, default=0.0, help="the share of withdrawals that go astray")
    parser.add_argument("--memory", action="store_true")
    chosen = parser.parse_args(arguments)
    venues = tuple(chosen.venues.split(","))
    plan = SoakPlan(rows=int(chosen.hours * 60) + 1, seed=chosen.seed, venues=venues, of_withdrawals=chosen.astray)
    watch = MemoryWatch(SAMPLE_ROWS) if chosen.memory else None
    troubled = _day(plan, watch or (lambda row: None))
    if watch is not None:
        watch.stop()
    quiet = _day(replace(plan, **QUIET), lambda row: None)  # type: ignore[arg-type]
    _compare(quiet, troubled)
    if watch is not None:
        print("\nMiB held     " + "  ".join(f"row {sample.row}" for sample in watch.samples))
        print("  live run   " + "  ".join(f"{sample.live / 2**20:.2f}" for sample in watch.samples))
        print("  with venues" + "  ".join(f"{sample.total / 2**20:.2f}" for sample in watch.samples))
    problems = quiet.problems + troubled.problems
    for problem in problems:
        print(f"! {problem}")
    return 1 if problems else 0


def _day(plan: SoakPlan, watch: Callable[[int], None]) -> SoakBooks:
    with TemporaryDirectory() as directory:
        started = time.monotonic()
        soak = Soak(plan, Path(directory), watch)
        soak.run()
        last = soak.start_again()
        books = read_books(soak.venues, Path(directory))
        books.problems += soak.problems()
        if last.held or last.error is not None:
            books.problems.append(f"the last start: {last.held or last.error}")
        print(f"\n{plan.rows - 1} minutes, {soak.ticks()} ticks, {time.monotonic() - started:.0f} s")
        _show("ends of processes", soak.counts.lives)
        _show("errors that ended one", soak.counts.failures)
        _show("starts refused", soak.counts.refused)
        _show("faults", soak.faults.kinds)
        _show("deaths", soak.mortality.places)
        _show("ended by a person", soak.person.did)
        return books


def _show(what: str, counts: Mapping[str, int]) -> None:
    listed = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()) if count) or "none"
    print(f"  {what}: {listed}")


def _compare(quiet: SoakBooks, troubled: SoakBooks) -> None:
    print(f"\n{'':<24}{'quiet':>18}{'with mishaps':>18}")
    for name in ("orders", "fills", "transfers", "withdrawals", "bookings"):
        print(f"{name:<24}{getattr(quiet, name):>18}{getattr(troubled, name):>18}")
    if quiet.pnl is None or troubled.pnl is None:
        return
    for name in ("initial_nav", "flows", "nav"):
        print(f"{name:<24}{getattr(quiet.pnl, name):>18.6f}{getattr(troubled.pnl, name):>18.6f}")
    for bucket, amount in quiet.pnl.buckets.items():
        if amount or troubled.pnl.buckets[bucket]:
            print(f"  {bucket:<22}{amount:>18.6f}{troubled.pnl.buckets[bucket]:>18.6f}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
