"""EventDrivenStrategyEngine: owns the clock and the loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from basis_strategy_v1.core.domain.instructions import InstructionBlock
from basis_strategy_v1.core.domain.parsing import parse_block
from basis_strategy_v1.core.domain.timestamps import to_nanoseconds
from basis_strategy_v1.core.engine.anchor_table import AnchorTable
from basis_strategy_v1.core.engine.parts import EngineParts
from basis_strategy_v1.core.engine.row_step import RowStep
from basis_strategy_v1.core.engine.segments import SegmentSearch
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

if TYPE_CHECKING:
    from basis_strategy_v1.core.engine.live_parts import LiveEnd, LiveParts
    from basis_strategy_v1.core.engine.live_rows import LiveRowStep

COMPONENT = "EventDrivenStrategyEngine"
PROGRESS_ROWS = 4096


class EventDrivenStrategyEngine:
    """Runs one strategy over market columns.

    Between two events a position is constant, so the engine looks for the next row at which a trigger fires and runs
    ``RowStep.step`` only there (``drive='segments'``), or at each row (``drive='every_row'``): both give the same
    instructions, events and equity to the last bit.
    """

    def __init__(self, parts: EngineParts, *, drive: str = "segments") -> None:
        if drive not in ("segments", "every_row"):
            raise ComponentError("CFG-003", f"drive {drive!r} is neither 'segments' nor 'every_row'", COMPONENT)
        self._parts = parts
        self._drive = drive
        margined = tuple(spec.venue for spec in parts.specs if spec.margin is not None)
        self.table = AnchorTable(parts.market, margined, keeps_last_only=parts.asks_each_row)
        self.rows = self._make_rows()
        self.search = SegmentSearch()
        self.false_wakes = 0

    def _make_rows(self) -> RowStep:
        if not self._parts.asks_each_row:
            return RowStep(self._parts, self.table, 0)
        # Imported here: a backtest has no use for it.
        from basis_strategy_v1.core.engine.live_rows import LiveRowStep

        return LiveRowStep(self._parts, self.table, 0)

    @property
    def live_rows(self) -> LiveRowStep:
        """``rows`` of a live run."""
        from basis_strategy_v1.core.engine.live_rows import LiveRowStep

        assert isinstance(self.rows, LiveRowStep)
        return self.rows

    def run_backtest(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Run all rows of the market columns.

        Args:
            progress: told ``(rows done, rows in all)`` now and then.
        """
        count = len(self._parts.market)
        self.rows.step(0)
        if self._drive == "every_row":
            self._run_every_row(count, progress)
        else:
            self._run_segments(count, progress)
        self.rows.finish(count - 1)
        if progress is not None:
            progress(count, count)

    def run_live(self, live: LiveParts) -> LiveEnd:
        """Run tick by tick until ``live`` ends it; each tick is one row through the same step as in a backtest."""
        from basis_strategy_v1.core.engine.live_loop import LiveLoop

        return LiveLoop(self._parts, self.live_rows, live).run()

    def _run_every_row(self, count: int, progress: Callable[[int, int], None] | None) -> None:
        step = self.rows.step
        for row in range(1, count):
            step(row)
            if progress is not None and row % PROGRESS_ROWS == 0:
                progress(row, count)

    def _run_segments(self, count: int, progress: Callable[[int, int], None] | None) -> None:
        row = 1
        told = 0
        while row < count:
            happened_at = self._next_event(row, count)
            if happened_at is None:
                return
            self.search.note_segment(happened_at - row + 1)
            row = happened_at + 1
            if progress is not None and row - told >= PROGRESS_ROWS:
                told = row
                progress(row, count)

    def _next_event(self, start: int, count: int) -> int | None:
        """The next row at which something happened; its step has been run."""
        rows = self.rows
        step = rows.step
        scheduled = self._scheduled_row(start, count)
        for candidate in self.search.candidates(rows.anchor, rows.predicates(), start, scheduled):
            if step(candidate):
                return candidate
            self.false_wakes += 1
        if scheduled >= count:
            return None
        step(scheduled)
        return scheduled

    def _scheduled_row(self, start: int, count: int) -> int:
        """The first row at or after ``start`` at which something known beforehand is due; ``count`` if none is."""
        time = self.rows.next_scheduled()
        if time is None:
            return count
        market = self._parts.market
        return min(max(market.row_at(time - 1) + 1, start), count)

    def execute_instructions(
        self, instructions: Sequence[Any] | dict[str, Any] | InstructionBlock, timestamp: Any
    ) -> list[ComponentError | None]:
        """Execute instruction blocks at ``timestamp`` without a strategy; per block, the error that stopped it.

        Raises:
            ComponentError: EIM-001, EIM-002, EIM-004 for a block that cannot be understood.
        """
        now = to_nanoseconds(timestamp)
        blocks = instructions if isinstance(instructions, Sequence) else [instructions]
        parsed = [parse_block(block) for block in blocks]
        return self.rows.execute(parsed, now)

    def execute_trade_with_interface(self, instruction: dict[str, Any], timestamp: Any) -> ComponentError | None:
        """Execute one instruction, in any of the accepted spellings, at ``timestamp``."""
        return self.execute_instructions([instruction], timestamp)[0]

    def get_state_snapshot(self) -> dict[str, Any]:
        rows = self.rows
        return {
            "state": rows.state.value,
            "halted_at": rows.halted_at,
            "anchors": len(self.table),
            "false_wakes": self.false_wakes,
            "failure": None if rows.failure is None else rows.failure.error_code,
        }
