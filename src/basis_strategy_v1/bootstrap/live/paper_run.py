"""A paper run: real prices, simulated fills. It lives as long as its process."""

from __future__ import annotations

from basis_strategy_v1.bootstrap.assembly import opening_balances
from basis_strategy_v1.bootstrap.live.assembly import Surroundings, assemble_live
from basis_strategy_v1.bootstrap.live.commands import ProcessCommands
from basis_strategy_v1.bootstrap.live.connections import Connections
from basis_strategy_v1.bootstrap.live.keeper import DirectoryKeeper
from basis_strategy_v1.bootstrap.live.opening import refuse_too_little
from basis_strategy_v1.bootstrap.live.options import LiveOptions, LiveOutcome
from basis_strategy_v1.bootstrap.live.paper import PaperVenues
from basis_strategy_v1.bootstrap.live.plan import LivePlan
from basis_strategy_v1.bootstrap.live.process import run_process
from basis_strategy_v1.bootstrap.live.run_folder import RunFolder
from basis_strategy_v1.bootstrap.live.world import LiveWorld
from basis_strategy_v1.core.strategies.modes import make_strategy
from basis_strategy_v1.core.strategies.strategy import TradingState
from basis_strategy_v1.venues.registry import spec_for


def run_paper(
    options: LiveOptions,
    plan: LivePlan,
    world: LiveWorld,
    connections: Connections,
    commands: ProcessCommands,
    folder: RunFolder,
) -> LiveOutcome:
    """Run ``plan`` on paper until it is stopped, or until ``options.until``."""
    settings = plan.settings
    opening = opening_balances(settings, plan.specs)
    venues = PaperVenues(settings, plan.specs, connections, opening)
    surroundings = Surroundings(
        quotes=venues,
        time=world.time,
        make_backends=venues.make_backends,
        directory=options.run_directory,
        monotonic_ns=world.monotonic_ns,
        credentials=lambda spec, name: plan.credentials_of(spec),
    )
    strategy = make_strategy(settings, spec_for)
    assembly = assemble_live(
        settings, plan.specs, plan.instruments, strategy, f"paper-{world.time.now()}", surroundings
    )
    connections.events = assembly.base.events
    keeper = DirectoryKeeper(options.run_directory, _forget)
    try:
        commands.stop_on_signals()
        refuse_too_little(assembly, opening)
        assembly.loop.handler.open_books(assembly.base.clock.now, opening)
        folder.keep()
        keeper.attention = lambda now: assembly.instructions.refused.lines()
        return run_process(assembly.engine(), assembly, options, commands, keeper, world)
    finally:
        keeper.close()
        assembly.close()


def _forget(state: TradingState, closing: str, halted_at: int | None) -> None:
    """A paper run has nothing that outlives it."""
