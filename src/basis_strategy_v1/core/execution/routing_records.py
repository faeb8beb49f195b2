"""What the manager remembers and writes down of its work."""

from __future__ import annotations

from typing import Literal

import msgspec

from basis_strategy_v1.core.domain.instructions import AtomicBlock, Instruction

HISTORY_LENGTH = 100

TriggerSource = Literal["execution_manager", "manual", "retry"]


class RoutingRecord(msgspec.Struct, frozen=True, gc=False):
    """One line of ``routing_history``; ``error_code`` is empty where the interface took the instruction."""

    timestamp: int
    instruction: Instruction | AtomicBlock
    venue: str
    error_code: str = ""

    @property
    def success(self) -> bool:
        """Whether the interface took the instruction."""
        return not self.error_code


class InstructionRouted(msgspec.Struct, frozen=True, gc=False):
    """Data of ``instruction_routed``."""

    instruction_id: str
    instruction_type: str
    venue: str


class StateUpdated(msgspec.Struct, frozen=True, gc=False):
    """Data of ``state_update``: a person, not the engine, asked for an update; what the manager had routed by then."""

    trigger_source: str
    instructions_routed: int
    instructions_failed: int


class RoutingFailed(msgspec.Struct, frozen=True, gc=False):
    """Data of the manager's ``error`` events."""

    error_code: str
    message: str
    severity: str
    instruction_id: str
    cause: str
    stack: str
