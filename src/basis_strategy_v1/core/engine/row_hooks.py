"""What a live run does in the middle of a row. A backtest has none of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from basis_strategy_v1.core.domain.instructions import InstructionBlock
from basis_strategy_v1.core.domain.settings import Flow
from basis_strategy_v1.core.error_codes.exceptions import ComponentError


class RowHooks(Protocol):
    """Called by ``RowStep`` of a live run."""

    def closing_begun(self) -> None:
        """All is to be closed, and nothing was sent for it yet."""

    def flows_booked(self, flows: Sequence[tuple[str, Flow]]) -> None:
        """Money from outside was booked in this row, or a venue differs after an event of its own (no flows).

        Nothing was decided on it yet.
        """

    def decision_begins(self) -> bool:
        """Something may be traded now; whether money was booked that nobody declared."""

    def refused(self, block: InstructionBlock, error: ComponentError) -> None:
        """``block`` was stopped by ``error``, and the decision goes on."""

    def stops_before(self, block: InstructionBlock) -> bool:
        """Whether ``block``, and what a decision has after it, is not executed any more."""
