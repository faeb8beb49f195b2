"""What the limits are measured on, in a process of its own: ``python -m benchmarks.limits_subject SUBJECT [ADDRESS]``.

``simulated`` makes, uses and exchanges the objects of a backtest; ``live`` makes interfaces with real connections,
which ask local venues at ``ADDRESS`` for their markets. Prints JSON: seconds, and MB (10^6 bytes).
"""

from __future__ import annotations

import gc
import json
import os
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

from basis_strategy_v1.backends.simulated.world import SimulatedWorld
from basis_strategy_v1.bootstrap.assembly import Assembly, assemble, opening_balances
from basis_strategy_v1.bootstrap.live.options import LiveOptions
from basis_strategy_v1.bootstrap.live.plan import make_plan
from basis_strategy_v1.bootstrap.live.session import connect_venues
from basis_strategy_v1.bootstrap.live.world import world_of
from basis_strategy_v1.bootstrap.market import load
from basis_strategy_v1.bootstrap.tight_loop import tight_loop
from basis_strategy_v1.config.loader import load_config
from basis_strategy_v1.core.domain.clock import SimulationClock
from basis_strategy_v1.core.domain.instructions import CexTrade, Instruction, SmartContractAction, WalletTransfer
from basis_strategy_v1.core.domain.live_market import LiveMarket
from basis_strategy_v1.core.domain.quantities import use_ledger_context
from basis_strategy_v1.core.domain.settings import RunSettings
from basis_strategy_v1.core.event_logger import EventLogger
from basis_strategy_v1.core.interfaces.base_execution_interface import BaseExecutionInterface
from basis_strategy_v1.core.interfaces.execution_interface_factory import ExecutionInterfaceFactory
from basis_strategy_v1.core.strategies.modes import make_strategy
from basis_strategy_v1.data.loader import LoadedMarket
from basis_strategy_v1.data.provider import HistoricalDataProvider
from basis_strategy_v1.data.sample import sample_directory
from basis_strategy_v1.venues.registry import register, spec_for
from benchmarks.own_time import Parts

REPETITIONS = 50
CONNECTIONS = 10
MB = 1e6
Figures = dict[str, float]


class Backtest:
    """The objects of a backtest of ``mode`` over the embedded sample."""

    def __init__(self, mode: str) -> None:
        register()
        config = load_config(mode, config_file=None, overrides=(), environment={})
        self.settings: RunSettings = config.settings
        self.specs = tuple(spec_for(venue) for venue in self.settings.venues)
        self.loaded: LoadedMarket = load(self.settings, self.specs, sample_directory(), None, None)
        self.clock = SimulationClock()
        self.clock.move_to(0, self.loaded.market.time(0))

    def assemble(self) -> Assembly:
        """All of it, ready to go."""
        strategy = make_strategy(self.settings, spec_for)
        return assemble(self.settings, self.specs, self.loaded.market, strategy, "limits")

    def switch(self) -> None:
        """What changes with the mode: its strategy, and the books and monitors over them."""
        make_strategy(self.settings, spec_for)
        tight_loop(self.settings, self.specs, self.loaded.market, self.clock, EventLogger.in_memory())


def seconds(action: Callable[[], object], repetitions: int = REPETITIONS) -> float:
    """The median time of ``action``; the first time, which imports and caches, does not count."""
    action()
    times = []
    for _ in range(repetitions):
        began = time.perf_counter()
        action()
        times.append(time.perf_counter() - began)
    return median(times)


def allocated_mb(make: Callable[[], object]) -> float:
    """The memory that what ``make`` gives holds; it is made once before, so that imports do not count."""
    make()
    gc.collect()
    tracemalloc.start()
    kept = make()
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del kept
    return held / MB


def interface_maker(settings: RunSettings, mode: str, **options: Any) -> Callable[[str], BaseExecutionInterface]:
    """Makes the interface of a venue for an execution mode, as a run does."""
    config = {"venue_settings": settings.venue_settings}

    def make(venue: str) -> BaseExecutionInterface:
        return ExecutionInterfaceFactory.create_interface(venue, mode, config, settings=settings.execution, **options)

    return make


def interfaces_of(backtest: Backtest) -> Callable[[str], BaseExecutionInterface]:
    """Makes simulated interfaces, each with a world of its own."""
    market, provider = backtest.loaded.market, HistoricalDataProvider(backtest.loaded.market, backtest.specs)
    settings, specs, clock = backtest.settings, backtest.specs, backtest.clock

    def backends(venue: str) -> Any:
        return SimulatedWorld(settings, specs, market, clock, opening_balances(settings, specs)).backend(venue)

    loop = tight_loop(settings, specs, market, clock, EventLogger.in_memory())
    fixed = {"data_provider": provider, "specs": specs, "clock": clock}
    return interface_maker(settings, "backtest", backends=backends, position_monitor=loop.positions, **fixed)


def slowest_method(backtest: Backtest, *instructions: Instruction) -> float:
    """The slowest of ``instructions``, executed in turn through manager, interface and tight loop."""
    parts = backtest.assemble().parts
    now = backtest.clock.now
    times: list[list[float]] = [[] for _ in instructions]
    for _ in range(REPETITIONS):
        for number, instruction in enumerate(instructions):
            began = time.perf_counter()
            result = parts.execution_manager.execute_block(now, instruction)
            times[number].append(time.perf_counter() - began)
            if result.error is not None:
                raise result.error
    return max(median(each[1:]) for each in times)


def simulated() -> Figures:
    """Figures of a backtest's objects."""
    use_ledger_context()
    basis, lending = Backtest("btc_basis"), Backtest("pure_lending")
    basis_interfaces, lending_interfaces = interfaces_of(basis), interfaces_of(lending)
    made = [seconds(lambda spec=spec: basis_interfaces(spec.venue)) for spec in basis.specs]
    made += [seconds(lambda spec=spec: lending_interfaces(spec.venue)) for spec in lending.specs]
    trade = {"venue": "binance", "symbol": "BTCUSDT", "amount": Decimal("0.01")}
    move = {"token": "USDT", "amount": Decimal(1_000)}
    supply = {"protocol": "aave", "token": "USDT", "amount": Decimal(1_000)}
    traded = slowest_method(
        basis,
        WalletTransfer(from_venue="binance", to_venue="binance.derivatives", **move),
        CexTrade(trade_type="spot", side="buy", **trade),
        CexTrade(trade_type="perp", side="sell", **trade),
        CexTrade(trade_type="perp", side="buy", **trade),
    )
    lent = slowest_method(
        lending,
        SmartContractAction(action="supply", **supply),
        SmartContractAction(action="withdraw", **supply),
    )
    return {
        "creation_s": max(made),
        "method_s": max(traded, lent),
        "switch_s": max(seconds(basis.switch), seconds(lending.switch)),
        "memory_mb": allocated_mb(lambda: [basis_interfaces(spec.venue) for spec in basis.specs]),
    }


def live(address: str) -> Figures:
    """Figures of interfaces with connections to the four exchanges."""
    use_ledger_context()
    with tempfile.TemporaryDirectory() as folder:
        venues = ("binance", "bybit", "okx", "hyperliquid")
        made = [LiveInterface(venue, address, Path(folder)) for venue in venues]
        return {
            "creation_s": max(seconds(one.make) for one in made),
            **_connecting(made),
            "memory_mb": allocated_mb(lambda: [_started(one.connected()) for one in made]),
        }


def _connecting(made: Sequence[LiveInterface]) -> Figures:
    """What interfaces with their connections take: ccxt's own objects, and the rest; of the slowest venue each."""
    import ccxt

    parts = Parts("own")
    ccxt.Exchange.__init__ = parts.during("ccxt", ccxt.Exchange.__init__)
    figures = {"own": 0.0, "ccxt": 0.0}
    for one in made:
        laps = []
        for _ in range(CONNECTIONS):
            parts.lap()
            one.connected()
            laps.append(parts.lap().seconds)
        figures = {part: max(worst, median(lap[part] for lap in laps)) for part, worst in figures.items()}
    return {"connected_s": figures["own"], "ccxt_s": figures["ccxt"]}


class LiveInterface:
    """Makes the interface of a venue: over a connection that is there, or over one that it opens as well."""

    def __init__(self, venue: str, address: str, folder: Path) -> None:
        only = (f"strategy.hedge_allocation={{{venue}: 1.0}}",)
        self._venue = venue
        self._options = LiveOptions(mode="btc_basis", sandbox=address, overrides=only, directory=folder)
        self._plan = make_plan(self._options, os.environ)
        self._world = world_of(address, lambda: False, os.environ)
        market = LiveMarket(self._plan.instruments, self._plan.settings.max_staleness_prices)
        self._provider = HistoricalDataProvider(market.columns, self._plan.specs)
        self._connections = connect_venues(self._options, self._plan, self._world)

    def connected(self) -> BaseExecutionInterface:
        """The interface over a new connection."""
        self._connections = connect_venues(self._options, self._plan, self._world)
        return self.make()

    def make(self) -> BaseExecutionInterface:
        """The interface over the connection that is there."""
        plan = self._plan
        maker = interface_maker(
            plan.settings,
            "live",
            data_provider=self._provider,
            specs=plan.specs,
            backends=self._connections.exchanges.__getitem__,
            credentials=lambda spec, name: plan.credentials_of(spec),
            position_monitor=self._connections,
            clock=SimulationClock(),
        )
        return maker(self._venue)


def _started(interface: BaseExecutionInterface) -> BaseExecutionInterface:
    """``interface`` with its markets loaded, as it works."""
    backend: Any = interface.backend
    backend.start()
    return interface


if __name__ == "__main__":
    print(json.dumps(simulated() if sys.argv[1] == "simulated" else live(sys.argv[2])))
