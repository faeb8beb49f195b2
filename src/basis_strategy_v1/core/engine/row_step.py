"""One row: arrivals, liquidation, decision, tight loop. The only place where anything happens.

Both drives of the engine call ``step`` and differ only in the rows they call it for, so a row at which nothing is due
must leave no trace.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from basis_strategy_v1.core.domain.deltas import ExecutionDeltas
from basis_strategy_v1.core.domain.error_notes import note_of
from basis_strategy_v1.core.domain.instructions import InstructionBlock
from basis_strategy_v1.core.domain.settings import Flow
from basis_strategy_v1.core.engine import closing as reasons
from basis_strategy_v1.core.engine.accrual import FundingAccrual
from basis_strategy_v1.core.engine.anchor_table import AnchorTable
from basis_strategy_v1.core.engine.delta_limit import DeltaLimit
from basis_strategy_v1.core.engine.engine_triggers import MarginTrigger, RestingOrderTrigger
from basis_strategy_v1.core.engine.flow_queue import FlowQueue
from basis_strategy_v1.core.engine.held_reduction import HeldReduction
from basis_strategy_v1.core.engine.parts import EngineParts
from basis_strategy_v1.core.engine.redemptions import pay_redemptions
from basis_strategy_v1.core.engine.row_hooks import RowHooks
from basis_strategy_v1.core.engine.schedule import next_known_time
from basis_strategy_v1.core.engine.segments import Predicate, always
from basis_strategy_v1.core.engine.stopped_decision import ends_the_run, is_held, until_unavailable
from basis_strategy_v1.core.engine.venue_events import events_of
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.health.component_health import ComponentHealth
from basis_strategy_v1.core.monitors.anchor import Anchor
from basis_strategy_v1.core.monitors.anchor_builder import AnchorBuilder
from basis_strategy_v1.core.monitors.portfolio_view import RowReader
from basis_strategy_v1.core.strategies.strategy import DecisionView, TradingState

COMPONENT = "EventDrivenStrategyEngine"
_REDUCING = TradingState.REDUCING
HARD_LIMIT = "PUH-011"
LIQUIDATED = "liquidated"
_UNKNOWN = -1


class RowStep:
    """Runs rows for one engine and keeps the anchor."""

    def __init__(self, parts: EngineParts, table: AnchorTable, first_row: int) -> None:
        self._parts = parts
        self._table = table
        self._margin = MarginTrigger(parts.settings.risk)
        self._interfaces = tuple(parts.interfaces.values())
        self._orders = RestingOrderTrigger(parts.market, self._interfaces)
        self._anchors = AnchorBuilder(parts.market, parts.specs)
        self._accrual = FundingAccrual(parts.market, parts.specs, first_row)
        self._accruals = 0
        self.flows = FlowQueue(parts.settings.flows)
        self.state = TradingState.ACTIVE
        self.closing = ""
        self.closed = False
        self.halted_at: int | None = None
        self.failure: ComponentError | None = None
        self.held = ""
        self.hooks: RowHooks | None = None
        self.health = ComponentHealth(COMPONENT)
        self._delta = DeltaLimit(parts)
        self._held_reduction = HeldReduction(parts)
        self.liquidations = 0
        self._first_row = first_row
        self._schedule: int | None = _UNKNOWN
        self._exit_at = parts.settings.strategy.exit_at
        self.anchor: Anchor = self._anchors.build(parts.position_monitor.ledger, first_row, 0.0)

    # --- what the drives ask -------------------------------------------------------------------------------------

    def predicates(self) -> list[Predicate]:
        """The triggers in force until the next event."""
        predicates: list[Predicate] = [self._margin.fires, self._orders.fires]
        if self._is_deciding():
            predicates += [trigger.fires for trigger in self._parts.strategy.triggers()]
            if self.state is _REDUCING:
                predicates.append(always)
        elif self.closing and not self.closed:
            predicates.append(always)
        return predicates

    def next_scheduled(self) -> int | None:
        """Time (ns) of the next thing known beforehand: an arrival, flow, expiry or exit. Only events change it."""
        if self._schedule == _UNKNOWN:
            self._schedule = self._find_schedule()
        return self._schedule

    def _find_schedule(self) -> int | None:
        exit_at = None if self.closing else self._exit_at
        return next_known_time(self._parts, self.flows.next_time(), exit_at, asks_strategy=self._is_deciding())

    def _is_deciding(self) -> bool:
        return self.failure is None and not self.closing and self.state is not TradingState.HALTED

    # --- the step ------------------------------------------------------------------------------------------------

    def step(self, row: int) -> bool:
        """Run ``row``; whether anything happened (a new anchor was taken)."""
        parts = self._parts
        now = parts.market.time(row)
        parts.clock.move_to(row, now)
        if self.failure is not None:
            return False
        view = self._view(row, now)
        if self.state is _REDUCING:
            self._relax(view)
            view.state = self.state
        first = row == self._first_row
        scheduled = self.next_scheduled()
        due = (
            first
            or (scheduled is not None and scheduled <= now)
            or bool(self._orders.fires(view))
            or bool(self._margin.fires(view))
        )
        try:
            if due:
                happened = self._settle(view, first)
            else:
                happened = parts.asks_each_row and self._refresh(now)
            happened = self._decide(view, now, happened)
            if happened:
                self._schedule = _UNKNOWN
            return happened
        except ComponentError as error:
            if is_held(error):
                self.held = error.message
                self._take_anchor(row)
            else:
                self._fail(error, row)
            return True

    def declare(self, flow_id: str, flow: Flow) -> None:
        """Book money that has come (> 0) or gone (< 0) already at the next row."""
        self.flows.declare(flow_id, flow)
        self._schedule = _UNKNOWN

    def halt(self, reason: str) -> None:
        """Decide nothing any more, from this row on."""
        self._halt(self._parts.clock.row, reason)

    def execute(self, blocks: Sequence[InstructionBlock], now: int) -> list[ComponentError | None]:
        """Execute ``blocks`` at the row of ``now``, without asking the strategy; per block, the error that stopped it.

        Raises:
            ComponentError: CFG-005 when ``now`` lies before the first row.
        """
        parts = self._parts
        row = parts.market.row_at(now)
        if row < self._first_row:
            raise ComponentError("CFG-005", "the block's time lies before the first row of the data", COMPONENT)
        parts.clock.move_to(row, parts.market.time(row))
        self._accrue(row)
        errors = [parts.execution_manager.execute_block(parts.clock.now, block).error for block in blocks]
        self._take_anchor(row)
        return errors

    def finish(self, row: int) -> None:
        """Book what is due at the last row and ask every venue once more."""
        parts = self._parts
        if self.failure is not None:
            return
        parts.clock.move_to(row, parts.market.time(row))
        try:
            self._accrue(row)
            self._refresh(parts.clock.now)
            parts.risk_monitor.update_state(parts.clock.now, "engine")
            parts.pnl_monitor.update_state(parts.clock.now, "engine")
            self._take_anchor(row)
        except ComponentError as error:
            self._fail(error, row)

    def _view(self, row: int, now: int) -> DecisionView:
        return DecisionView(
            self.anchor, RowReader(row), row, now, self._parts.portfolio, self.state, self.flows.waiting()
        )

    def _settle(self, view: DecisionView, first: bool) -> bool:
        """Liquidation, funding, arrivals and flows, in the order of a row."""
        row = view.row
        now = view.timestamp
        if not first:
            early = self._margin.liquidated_before(view)
            at_mark = self._margin.liquidated_at_mark(view)
            self._accrue(row, {account.venue: row - 1 for account in early})
            before = self.liquidations
            self._refresh(now)
            if early:
                self._accrue(row)
            if self.liquidations == before:
                self._check_limits(view, row, bool(early) or at_mark)
        due = self.flows.take_due(now)
        for flow_id, flow in due:
            self._parts.credit(flow.location, flow.asset, flow.amount)
            self._parts.position_update_handler.book_flow(now, flow_id, flow.location, flow.asset, flow.amount)
        if due and self.hooks is not None:
            self.hooks.flows_booked(due)
        pay_redemptions(self._parts, self.flows, now, in_kind_only=True)
        self._parts.strategy.note_redemptions(self.flows.waiting())
        if self._exit_at is not None and now >= self._exit_at and not self.closing:
            self._begin_closing(reasons.PLANNED, row)
        return True

    def _accrue(self, row: int, held_back: dict[str, int] | None = None) -> None:
        parts = self._parts
        changes, received = self._accrual.due(parts.position_monitor.ledger, row, held_back)
        self._accruals += 1
        parts.position_update_handler.accrue(parts.clock.now, f"accrual-{self._accruals}", changes, received)

    def _refresh(self, now: int) -> bool:
        """Ask every venue what happened by itself and book it; whether anything did. A liquidation ends the run."""
        before = self.liquidations
        happened = False
        for interface in self._interfaces:
            events = events_of(self._parts, interface, now)
            happened = happened or bool(events)
            for position, deltas in enumerate(events, start=1):
                if deltas.order_status == LIQUIDATED:
                    self._note_liquidation()
                self._book_event(now, deltas, position < len(events))
        if self.liquidations > before:
            self._begin_closing(reasons.LIQUIDATION, self._parts.clock.row)
        return happened

    def _note_liquidation(self) -> None:
        self.liquidations += 1

    def _book_event(self, now: int, deltas: ExecutionDeltas, more_follow: bool) -> None:
        try:
            self._parts.position_update_handler.handle_position_update(now, deltas, more_follow=more_follow)
        except ComponentError as error:
            if is_held(error):
                self.held = error.message  # booked all the same: what it asks for does not wait
            elif error.error_code == HARD_LIMIT:
                self._begin_closing(reasons.HARD, self._parts.clock.row)
            else:
                raise

    def _check_limits(self, view: DecisionView, row: int, liquidated: bool) -> None:
        if self.state is TradingState.HALTED or not reasons.is_limit_open(self.closing):
            return
        if self._margin.hard_breached(view) or liquidated:
            self._break_limit(row)
        elif self._margin.soft_breached(view):
            if self.state is TradingState.ACTIVE:
                self._log_risk(row, "soft_limit")
            self.state = TradingState.REDUCING

    def _break_limit(self, row: int) -> None:
        self._log_risk(row, reasons.HARD)
        self._begin_closing(reasons.HARD, row)

    def _log_risk(self, row: int, limit: str) -> None:
        parts = self._parts
        parts.risk_monitor.update_state(parts.clock.now, "engine")
        data = {"limit": limit, "margin_ratio": {v: m.ratio for v, m in parts.risk_monitor.margins.items()}}
        parts.event_logger.log_event(parts.clock.now, "risk_limit", "RiskMonitor", data)

    def _begin_closing(self, reason: str, row: int) -> None:
        self.state = TradingState.REDUCING
        if (reason := reasons.reason_of(self.closing, reason)) != self.closing:
            self.closing = reason
            if self.hooks is not None:
                self.hooks.closing_begun()

    def _halt(self, row: int, reason: str) -> None:
        self.state = TradingState.HALTED
        self.closing = self.closing or reason
        self.closed = True
        if self.halted_at is None:
            self.halted_at = self._parts.market.time(row)
            self._parts.event_logger.log_event(
                self._parts.clock.now, "risk_limit", COMPONENT, {"limit": reason, "state": "halted"}
            )

    # --- deciding and executing ----------------------------------------------------------------------------------

    def _decide(self, view: DecisionView, now: int, happened: bool) -> bool:
        row = view.row
        if happened:
            self._take_anchor(row)
            view = self._view(row, now)
        if self.held:
            return self._reduce_while_held(view) or happened
        if self.state is TradingState.HALTED or self.closed:
            if happened:
                self._pay_after_the_end(view, now)
            return happened
        strategy = self._parts.strategy
        blocks = reasons.blocks_of(strategy, self.closing, view)
        executed = not (isinstance(blocks, tuple) and not blocks)
        if executed:
            if not happened:
                self._accrue(row)
            was_closing = bool(self.closing)
            self._run(blocks, now)
            if self.closing and not was_closing:
                self._run(reasons.blocks_of(strategy, self.closing, view), now)
            if self._delta.check(now):
                self.state = TradingState.REDUCING
        # Tried where something happened, not wherever a price has made room: that would depend on the rows visited.
        paid = bool((executed or happened) and self.flows.is_owing) and pay_redemptions(self._parts, self.flows, now)
        if self.closing and reasons.is_done(strategy, self.closing, view):
            self._finish_closing(row)
            paid = self._pay_after_the_end(view, now) or paid
        if executed or paid:
            self._take_anchor(row)
            if self.state is _REDUCING:
                self._relax(self._view(row, now))
        return happened or executed or paid

    def _reduce_while_held(self, view: DecisionView) -> bool:
        """At a hard limit, what reduces whatever happened does not wait; whether anything was tried."""
        limit = "" if self.closed else self._held_reduction.limit(self.closing, view.timestamp)
        if not limit:
            return False
        if limit == reasons.HARD and reasons.is_limit_open(self.closing):
            self._break_limit(view.row)
        self._accrue(view.row)
        if not self._held_reduction.run(view, limit, self.held, self._stops_before):
            return False
        self._take_anchor(view.row)
        return True

    def _pay_after_the_end(self, view: DecisionView, now: int) -> bool:
        """Redemptions are paid after an exit or a halt too, as far as there is cash; whether any was."""
        if not self.flows.is_owing:
            return False
        self._run(self._parts.strategy.pay_out(view), now)
        paid = pay_redemptions(self._parts, self.flows, now)
        self._take_anchor(view.row)
        return paid

    def _run(self, blocks: Iterable[InstructionBlock], now: int) -> None:
        manager = self._parts.execution_manager
        foreseen = not self._parts.asks_each_row
        before = self.liquidations
        for block in until_unavailable(blocks, now, self._parts.event_logger, self.health):
            if self._stops_before(block):
                return
            result = manager.execute_block(now, block)
            error = result.error
            if error is None:
                if foreseen:
                    continue
                if result.is_unknown:
                    self.held = "an instruction's outcome is unknown"
                    return
            elif error.error_code == HARD_LIMIT:
                was_closing = bool(self.closing)
                if reasons.is_limit_open(self.closing):
                    self._break_limit(self._parts.clock.row)
                if not was_closing:
                    return
                # Everything is being closed already: stopping half-way would leave a naked leg.
            elif ends_the_run(error, is_live=not foreseen):
                raise error
            elif self.hooks is not None:
                self.hooks.refused(block, error)
            if self.liquidations != before:
                return

    def _stops_before(self, block: InstructionBlock) -> bool:
        return self.hooks is not None and self.hooks.stops_before(block)

    def _relax(self, view: DecisionView) -> None:
        """Leave REDUCING when no account is beyond the soft limit and delta is within its own."""
        if not self.closing and not self._delta.breached and not self._margin.soft_breached(view):
            self.state = TradingState.ACTIVE

    def _finish_closing(self, row: int) -> None:
        self.closed = True
        if self.closing != reasons.PLANNED:
            self._halt(row, self.closing)

    def _take_anchor(self, row: int) -> None:
        self._keep_anchor(row, self._parts.pnl_monitor.verify())

    def _keep_anchor(self, row: int, nav: Decimal) -> None:
        pnl = self._parts.pnl_monitor
        self.anchor = self._anchors.build(self._parts.position_monitor.ledger, row, float(nav))
        self._table.add(self.anchor, pnl.buckets, pnl.flows)
        self.health.record_update(self._parts.clock.now)

    def _fail(self, error: ComponentError, row: int) -> None:
        self.failure = error
        self.health.record_error(error.error_code, error.message, error.severity, self._parts.clock.now)
        self.state = TradingState.HALTED
        if self.halted_at is None:
            self.halted_at = self._parts.market.time(row)
        self._parts.event_logger.log_event(self._parts.clock.now, "error", COMPONENT, note_of(error))
        # The books may be what failed: they are shown as they are, without the proof that they close.
        self._keep_anchor(row, self._parts.pnl_monitor.value())
