"""ExecutionManager: runs instruction blocks in order, one at a time, through manager and tight loop."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from basis_strategy_v1.core.domain.deltas import ExecutionDeltas, Outcome
from basis_strategy_v1.core.domain.error_notes import stack_of
from basis_strategy_v1.core.domain.record import LeafRecord, Record
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.execution.execution_interface_manager import ExecutionInterfaceManager
from basis_strategy_v1.core.health.unified_health_manager import ComponentHealth, UnifiedHealthManager
from basis_strategy_v1.core.interfaces.base_execution_interface import nanoseconds
from basis_strategy_v1.core.interfaces.ports import EventSink
from basis_strategy_v1.core.interfaces.silent_sink import SilentSink

COMPONENT = "ExecutionManager"


class BlockResult(Record, frozen=True):
    """How one block ended.

    Attributes:
        deltas: what its instructions did, in order, as far as it got.
        error: what stopped it; None when all of it was executed or its last outcome is unknown.
    """

    deltas: tuple[ExecutionDeltas, ...] = ()
    error: ComponentError | None = None

    @property
    def is_complete(self) -> bool:
        """Whether every instruction was executed and no outcome is unknown."""
        return self.error is None and not self.is_unknown

    @property
    def is_unknown(self) -> bool:
        """Whether the block stopped at an instruction whose outcome is unknown."""
        return any(deltas.outcome is Outcome.UNKNOWN for deltas in self.deltas)


class BlockStopped(LeafRecord, frozen=True, gc=False):
    """Data of the manager's ``error`` events: what stopped a block, and after how many instructions."""

    error_code: str
    message: str
    severity: str
    executed: int
    stack: str


class ExecutionManager:
    """Runs one block after the other; a block that fails does not stop the next one, unless the error is CRITICAL."""

    def __init__(
        self,
        execution_interface_manager: ExecutionInterfaceManager,
        *,
        event_logger: EventSink | None = None,
        health_manager: UnifiedHealthManager | None = None,
    ) -> None:
        self._manager = execution_interface_manager
        self._log = (event_logger or SilentSink()).log_event
        self._running = False
        self.blocks_executed = 0
        self.blocks_failed = 0
        self.health = ComponentHealth(COMPONENT)
        if health_manager is not None:
            health_manager.register_component(COMPONENT, self.health.check)

    def execute_blocks(self, timestamp: Any, blocks: Iterable[Any]) -> list[BlockResult]:
        """Run ``blocks`` in order; a result for each.

        Raises:
            ComponentError: an error of severity CRITICAL, after which no further block is run.
        """
        results: list[BlockResult] = []
        for block in blocks:
            result = self.execute_block(timestamp, block)
            if result.error is not None and result.error.severity == "CRITICAL":
                raise result.error
            results.append(result)
        return results

    def execute_block(self, timestamp: Any, block: Any) -> BlockResult:
        """Run one block; an error of whatever severity is in the result.

        Raises:
            ComponentError: PUH-010 when a block is running already.
        """
        if self._running:
            raise ComponentError("PUH-010", "a block is running already; one runs at a time", COMPONENT)
        self._running = True
        manager = self._manager
        try:
            manager.route_instruction(timestamp, block)
        except ComponentError as error:
            return self._stopped(nanoseconds(timestamp), error)
        finally:
            self._running = False
        self.blocks_executed += 1
        self.health.record_update(timestamp if type(timestamp) is int else nanoseconds(timestamp))
        return BlockResult(tuple(manager.block_outcomes))

    def get_state_snapshot(self) -> dict[str, Any]:
        """Counters."""
        return {"blocks_executed": self.blocks_executed, "blocks_failed": self.blocks_failed}

    def _stopped(self, timestamp: int, error: ComponentError) -> BlockResult:
        done = tuple(self._manager.block_outcomes)
        self.blocks_failed += 1
        self.health.record_error(error.error_code, error.message, error.severity, timestamp)
        stopped = BlockStopped(error.error_code, error.message, error.severity, len(done), stack_of(error))
        self._log(timestamp, "error", COMPONENT, stopped)
        return BlockResult(done, error)
