"""Building the objects of one run and wiring them together."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from basis_strategy_v1.backends.simulated.world import SimulatedWorld
from basis_strategy_v1.bootstrap.announcement import ComponentStarted, announce, register_health
from basis_strategy_v1.core.domain.clock import SimulationClock
from basis_strategy_v1.core.domain.deltas import Changes
from basis_strategy_v1.core.domain.ledger import Ledger
from basis_strategy_v1.core.domain.market import MarketColumns
from basis_strategy_v1.core.domain.quantities import step_down
from basis_strategy_v1.core.domain.settings import RunSettings
from basis_strategy_v1.core.engine.event_driven_strategy_engine import EventDrivenStrategyEngine
from basis_strategy_v1.core.engine.parts import EngineParts
from basis_strategy_v1.core.engine.run_log import RunLog
from basis_strategy_v1.core.event_logger import EventLogger
from basis_strategy_v1.core.execution.execution_interface_manager import ExecutionInterfaceManager
from basis_strategy_v1.core.execution.execution_manager import ExecutionManager
from basis_strategy_v1.core.health.unified_health_manager import UnifiedHealthManager
from basis_strategy_v1.core.interfaces.execution_interface_factory import ExecutionInterfaceFactory
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec
from basis_strategy_v1.core.monitors.catalog import HoldingCatalog
from basis_strategy_v1.core.monitors.exposure_monitor import ExposureMonitor
from basis_strategy_v1.core.monitors.pnl_monitor import PnLMonitor
from basis_strategy_v1.core.monitors.position_monitor import PositionMonitor
from basis_strategy_v1.core.monitors.risk_monitor import RiskMonitor
from basis_strategy_v1.core.reconciliation.compare import Tolerances
from basis_strategy_v1.core.reconciliation.reconciliation_component import ReconciliationComponent, VenueAccount
from basis_strategy_v1.core.strategies.components.position_update_handler import PositionUpdateHandler
from basis_strategy_v1.core.strategies.portfolio import Portfolio
from basis_strategy_v1.core.strategies.strategy import Strategy
from basis_strategy_v1.data.provider import HistoricalDataProvider

FACTORY = "ExecutionInterfaceFactory"
SMALLEST_AMOUNT = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Assembly:
    """One run, ready to go."""

    engine: EventDrivenStrategyEngine
    parts: EngineParts
    event_logger: EventLogger
    health: UnifiedHealthManager
    log: RunLog
    world: SimulatedWorld


def opening_balances(settings: RunSettings) -> Changes:
    """The initial capital by location."""
    return {
        location: {settings.currency: step_down(settings.initial_capital * share, SMALLEST_AMOUNT)}
        for location, share in settings.initial_location.items()
    }


def assemble(
    settings: RunSettings,
    specs: tuple[VenueSpec, ...],
    market: MarketColumns,
    strategy: Strategy,
    run_id: str,
    *,
    drive: str = "segments",
) -> Assembly:
    """Build a backtest of ``strategy``. The calling thread must use the ledger context."""
    clock = SimulationClock()
    clock.move_to(0, market.time(0))
    opening = opening_balances(settings)
    world = SimulatedWorld(settings, specs, market, clock, opening)
    events = EventLogger.in_memory()
    health = UnifiedHealthManager()
    log = RunLog()
    ledger = Ledger(HoldingCatalog(market, settings.asset, clock))
    positions = PositionMonitor(ledger)
    pnl = PnLMonitor(ledger, market, 0)
    exposure = ExposureMonitor(ledger)
    risk = RiskMonitor(ledger, specs, settings.risk)
    reconciliation = ReconciliationComponent(settings.reconciliation, positions, _tolerances(settings, specs), events)
    handler = PositionUpdateHandler(positions, reconciliation, exposure, risk, pnl, events, clock)
    provider = HistoricalDataProvider(market, specs)
    interfaces = ExecutionInterfaceFactory.create_all_interfaces(
        settings.execution_mode,
        {"venue_settings": {spec.venue: settings.venue_settings.get(spec.venue, {}) for spec in specs}},
        provider,
        backends=world.backend,
        specs=specs,
        settings=settings.execution,
        factory_settings=settings.factory,
        event_logger=events,
        position_monitor=positions,
        health_manager=health,
        clock=clock,
    )
    reconciliation.set_accounts(
        {
            spec.venue: VenueAccount(interfaces[spec.venue], spec.margin_currency)
            for spec in specs
            if spec.venue in interfaces
        }
    )
    manager = ExecutionInterfaceManager(
        {},
        provider,
        settings.execution_mode,
        interfaces=interfaces,
        clock=clock,
        run_id=run_id,
        settings=settings.execution,
        event_logger=events,
        health_manager=health,
        position_update_handler=handler,
        on_instruction=log.add,
    )
    execution = ExecutionManager(manager, event_logger=events, health_manager=health)
    portfolio = Portfolio(market, clock, positions, pnl, risk, world.network)
    handler.open_books(clock.now, opening)
    parts = EngineParts(
        settings=settings,
        market=market,
        clock=clock,
        specs=specs,
        strategy=strategy,
        interfaces=interfaces,
        execution_manager=execution,
        position_monitor=positions,
        pnl_monitor=pnl,
        exposure_monitor=exposure,
        risk_monitor=risk,
        reconciliation=reconciliation,
        position_update_handler=handler,
        portfolio=portfolio,
        event_logger=events,
        credit=world.credit,
    )
    engine = EventDrivenStrategyEngine(parts, drive=drive)
    register_health(health, handler.health, (reconciliation.health, engine.rows.health))
    announce(health, events, clock.now, ComponentStarted(settings.execution_mode, run_id), FACTORY)
    return Assembly(engine, parts, events, health, log, world)


def _tolerances(settings: RunSettings, specs: tuple[VenueSpec, ...]) -> Tolerances:
    steps: dict[str, Decimal] = {}
    dust: dict[str, Decimal] = {}
    for spec in specs:
        dust.update(spec.known_dust)
        for instrument in spec.instruments:
            if instrument.trade_type == "perp":
                steps[instrument.asset] = min(instrument.step, steps.get(instrument.asset, instrument.step))
    return Tolerances(settings.reconciliation.tolerance_steps, steps, dust=dust)
