"""The live loop: one row a tick, through the same step as a backtest."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from basis_strategy_v1.core.domain.deltas import Changes, ExecutionDeltas, Outcome
from basis_strategy_v1.core.domain.error_notes import ErrorNote, note_of
from basis_strategy_v1.core.domain.instructions import CexTrade, InstructionBlock
from basis_strategy_v1.core.domain.settings import Flow
from basis_strategy_v1.core.domain.timestamps import NANOSECONDS_PER_SECOND
from basis_strategy_v1.core.domain.uncertain import Uncertain, exposure_bounds
from basis_strategy_v1.core.engine.foreign_orders import FOREIGN_ORDERS, ForeignOrders
from basis_strategy_v1.core.engine.live_parts import (
    DeclaredFlow,
    KillRequest,
    LiveEnd,
    LiveEnding,
    LiveParts,
    StopRequest,
    Tick,
)
from basis_strategy_v1.core.engine.live_rows import LiveRowStep
from basis_strategy_v1.core.engine.orderly_stop import OrderlyStop
from basis_strategy_v1.core.engine.parts import EngineInterface, EngineParts
from basis_strategy_v1.core.engine.row_step import LIQUIDATED
from basis_strategy_v1.core.engine.stopped_decision import is_unavailable
from basis_strategy_v1.core.engine.venue_comparison import VenueComparison
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.monitors.risk_monitor import RiskLevel
from basis_strategy_v1.core.strategies.strategy import TradingState

COMPONENT = "EventDrivenStrategyEngine"
NO_PRICE = "no venue gives a price"


class LiveLoop:
    """Runs ticks: commands, quotes, the step, the comparison with every venue, what must be kept.

    A tick waits for nothing but venues. Between two of them the process sleeps.
    """

    def __init__(self, parts: EngineParts, rows: LiveRowStep, live: LiveParts) -> None:
        self._parts = parts
        self._rows = rows
        self._live = live
        self._ending: LiveEnding | None = None
        self._left_open: ComponentError | None = None
        self._ticks = 0
        self._reconciled_at: int | None = None
        self._resting_since: dict[str, int] = {}
        self._uncertain: dict[str, Changes] = {}
        self._kept: tuple[TradingState, str, int | None] | None = None
        self._stop = OrderlyStop(parts)
        self._orders = ForeignOrders(live.foreign_orders, live.orders_seconds, self._note_orders, self._note_silence)
        self._venues = VenueComparison(parts, rows, live, self._orders)
        rows.hooks = self
        parts.position_update_handler.happened_meanwhile = self._happened_meanwhile

    def run(self) -> LiveEnd:
        """Run until something ends it."""
        while True:
            try:
                ending = self._tick_and_wait()
            except ComponentError as error:
                return self._failed(error)
            except Exception as error:  # noqa: BLE001 - whatever it is, positions are out there: the next start asks
                return self._failed(_unforeseen(error))
            if ending is not None:
                return LiveEnd(ending, self._ticks, self._rows.failure or self._left_open)

    # --- within a row: see RowHooks ------------------------------------------------------------------------------

    def closing_begun(self) -> None:
        """Keep it before the first order of an exit: were the process to die within it, the next one goes on."""
        self._keep_state()

    def flows_booked(self, flows: Sequence[tuple[str, Flow]]) -> None:
        """Ask every venue before anything is decided on money that is declared: one that does not show it holds."""
        now = self._reconciled_at = self._parts.clock.now
        self._venues.flows_booked(flows, now)

    def decision_begins(self) -> bool:
        """Compare before the first order, and not between two legs only."""
        return self._venues.before_trading(self._parts.clock.now)

    def refused(self, block: InstructionBlock, error: ComponentError) -> None:
        """A venue that takes no orders cannot trade in this row: what it does not hedge the others may."""
        if isinstance(block, CexTrade) and is_unavailable(error):
            self._live.market.suspend(block.venue)

    def stops_before(self, block: InstructionBlock) -> bool:
        """Whether an end is asked for: the kill switch counts at once, a signal once a pair that is begun is whole."""
        match self._live.commands.pending():
            case KillRequest():
                return True
            case StopRequest():
                return not self._stop.goes_on_with(block)
        return False

    # --- ticks ---------------------------------------------------------------------------------------------------

    def _tick_and_wait(self) -> LiveEnding | None:
        live = self._live
        started = live.time.now()
        self._tick(started)
        if self._ending is None and live.until is not None and started >= live.until:
            self._ending = LiveEnding.DONE
        if self._ending is None:
            self._wait_for_next(started)
        return self._ending

    def _failed(self, error: ComponentError) -> LiveEnd:
        """What escapes from a tick ends the process: a later start asks the venues how things stand."""
        now = self._parts.clock.now
        self._rows.health.record_error(error.error_code, error.message, error.severity, now)
        # A full disk may be what it ends with: then this cannot be written either.
        with suppress(OSError, ComponentError):
            self._parts.event_logger.log_event(now, "error", COMPONENT, note_of(error))
            self._show(self._live.time.now(), error)
        return LiveEnd(LiveEnding.FAILED, self._ticks, error)

    def _wait_for_next(self, started: int) -> None:
        """Wait for the next whole multiple of the tick: rows of a run then fall on the same times after a restart."""
        live = self._live
        tick = int(live.tick_seconds * NANOSECONDS_PER_SECOND)
        due = (started // tick + 1) * tick
        # A machine's clock may be set back by hours: nobody waits for longer than a tick.
        left = min(due - live.time.now(), tick)
        if left > 0:
            live.time.wait(left / NANOSECONDS_PER_SECOND)

    def _tick(self, now: int) -> None:
        self._obey()
        if self._ending is LiveEnding.KILLED:
            self._show(now)
        if self._ending is not None:
            return
        row = self._next_row(now)
        if row is None:
            # Decisions go on with the prices that come next; until then nothing stands still unseen.
            self._show(now, held=NO_PRICE)
            return
        self._ticks += 1
        self._rows.step(row)
        if self._rows.failure is not None:
            # It ends this process and not the run: what outlives it is the state before, or that all is to be closed.
            if self._rows.closing:
                self._live.keeper.keep_state(TradingState.REDUCING, self._rows.closing, None)
            self._show(now)
            self._ending = LiveEnding.FAILED
            return
        if isinstance(self._live.commands.pending(), KillRequest):
            self._obey()
            self._show(now)
            return
        self._compare_when_due(now)
        self._keep_state()
        self._show(now)
        if self._rows.state is TradingState.HALTED:
            self._ending = LiveEnding.HALTED

    def _next_row(self, now: int) -> int | None:
        """The row of this tick: at first the one the books were opened at; None when no venue gives a price."""
        if not self._ticks:
            return len(self._live.market.columns) - 1
        quotes = self._live.quotes.read(now)
        return self._live.market.append(now, quotes) if quotes else None

    def _obey(self) -> None:
        """Do what people have asked for since the last tick; give up orders that have rested for too long."""
        self._give_up_orders()
        for command in self._live.commands.take():
            match command:
                case DeclaredFlow(flow_id, flow):
                    self._rows.declare(flow_id, flow)
                case KillRequest(reason):
                    self._kill(reason)
                case StopRequest():
                    self._ending = LiveEnding.STOPPED

    def _give_up_orders(self) -> None:
        """Cancel what has rested for ``order_timeout`` in this process."""
        now = self._live.time.now()
        patience = int(self._parts.settings.execution.order_timeout * NANOSECONDS_PER_SECOND)
        resting: dict[str, int] = {}
        for interface in self._parts.interfaces.values():
            for order in interface.resting_orders():
                order_id = order.client_order_id
                resting[order_id] = self._resting_since.get(order_id, now)
                if now - resting[order_id] >= patience:
                    self._cancel(interface, order_id)
        self._resting_since = resting

    def _cancel(self, interface: EngineInterface, order_id: str) -> None:
        """Cancel an order; where its venue does not answer, say so and leave it for the next time."""
        try:
            interface.cancel_order(order_id)
        except ComponentError as error:
            if error.severity == "CRITICAL":
                raise
            self._note_silence(interface.venue, error)

    def _note_orders(self, words: str) -> None:
        note = ErrorNote(FOREIGN_ORDERS, words, "MEDIUM")
        self._parts.event_logger.log_event(self._live.time.now(), "error", COMPONENT, note)

    def _note_silence(self, venue: str, error: ComponentError) -> None:
        data = {"venue": venue, "error_code": error.error_code, "message": error.message}
        self._parts.event_logger.log_event(self._live.time.now(), "venue_unavailable", COMPONENT, data)

    def _kill(self, reason: str) -> None:
        """Halt first, durably: were the process to die while it cancels, it would not trade again.

        Every open order of every venue is canceled: one of unknown outcome may rest as well.
        """
        self._rows.halt(f"killed: {reason}")
        self._keep_state()
        left = [venue for venue, interface in self._parts.interfaces.items() if not self._cancel_all(interface)]
        if left:
            message = f"the run is halted, and orders may still be open at {', '.join(left)}"
            self._left_open = ComponentError("EXI-003", message, COMPONENT, remedy="Run 'basis kill MODE' again.")
        self._ending = LiveEnding.KILLED

    def _cancel_all(self, interface: EngineInterface) -> bool:
        """Whether no order is open at a venue any more."""
        try:
            reports = interface.cancel_all_orders()
        except ComponentError as error:
            self._note_silence(interface.venue, error)
            return False
        return all(report.outcome is Outcome.DONE and not report.status.is_open for report in reports)

    def _happened_meanwhile(self, venue: str) -> Sequence[ExecutionDeltas]:
        """What a venue has done by itself while a tick trades there.

        That all is to be closed is kept before a liquidation is booked: until then the next start is told of it again.
        """
        interface = self._parts.interfaces[venue]
        try:
            told = interface.update_state(self._parts.clock.now, "engine")
        except ComponentError as error:
            if error.severity == "CRITICAL":
                raise
            self._note_silence(venue, error)
            return ()
        if any(item.order_status == LIQUIDATED for item in told):
            self._rows.close_after_liquidation()
        return told

    def _compare_when_due(self, now: int) -> None:
        last = self._reconciled_at
        span = int(self._live.reconcile_seconds * NANOSECONDS_PER_SECOND)
        is_open = self._rows.held or self._venues.silent or self._parts.reconciliation.is_setting_aside
        is_due = last is None or is_open or now - last >= span
        if is_due or any(self._orders.look(venue, now) for venue in self._parts.reconciliation.venues):
            self._compare_all(now)

    def _compare_all(self, now: int) -> None:
        self._reconciled_at = now
        self._venues.all(now)

    def _show(self, now: int, failure: ComponentError | None = None, *, held: str = "") -> None:
        parts = self._parts
        failure = failure or self._rows.failure
        parts.pnl_monitor.mark_to(parts.clock.row)
        level = parts.risk_monitor.update_state(now, "engine")
        uncertain = parts.uncertain()
        self._note_uncertain(now, uncertain, level)
        self._live.keeper.keep_tick(
            Tick(
                timestamp=now,
                nav=parts.pnl_monitor.nav,
                state=self._rows.state.value,
                held="; ".join(filter(None, (held, self._rows.held))),
                margin_ratio=parts.risk_monitor.ratios,
                risk_level=level.value,
                net_exposure=exposure_bounds(parts.portfolio.net_exposure(), uncertain),
                uncertain={change.name: change.changes for change in uncertain},
                positions=parts.position_monitor.get_positions(),
                buckets=dict(parts.pnl_monitor.buckets),
                health=self._live.health(),
                left_out=tuple(parts.strategy.left_out(parts.portfolio)),
                untradable=self._venues.untradable(),
                error="" if failure is None else failure.line,
            )
        )

    def _note_uncertain(self, now: int, uncertain: Uncertain, level: RiskLevel) -> None:
        """Write down what risk counts as done and as not done, whenever that is something else."""
        changes = {change.name: change.changes for change in uncertain}
        if changes != self._uncertain:
            ratios = self._parts.risk_monitor.ratios
            data = {"uncertain": changes, "worst_margin_ratio": ratios, "level": level.value}
            self._parts.event_logger.log_event(now, "state_update", "RiskMonitor", data)
        self._uncertain = changes

    def _keep_state(self) -> None:
        rows = self._rows
        state = (rows.state, rows.closing, rows.halted_at)
        if state != self._kept:
            self._live.keeper.keep_state(*state)
            self._kept = state


def _unforeseen(error: Exception) -> ComponentError:
    """An error of the machine or of this program, as one that is told in a line."""
    code = "RES-001" if isinstance(error, OSError) else "PUH-001"
    message = f"the tick failed: {type(error).__name__}: {error}"
    return ComponentError(code, message, COMPONENT, "CRITICAL", error)
