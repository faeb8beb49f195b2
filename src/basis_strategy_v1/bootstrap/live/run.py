"""A live run from options to its end."""

from __future__ import annotations

import random
import time as machine
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from basis_strategy_v1.backends.live.journal_sql import SqlJournal, open_journal
from basis_strategy_v1.backends.live.live_time import LocalVenueTime, SystemTime
from basis_strategy_v1.bootstrap.live.assembly import LiveAssembly, Surroundings, assemble_live
from basis_strategy_v1.bootstrap.live.commands import ProcessCommands
from basis_strategy_v1.bootstrap.live.connections import Connections, Reach, open_connections
from basis_strategy_v1.bootstrap.live.journal_keeper import JournalKeeper, declared_flows
from basis_strategy_v1.bootstrap.live.options import LiveOptions, LiveOutcome
from basis_strategy_v1.bootstrap.live.places import local_targets
from basis_strategy_v1.bootstrap.live.plan import LivePlan, make_plan
from basis_strategy_v1.bootstrap.live.recovery import Recovery, start
from basis_strategy_v1.core.domain.quantities import use_ledger_context
from basis_strategy_v1.core.engine.live_parts import LiveParts, LiveTime
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.execution.exactly_once import ExactlyOnceExchange
from basis_strategy_v1.core.execution.retry import ExponentialBackoff
from basis_strategy_v1.core.strategies.modes import make_strategy
from basis_strategy_v1.core.strategies.strategy import TradingState
from basis_strategy_v1.venues.registry import spec_for

COMPONENT = "EventDrivenStrategyEngine"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveWorld:
    """What a live run is given of the world; a test gives another.

    Attributes:
        adapter: a ``requests`` transport adapter in the place of sockets.
    """

    time: LiveTime
    monotonic_ns: Callable[[], int] = machine.monotonic_ns
    adapter: Any = None


def run_live(options: LiveOptions, environment: Mapping[str, str], world: LiveWorld | None = None) -> LiveOutcome:
    """Run a mode at its venues until it is stopped, or until ``options.until``.

    Raises:
        ComponentError: CFG-*, EIF-*, EXI-004 for input that cannot be run; DAT-001 and EXI-003 for a venue that
            cannot be asked at the start; REC-* for what stands between journal and venues; EIM-013 while halted.
    """
    use_ledger_context()
    plan = make_plan(options, environment)
    directory = options.run_directory
    directory.mkdir(parents=True, exist_ok=True)
    commands = ProcessCommands(directory, lambda: declared_flows(journal))
    world = world or LiveWorld(time=_time_of(options, lambda: commands.stop_requested))
    reach = Reach(
        environment=plan.settings.environment,
        time=world.time,
        host=options.sandbox,
        targets=plan.targets or local_targets(plan.specs, options.sandbox, world.adapter),
        markets_directory=directory / "markets",
        adapter=world.adapter,
    )
    connections = open_connections(plan.settings, plan.specs, plan.instruments, plan.credentials_of, reach)
    journal = open_journal(
        options.journal_url,
        mode=plan.settings.mode,
        environment=plan.settings.environment,
        label=options.label,
        config_sha256=plan.config_sha256,
        now=world.time.now(),
    )
    try:
        _refuse_halted(journal)
        return _run(options, plan, world, connections, journal, commands)
    finally:
        journal.close()


def _run(
    options: LiveOptions,
    plan: LivePlan,
    world: LiveWorld,
    connections: Connections,
    journal: SqlJournal,
    commands: ProcessCommands,
) -> LiveOutcome:
    directory = options.run_directory
    exchanges = {
        venue: ExactlyOnceExchange(venue, exchange, journal, world.time)
        for venue, exchange in connections.exchanges.items()
    }
    assembly = _assemble(plan, world, connections, journal, exchanges, directory)
    keeper = JournalKeeper(directory, journal, connections.exchanges)
    try:
        commands.stop_on_signals()
        recovery = Recovery(journal=journal, exchanges=exchanges, sources=connections.exchanges, adopt=options.adopt)
        engine = start(assembly, recovery)
        end = engine.run_live(
            LiveParts(
                market=assembly.market,
                quotes=connections,
                time=world.time,
                commands=commands,
                keeper=keeper,
                tick_seconds=options.tick_seconds,
                reconcile_seconds=options.reconcile_seconds,
                until=options.until,
            )
        )
        nav = str(assembly.loop.pnl.nav)
        return LiveOutcome(
            ending=end.ending, ticks=end.ticks, nav=nav, directory=directory, error=end.error, held=engine.rows.held
        )
    finally:
        keeper.close()
        assembly.close()


def _assemble(
    plan: LivePlan,
    world: LiveWorld,
    connections: Connections,
    journal: SqlJournal,
    exchanges: Mapping[str, ExactlyOnceExchange],
    directory: Path,
) -> LiveAssembly:
    execution = plan.settings.execution
    surroundings = Surroundings(
        quotes=connections,
        time=world.time,
        make_backends=lambda market, clock: exchanges.__getitem__,
        directory=directory,
        monotonic_ns=world.monotonic_ns,
        credentials=lambda spec, name: plan.credentials_of(spec),
        journal=journal,
        retry_policy=ExponentialBackoff(execution.max_retries, execution.retry_delay, world.time.wait, random.random),
        first_step=journal.next_step(),
    )
    strategy = make_strategy(plan.settings, spec_for)
    assembly = assemble_live(plan.settings, plan.specs, plan.instruments, strategy, journal.run_id, surroundings)
    connections.events = assembly.base.events
    return assembly


def _time_of(options: LiveOptions, is_stopping: Callable[[], bool]) -> LiveTime:
    if options.sandbox is None:
        return SystemTime(is_stopping)
    import requests

    return LocalVenueTime(options.sandbox, requests.Session(), is_stopping)


def _refuse_halted(journal: SqlJournal) -> None:
    kept = journal.kept_state()
    if kept.state is TradingState.HALTED:
        raise ComponentError(
            "EIM-013",
            f"this run is halted: {kept.closing or kept.reason}",
            COMPONENT,
            remedy="Look at what happened, then lift it with 'basis recover --resume'.",
        )

