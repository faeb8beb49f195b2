"""What became of each instruction at one venue: counted, remembered, written down."""

from __future__ import annotations

from collections import deque
from decimal import Decimal

import msgspec

from basis_strategy_v1.core.domain.deltas import ExecutionDeltas, Outcome
from basis_strategy_v1.core.domain.error_notes import ErrorNote
from basis_strategy_v1.core.domain.instructions import AtomicBlock, CexTrade, Instruction
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.health.unified_health_manager import ComponentHealth, HealthReport
from basis_strategy_v1.core.interfaces.estimates import describe_shortfall
from basis_strategy_v1.core.interfaces.execution_records import (
    COMPONENT,
    HISTORY_LENGTH,
    ExecutionRecord,
    InstructionFailed,
)
from basis_strategy_v1.core.interfaces.instruction_rejected import InstructionRejectedError
from basis_strategy_v1.core.interfaces.ports import EventSink

_EVENT_OF_CODE = {"EXI-002": "rate_limit_exceeded", "EXI-003": "venue_unavailable"}
"""Failures that are events of their own beside ``order_execution_failed``."""


class ExecutionBook:
    """The outcomes of one interface.

    Attributes:
        history: the last executions, ``HISTORY_LENGTH`` of them.
        unresolved: instructions whose outcome is unknown, by id.
        available: False once the venue could not be reached, until it takes an instruction again.
    """

    def __init__(self, venue: str, max_slippage: Decimal) -> None:
        self.venue = venue
        self.history: deque[ExecutionRecord] = deque(maxlen=HISTORY_LENGTH)
        self.unresolved: dict[str, Instruction | AtomicBlock] = {}
        self.orders_executed = 0
        self.orders_failed = 0
        self.last_timestamp: int | None = None
        self.available = True
        self.health = ComponentHealth(f"{COMPONENT}.{venue}")
        self._max_slippage = max_slippage

    def write_to(self, events: EventSink) -> None:
        """Send events to ``events`` from now on."""
        self._log = events.log_event

    def done(self, timestamp: int, instruction: Instruction | AtomicBlock, deltas: ExecutionDeltas) -> ExecutionDeltas:
        """Count an executed instruction; its deltas, marked EXI-008 when they fall short of its estimate."""
        if not isinstance(instruction, AtomicBlock) and instruction.estimated_deltas is not None:
            deltas = self._compared(timestamp, instruction, deltas)
        self.orders_executed += 1
        self.available = True
        self.history.append(ExecutionRecord(timestamp, self.venue, instruction, deltas))
        self.health.record_update(timestamp)
        return deltas

    def not_done(
        self,
        timestamp: int,
        instruction: Instruction | AtomicBlock,
        outcome: Outcome,
        error_code: str,
        reason: str,
        deltas: ExecutionDeltas | None = None,
    ) -> ExecutionDeltas:
        """The deltas of an UNKNOWN outcome, which change nothing.

        Raises:
            InstructionRejectedError: when the outcome is a rejection; ``deltas`` is what the attempt cost.
        """
        if outcome is Outcome.REJECTED:
            message = f"{self.venue}: {reason or 'refused without a reason'}"
            rejected = InstructionRejectedError(error_code or "EXI-001", message, COMPONENT, deltas=deltas)
            self.failed(timestamp, instruction, rejected)
            raise rejected
        return self._unknown(timestamp, instruction, error_code or "EXI-007", reason)

    def _unknown(
        self, timestamp: int, instruction: Instruction | AtomicBlock, error_code: str, reason: str
    ) -> ExecutionDeltas:
        instruction_id = instruction.instruction_id
        self.unresolved[instruction_id] = instruction
        deltas = ExecutionDeltas(
            instruction_id=instruction_id,
            venue=self.venue,
            outcome=Outcome.UNKNOWN,
            order_status="unknown",
            error_code=error_code,
            reason=reason,
        )
        self.history.append(ExecutionRecord(timestamp, self.venue, instruction, deltas, error_code))
        self.health.record_error(error_code, reason, "HIGH", timestamp)
        failed = InstructionFailed(instruction_id, self.venue, error_code, reason)
        self._log(timestamp, "instruction_unknown", COMPONENT, failed)
        return deltas

    def failed(self, timestamp: int, instruction: Instruction | AtomicBlock, error: ComponentError) -> None:
        """Count and write down an instruction that was definitely not executed."""
        code = error.error_code
        self.orders_failed += 1
        self.available = code != "EXI-003"
        self.history.append(ExecutionRecord(timestamp, self.venue, instruction, None, code))
        self.health.record_error(code, error.message, error.severity, timestamp)
        failed = InstructionFailed(instruction.instruction_id, self.venue, code, error.message)
        self._log(timestamp, "instruction_rejected", COMPONENT, failed)
        self._log(timestamp, "order_execution_failed", COMPONENT, failed)
        if code in _EVENT_OF_CODE:
            self._log(timestamp, _EVENT_OF_CODE[code], COMPONENT, failed)

    def _compared(self, timestamp: int, instruction: Instruction, deltas: ExecutionDeltas) -> ExecutionDeltas:
        own_bound = instruction.max_slippage if isinstance(instruction, CexTrade) else None
        bound = self._max_slippage if own_bound is None else own_bound
        shortfall = describe_shortfall(instruction.estimated_deltas or {}, deltas.changes, bound)
        if not shortfall:
            return deltas
        self.health.record_error("EXI-008", shortfall, "HIGH", timestamp)
        message = f"{deltas.instruction_id} at {self.venue}: {shortfall}"
        self._log(timestamp, "error", COMPONENT, ErrorNote("EXI-008", message, "HIGH"))
        return msgspec.structs.replace(deltas, error_code="EXI-008", reason=shortfall)

    def deltas_of(self, instruction_id: str | None) -> ExecutionDeltas | None:
        """What an instruction did (the last one where none is named); None when the history has no such."""
        for record in reversed(self.history):
            deltas = record.deltas
            if deltas is not None and instruction_id in (None, deltas.instruction_id):
                return deltas
        return None

    def health_check(self) -> HealthReport:
        """The report for ``UnifiedHealthManager``."""
        return self.health.check(
            orders_executed=self.orders_executed,
            orders_failed=self.orders_failed,
            venue_availability={self.venue: self.available},
        )
