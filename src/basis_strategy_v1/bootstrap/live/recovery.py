"""The one way a live run starts: read the journal, ask the venues, agree with them, or say what stands between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from basis_strategy_v1.backends.live.dialects.venue_records import VenueTrade
from basis_strategy_v1.bootstrap.assembly import opening_balances
from basis_strategy_v1.bootstrap.live.adoption import Confirm, adopt
from basis_strategy_v1.bootstrap.live.assembly import LiveAssembly
from basis_strategy_v1.bootstrap.live.begun_with import refuse_changed_terms, refuse_coins_elsewhere
from basis_strategy_v1.bootstrap.live.declared_flows import set_aside_flows
from basis_strategy_v1.bootstrap.live.dropped_venues import refuse_dropped_venues
from basis_strategy_v1.bootstrap.live.followed_transfers import TransferSource, follow_transfers, follow_unbooked
from basis_strategy_v1.bootstrap.live.opening import (
    opening_books,
    refuse_foreign_orders,
    refuse_small_orders,
    refuse_too_little,
)
from basis_strategy_v1.bootstrap.live.own_trades import UnbookedTrades
from basis_strategy_v1.bootstrap.live.refused_start import refuse_differences
from basis_strategy_v1.bootstrap.live.start_differences import (
    Found,
    StartRule,
    beside_waiting,
    latest_declared,
    with_waiting,
)
from basis_strategy_v1.core.domain.deltas import Outcome
from basis_strategy_v1.core.engine.closing import LIQUIDATION, reason_of
from basis_strategy_v1.core.engine.event_driven_strategy_engine import EventDrivenStrategyEngine
from basis_strategy_v1.core.engine.unshown_flows import DeclaredFlow, UnshownFlows
from basis_strategy_v1.core.engine.venue_comparison import LATE_LOOKS, LATE_SECONDS, own_trade_note
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.execution.booked_ids import BookedIds
from basis_strategy_v1.core.execution.exactly_once import ExactlyOnceExchange
from basis_strategy_v1.core.execution.journal import RunJournal
from basis_strategy_v1.core.execution.restore import RestoredState, restore
from basis_strategy_v1.core.interfaces.cex_execution_interface import CEXExecutionInterface
from basis_strategy_v1.core.reconciliation.compare import Difference
from basis_strategy_v1.core.strategies.strategy import TradingState

COMPONENT = "ReconciliationComponent"


class EventSource(TransferSource, Protocol):
    """A venue whose events are told from a cursor on, and that lists what was traded there."""

    def trades_since(self, timestamp: int) -> Sequence[VenueTrade]: ...

    def ordered_as(self, trade: VenueTrade) -> str: ...

    def import_cursor(self, text: str) -> None: ...

    def export_cursor(self) -> str: ...

    def remember_order(self, client_order_id: str, symbol: str, trade_type: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """What a start works with.

    Attributes:
        adopt: open the books with whatever is there.
        confirm: asked whether trades shall be booked that the run did not make; None where they end the start.
    """

    journal: RunJournal
    exchanges: Mapping[str, ExactlyOnceExchange]
    sources: Mapping[str, EventSource]
    adopt: bool = False
    confirm: Confirm | None = None


class Agreement(NamedTuple):
    """How books and venues agree at a start: whether a venue has told of a liquidation meanwhile, and which declared
    flows it does not show.
    """

    is_liquidated: bool
    unshown: Sequence[DeclaredFlow]


def start(assembly: LiveAssembly, recovery: Recovery) -> EventDrivenStrategyEngine:
    """Open or restore the books, settle what the last process left open, and compare with every venue.

    Raises:
        ComponentError: REC-010 and REC-012 for what the run did not make and was not told of, REC-011 for an
            instruction whose outcome stays unknown, REC-004, CFG-003 for a venue that is left out, and for a share
            class or home that has changed under positions, EIM-004 for a limit below the least order; what a venue
            that cannot be asked raises.
    """
    base = assembly.base
    set_aside_flows(recovery.journal, base.settings, base.specs, base.events, base.clock.now)
    restored = restore(recovery.journal)
    refuse_dropped_venues(restored, assembly.interfaces)
    refuse_changed_terms(recovery.journal, restored, base.settings)
    handler = assembly.loop.handler
    booked = BookedIds(recovery.journal, assembly.loop.positions.ledger.applied)
    is_liquidated = False
    if restored.pnl is not None:
        handler.restore_books(restored.bookings, restored.pnl)
        booked.replayed(restored.bookings)
    handler.keep_booking, handler.was_booked = booked.keep, booked.was_booked
    for interface in assembly.interfaces.values():
        if isinstance(interface, CEXExecutionInterface):
            interface.remember_fills(recovery.journal.is_fill_booked)
    if restored.pnl is None:
        _open(assembly, recovery)
    else:
        for venue, source in recovery.sources.items():
            if venue in restored.cursors:
                source.import_cursor(restored.cursors[venue])
        is_liquidated = _settle(assembly, recovery, restored)
    assembly.loop.pnl.mark_to(assembly.base.clock.row)
    kept = restored.state
    agreed = _agree(assembly, recovery, restored, is_closing=is_liquidated or bool(kept.closing))
    is_liquidated = is_liquidated or agreed.is_liquidated
    if restored.pnl is not None and not kept.closing and not is_liquidated:
        # The least order grows with the price: an exit that has begun, or is due, must not wait for that.
        refuse_small_orders(assembly)
    engine = assembly.engine()
    engine.live_rows.unshown = UnshownFlows(assembly.loop.reconciliation.tolerance_of, agreed.unshown)
    if is_liquidated:
        engine.live_rows.go_on_from(TradingState.REDUCING, reason_of(kept.closing, LIQUIDATION), kept.halted_at)
    else:
        engine.live_rows.go_on_from(kept.state, kept.closing, kept.halted_at)
    if restored.pnl is not None:
        assembly.parts.strategy.resume(assembly.parts.portfolio)
    return engine


def _open(assembly: LiveAssembly, recovery: Recovery) -> None:
    base = assembly.base
    reports = [report for interface in assembly.interfaces.values() for report in interface.observe()]
    named = opening_balances(base.settings, base.specs)
    changes = opening_books(reports, base.specs, named, base.settings.asset, adopt=recovery.adopt)
    price = assembly.parts.portfolio.reference_price()
    refuse_coins_elsewhere(changes, base.settings, base.specs, price)
    refuse_too_little(assembly, changes)
    # Before the books: were the process to die within its first tick, the next one must be told what came since.
    for venue, source in recovery.sources.items():
        recovery.journal.set_cursor(venue, source.export_cursor())
    assembly.loop.handler.open_books(base.clock.now, changes)


def _settle(assembly: LiveAssembly, recovery: Recovery, restored: RestoredState) -> bool:
    """Book everything that happened and is not booked, and close what provably did not happen.

    Returns:
        Whether a venue has liquidated positions meanwhile.
    """
    is_liquidated = False
    follow_transfers(assembly.transfers, recovery.sources, restored)
    for entry in restored.never_sent:
        recovery.journal.record_outcome(entry.timestamp, entry.instruction_id, Outcome.REJECTED, None, "EXI-003")
    now = assembly.base.clock.now
    handler = assembly.loop.handler
    for deltas in restored.unbooked:
        handler.handle_position_update(now, deltas, more_follow=True)
    for venue, interface in assembly.interfaces.items():
        if isinstance(interface, CEXExecutionInterface):
            _settle_venue(interface, venue, recovery, restored)
        for deltas in interface.update_state(now, "manual"):
            is_liquidated = is_liquidated or deltas.order_status == "liquidated"
            handler.handle_position_update(now, deltas, more_follow=True)
    follow_unbooked(recovery.sources, restored)
    _refuse_unknown(assembly, recovery, restored)
    return is_liquidated


def _settle_venue(interface: CEXExecutionInterface, venue: str, recovery: Recovery, restored: RestoredState) -> None:
    trades = restored.unresolved_trades(venue)
    resting = restored.resting_trades(venue)
    for trade in (*trades, *resting):
        recovery.sources[venue].remember_order(trade.instruction_id, trade.symbol, trade.trade_type)
    recovery.exchanges[venue].resolve()
    interface.restore_orders((*trades, *restored.unresolved_transfers(venue)), resting)


def _refuse_unknown(assembly: LiveAssembly, recovery: Recovery, restored: RestoredState) -> None:
    """Close entries whose instruction turned out to have had no effect; refuse to trade beside one that is open."""
    open_ids = {key for interface in assembly.interfaces.values() for key in interface.unresolved_instructions}
    for entry in restored.unresolved:
        instruction_id = entry.instruction_id
        if instruction_id in open_ids:
            message = f"the outcome of {instruction_id} is still unknown"
            raise ComponentError("REC-011", message, COMPONENT, remedy="Start again when the venue can be asked.")
        if not assembly.loop.handler.has_booked(instruction_id):
            recovery.journal.record_outcome(entry.timestamp, instruction_id, Outcome.REJECTED, None, "EXI-003")


def _agree(assembly: LiveAssembly, recovery: Recovery, restored: RestoredState, *, is_closing: bool) -> Agreement:
    """Compare books and orders with every venue; what nobody declared ends the start, unless all is being closed."""
    is_liquidated = False
    found: dict[str, Found] = {}
    for venue in assembly.interfaces:
        if venue in recovery.exchanges:
            refuse_foreign_orders(venue, recovery.exchanges[venue].open_orders(), assembly.loop.handler.has_booked)
        found[venue], is_told = _looked_at(assembly, recovery, venue)
        is_liquidated = is_liquidated or is_told
    # All that can be booked is, at every venue, before anything is refused.
    for venue, item in found.items():
        if item.left and _book_trades(assembly, recovery, venue, item.left, is_closing=is_closing or is_liquidated):
            found[venue] = _differences(assembly, venue, recovery.journal)
    rule = StartRule(
        asset=assembly.base.settings.asset,
        is_closing=is_closing or is_liquidated,
        adopts=recovery.confirm is not None,
        declared=latest_declared(restored.bookings, restored.run_id),
        tolerance_of=assembly.loop.reconciliation.tolerance_of,
    )
    refused = {venue: Found(item.code, rule.refused(item.left)) for venue, item in found.items()}
    refuse_differences(assembly, {venue: item for venue, item in refused.items() if item.left})
    unshown = {flow_id: flow for item in found.values() for one in item.left for flow_id, flow in rule.not_shown(one)}
    return Agreement(is_liquidated, list(unshown.items()))


def _looked_at(assembly: LiveAssembly, recovery: Recovery, venue: str) -> tuple[Found, bool]:
    """What differs at ``venue``, and whether it has told of a liquidation while it was asked again."""
    is_liquidated = False
    found = _differences(assembly, venue, recovery.journal)
    for _ in range(LATE_LOOKS):
        if not found.left:
            break
        # A wallet can show what the records do not list yet: funding of this minute, say.
        assembly.surroundings.time.wait(LATE_SECONDS)
        now = assembly.base.clock.now
        for deltas in assembly.interfaces[venue].update_state(now, "manual"):
            is_liquidated = is_liquidated or deltas.order_status == "liquidated"
            assembly.loop.handler.handle_position_update(now, deltas, more_follow=True)
        found = _differences(assembly, venue, recovery.journal)
    return found, is_liquidated


def _book_trades(
    assembly: LiveAssembly, recovery: Recovery, venue: str, left: Sequence[Difference], *, is_closing: bool
) -> bool:
    """Book what a venue has traded and the books do not have: by a person's word, or in an exit what the run's own
    orders have done; whether anything was booked.
    """
    now = assembly.base.clock.now
    unbooked = unbooked_trades(assembly, recovery)
    if recovery.confirm is not None:
        waiting = [flow for _, flow in recovery.journal.flows_unbooked()]
        return adopt(assembly, recovery.journal, unbooked, venue, with_waiting(left, waiting), recovery.confirm)
    is_any = False
    for deltas in unbooked.own(venue, now) if is_closing else ():
        is_any = True
        assembly.loop.handler.handle_position_update(now, deltas, more_follow=True)
        assembly.base.events.log_event(now, "error", COMPONENT, own_trade_note(deltas))
    return is_any


def unbooked_trades(assembly: LiveAssembly, recovery: Recovery) -> UnbookedTrades:
    """Asks a run's venues for trades that are not in its books."""
    is_booked = assembly.loop.handler.has_booked
    return UnbookedTrades(recovery.journal, recovery.exchanges, recovery.sources, assembly.base.specs, is_booked)


def _differences(assembly: LiveAssembly, venue: str, journal: RunJournal) -> Found:
    """What differs at ``venue``, but for declared money that is to be booked yet."""
    result = assembly.loop.reconciliation.reconcile_account(assembly.base.clock.now, venue)
    if result.status == "success":
        return Found("", [])
    # Read anew at each look: a person may declare money while the venues are being asked.
    waiting = [flow for _, flow in journal.flows_unbooked()]
    return Found(result.error_code, beside_waiting(result.differences, waiting, assembly.base.settings.asset))
