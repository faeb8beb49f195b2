"""What an instruction costs on the live path: local venues over loopback, limiter off, everything else on.

Orders go through the whole stack, one after the other: pre-trade checks, manager, interface, exactly-once with its
journal on disk, ccxt, HTTP, tight loop with the venue's books compared, event log. Each moment counts to one part:

- the wire: requests, urllib3, sockets and the venue's own time, and what being led to local venues adds;
- ccxt;
- the journal: SQLite's commits to disk, and its statements;
- our own code, which is the rest: what guards requests and answers within ccxt's calls counts to it.

Figures are medians, so that interruptions do not count. A second pass, with more probes, shows what our own code is
made of.

    python -m benchmarks.live_path [--instructions N] [--venues binance,okx]
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Container, Sequence
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from basis_strategy_v1.bootstrap.live import run as live_run
from basis_strategy_v1.bootstrap.live.options import LiveOptions
from basis_strategy_v1.cli.process import settle_process, tune_process
from basis_strategy_v1.core.domain.instructions import CexTrade
from basis_strategy_v1.core.engine.event_driven_strategy_engine import EventDrivenStrategyEngine
from basis_strategy_v1.core.engine.live_parts import LiveEnd, LiveEnding, LiveParts
from benchmarks.live_probes import CCXT, COMMIT, OWN, STATEMENTS, WIRE, install
from benchmarks.local_venues import local_venues
from benchmarks.own_time import Lap, Parts

TARGET_MS = 0.3
FOREIGN = frozenset({WIRE, CCXT, COMMIT, STATEMENTS})
DOORS = {
    "wire, with the venue's time": (WIRE,),
    "ccxt": (CCXT,),
    "journal, commits": (COMMIT,),
    "journal, statements": (STATEMENTS,),
}
PAIR = 2
BEFORE_A_PAUSE = 20
MINUTE = 61.0
SYMBOLS = {"binance": "BTCUSDT", "bybit": "BTCUSDT", "okx": "BTCUSDT", "hyperliquid": "BTC"}
BALANCES = (
    "binance:USDT=50000",
    "binance.derivatives:USDT=50000",
    "bybit:USDT=100000",
    "okx:USDT=100000",
    "hyperliquid:USDC=100000",
)


class Subject(NamedTuple):
    """What is traded where, how often."""

    venue: str
    trade_type: str
    count: int

    def trades(self) -> list[CexTrade]:
        """Bought and sold in turn, so that balances and positions stay as they are; the first pair warms up."""
        # Spot's fee is taken from what is bought, so a little less can be sold.
        sold = Decimal("0.00999") if self.trade_type == "spot" else Decimal("0.01")
        fields: dict[str, Any] = {
            "venue": self.venue,
            "trade_type": self.trade_type,
            "symbol": SYMBOLS[self.venue],
        }
        return [
            CexTrade(**fields, side="sell" if number % 2 else "buy", amount=sold if number % 2 else Decimal("0.01"))
            for number in range(self.count + PAIR)
        ]


class Measurement:
    """Sends instructions in the place of the engine's loop.

    Attributes:
        laps: one for each pair of instructions.
    """

    def __init__(self, subject: Subject) -> None:
        self.parts = Parts(OWN)
        self.laps: list[Lap] = []
        self._trades = subject.trades()

    def run(self, engine: EventDrivenStrategyEngine, live: LiveParts) -> LiveEnd:
        """Execute all instructions; the first pair, a warm-up, does not count."""
        settle_process()
        manager = engine._parts.execution_manager
        now = engine._parts.clock.now
        for number, trade in enumerate(self._trades):
            if number % PAIR == 0:
                self.laps.append(self.parts.lap())
            if number % BEFORE_A_PAUSE == 0:
                live.time.wait(MINUTE)  # a new minute of the venue's limits
                self.parts.lap()
            result = manager.execute_block(now, trade)
            if result.error is not None:
                raise result.error
        self.laps.append(self.parts.lap())
        del self.laps[:PAIR]
        return LiveEnd(LiveEnding.DONE, len(self._trades))


def measure(subject: Subject, *, inside: bool) -> list[Lap]:
    """Seconds by part for each pair of instructions, one bought and one sold; ``inside`` as in ``install``."""
    measurement = Measurement(subject)

    def run_live(engine: EventDrivenStrategyEngine, live: LiveParts) -> LiveEnd:
        return measurement.run(engine, live)

    only = (f"strategy.hedge_allocation={{{subject.venue}: 1.0}}",)
    with (
        local_venues(*SYMBOLS, balances=BALANCES) as (url, environment),
        tempfile.TemporaryDirectory() as directory,
        install(measurement.parts, inside=inside) as patched,
    ):
        patched.replace(EventDrivenStrategyEngine, "run_live", run_live)
        options = LiveOptions(mode="btc_basis", overrides=only, sandbox=url, directory=Path(directory), adopt=True)
        live_run.run_live(options, {**environment, "XDG_STATE_HOME": directory})
    return measurement.laps


def median_of(laps: Sequence[Lap], parts: Container[str]) -> float:
    """Milliseconds that an instruction spends in ``parts``: the median, so that interruptions do not count."""
    return median(sum(seconds for part, seconds in lap.seconds.items() if part in parts) for lap in laps) / PAIR * 1e3


def calls_of(laps: Sequence[Lap], part: str) -> float:
    """How often an instruction enters ``part``."""
    return sum(lap.calls.get(part, 0) for lap in laps) / len(laps) / PAIR


def own_parts(laps: Sequence[Lap]) -> list[str]:
    """The parts that are our own code."""
    return [name for name in dict.fromkeys(part for lap in laps for part in lap.seconds) if name not in FOREIGN]


def report(subject: Subject, laps: Sequence[Lap], inside: Sequence[Lap]) -> None:
    """Print a block of figures: ``inside`` is the pass that tells the parts of our own code apart."""
    own = own_parts(laps)
    total, ours = median_of(laps, (*own, *FOREIGN)), median_of(laps, own)
    verdict = "met" if ours < TARGET_MS else "MISSED"
    print(f"\n{subject.venue}, {subject.trade_type}: {subject.count:,} market orders, {1e3 / total:,.0f} a second")
    print(f"  in all                       {total:7.3f} ms")
    for title, parts in DOORS.items():
        print(f"  {title:<28} {median_of(laps, parts):7.3f} ms  {calls_of(laps, parts[0]):.1f} calls")
    print(f"  our own code                 {ours:7.3f} ms  target {TARGET_MS} ms: {verdict}")
    for name in own_parts(inside):
        count = calls_of(inside, name)
        print(f"    {name:<27}{median_of(inside, (name,)):7.3f} ms" + (f"  {count:.1f} calls" if count else ""))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="benchmarks.live_path", description=__doc__)
    parser.add_argument("--instructions", type=int, default=500)
    parser.add_argument("--venues", default=",".join(SYMBOLS))
    options = parser.parse_args()
    tune_process()
    subjects = [(venue, "perp") for venue in options.venues.split(",")]
    if "binance" in options.venues:
        subjects.insert(0, ("binance", "spot"))
    for venue, trade_type in subjects:
        subject = Subject(venue, trade_type, options.instructions)
        report(subject, measure(subject, inside=False), measure(subject, inside=True))


if __name__ == "__main__":
    main()
