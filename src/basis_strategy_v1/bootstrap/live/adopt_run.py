"""A run's start for a person's sake: what was traded on its account and not by it is booked, and nothing is sent."""

from __future__ import annotations

from collections.abc import Sequence

from basis_strategy_v1.backends.live.journal_sql import SqlJournal
from basis_strategy_v1.bootstrap.live.account_locks import hold_accounts
from basis_strategy_v1.bootstrap.live.adoption import Confirm
from basis_strategy_v1.bootstrap.live.options import LiveOptions
from basis_strategy_v1.bootstrap.live.own_trades import ADOPTED_ID
from basis_strategy_v1.bootstrap.live.plan import LivePlan
from basis_strategy_v1.bootstrap.live.recovery import Recovery, start
from basis_strategy_v1.bootstrap.live.rights import check_rights
from basis_strategy_v1.bootstrap.live.run import assemble_run
from basis_strategy_v1.bootstrap.live.session import connect_venues, exactly_once
from basis_strategy_v1.bootstrap.live.world import LiveWorld
from basis_strategy_v1.core.engine.event_driven_strategy_engine import EventDrivenStrategyEngine
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.execution.journal import KeptState
from basis_strategy_v1.core.reconciliation.reconciliation_component import ReconciliationComponent
from basis_strategy_v1.core.strategies.strategy import TradingState

COMPONENT = "EventDrivenStrategyEngine"


class Answers:
    """Asks a person, and remembers what was said."""

    def __init__(self, confirm: Confirm) -> None:
        self._confirm = confirm
        self.yes = 0
        self.no = 0

    def __call__(self, lines: Sequence[str]) -> bool:
        said = self._confirm(lines)
        self.yes += said
        self.no += not said
        return said


def adopt_trades(
    options: LiveOptions, plan: LivePlan, world: LiveWorld, journal: SqlJournal, confirm: Confirm
) -> list[str]:
    """Start the run as far as comparing it with every venue, and book what explains the difference; in lines.

    Args:
        confirm: shown what will be booked at a venue; whether it shall be.

    Raises:
        ComponentError: CFG-003 for a run whose books are not open yet; as ``start`` for what still stands between.
    """
    if journal.latest_pnl() is None:
        message = "this run has no books yet"
        raise ComponentError("CFG-003", message, COMPONENT, remedy="Open them with 'basis live MODE --adopt'.")
    answers, before = Answers(confirm), _adopted(journal)
    connections = connect_venues(options, plan, world)
    with hold_accounts(options, plan, journal, world.locks) as locks:
        check_rights(connections, locks, world.time)
        exchanges = exactly_once(connections, journal, world)
        assembly = assemble_run(plan, world, connections, journal, exchanges, options.run_directory)
        recovery = Recovery(journal=journal, exchanges=exchanges, sources=connections.exchanges, confirm=answers)
        try:
            _keep_state(start(assembly, recovery), journal, world.time.now())
        except ComponentError as error:
            if answers.no:
                return ["Nothing was booked." if not answers.yes else "Booked in part."]
            if _adopted(journal) > before:
                raise _after_booking(error) from error
            raise
        finally:
            assembly.close()
        left = _left(assembly.loop.reconciliation)
    if answers.yes:
        return ["Booked.", *left]
    return ["There is nothing to book.", *left] if left else ["Books and venues agree: there is nothing to book."]


def _adopted(journal: SqlJournal) -> int:
    """How often a person has had something booked."""
    return sum(booking.booking_id.startswith(ADOPTED_ID) for booking in journal.bookings())


def _after_booking(error: ComponentError) -> ComponentError:
    """``error``, which ends a command that has done what it was asked for."""
    message = f"what was shown is booked, but {error.message}"
    return ComponentError(error.error_code, message, error.component, original_exception=error, remedy=error.remedy)


def _left(reconciliation: ReconciliationComponent) -> list[str]:
    """What the last comparison with each venue has found, and the next start goes on with."""
    last = {result.venue: result for result in reconciliation.reconciliation_history}
    return [
        f"Left to the next start, which takes it in, sets it aside or waits for it: {difference}"
        for result in last.values()
        for difference in result.differences
    ]


def _keep_state(engine: EventDrivenStrategyEngine, journal: SqlJournal, now: int) -> None:
    """Venues have told of a liquidation, perhaps: the next start must go on with what follows from it.

    A run that is halted stays so until a person lifts that: no start is made before, and the first is told again.
    """
    rows, kept = engine.rows, journal.kept_state()
    if kept.state is not TradingState.HALTED and rows.closing != kept.closing:
        journal.keep_state(KeptState(now, rows.state, rows.closing, rows.halted_at, rows.closing))
