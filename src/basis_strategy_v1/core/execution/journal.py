"""The write-ahead journal: what was meant, sent and answered, durable before the first byte leaves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from basis_strategy_v1.core.domain.deltas import ExecutionDeltas, Outcome
from basis_strategy_v1.core.domain.instructions import AtomicBlock, Instruction


class JournalEntry(msgspec.Struct, frozen=True):
    """An instruction without a known end; ``sent`` when bytes may have left."""

    timestamp: int
    instruction_id: str
    instruction: Instruction | AtomicBlock
    sent: bool


class Journal(Protocol):
    """Where side effects are written down before and after they happen. Every call is durable when it returns."""

    def record_intent(self, timestamp: int, instruction: Instruction | AtomicBlock) -> None:
        """Before anything is sent. A second intent of the same id, a retry, changes nothing."""

    def record_sent(self, timestamp: int, instruction_id: str) -> None:
        """From here on the venue may have it."""

    def record_outcome(
        self, timestamp: int, instruction_id: str, outcome: Outcome, deltas: ExecutionDeltas | None, error_code: str
    ) -> None:
        """How it ended: DONE or REJECTED closes the entry, UNKNOWN keeps it open."""

    def unresolved(self) -> Sequence[JournalEntry]:
        """Entries without a DONE or REJECTED, the oldest first: where a start begins."""
