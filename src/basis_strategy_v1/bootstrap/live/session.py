"""Opening what belongs to a live run, for those who run it and those who look after it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from basis_strategy_v1.backends.live.journal_database import JournalAwayError
from basis_strategy_v1.backends.live.journal_sql import SqlJournal, open_journal
from basis_strategy_v1.bootstrap.live.connections import Connections, Reach, open_connections
from basis_strategy_v1.bootstrap.live.options import LiveOptions
from basis_strategy_v1.bootstrap.live.places import local_targets
from basis_strategy_v1.bootstrap.live.plan import LivePlan
from basis_strategy_v1.bootstrap.live.world import LiveWorld
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.execution.exactly_once import ExactlyOnceExchange


def connect_venues(options: LiveOptions, plan: LivePlan, world: LiveWorld) -> Connections:
    """Connections to all venues of ``plan``; nothing is sent yet.

    Raises:
        ComponentError: EIF-* and EXI-004 as ``connect`` raises them.
    """
    # Lists of instruments are kept beside a run; who only asks, before there is one, leaves no folder.
    folder = options.run_directory
    reach = Reach(
        environment=plan.settings.environment,
        time=world.time,
        host=options.sandbox,
        targets=plan.targets or local_targets(plan.specs, options.sandbox, world.adapter),
        markets_directory=folder / "markets" if folder.is_dir() else None,
        adapter=world.adapter,
    )
    return open_connections(plan.settings, plan.specs, plan.instruments, plan.credentials_of, reach)


def open_run(options: LiveOptions, plan: LivePlan, now: int, *, exclusive: bool = True) -> SqlJournal:
    """The run's journal, with its lock when ``exclusive``.

    Raises:
        ComponentError: RES-001 when it cannot be opened, another process has it, or there is none (not exclusive).
    """
    return open_journal(
        options.journal_url,
        mode=plan.settings.mode,
        environment=plan.settings.environment,
        label=options.label,
        config_sha256=plan.config_sha256,
        now=now,
        exclusive=exclusive,
    )


def has_begun(options: LiveOptions, plan: LivePlan) -> bool:
    """Whether there is a journal with this run in it; none is made.

    Raises:
        JournalAwayError: where its database cannot be asked.
    """
    if not options.journal and not Path(options.journal_url).is_file():
        return False
    try:
        open_run(options, plan, 0, exclusive=False).close()
    except JournalAwayError:
        raise
    except ComponentError:
        return False
    return True


def exactly_once(connections: Connections, journal: SqlJournal, world: LiveWorld) -> Mapping[str, ExactlyOnceExchange]:
    """The exchanges, behind which every instruction has one effect."""
    return {
        venue: ExactlyOnceExchange(venue, exchange, journal, world.time)
        for venue, exchange in connections.exchanges.items()
    }
