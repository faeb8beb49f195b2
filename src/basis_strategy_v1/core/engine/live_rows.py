"""A row of a live run: venues are compared before it is traded on, and money that is declared comes with its row."""

from __future__ import annotations

from basis_strategy_v1.core.domain.deltas import ExecutionDeltas
from basis_strategy_v1.core.engine.anchor_table import AnchorTable
from basis_strategy_v1.core.engine.closing import LIQUIDATION, is_done
from basis_strategy_v1.core.engine.parts import EngineParts
from basis_strategy_v1.core.engine.row_step import RowStep
from basis_strategy_v1.core.engine.unshown_flows import UnshownFlows
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.strategies.strategy import DecisionView, TradingState

DIFFERS = frozenset({"REC-001", "REC-007"})


class LiveRowStep(RowStep):
    """``RowStep`` where others may move money and positions, at any time.

    Attributes:
        unshown: flows that are in the books, until their venue shows them.
    """

    def __init__(self, parts: EngineParts, table: AnchorTable, first_row: int) -> None:
        super().__init__(parts, table, first_row)
        self.unshown = UnshownFlows()
        self._is_doubtful = False

    def go_on_from(self, state: TradingState, closing: str, halted_at: int | None) -> None:
        """Take the trading state over from another process."""
        self.state, self.closing, self.halted_at = state, closing, halted_at
        self.closed = state is TradingState.HALTED

    def close_after_liquidation(self) -> None:
        """End the run as at the beginning of a row: a venue has liquidated in the middle of one."""
        self.liquidations += 1
        self._begin_closing(LIQUIDATION, self._parts.clock.row)

    def note_money(self) -> None:
        """Go on with what the books hold now: money was booked after the row was run."""
        self._take_anchor(self._parts.clock.row)

    def _note_liquidation(self) -> None:
        """That all is to be closed is kept before it is booked: until then the next start is told of it again."""
        self.close_after_liquidation()

    def _book_event(self, now: int, deltas: ExecutionDeltas, more_follow: bool) -> None:
        """Money that is declared for this row is in the venue's books already, and is compared once it is in ours.

        A venue that differs after an event of its own shows something else beside it. The event is booked; what differs
        is looked at before the decision, as without an event, and ends no process.
        """
        try:
            super()._book_event(now, deltas, more_follow or self.flows.is_declared)
        except ComponentError as error:
            if self.hooks is None or error.error_code not in DIFFERS:
                raise
            self._parts.reconciliation.resume()
            self._is_doubtful = True

    def _decide(self, view: DecisionView, now: int, happened: bool) -> bool:
        if self._is_doubtful and self.hooks is not None:
            # Only here: whether all is to be closed is known by now, and what differs holds no exit.
            self._is_doubtful = False
            self.hooks.flows_booked(())
        self._reopen(view)
        if self.hooks is not None and not self.held:
            if happened:
                self._take_anchor(view.row)
                view = self._view(view.row, now)
            if self._may_trade(view, happened):
                happened = self.hooks.decision_begins() or happened
        return super()._decide(view, now, happened)

    def _reopen(self, view: DecisionView) -> None:
        """Go on with a planned exit that had ended, where coins have come since: a start would sell them, too."""
        if self.closed and self.state is not TradingState.HALTED:
            self.closed = is_done(self._parts.strategy, self.closing, view)

    def _may_trade(self, view: DecisionView, happened: bool) -> bool:
        """Whether the strategy is likely to trade now; what is compared for nothing costs a few requests.

        A row at which nothing has happened is not the first, and no wait of the strategy ends at it.
        """
        if self.closing or self.state is not TradingState.ACTIVE:
            return not self.closed
        return happened or any(bool(trigger.fires(view)) for trigger in self._parts.strategy.triggers())
