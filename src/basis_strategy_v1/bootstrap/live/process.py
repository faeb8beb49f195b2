"""A process's part of a live run: from an engine whose books are open to the end of the process."""

from __future__ import annotations

from basis_strategy_v1.bootstrap.live.assembly import LiveAssembly
from basis_strategy_v1.bootstrap.live.commands import ProcessCommands
from basis_strategy_v1.bootstrap.live.open_items import own_transfers
from basis_strategy_v1.bootstrap.live.options import LiveOptions, LiveOutcome
from basis_strategy_v1.bootstrap.live.world import LiveWorld
from basis_strategy_v1.core.engine.event_driven_strategy_engine import EventDrivenStrategyEngine
from basis_strategy_v1.core.engine.foreign_orders import ForeignOrderSource, no_orders
from basis_strategy_v1.core.engine.live_parts import LiveParts, OwnTradeSource, StateKeeper, no_trades
from basis_strategy_v1.core.health.unified_health_manager import HealthStatus, UnifiedHealthManager


def run_process(
    engine: EventDrivenStrategyEngine,
    assembly: LiveAssembly,
    options: LiveOptions,
    commands: ProcessCommands,
    keeper: StateKeeper,
    world: LiveWorld,
    foreign_orders: ForeignOrderSource = no_orders,
    own_trades: OwnTradeSource = no_trades,
) -> LiveOutcome:
    """Run ``engine`` until something ends it."""
    for line in assembly.parts.strategy.left_out(assembly.parts.portfolio):
        world.tell(f"left out: {line}")
    world.begun()
    end = engine.run_live(
        LiveParts(
            market=assembly.market,
            quotes=assembly.surroundings.quotes,
            time=assembly.surroundings.time,
            commands=commands,
            keeper=keeper,
            tick_seconds=options.tick_seconds,
            reconcile_seconds=options.reconcile_seconds,
            orders_seconds=options.orders_seconds,
            foreign_orders=foreign_orders,
            own_trades=own_trades,
            may_be_transfer=lambda location, asset: own_transfers(assembly.transfers.by_id.values(), location, asset),
            differs=assembly.uncertain.differs,
            health=lambda: _troubled(assembly.base.health),
            until=options.until,
        )
    )
    return LiveOutcome(
        ending=end.ending,
        ticks=end.ticks,
        nav=str(assembly.loop.pnl.nav),
        directory=options.run_directory,
        error=end.error,
        held=engine.rows.held,
        restart=commands.restart_requested,
    )


def _troubled(health: UnifiedHealthManager) -> dict[str, str]:
    """Components that are not healthy, and how they are."""
    reports = health.report().components.items()
    return {name: report.status.value for name, report in reports if report.status is not HealthStatus.HEALTHY}
