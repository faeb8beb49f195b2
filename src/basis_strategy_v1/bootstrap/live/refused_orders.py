"""Orders that are refused again and again while none is filled: a person may have to change a limit."""

from __future__ import annotations

from collections.abc import Sequence

from basis_strategy_v1.core.domain.deltas import ExecutionDeltas
from basis_strategy_v1.core.domain.instructions import CexTrade
from basis_strategy_v1.core.engine.run_log import LoggedInstruction
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

SEVERAL = 3
"""One refusal may be a price that moved; the next try is a minute later, and the one after that two."""


class RefusedOrders:
    """Counts refusals since the last fill."""

    def __init__(self) -> None:
        self._count = 0
        self._last = ""

    def note(
        self, instruction: LoggedInstruction, deltas: ExecutionDeltas | None, error: ComponentError | None
    ) -> None:
        """An instruction has ended."""
        if not isinstance(instruction, CexTrade):
            return
        if error is not None:
            self._count += 1
            self._last = error.line
        elif deltas is not None and deltas.fills:
            self._count = 0

    def lines(self) -> Sequence[str]:
        """What a person should look at now."""
        if self._count < SEVERAL:
            return ()
        return (f"{self._count} orders in a row were refused and none was filled; the last one: {self._last}",)
