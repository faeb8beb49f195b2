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
    """Counts refusals of each instrument since its last fill: spot whose hedge is refused is sold, and that fills."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, str], tuple[int, str]] = {}

    def note(
        self, instruction: LoggedInstruction, deltas: ExecutionDeltas | None, error: ComponentError | None
    ) -> None:
        """An instruction has ended."""
        if not isinstance(instruction, CexTrade):
            return
        traded = (instruction.venue, instruction.trade_type, instruction.symbol)
        if error is not None:
            self._found[traded] = (self._found.get(traded, (0, ""))[0] + 1, error.line)
        elif deltas is not None and deltas.fills:
            self._found.pop(traded, None)

    def lines(self) -> Sequence[str]:
        """What a person should look at now."""
        return [
            f"{count} orders in a row of {trade_type} {symbol} at {venue} were refused and none was filled; "
            f"the last one: {last}"
            for (venue, trade_type, symbol), (count, last) in self._found.items()
            if count >= SEVERAL
        ]
