"""Live runs against local venues in the same process: real ccxt, the real wire, no sockets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

import numpy as np

from basis_strategy_v1.backends.simulated.fills import fill_model
from basis_strategy_v1.bootstrap.live.options import LiveOptions, LiveOutcome
from basis_strategy_v1.bootstrap.live.plan import make_plan
from basis_strategy_v1.bootstrap.live.run import run_live
from basis_strategy_v1.bootstrap.live.session import open_run
from basis_strategy_v1.bootstrap.live.world import LiveWorld
from basis_strategy_v1.core.domain.market import InstrumentColumns, MarketColumns
from basis_strategy_v1.core.domain.quantities import use_ledger_context
from basis_strategy_v1.core.domain.settings import RunSettings
from basis_strategy_v1.core.execution.journal import KeptState
from basis_strategy_v1.core.strategies.strategy import TradingState
from basis_strategy_v1.sandbox.application import SandboxApplication
from basis_strategy_v1.sandbox.clock import SandboxClock
from basis_strategy_v1.sandbox.credentials import environment_variables
from basis_strategy_v1.sandbox.in_process import InProcessAdapter
from basis_strategy_v1.sandbox.world import SandboxWorld, build_world
from engine_runs import PerpSeries, Scene, market_of, settings_of, specs_of

CAPITAL = Decimal(100_000)
HOUR_SECONDS = 3600.0
SHARES = {1: ("1",), 2: ("0.5", "0.5"), 3: ("0.4", "0.3", "0.3")}


class LocalTime:
    """The time of local venues, moved by waiting; ``happenings`` are called once their row is reached."""

    def __init__(self, clock: SandboxClock, happenings: dict[int, Callable[[], object]]) -> None:
        self._clock = clock
        self._happenings = happenings

    def now(self) -> int:
        return self._clock.now_ns()

    def wait(self, seconds: float) -> None:
        self._clock.advance(seconds)
        for row in [row for row in self._happenings if row <= self._clock.row]:
            self._happenings.pop(row)()


def moving_scene(venues: Sequence[str], rows: int, seed: int = 7) -> Scene:
    """Prices that rise and fall enough to rebalance, premiums that differ by venue, funding every eight hours."""
    generator = np.random.default_rng(seed)
    spot = 50_000 * np.exp(np.cumsum(generator.normal(0, 0.008, rows)))
    rates = {row: "0.0001" if row % 16 else "-0.00005" for row in range(8, rows, 8)}
    premiums = (1.0005, 0.9997, 1.0002)
    perps = {
        venue: PerpSeries(price=spot * premium, mark=spot * premium, rates=dict(rates))
        for venue, premium in zip(venues, premiums, strict=False)
    }
    return Scene(spot=spot, perps=perps)


class LocalVenues:
    """Local venues over a scene, and live runs against them.

    Args:
        also_spot: venues that trade spot as well, at the prices of the first one's.

    Attributes:
        settings: of the backtest that a run is compared with.
        happenings: what happens outside the run, by row.
        world, application: the venues.
    """

    def __init__(self, venues: Sequence[str], scene: Scene, *overrides: str, also_spot: Sequence[str] = ()) -> None:
        use_ledger_context()
        self.venues = tuple(venues)
        shares = ", ".join(f"{venue}: {share}" for venue, share in zip(venues, SHARES[len(venues)], strict=True))
        self.overrides = (f"strategy.hedge_allocation={{{shares}}}", *overrides)
        self.settings: RunSettings = settings_of("btc_basis", "execution_settings.slippage_model=none", *self.overrides)
        self.scene = scene
        specs = tuple(spec for spec in specs_of(self.settings) if spec.family == "CEX")
        self.market: MarketColumns = market_of(self.settings, specs, scene)
        for spec in specs:
            if spec.venue in also_spot:
                traded = spec.instrument("BTCUSDT", "spot")
                assert traded is not None and self.market.reference is not None
                self.market.spot[spec.venue, traded.symbol] = InstrumentColumns(traded, self.market.reference)
        self.world: SandboxWorld = build_world(
            self.market, self.venues, {self.venues[0]: {specs[0].margin_currency: CAPITAL}}, model=fill_model("none")
        )
        self.application = SandboxApplication(self.world)
        self.happenings: dict[int, Callable[[], object]] = {}

    def options(self, directory: Path, last_row: int | None = None, **changes: object) -> LiveOptions:
        """A run over all rows of the scene, or up to ``last_row``."""
        row = len(self.market) - 1 if last_row is None else last_row
        values: dict[str, object] = {
            "mode": "btc_basis",
            "overrides": self.overrides,
            "directory": directory,
            "tick_seconds": HOUR_SECONDS,
            "reconcile_seconds": HOUR_SECONDS,
            # A row that is over means one more tick: a time in the past is refused.
            "until": max(self.market.time(row), self.world.clock.now_ns()),
            **changes,
        }
        return LiveOptions(**values)  # type: ignore[arg-type]

    def live_world(self) -> LiveWorld:
        """Their time and their transport."""
        return LiveWorld(time=LocalTime(self.world.clock, self.happenings), adapter=InProcessAdapter(self.application))

    def environment(self) -> dict[str, str]:
        """Their credentials."""
        return environment_variables(self.venues)

    def run(self, directory: Path, last_row: int | None = None, **changes: object) -> LiveOutcome:
        """Start a live run and see it to its end."""
        return run_live(self.options(directory, last_row, **changes), self.environment(), self.live_world())

    def keep_closing(self, directory: Path, reason: str) -> None:
        """As if the last process had ended in the middle of an exit."""
        options = self.options(directory)
        journal = open_run(options, make_plan(options, self.environment()), 0, exclusive=True)
        try:
            journal.keep_state(KeptState(self.world.clock.now_ns(), TradingState.REDUCING, reason, None, reason))
        finally:
            journal.close()
