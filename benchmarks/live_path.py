"""What an instruction costs on the live path: local venues over loopback, limiter off.

Prints instructions per second through the whole stack (manager, interface, exactly-once, ccxt, HTTP, tight loop), and
per instruction the time in ccxt and on the wire, in the journal, and in our own code, which is the rest.

    python benchmarks/live_path.py [--instructions N]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from basis_strategy_v1.backends.live.gateway import Gateway
from basis_strategy_v1.backends.live.journal_database import JournalDatabase
from basis_strategy_v1.bootstrap.live import run as live_run
from basis_strategy_v1.bootstrap.live.options import LiveOptions
from basis_strategy_v1.core.domain.instructions import CexTrade
from basis_strategy_v1.core.engine.event_driven_strategy_engine import EventDrivenStrategyEngine
from basis_strategy_v1.core.engine.live_parts import LiveEnd, LiveEnding, LiveParts

TARGET_MS = 0.3
REQUESTS_RESET = 20


class Stopwatch:
    """Time spent inside some calls, the outermost only."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.calls = 0
        self._depth = 0

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any, **named: Any) -> Any:
            with self.running():
                return function(*arguments, **named)

        return timed

    @contextmanager
    def running(self) -> Any:
        self._depth += 1
        began = time.perf_counter()
        try:
            yield
        finally:
            self._depth -= 1
            if not self._depth:
                self.seconds += time.perf_counter() - began
                self.calls += 1


@contextmanager
def local_venues() -> Iterator[tuple[str, dict[str, str]]]:
    """The local Binance in a process of its own; its address and the credentials of its account."""
    command = [sys.executable, "-m", "basis_strategy_v1.cli.main", "sandbox", "up"]
    command += ["--venues", "binance", "--speed", "manual", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    url, environment = "", {}
    for line in process.stdout:
        if line.startswith("url"):
            url = line.split()[1]
        elif line.startswith("export "):
            name, _, value = line.removeprefix("export ").strip().partition("=")
            environment[name] = value
        elif line.startswith("stop"):
            break
    try:
        yield url, environment
    finally:
        process.terminate()
        process.wait(30)


def trades(count: int) -> list[CexTrade]:
    """Spot bought and sold in turn, so that balances stay as they are."""
    return [
        CexTrade(
            venue="binance",
            trade_type="spot",
            symbol="BTCUSDT",
            side="buy" if number % 2 == 0 else "sell",
            amount=Decimal("0.01") if number % 2 == 0 else Decimal("0.00999"),
        )
        for number in range(count)
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instructions", type=int, default=1000)
    count = parser.parse_args().instructions
    venue_calls, journal = Stopwatch(), Stopwatch()
    Gateway._run = venue_calls.around(Gateway._run)  # type: ignore[method-assign]
    original = JournalDatabase.transaction

    @contextmanager
    def transaction(self: JournalDatabase) -> Any:
        with journal.running(), original(self) as connection:
            yield connection

    JournalDatabase.transaction = transaction  # type: ignore[method-assign]
    elapsed: list[float] = []

    def run_instructions(self: EventDrivenStrategyEngine, live: LiveParts) -> LiveEnd:
        manager = self._parts.execution_manager
        now = self._parts.clock.now
        manager.execute_block(now, trades(2)[0])
        venue_calls.seconds = journal.seconds = 0.0
        venue_calls.calls = journal.calls = 0
        waited = 0.0
        began = time.perf_counter()
        for number, trade in enumerate(trades(count + 1)[1:]):
            if number % REQUESTS_RESET == 0:
                pause = time.perf_counter()
                live.time.wait(61)  # a new minute of the venue's weight limit
                waited += time.perf_counter() - pause
            result = manager.execute_block(now, trade)
            if result.error is not None:
                raise result.error
        elapsed.append(time.perf_counter() - began - waited)
        return LiveEnd(LiveEnding.DONE, count)

    EventDrivenStrategyEngine.run_live = run_instructions  # type: ignore[method-assign]
    with local_venues() as (url, environment), tempfile.TemporaryDirectory() as directory:
        hedge = ("strategy.hedge_allocation={binance: 1.0}",)
        live_run.run_live(
            LiveOptions(mode="btc_basis", overrides=hedge, sandbox=url, directory=Path(directory)), environment
        )
    _report(count, elapsed[0], venue_calls, journal)


def _report(count: int, seconds: float, venue_calls: Stopwatch, journal: Stopwatch) -> None:
    own = seconds - venue_calls.seconds - journal.seconds

    def each(value: float) -> str:
        return f"{value / count * 1e3:7.3f} ms"

    print(f"instructions              {count:,} spot market orders on a local Binance in another process")
    print(f"rate                      {count / seconds:,.0f} a second, {each(seconds)} each")
    print(f"ccxt and wire             {each(venue_calls.seconds)}  in {venue_calls.calls / count:.1f} requests")
    print(f"journal                   {each(journal.seconds)}  in {journal.calls / count:.1f} transactions")
    print(f"our own code              {each(own)}  target {TARGET_MS} ms")


if __name__ == "__main__":
    main()
