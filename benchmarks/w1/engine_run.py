"""W1 run by the engine on one simulated venue, everything on."""

from __future__ import annotations

import time
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from basis_strategy_v1.bootstrap.assembly import Assembly, assemble
from basis_strategy_v1.bootstrap.market import load
from basis_strategy_v1.core.domain.market import FloatArray, Instrument, MarketColumns
from basis_strategy_v1.core.domain.quantities import use_ledger_context
from basis_strategy_v1.core.domain.settings import ExecutionSettings, RunSettings, StrategySettings
from basis_strategy_v1.core.engine.equity import EquityColumns
from basis_strategy_v1.core.interfaces.venue_spec import FeeSchedule, MaintenanceTier, VenueSpec
from basis_strategy_v1.venues.registry import register, spec_for
from benchmarks.w1.strategy import SYMBOL, HalfHedged

VENUE = "bybit"
EVENTS = "ExecutionInterfaces"
FEE = Decimal("0.0005")
MAINTENANCE_RATE = Decimal("0.004")
TICK = Decimal("0.01")
STEP = Decimal("0.000001")
INITIAL_CAPITAL = Decimal(100_000)
WATCHED_SHARE, LOWEST_SHARE, HIGHEST_SHARE = 0.05, 1e-6, 0.9
"""A share of spot that is never rebalanced: small, so that no price brings the margin to its limits."""


class EngineOutcome(NamedTuple):
    """What one run cost, part by part, and what it came to.

    ``steps_s`` is everything but events and equity; ``search_s`` the part of it before the last row is closed, where
    what settled since the last trade is booked.
    """

    elapsed_s: float
    search_s: float
    steps_s: float
    events_s: float
    equity_s: float
    instructions: int
    segments: int
    settlements: int
    false_wakes: int
    event_bytes: int
    final_nav: float
    unexplained: float


def w1_spec() -> VenueSpec:
    """A venue of one wallet: 5 bps a leg in USDT, coins no collateral, one step and tick for both instruments."""
    spec = spec_for(VENUE)
    assert spec.margin is not None
    tier = MaintenanceTier(Decimal(0), MAINTENANCE_RATE, Decimal(0), 100)
    return msgspec.structs.replace(
        spec,
        instruments=tuple(_even(item) for item in spec.instruments if item.symbol == SYMBOL),
        fees=FeeSchedule(spot_maker=FEE, spot_taker=FEE, perp_maker=FEE, perp_taker=FEE),
        fee_currency="quote",
        margin=msgspec.structs.replace(spec.margin, collateral_weights={}, tiers={SYMBOL: (tier,)}),
    )


def _even(instrument: Instrument) -> Instrument:
    return msgspec.structs.replace(instrument, tick=TICK, step=STEP, min_quantity=STEP, min_notional=Decimal("0.01"))


def _note_questions(interface: Any) -> list[float]:
    """A list whose last entry says when the venue was asked for the last time: as the last row is closed."""
    update_state = interface.update_state
    asked: list[float] = []

    def timed_update_state(timestamp: int, trigger_source: str) -> Any:
        asked.append(time.perf_counter())
        return update_state(timestamp, trigger_source)

    interface.update_state = timed_update_state
    return asked


class EngineW1:
    """The market loaded once; each ``run`` builds everything else anew."""

    def __init__(self, folder: Path) -> None:
        use_ledger_context()
        register()
        self.spec = w1_spec()
        self.settings = RunSettings(
            mode="btc_basis",
            share_class="usdt_stable",
            currency="USDT",
            asset="BTC",
            initial_capital=INITIAL_CAPITAL,
            initial_location={VENUE: Decimal(1)},
            venues=(VENUE,),
            strategy=StrategySettings(hedge_allocation={VENUE: Decimal(1)}),
            execution=ExecutionSettings(slippage_model="none"),
        )
        self.market: MarketColumns = load(self.settings, (self.spec,), folder, None, None).market

    def assemble(self, *, trading: bool = True) -> Assembly:
        """A run ready to go; with ``trading=False`` it enters a small position and then only watches it."""
        strategy = (
            HalfHedged(self.spec) if trading else HalfHedged(self.spec, WATCHED_SHARE, LOWEST_SHARE, HIGHEST_SHARE)
        )
        return assemble(self.settings, (self.spec,), self.market, strategy, "w1")

    def run(self, *, trading: bool = True) -> EngineOutcome:
        """Time the run loop: search, steps, encoding of events, equity columns; neither assembly nor writing.

        Raises:
            ComponentError: what stopped the run.
        """
        assembly = self.assemble(trading=trading)
        asked = _note_questions(assembly.parts.interfaces[VENUE])
        started = time.perf_counter()
        assembly.engine.run_backtest()
        stepped = time.perf_counter()
        logger = assembly.event_logger
        encoded = sum(len(logger.encode_component(component)) for component in logger.events_by_component())
        written_down = time.perf_counter()
        equity = self._equity(assembly)
        last = 0.0
        for block in equity.blocks():
            last = float(block.columns["nav"][-1])
        finished = time.perf_counter()
        failure = assembly.engine.rows.failure
        if failure is not None:
            raise failure
        return EngineOutcome(
            elapsed_s=finished - started,
            search_s=asked[-1] - started,
            steps_s=stepped - started,
            events_s=written_down - stepped,
            equity_s=finished - written_down,
            instructions=len(assembly.log.entries),
            segments=len(assembly.engine.table),
            settlements=sum(event.event_type == "funding_settled" for event in logger.events_by_component()[EVENTS]),
            false_wakes=assembly.engine.false_wakes,
            event_bytes=encoded,
            final_nav=last,
            unexplained=equity.largest_unexplained,
        )

    def margin_ratio(self) -> FloatArray:
        """The margin ratio of every row of W1."""
        assembly = self.assemble()
        assembly.engine.run_backtest()
        blocks = self._equity(assembly).blocks()
        return np.concatenate([block.columns[f"margin_ratio.{VENUE}"] for block in blocks])

    def _equity(self, assembly: Assembly) -> EquityColumns:
        parts = assembly.parts
        initial = float(parts.pnl_monitor.initial_nav)
        return EquityColumns(self.market, assembly.engine.table, parts.specs, 0, initial, time.perf_counter)
