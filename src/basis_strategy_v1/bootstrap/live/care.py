"""Looking after a live run from outside its process: check, flow, kill, recover."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import msgspec

from basis_strategy_v1.backends.live.account_check import AccountCheck
from basis_strategy_v1.backends.live.ccxt_exchange import CcxtExchange
from basis_strategy_v1.backends.live.journal_sql import SqlJournal
from basis_strategy_v1.bootstrap.live.account_locks import AccountLocks, hold_accounts
from basis_strategy_v1.bootstrap.live.adopt_run import adopt_trades
from basis_strategy_v1.bootstrap.live.commands import clear_kill, request_kill
from basis_strategy_v1.bootstrap.live.connections import Connections
from basis_strategy_v1.bootstrap.live.declared_flows import flow_problem, held_at
from basis_strategy_v1.bootstrap.live.open_items import likely_transfers, open_items, returned_transfers
from basis_strategy_v1.bootstrap.live.options import LiveOptions
from basis_strategy_v1.bootstrap.live.plan import LivePlan, make_plan
from basis_strategy_v1.bootstrap.live.session import connect_venues, open_run
from basis_strategy_v1.bootstrap.live.transfer_ends import Confirm, TransferEnd, end_transfer
from basis_strategy_v1.bootstrap.live.transfer_evidence import listed_deposits, write_down
from basis_strategy_v1.bootstrap.live.world import LiveWorld, world_of
from basis_strategy_v1.core.domain.deltas import Outcome
from basis_strategy_v1.core.domain.quantities import use_ledger_context
from basis_strategy_v1.core.domain.settings import Flow
from basis_strategy_v1.core.domain.timestamps import to_iso
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.execution.journal import KeptState
from basis_strategy_v1.core.execution.restore import restore
from basis_strategy_v1.core.interfaces.transfers_in_flight import TransferInFlight
from basis_strategy_v1.core.strategies.strategy import TradingState

COMPONENT = "EventDrivenStrategyEngine"
IN_USE = "RES-001"


class Prepared(msgspec.Struct, frozen=True):
    """A run's plan and the world it lives in."""

    plan: LivePlan
    world: LiveWorld


def prepare(
    options: LiveOptions,
    environment: Mapping[str, str],
    world: LiveWorld | None = None,
    *,
    checks_credentials: bool = False,
) -> Prepared:
    """Read the configuration of a run without starting it (raises as ``make_plan``).

    Who only speaks to a run's journal needs no credentials; who connects to venues is asked for them then.
    """
    use_ledger_context()
    plan = make_plan(options, environment, checks_credentials=checks_credentials)
    return Prepared(plan, world or world_of(options.sandbox, lambda: False, environment))


def check_accounts(
    options: LiveOptions, environment: Mapping[str, str], world: LiveWorld | None = None
) -> Sequence[AccountCheck]:
    """What every venue says of credentials, rights, clock, markets and balances. Places nothing.

    Raises:
        ComponentError: as ``make_plan`` and ``connect``, before anything is sent.
    """
    run = prepare(options, environment, world, checks_credentials=True)
    connections = connect_venues(options, run.plan, run.world)
    return [exchange.account_check() for exchange in connections.exchanges.values()]


def declare_flow(
    options: LiveOptions,
    environment: Mapping[str, str],
    amount: Decimal,
    asset: str,
    location: str,
    world: LiveWorld | None = None,
    *,
    force: bool = False,
) -> str:
    """Tell the run of money that has come (> 0) or gone (< 0); the id it will be booked under.

    Raises:
        ComponentError: CFG-003 for a location, asset or amount that the run cannot book, and without ``force`` for
            what looks like a transfer of its own and for more than was there, and where there is no folder of such a
            run; RES-001 where the journal has none.
    """
    run = prepare(options, environment, world)
    _refuse_no_folder(options)
    journal = open_run(options, run.plan, 0, exclusive=False)
    try:
        now = _now(run, journal)
        flow = Flow(timestamp=now, amount=amount, asset=asset, location=location)
        problem, remedy = flow_problem(flow, run.plan.settings, run.plan.specs)
        if problem:
            raise ComponentError("CFG-003", problem, COMPONENT, remedy=remedy)
        if not force:
            _refuse_own_transfer(journal, flow)
            _refuse_more_than_held(journal, flow)
        return _declared(journal, flow)
    finally:
        journal.close()


def _declared(journal: SqlJournal, flow: Flow) -> str:
    """The id under which ``flow`` is declared: two at one time, which a clock moved by hand shows, are two flows."""
    name = flow_id = f"flow.{flow.timestamp}.{flow.location}.{flow.asset}"
    number = 1
    while not journal.declare_flow(flow_id, flow):
        number += 1
        flow_id = f"{name}.{number}"
    return flow_id


def declared_flows(
    options: LiveOptions, environment: Mapping[str, str], world: LiveWorld | None = None
) -> Sequence[tuple[str, Flow]]:
    """Flows that are declared and not booked, each with its id, the oldest first.

    Raises:
        ComponentError: CFG-003 where there is no folder of such a run, RES-001 where the journal has none.
    """
    run = prepare(options, environment, world)
    _refuse_no_folder(options)
    journal = open_run(options, run.plan, 0, exclusive=False)
    try:
        return journal.flows_unbooked()
    finally:
        journal.close()


def cancel_flow(
    options: LiveOptions, environment: Mapping[str, str], flow_id: str, world: LiveWorld | None = None
) -> None:
    """Take a declared flow back that is not booked.

    Raises:
        ComponentError: CFG-003 where none of that id is declared and not booked, or there is no folder of such a run;
            RES-001 where the journal has none, or a process runs it, which may be about to book it.
    """
    run = prepare(options, environment, world)
    _refuse_no_folder(options)
    _refuse_missing(options, run)
    journal = open_run(options, run.plan, 0)
    try:
        if not journal.cancel_flow(_now(run, journal), flow_id):
            remedy = "'basis flow MODE' without an amount lists those; declare the opposite of one that is booked."
            raise ComponentError("CFG-003", f"no flow {flow_id} waits to be booked", COMPONENT, remedy=remedy)
    finally:
        journal.close()


def _now(run: Prepared, journal: SqlJournal) -> int:
    """The venues' time. Local venues that are gone do not keep a person from a run: it is that of its last booking."""
    try:
        return run.world.time.now()
    except ComponentError:
        return max((booking.timestamp for booking in journal.bookings()), default=0)


def _refuse_own_transfer(journal: SqlJournal, flow: Flow) -> None:
    """Raise CFG-003 where money that came may be a transfer of the run's own, which would be booked twice."""
    restored = restore(journal)
    known = (*restored.transfers, *restored.written_off)
    what = f"{flow.amount} {flow.asset} at {flow.location} may be transfer"
    for transfer in likely_transfers(known, flow.location, flow.asset, flow.amount):
        number = transfer.client_transfer_id
        message = f"{what} {number} of {transfer.amount} {flow.asset}" + _given_up(transfer)
        remedy = (
            f"Book it with 'basis recover MODE --arrived {number} --amount {flow.amount}'; give --force if it is not."
        )
        raise ComponentError("CFG-003", message, COMPONENT, remedy=remedy)
    for transfer in returned_transfers(restored, flow):
        message = f"{what} {transfer.client_transfer_id} that its sender has given back" + _given_up(transfer)
        remedy = "The run books that by itself, with its fee; give --force if it is other money."
        raise ComponentError("CFG-003", message, COMPONENT, remedy=remedy)


def _given_up(transfer: TransferInFlight) -> str:
    return ", which was written off" if transfer.is_written_off else ""


def _refuse_more_than_held(journal: SqlJournal, flow: Flow) -> None:
    """Raise CFG-003 where more is said to have gone than was there: the run would take it for ruin, and close."""
    held = held_at(flow, journal.bookings())
    if flow.amount + held < 0:
        message = f"{-flow.amount} {flow.asset} cannot have left {flow.location}, where the books hold about {held:.2f}"
        raise ComponentError("CFG-003", message, COMPONENT, remedy="Give what has gone, or --force if it is right.")


def kill(
    options: LiveOptions, environment: Mapping[str, str], reason: str, world: LiveWorld | None = None
) -> list[str]:
    """Stop a run: its process does it within a moment, and where none runs it is done here; what was done, in lines.

    Raises:
        ComponentError: CFG-003 where there is no folder of such a run, RES-001 where the journal has none; EXI-003 when
            orders may still be open somewhere, after the run is halted all the same.
    """
    run = prepare(options, environment, world)
    _refuse_no_folder(options)
    asking = open_run(options, run.plan, 0, exclusive=False)
    try:
        now = _now(run, asking)
        request_kill(asking, now, reason)
    finally:
        asking.close()
    try:
        journal = open_run(options, run.plan, now)
    except ComponentError as error:
        if error.error_code != IN_USE:
            raise
        return ["The running process has been told: it cancels its orders and stops."]
    try:
        journal.keep_state(KeptState(now, TradingState.HALTED, f"killed: {reason}", now, reason))
        return ["No process was running; the run is halted.", *_cancel_everything(options, run)]
    finally:
        journal.close()


def _refuse_no_folder(options: LiveOptions) -> None:
    """Opening a journal in a folder would make it. One elsewhere needs no folder here, on another machine, say."""
    if not options.journal and not Path(options.journal_url).is_file():
        message = f"there is no run in {options.run_directory}"
        raise ComponentError("CFG-003", message, COMPONENT, remedy="Name it with --dir.")


def _refuse_missing(options: LiveOptions, run: Prepared) -> None:
    """Raise RES-001 where there is no such run: to look after one must not begin it."""
    open_run(options, run.plan, 0, exclusive=False).close()


def _cancel_everything(options: LiveOptions, run: Prepared) -> list[str]:
    try:
        connections = connect_venues(options, run.plan, run.world)
    except ComponentError as error:
        message = f"the run is halted, but orders may still be open: {error.message}"
        remedy = f"{error.remedy} Then run it again."
        raise ComponentError("EXI-003", message, COMPONENT, original_exception=error, remedy=remedy) from error
    return _cancel(connections, "open", frozenset(), lambda exchange: None)


def _cancel(
    connections: Connections, kind: str, spared: Container[str], admit: Callable[[CcxtExchange], None]
) -> list[str]:
    """Cancel the open orders of every venue but the ``spared``; what was done, in lines.

    Args:
        admit: asked of each venue first; RES-001 of it ends everything.

    Raises:
        ComponentError: EXI-003 when one of them may still be open, once every venue has been tried.
    """
    lines: list[str] = []
    left: list[str] = []
    for venue, exchange in connections.exchanges.items():
        try:
            admit(exchange)
            wanted = [order for order in exchange.open_orders() if order.client_order_id not in spared]
            reports = [exchange.cancel_order(order.client_order_id) for order in wanted]
        except ComponentError as error:
            if error.error_code == IN_USE:
                raise
            left.append(f"{venue} ({error.message})")
            continue
        lines.append(f"{venue}: {len(wanted)} {kind} orders canceled.")
        resting = [report for report in reports if report.outcome is not Outcome.DONE or report.status.is_open]
        if resting:
            left.append(f"{venue} ({len(resting)} of {len(wanted)} not canceled: {resting[0].reason})")
            lines.pop()
    if left:
        message = f"{kind} orders may still be there: {'; '.join(left)}"
        done = f"Done: {' '.join(lines)} " if lines else ""
        raise ComponentError("EXI-003", message, COMPONENT, remedy=f"{done}Run it again when they answer.")
    return lines


def recover(
    options: LiveOptions,
    environment: Mapping[str, str],
    *,
    resume: bool = False,
    cancel_foreign: bool = False,
    adopt: bool = False,
    end: TransferEnd | None = None,
    confirm: Confirm = lambda lines: True,
    world: LiveWorld | None = None,
) -> list[str]:
    """Show how a run stands, also one that runs, and mend what only a person may mend; in lines.

    Args:
        resume: lift HALTED.
        cancel_foreign: cancel open orders that the run did not place.
        adopt: book trades that the run did not make.
        end: book what has become of a transfer.
        confirm: shown what will be booked; whether it shall be.

    Raises:
        ComponentError: CFG-003 where there is no folder of such a run, RES-001 where the journal has none, or while a
            process runs one that is to be mended; as ``end_transfer`` and ``adopt_trades``.
    """
    run = prepare(options, environment, world)
    _refuse_no_folder(options)
    _refuse_missing(options, run)
    journal = open_run(options, run.plan, 0, exclusive=resume or cancel_foreign or adopt or end is not None)
    try:
        now = _now(run, journal)
        lines = _described(journal, options.mode, now)
        if end is not None:
            connections = connect_venues(options, run.plan, run.world)
            booked = end_transfer(journal, end, now, listed_deposits(connections.exchanges, end.force), confirm)
            lines = _written_down(options, now, end, booked) if booked else ["Nothing was booked."]
        if cancel_foreign:
            # What is foreign here may be the orders of another run on the same account.
            with hold_accounts(options, run.plan, journal, run.world.locks) as locks:
                lines += _cancel_foreign(options, run, journal, locks)
        if adopt:
            lines = adopt_trades(options, run.plan, run.world, journal, confirm)
        if resume:
            lines.append(_resumed(journal, now))
        return lines
    finally:
        journal.close()


def _written_down(options: LiveOptions, now: int, end: TransferEnd, booked: Sequence[str]) -> list[str]:
    """What is booked is booked: an event that cannot be written must not look like a booking that was not made."""
    try:
        write_down(options.run_directory, now, end, booked)
    except ComponentError as error:
        return ["Booked.", f"It could not be put into the events as well: {error.error_code}: {error.message}"]
    return ["Booked."]


def _resumed(journal: SqlJournal, now: int) -> str:
    """Lift HALTED. What else a run is, such as one that is on its way out of its positions, it stays."""
    state = journal.kept_state().state
    is_asked = clear_kill(journal)
    if state is not TradingState.HALTED:
        taken = " A kill that no process has carried out is taken back." if is_asked else ""
        return f"The run is {state.value}, not halted: there is nothing to lift.{taken}"
    journal.keep_state(KeptState(now, TradingState.ACTIVE, "", None, "resumed by a person"))
    return "HALTED is lifted: the next start trades again."


def _described(journal: SqlJournal, mode: str, now: int) -> list[str]:
    restored = restore(journal)
    kept = restored.state
    since = f" since {to_iso(kept.halted_at)}" if kept.halted_at else ""
    lines = [
        f"run {restored.run_id}: {kept.state.value}{since}" + (f" ({kept.closing})" if kept.closing else ""),
        f"{len(restored.bookings)} bookings; NAV at the last one "
        + (str(restored.pnl.nav) if restored.pnl is not None else "none"),
    ]
    lines += open_items(restored, mode, now)
    return [
        *lines,
        *(f"declared: {flow_line(flow_id, flow)}; booked at the next tick" for flow_id, flow in restored.flows),
    ]


def flow_line(flow_id: str, flow: Flow) -> str:
    """A declared flow, for people."""
    return f"{flow_id}: {flow.amount} {flow.asset} at {flow.location}"


def _cancel_foreign(options: LiveOptions, run: Prepared, journal: SqlJournal, locks: AccountLocks) -> list[str]:
    """Orders that the journal has never heard of: what a process was about to book is no stranger."""
    own = {booking.booking_id for booking in journal.bookings()}
    own |= {entry.instruction_id for entry, _ in journal.instructions_unbooked()}

    def admit(exchange: CcxtExchange) -> None:
        locks.hold_account(exchange.spec.venue, exchange.permissions().account)

    return _cancel(connect_venues(options, run.plan, run.world), "foreign", own, admit)
