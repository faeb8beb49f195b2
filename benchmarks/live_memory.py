"""What a live run holds in memory as market time goes by, with its local venues in a process of their own.

btc_basis trades on three venues, a tick a minute and some fifty orders an hour, as fast as the machine allows: the
venues' clock is moved by hand. Every hour of market time prints resident memory and the interpreter's blocks.

    python -m benchmarks.live_memory [--hours 24]
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from basis_strategy_v1.backends.live.live_time import LocalVenueTime
from basis_strategy_v1.bootstrap.live import run as live_run
from basis_strategy_v1.bootstrap.live.options import LiveOptions
from basis_strategy_v1.core.domain.timestamps import NANOSECONDS_PER_HOUR, to_iso, to_nanoseconds
from benchmarks.bench import basis_command
from benchmarks.live_probes import Patches
from benchmarks.local_venues import local_venues
from benchmarks.measure import run_process

BEGIN = "2024-01-01T00:00:00Z"
HOURS_A_YEAR = 8_760
STATUS = Path("/proc/self/statm")
BYTES_PER_MIB = 2**20
VENUES = ("binance", "bybit", "okx")
BALANCES = ("binance:USDT=50000", "binance.derivatives:USDT=50000", "bybit:USDT=30000", "okx:USDT=30000")
SETTINGS = (
    "strategy.hedge_allocation={binance: 0.4, bybit: 0.3, okx: 0.3}",
    "strategy.position_deviation_threshold=0.002",
)


class HourlyWatch:
    """Prints what this process holds when an hour of market time has begun."""

    def __init__(self) -> None:
        self._hour = -1

    def look(self, now: int) -> None:
        """``now`` is in ns UTC."""
        hour = now // NANOSECONDS_PER_HOUR
        if hour == self._hour:
            return
        self._hour = hour
        gc.collect()
        print(f"{to_iso(now)}  {resident_mebibytes():8.2f} MiB  {sys.getallocatedblocks():,} blocks", flush=True)


def resident_mebibytes() -> float:
    """Memory of this process that is in use now, not at its peak; known on Linux only."""
    pages = int(STATUS.read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / BYTES_PER_MIB


def watched(
    wait: Callable[[LocalVenueTime, float], None], watch: HourlyWatch
) -> Callable[[LocalVenueTime, float], None]:
    """``wait``, after which ``watch`` looks."""

    def wait_and_look(time: LocalVenueTime, seconds: float) -> None:
        wait(time, seconds)
        watch.look(time.now())

    return wait_and_look


def main() -> None:
    """Run for so many hours of market time and print."""
    parser = argparse.ArgumentParser(prog="benchmarks.live_memory", description=__doc__)
    parser.add_argument("--hours", type=int, default=24)
    hours = parser.parse_args().hours
    Patches().replace(LocalVenueTime, "wait", watched(LocalVenueTime.wait, HourlyWatch()))
    with tempfile.TemporaryDirectory() as folder:
        market = Path(folder) / "market"
        years = str((hours + 1) / HOURS_A_YEAR)
        run_process(basis_command("data", "synth", "--out", str(market), "--freq", "1min", "--years", years))
        with local_venues(*VENUES, data=str(market), balances=BALANCES) as (url, environment):
            options = LiveOptions(
                mode="btc_basis",
                overrides=SETTINGS,
                sandbox=url,
                directory=Path(folder) / "run",
                until=to_nanoseconds(BEGIN) + hours * NANOSECONDS_PER_HOUR,
                adopt=True,
            )
            outcome = live_run.run_live(options, {**environment, "XDG_STATE_HOME": folder})
    print(f"{outcome.ticks:,} ticks, NAV {outcome.nav}, {outcome.ending.value}")


if __name__ == "__main__":
    main()
