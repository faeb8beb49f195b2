"""Building the objects of one run and wiring them together."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Unpack

import msgspec

from basis_strategy_v1.backends.simulated.world import SimulatedWorld
from basis_strategy_v1.bootstrap.announcement import ComponentStarted, announce, register_health
from basis_strategy_v1.bootstrap.market import CASH, cash_currency
from basis_strategy_v1.bootstrap.tight_loop import TightLoop, tight_loop
from basis_strategy_v1.core.domain.clock import Clock, SimulationClock
from basis_strategy_v1.core.domain.deltas import Changes
from basis_strategy_v1.core.domain.market import MarketColumns
from basis_strategy_v1.core.domain.quantities import step_down
from basis_strategy_v1.core.domain.settings import RunSettings
from basis_strategy_v1.core.engine.event_driven_strategy_engine import EventDrivenStrategyEngine
from basis_strategy_v1.core.engine.parts import EngineParts
from basis_strategy_v1.core.engine.run_log import RunLog
from basis_strategy_v1.core.event_logger import EventLogger
from basis_strategy_v1.core.execution.execution_interface_manager import ExecutionInterfaceManager, PreTrade
from basis_strategy_v1.core.execution.execution_manager import ExecutionManager
from basis_strategy_v1.core.execution.journal import Journal
from basis_strategy_v1.core.execution.retry import RetryPolicy
from basis_strategy_v1.core.health.unified_health_manager import UnifiedHealthManager
from basis_strategy_v1.core.interfaces.base_execution_interface import BaseExecutionInterface
from basis_strategy_v1.core.interfaces.execution_interface_factory import ExecutionInterfaceFactory
from basis_strategy_v1.core.interfaces.factory_context import FactoryOptions
from basis_strategy_v1.core.interfaces.ports import BaseDataProvider
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec
from basis_strategy_v1.core.reconciliation.reconciliation_component import VenueAccount
from basis_strategy_v1.core.strategies.portfolio import BestOffers, Portfolio, TransferBook
from basis_strategy_v1.core.strategies.strategy import Strategy
from basis_strategy_v1.data.provider import HistoricalDataProvider

FACTORY = "ExecutionInterfaceFactory"
SMALLEST_AMOUNT = Decimal("0.000001")


class Assembly(msgspec.Struct, frozen=True):
    """One run, ready to go."""

    engine: EventDrivenStrategyEngine
    parts: EngineParts
    event_logger: EventLogger
    health: UnifiedHealthManager
    log: RunLog
    world: SimulatedWorld


def opening_balances(settings: RunSettings, specs: tuple[VenueSpec, ...]) -> Changes:
    """The initial capital by location: in the share class's currency, a dollar class in its venues' stablecoin."""
    currency = cash_currency(specs) if settings.currency == CASH else settings.currency
    return {
        location: {currency: step_down(settings.initial_capital * share, SMALLEST_AMOUNT)}
        for location, share in settings.initial_location.items()
    }


class Foundation(msgspec.Struct, frozen=True):
    """What nearly every object of a run is given."""

    settings: RunSettings
    specs: tuple[VenueSpec, ...]
    market: MarketColumns
    run_id: str
    clock: SimulationClock
    events: EventLogger
    health: UnifiedHealthManager
    log: RunLog


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
    base = Foundation(settings, specs, market, run_id, clock, EventLogger.in_memory(), UnifiedHealthManager(), RunLog())
    opening = opening_balances(settings, specs)
    world = SimulatedWorld(settings, specs, market, clock, opening)
    loop = tight_loop(settings, specs, market, clock, base.events)
    provider = HistoricalDataProvider(market, specs)
    interfaces = make_interfaces(base, loop, provider, backends=world.backend)
    execution = make_execution(base, loop, provider, interfaces)
    loop.handler.open_books(clock.now, opening)
    portfolio = make_portfolio(base, loop, world.network)
    parts = make_parts(
        base, loop, strategy, interfaces, execution, portfolio, world.credit, next_expiry=world.next_expiry
    )
    engine = EventDrivenStrategyEngine(parts, drive=drive)
    register_health(base.health, loop.handler.health, (loop.reconciliation.health, engine.rows.health))
    announce(base.health, base.events, clock.now, ComponentStarted(settings.execution_mode, run_id), FACTORY)
    return Assembly(engine, parts, base.events, base.health, base.log, world)


def make_interfaces(
    base: Foundation, loop: TightLoop, provider: BaseDataProvider, **options: Unpack[FactoryOptions]
) -> dict[str, BaseExecutionInterface]:
    """One interface per venue; those are also the accounts that reconciliation asks. ``options`` go to the factory."""
    settings = base.settings
    given: FactoryOptions = {
        "specs": base.specs,
        "settings": settings.execution,
        "factory_settings": settings.factory,
        "event_logger": base.events,
        "position_monitor": loop.positions,
        "health_manager": base.health,
        "clock": base.clock,
        **options,
    }
    interfaces = ExecutionInterfaceFactory.create_all_interfaces(
        settings.execution_mode,
        {"venue_settings": {spec.venue: settings.venue_settings.get(spec.venue, {}) for spec in base.specs}},
        provider,
        **given,
    )
    created = [spec for spec in base.specs if spec.venue in interfaces]
    loop.reconciliation.set_accounts(
        {spec.venue: VenueAccount(interfaces[spec.venue], spec.margin_currency) for spec in created}
    )
    return interfaces


def make_execution(
    base: Foundation,
    loop: TightLoop,
    provider: BaseDataProvider,
    interfaces: dict[str, BaseExecutionInterface],
    *,
    journal: Journal | None = None,
    retry_policy: RetryPolicy | None = None,
    step_clock: Clock | None = None,
    pre_trade: PreTrade | None = None,
) -> ExecutionManager:
    """The manager of blocks over the manager of instructions, which hands each outcome to the tight loop.

    ``step_clock`` counts the steps that instruction ids name; the run's clock where a run is one process.
    """
    manager = ExecutionInterfaceManager(
        {},
        provider,
        base.settings.execution_mode,
        interfaces=interfaces,
        clock=step_clock or base.clock,
        run_id=base.run_id,
        settings=base.settings.execution,
        event_logger=base.events,
        retry_policy=retry_policy,
        journal=journal,
        health_manager=base.health,
        position_update_handler=loop.handler,
        on_instruction=base.log.add,
        pre_trade=pre_trade,
    )
    return ExecutionManager(manager, event_logger=base.events, health_manager=base.health)


def make_portfolio(
    base: Foundation, loop: TightLoop, transfers: TransferBook, offers: BestOffers | None = None
) -> Portfolio:
    """What the strategy sizes with; ``offers`` where order books are known."""
    return Portfolio(base.market, base.clock, loop.positions, loop.pnl, loop.risk, transfers, offers)


def make_parts(
    base: Foundation,
    loop: TightLoop,
    strategy: Strategy,
    interfaces: dict[str, BaseExecutionInterface],
    execution: ExecutionManager,
    portfolio: Portfolio,
    credit: Callable[[str, str, Decimal], None],
    *,
    asks_each_row: bool = False,
    next_expiry: Callable[[], int | None] = lambda: None,
) -> EngineParts:
    """What the engine is given."""
    return EngineParts(
        settings=base.settings,
        market=base.market,
        clock=base.clock,
        specs=base.specs,
        strategy=strategy,
        interfaces=interfaces,
        execution_manager=execution,
        position_monitor=loop.positions,
        pnl_monitor=loop.pnl,
        exposure_monitor=loop.exposure,
        risk_monitor=loop.risk,
        reconciliation=loop.reconciliation,
        position_update_handler=loop.handler,
        portfolio=portfolio,
        event_logger=base.events,
        credit=credit,
        asks_each_row=asks_each_row,
        next_expiry=next_expiry,
    )
