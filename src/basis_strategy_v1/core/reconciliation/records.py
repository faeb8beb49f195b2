"""What a reconciliation leaves behind."""

from __future__ import annotations

from enum import Enum

import msgspec

from basis_strategy_v1.core.reconciliation.compare import Difference


class Handshake(Enum):
    """A reconciliation begins PENDING and ends once, in SUCCESS or FAILED."""

    PENDING = "pending"
    SUCCESS = "success"
    FAILED = "failed"


class ReconciliationResult(msgspec.Struct, frozen=True, gc=False):
    """How one reconciliation ended.

    Attributes:
        timestamp: ns UTC.
        instruction_id: the instruction after which it was made; empty for a periodic one.
        status: ``success``; ``held`` while an instruction of unknown outcome may explain the differences; ``failed``.
        observations: how often the venue was asked.
        differences: what was left at the last observation; of a success, what is set aside.
        error_code: why it is not a success, or REC-010 where something is set aside.
    """

    timestamp: int
    instruction_id: str
    venue: str
    status: str
    observations: int
    differences: tuple[Difference, ...] = ()
    error_code: str = ""
