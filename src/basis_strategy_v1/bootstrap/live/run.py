"""A live run from options to its end."""

from __future__ import annotations

import errno
import random
from collections.abc import Callable, Mapping
from pathlib import Path

from basis_strategy_v1.backends.live.journal_database import JournalAwayError
from basis_strategy_v1.backends.live.journal_sql import SqlJournal
from basis_strategy_v1.bootstrap.live.account_locks import AccountLocks, hold_accounts
from basis_strategy_v1.bootstrap.live.accounts import prepare_accounts
from basis_strategy_v1.bootstrap.live.assembly import LiveAssembly, Surroundings, assemble_live
from basis_strategy_v1.bootstrap.live.commands import ProcessCommands
from basis_strategy_v1.bootstrap.live.connections import Connections
from basis_strategy_v1.bootstrap.live.journal_keeper import JournalKeeper
from basis_strategy_v1.bootstrap.live.opening import foreign_orders
from basis_strategy_v1.bootstrap.live.options import JOURNAL, LiveOptions, LiveOutcome
from basis_strategy_v1.bootstrap.live.paper_run import run_paper
from basis_strategy_v1.bootstrap.live.plan import LivePlan, make_plan
from basis_strategy_v1.bootstrap.live.process import run_process
from basis_strategy_v1.bootstrap.live.recovery import Recovery, start, unbooked_trades
from basis_strategy_v1.bootstrap.live.rights import check_rights
from basis_strategy_v1.bootstrap.live.run_folder import FAILED, RunFolder, run_folder
from basis_strategy_v1.bootstrap.live.session import connect_venues, exactly_once, has_begun, open_run
from basis_strategy_v1.bootstrap.live.transfer_attention import TransferAttention
from basis_strategy_v1.bootstrap.live.world import LiveWorld, world_of
from basis_strategy_v1.core.domain.quantities import use_ledger_context
from basis_strategy_v1.core.domain.timestamps import to_iso
from basis_strategy_v1.core.engine.live_parts import LiveEnding
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.execution.exactly_once import ExactlyOnceExchange
from basis_strategy_v1.core.execution.retry import ExponentialBackoff
from basis_strategy_v1.core.strategies.modes import make_strategy
from basis_strategy_v1.core.strategies.strategy import TradingState
from basis_strategy_v1.venues.registry import spec_for

COMPONENT = "EventDrivenStrategyEngine"
UNANSWERED = frozenset(
    {"EXI-002", "EXI-003", "EXI-007", "EXI-012", "DAT-001", "DAT-005", "REC-006", "REC-007", "REC-011"}
)
"""What a venue that cannot be asked just now makes a start fail with, or a clock that is wrong until it is set."""
FULL_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO})
"""What a disk says that cannot take more just now."""
UNKNOWN = "unknown"
"""The NAV of a run whose journal cannot be read."""


def run_live(
    options: LiveOptions,
    environment: Mapping[str, str],
    world: LiveWorld | None = None,
    begun: Callable[[], object] = lambda: None,
) -> LiveOutcome:
    """Run a mode at its venues until it is stopped, or until ``options.until``.

    A run whose books are open FAILED, and is to be started again, where a venue or the journal's database cannot be
    asked at the start, or the disk is full.

    Args:
        begun: called before the first tick, of a process that does nothing else (see ``LiveWorld``).

    Raises:
        ComponentError: CFG-*, EIF-*, EXI-004 for input that cannot be run; DAT-001 and EXI-003 for a venue that
            cannot be asked at the first start; REC-* for what stands between journal and venues; EIM-013 while halted.
    """
    use_ledger_context()
    if options.paper:
        _refuse_beside_live(options)
    with run_folder(options.run_directory, options.run_name) as folder:
        plan = make_plan(options, environment)
        folder.make()
        commands = ProcessCommands()
        world = world or world_of(options.sandbox, commands.is_interrupted, environment, begun)
        try:
            connections = connect_venues(options, plan, world)
            now = world.time.now()
        except ComponentError as error:
            return _not_reached(options, plan, folder, error)
        _refuse_past(options.until, now)
        if options.paper:
            folder.refuse_shared()
            return run_paper(options, plan, world, connections, commands, folder)
        try:
            journal = open_run(options, plan, now)
        except JournalAwayError as error:
            return _unanswered(options, folder, None, error)
        try:
            commands.journal = journal
            folder.refuse_shared()
            _refuse_halted(journal, options.mode)
            _refuse_other_journal(options, journal, folder)
            with hold_accounts(options, plan, journal, world.locks) as locks:
                _check_accounts(plan, world, connections, locks)
                return _run(options, plan, world, connections, journal, commands, folder)
        except (ComponentError, OSError) as error:
            return _unanswered(options, folder, journal, _told(options, error))
        finally:
            journal.close()


def _not_reached(options: LiveOptions, plan: LivePlan, folder: RunFolder, error: ComponentError) -> LiveOutcome:
    """Local venues that are gone, which are asked for their time and addresses before a journal is made."""
    try:
        if options.paper or not has_begun(options, plan):
            raise error
        journal = open_run(options, plan, 0)
    except JournalAwayError as away:
        return _unanswered(options, folder, None, away)
    try:
        folder.refuse_shared()
        _refuse_halted(journal, options.mode)
        return _unanswered(options, folder, journal, error)
    finally:
        journal.close()


def _unanswered(
    options: LiveOptions, folder: RunFolder, journal: SqlJournal | None, error: ComponentError
) -> LiveOutcome:
    """FAILED where the books are open and a venue, the journal or the disk cannot be used now; else raise ``error``."""
    nav = UNKNOWN
    cause = error.original_exception
    is_disk_full = isinstance(cause, OSError) and cause.errno in FULL_DISK
    if journal is None or isinstance(error, JournalAwayError) or is_disk_full:
        begun = folder.bears_name()
    else:
        books = journal.latest_pnl()
        begun = books is not None and error.error_code in UNANSWERED
        nav = UNKNOWN if books is None else str(books.nav)
    if not begun:
        raise error
    # Positions are out there with nobody to look after them: no bad input, and a later start may succeed.
    folder.tell(FAILED, error)
    return LiveOutcome(ending=LiveEnding.FAILED, ticks=0, nav=nav, directory=options.run_directory, error=error)


def _told(options: LiveOptions, error: ComponentError | OSError) -> ComponentError:
    """``error``, that of a full disk as one with a code.

    Raises:
        OSError: any other.
    """
    if isinstance(error, ComponentError):
        return error
    if error.errno not in FULL_DISK:
        raise error
    message = f"cannot use {error.filename or options.run_directory}: {error.strerror}"
    remedy = "Free space on the disk, then start again."
    return ComponentError("RES-001", message, COMPONENT, "CRITICAL", error, remedy=remedy)


def _check_accounts(plan: LivePlan, world: LiveWorld, connections: Connections, locks: AccountLocks) -> None:
    check_rights(connections, locks, world.time)
    prepare_accounts(connections, plan.specs, world.time)


def _run(
    options: LiveOptions,
    plan: LivePlan,
    world: LiveWorld,
    connections: Connections,
    journal: SqlJournal,
    commands: ProcessCommands,
    folder: RunFolder,
) -> LiveOutcome:
    directory = options.run_directory
    exchanges = exactly_once(connections, journal, world)
    assembly = assemble_run(plan, world, connections, journal, exchanges, directory)
    keeper = JournalKeeper(directory, journal, connections.exchanges)
    try:
        commands.stop_on_signals()
        recovery = Recovery(journal=journal, exchanges=exchanges, sources=connections.exchanges, adopt=options.adopt)
        engine = start(assembly, recovery)
        events = assembly.base.events
        arrivals = connections.arrivals
        transfers = TransferAttention(assembly.transfers, arrivals, events, options.mode, journal.flows_declared)
        keeper.attention = lambda now: (*transfers.lines(now), *assembly.instructions.refused.lines())
        folder.keep()
        others = foreign_orders(assembly, exchanges)
        own_trades = unbooked_trades(assembly, recovery).own
        return run_process(engine, assembly, options, commands, keeper, world, others, own_trades)
    finally:
        keeper.close()
        assembly.close()


def assemble_run(
    plan: LivePlan,
    world: LiveWorld,
    connections: Connections,
    journal: SqlJournal,
    exchanges: Mapping[str, ExactlyOnceExchange],
    directory: Path,
) -> LiveAssembly:
    """The objects of a live run, before its start."""
    execution = plan.settings.execution
    surroundings = Surroundings(
        quotes=connections,
        time=world.time,
        make_backends=lambda market, clock: exchanges.__getitem__,
        directory=directory,
        monotonic_ns=world.monotonic_ns,
        credentials=lambda spec, name: plan.credentials_of(spec),
        journal=journal,
        books=connections,
        retry_policy=ExponentialBackoff(execution.max_retries, execution.retry_delay, world.time.wait, random.random),
        submissions=lambda: [item for exchange in exchanges.values() for item in exchange.uncertain],
        first_step=journal.next_step(),
    )
    strategy = make_strategy(plan.settings, spec_for)
    assembly = assemble_live(plan.settings, plan.specs, plan.instruments, strategy, journal.run_id, surroundings)
    connections.events = assembly.base.events
    return assembly


def _refuse_past(until: int | None, now: int) -> None:
    """A run that is over would trade once, and leave what it opened to itself."""
    if until is not None and until < now:
        message = f"--until {to_iso(until)} has passed: it is {to_iso(now)}"
        raise ComponentError("CFG-005", message, COMPONENT, remedy="Give a time to come, or leave it out.")


def _refuse_beside_live(options: LiveOptions) -> None:
    """A live run's status and equity must not be overwritten by what is played on paper."""
    if (options.run_directory / JOURNAL).exists():
        message = f"{options.run_directory} is the folder of a live run"
        raise ComponentError("CFG-003", message, COMPONENT, remedy="Give the paper run another with --dir.")


def _refuse_other_journal(options: LiveOptions, journal: SqlJournal, folder: RunFolder) -> None:
    """A run that has begun must not begin anew because its journal was not named, or is gone."""
    if not options.adopt and folder.bears_name() and journal.latest_pnl() is None:
        message = f"the run in {options.run_directory} has begun, and this journal has none of its books"
        remedy = (
            "Name its journal with --journal or BASIS_JOURNAL_URL; where that is lost, --adopt opens new books with "
            "what is at the venues."
        )
        raise ComponentError("RES-001", message, COMPONENT, remedy=remedy)


def _refuse_halted(journal: SqlJournal, mode: str) -> None:
    kept = journal.kept_state()
    if kept.state is TradingState.HALTED:
        raise ComponentError(
            "EIM-013",
            f"this run is halted: {kept.closing or kept.reason}",
            COMPONENT,
            remedy=f"Look at what happened, then lift it with 'basis recover {mode} --resume'.",
        )
