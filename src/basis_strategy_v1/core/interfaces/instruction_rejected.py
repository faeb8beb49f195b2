"""The error of an instruction that was definitely not executed."""

from __future__ import annotations

from basis_strategy_v1.core.domain.deltas import ExecutionDeltas
from basis_strategy_v1.core.error_codes.exceptions import ComponentError


class InstructionRejectedError(ComponentError):
    """The venue refused an instruction.

    Attributes:
        deltas: what the attempt cost all the same (the gas of a reverted transaction), to be booked; None when nothing.
    """

    def __init__(
        self, error_code: str, message: str, component: str = "", *, deltas: ExecutionDeltas | None = None
    ) -> None:
        super().__init__(error_code, message, component)
        self.deltas = deltas
