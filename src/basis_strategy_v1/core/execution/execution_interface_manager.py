"""ExecutionInterfaceManager: routes instructions to interfaces and hands each outcome to the tight loop."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from basis_strategy_v1.core.domain.clock import Clock
from basis_strategy_v1.core.domain.deltas import ExecutionDeltas, Outcome
from basis_strategy_v1.core.domain.error_notes import stack_of
from basis_strategy_v1.core.domain.ids import InstructionIds
from basis_strategy_v1.core.domain.instructions import (
    AtomicBlock,
    CexTrade,
    Instruction,
    InstructionBlock,
    Sequence,
    with_instruction_id,
)
from basis_strategy_v1.core.domain.parsing import parse_block
from basis_strategy_v1.core.domain.settings import ExecutionSettings
from basis_strategy_v1.core.error_codes.error_code_registry import entry_for
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.execution.aggregation import aggregated
from basis_strategy_v1.core.execution.journal import Journal
from basis_strategy_v1.core.execution.retry import NoRetries, RetryPolicy
from basis_strategy_v1.core.execution.routing import COMPONENT, InterfaceRoutes
from basis_strategy_v1.core.execution.routing_records import (
    HISTORY_LENGTH,
    InstructionRouted,
    RoutingFailed,
    RoutingRecord,
    StateUpdated,
)
from basis_strategy_v1.core.health.unified_health_manager import ComponentHealth, UnifiedHealthManager
from basis_strategy_v1.core.interfaces.base_execution_interface import BaseExecutionInterface, nanoseconds
from basis_strategy_v1.core.interfaces.instruction_rejected import InstructionRejectedError
from basis_strategy_v1.core.interfaces.ports import BaseDataProvider, EventSink
from basis_strategy_v1.core.interfaces.recorder import recorder
from basis_strategy_v1.core.interfaces.silent_sink import SilentSink

_TRIGGER_SOURCES = ("execution_manager", "manual", "retry")

InstructionHook = Callable[[int, Any, "ExecutionDeltas | None", "ComponentError | None"], None]
"""Called after each instruction with time, instruction, and either its deltas or its error."""


class PositionUpdates(Protocol):
    """The tight loop, as far as the manager knows it."""

    def handle_position_update(self, timestamp: int, execution_deltas: ExecutionDeltas) -> Any:
        """Book one outcome and check everything that follows from it."""


class PreTrade(Protocol):
    """Looks at trades before anything is sent."""

    def check(self, trades: Iterable[CexTrade]) -> None:
        """Raise ComponentError where one of them could not be done."""

    def check_again(self, trade: CexTrade, decided_at: int) -> None:
        """Raise ComponentError where ``trade``, decided at ``decided_at`` (ns) and not executed, is not to be sent."""


class ExecutionInterfaceManager:
    """Runs blocks of instructions, one instruction after the other.

    Args:
        config, execution_mode: kept for display.
        data_provider: market data; routing itself needs none.
        interfaces: by venue.
        clock: its row names the step in instruction ids.
        run_id: names the run in the ids of instructions that come without one.
        retry_policy: in a backtest ``NoRetries``.
        journal: written before and after every side effect; a backtest, whose venues lose no answer, has none.
        position_update_handler: gets each outcome before the next instruction starts; may be set later.
        on_instruction: told of each instruction's end; may be set later.
        pre_trade: looks at the trades of a block before the first is sent; simulated venues refuse by themselves.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        data_provider: BaseDataProvider,
        execution_mode: str,
        *,
        interfaces: Mapping[str, BaseExecutionInterface],
        clock: Clock,
        run_id: str,
        settings: ExecutionSettings | None = None,
        event_logger: EventSink | None = None,
        retry_policy: RetryPolicy | None = None,
        journal: Journal | None = None,
        health_manager: UnifiedHealthManager | None = None,
        position_update_handler: PositionUpdates | None = None,
        on_instruction: InstructionHook | None = None,
        pre_trade: PreTrade | None = None,
        lst_type: str = "wsteth",
    ) -> None:
        self.config = config
        self.data_provider = data_provider
        self.execution_mode = execution_mode
        self.position_update_handler = position_update_handler
        self.on_instruction = on_instruction
        self.enable_atomic_chaining = (settings or ExecutionSettings()).enable_atomic_chaining
        self._routes = InterfaceRoutes(interfaces)
        self._clock = clock
        self._ids = InstructionIds(run_id)
        events = event_logger or SilentSink()
        self._log = events.log_event
        self._record_routed = recorder(events, "instruction_routed", COMPONENT)
        self._retry_policy = retry_policy or NoRetries()
        self._journal = journal
        self._pre_trade = pre_trade
        self._lst_type = lst_type
        self._halt_reason: str | None = None
        self.current_instruction: InstructionBlock | None = None
        self.routing_history: deque[RoutingRecord] = deque(maxlen=HISTORY_LENGTH)
        self.instructions_routed = 0
        self.instructions_failed = 0
        self.block_outcomes: list[ExecutionDeltas] = []
        self.health = ComponentHealth(COMPONENT)
        if health_manager is not None:
            health_manager.register_component(COMPONENT, self.health.check)

    @property
    def venue_interfaces(self) -> dict[str, BaseExecutionInterface]:
        """All interfaces by venue."""
        return self._routes.venues

    @property
    def cex_execution_interfaces(self) -> dict[str, BaseExecutionInterface]:
        """Exchanges by venue."""
        return self._routes.cex

    @property
    def dex_execution_interfaces(self) -> dict[str, BaseExecutionInterface]:
        """Decentralised exchanges by venue."""
        return self._routes.dex

    @property
    def onchain_execution_interfaces(self) -> dict[str, BaseExecutionInterface]:
        """Protocols by name, and the wallet."""
        return self._routes.onchain

    @property
    def is_halted(self) -> bool:
        """Whether instructions are refused."""
        return self._halt_reason is not None

    def halt(self, reason: str) -> None:
        """Refuse every instruction from now on."""
        self._halt_reason = reason

    def resume(self) -> None:
        """Take instructions again."""
        self._halt_reason = None

    def update_state(
        self, timestamp: Any, trigger_source: str, instruction_block: Any = None
    ) -> ExecutionDeltas | None:
        """Route ``instruction_block`` when there is one; its net outcome, else None.

        Args:
            trigger_source: ``execution_manager``, ``manual`` or ``retry``.

        Raises:
            ComponentError: EIM-004 for another trigger, and what ``route_instruction`` raises.
        """
        if trigger_source not in _TRIGGER_SOURCES:
            known = ", ".join(_TRIGGER_SOURCES)
            raise ComponentError("EIM-004", f"trigger_source {trigger_source!r} is none of {known}", COMPONENT)
        if trigger_source == "manual":
            state = StateUpdated(trigger_source, self.instructions_routed, self.instructions_failed)
            self._log(nanoseconds(timestamp), "state_update", COMPONENT, state)
        return None if instruction_block is None else self.route_instruction(timestamp, instruction_block)

    def route_instruction(self, timestamp: Any, instruction_block: Any) -> ExecutionDeltas:
        """Execute one instruction, a sequence, or an atomic block (structs, or mappings that are parsed once).

        Each executed instruction goes through ``position_update_handler`` before the next one starts. An instruction
        that fails, or whose outcome is unknown, ends its block; ``block_outcomes`` holds what was executed.

        Returns:
            The net outcome of the block.

        Raises:
            ComponentError: EIM-001, 002, 004 the block cannot be read; EIM-003, 012 no interface or route; EIM-005
                credentials; EIM-006 an interface failed unforeseen; EIM-007, 008, 009 atomic blocks; EIM-010 outcomes
                cannot be added; EIM-011 retries exhausted; EIM-013 halted; else the interface's own ``EXI`` code or the
                tight loop's.
        """
        if type(timestamp) is not int:
            timestamp = nanoseconds(timestamp)
        outcomes: list[ExecutionDeltas] = []
        self.block_outcomes = outcomes
        if self._halt_reason is None and type(instruction_block) is CexTrade:
            block: InstructionBlock = instruction_block
        else:
            block = self._readable(timestamp, instruction_block)
        self.current_instruction = block
        if self._pre_trade is not None:
            self._look_ahead(timestamp, block, self._pre_trade)
        if not isinstance(block, Sequence):
            return self._run(timestamp, block, outcomes)
        for instruction in block.instructions:
            deltas = self._run(timestamp, instruction, outcomes)
            if deltas.outcome is Outcome.UNKNOWN:
                break
        return self._aggregate(timestamp, outcomes)

    def get_routing_status(self) -> dict[str, Any]:
        """Counters, what is being routed, and which venues there are."""
        return {
            "status": "halted" if self.is_halted else self.health.status.value,
            "halt_reason": self._halt_reason,
            "current_instruction": self.current_instruction,
            "instructions_routed": self.instructions_routed,
            "instructions_failed": self.instructions_failed,
            "execution_mode": self.execution_mode,
            "available_venues": {
                "cex": list(self._routes.cex),
                "dex": list(self._routes.dex),
                "onchain": list(self._routes.onchain),
            },
        }

    def _look_ahead(self, timestamp: int, block: InstructionBlock, checks: PreTrade) -> None:
        """Refuse a block of which some trade could not be done, before any of it is sent."""
        if isinstance(block, CexTrade):
            trades = [block]
        elif isinstance(block, Sequence):
            trades = [instruction for instruction in block.instructions if isinstance(instruction, CexTrade)]
        else:
            return
        if not trades:
            return
        try:
            checks.check(trades)
        except ComponentError as error:
            self._note_failure(timestamp, trades[0], error)
            raise

    def _run(
        self, timestamp: int, instruction: Instruction | AtomicBlock, outcomes: list[ExecutionDeltas]
    ) -> ExecutionDeltas:
        """Execute one instruction, note its outcome and hand it to the tight loop."""
        if not instruction.instruction_id:
            instruction = with_instruction_id(instruction, self._ids.next(self._clock.row))
        try:
            deltas = self._execute(timestamp, instruction)
        except ComponentError as error:
            self._note_failure(timestamp, instruction, error)
            raise
        outcomes.append(deltas)
        self.instructions_routed += 1
        self.routing_history.append(RoutingRecord(timestamp, instruction, deltas.venue))
        self.health.record_update(timestamp)
        if self.on_instruction is not None:
            self.on_instruction(timestamp, instruction, deltas, None)
        if self.position_update_handler is not None:
            self._hand_over(timestamp, self.position_update_handler, deltas)
        return deltas

    def _hand_over(self, timestamp: int, handler: PositionUpdates, deltas: ExecutionDeltas) -> None:
        """Give an outcome to the tight loop. What it finds of severity MEDIUM is written down and work goes on."""
        try:
            handler.handle_position_update(timestamp, deltas)
        except ComponentError as error:
            self._write_down(timestamp, error, deltas.instruction_id)
            if error.severity != "MEDIUM":
                raise

    def _execute(self, timestamp: int, instruction: Instruction | AtomicBlock) -> ExecutionDeltas:
        """Send one instruction to its interface; its deltas, written down."""
        instruction_id = instruction.instruction_id
        if type(instruction) is CexTrade:
            interface = self._routes.cex.get(instruction.venue) or self._routes.for_instruction(instruction)
            kind = "cex_trade"
        else:
            kind = self._kind_of(instruction)
            interface = self._routes.for_instruction(instruction)
        self._record_routed(timestamp, InstructionRouted(instruction_id, kind, interface.venue))
        journal = self._journal
        if journal is not None:
            journal.record_intent(timestamp, instruction)
        try:
            deltas = interface.execute_instruction(timestamp, instruction)
        except Exception as error:  # noqa: BLE001 - what a backend lets through must not pass as a rejection
            deltas = self._recover(timestamp, interface, instruction, error)
        if journal is not None:
            journal.record_outcome(timestamp, instruction_id, deltas.outcome, deltas, deltas.error_code)
        return deltas

    def _kind_of(self, instruction: Instruction | AtomicBlock) -> str:
        """The instruction's type, as events name it."""
        if not isinstance(instruction, AtomicBlock):
            return instruction.instruction_type
        if not self.enable_atomic_chaining:
            raise ComponentError("EIM-007", f"{instruction.instruction_id} is an atomic block", COMPONENT)
        return "atomic"

    def _recover(
        self,
        timestamp: int,
        interface: BaseExecutionInterface,
        instruction: Instruction | AtomicBlock,
        failure: Exception,
    ) -> ExecutionDeltas:
        """Send the instruction again as often as registry and policy permit; else raise what it failed with.

        That it was not executed may have taken long to find out: a trade is looked at again before it is sent again.
        """
        error = _mapped(interface, instruction, failure)
        retry = 1
        while entry_for(error.error_code).retryable and self._retry_policy.wait(retry):
            try:
                if self._pre_trade is not None and isinstance(instruction, CexTrade):
                    self._pre_trade.check_again(instruction, timestamp)
                deltas = interface.execute_instruction(timestamp, instruction)
            except Exception as again:  # noqa: BLE001 - as above
                error = _mapped(interface, instruction, again)
                retry += 1
                continue
            self.health.record_retry(True)
            return deltas
        if retry > 1 and entry_for(error.error_code).retryable:
            self.health.record_retry(False)
            message = f"{interface.venue}: {retry} attempts failed, last with {error.error_code}: {error.message}"
            error = ComponentError("EIM-011", message, COMPONENT, original_exception=error)
        outcome = Outcome.UNKNOWN if error.error_code == "EIM-006" else Outcome.REJECTED
        if self._journal is not None:
            self._journal.record_outcome(timestamp, instruction.instruction_id, outcome, None, error.error_code)
        raise error from failure

    def _readable(self, timestamp: int, instruction_block: Any) -> InstructionBlock:
        """The block as structs; raises EIM-013 when halted, and what parsing raises."""
        try:
            if self._halt_reason is not None:
                raise ComponentError("EIM-013", f"halted: {self._halt_reason}", COMPONENT)
            return parse_block(instruction_block, lst_type=self._lst_type)
        except ComponentError as error:
            self._write_down(timestamp, error, "")
            raise

    def _aggregate(self, timestamp: int, outcomes: list[ExecutionDeltas]) -> ExecutionDeltas:
        try:
            return aggregated(outcomes)
        except ComponentError as error:
            self._write_down(timestamp, error, outcomes[0].instruction_id)
            raise

    def _note_failure(self, timestamp: int, instruction: Instruction | AtomicBlock, error: ComponentError) -> None:
        """Count a failed instruction; book what the attempt cost all the same."""
        self.instructions_failed += 1
        venue = getattr(instruction, "venue", "")
        self.routing_history.append(RoutingRecord(timestamp, instruction, venue, error.error_code))
        self._write_down(timestamp, error, instruction.instruction_id)
        if self.on_instruction is not None:
            self.on_instruction(timestamp, instruction, None, error)
        cost = _cost_of(error) or _cost_of(error.original_exception)
        if cost is not None and self.position_update_handler is not None:
            self._hand_over(timestamp, self.position_update_handler, cost)

    def _write_down(self, timestamp: int, error: ComponentError, instruction_id: str) -> None:
        self.health.record_error(error.error_code, error.message, error.severity, timestamp)
        cause = repr(error.original_exception) if error.original_exception is not None else ""
        failed = RoutingFailed(error.error_code, error.message, error.severity, instruction_id, cause, stack_of(error))
        self._log(timestamp, "error", COMPONENT, failed)


def _cost_of(error: BaseException | None) -> ExecutionDeltas | None:
    return error.deltas if isinstance(error, InstructionRejectedError) else None


def _mapped(
    interface: BaseExecutionInterface, instruction: Instruction | AtomicBlock, error: Exception
) -> ComponentError:
    """What an interface failed with, as the manager's own code where it has one."""
    if not isinstance(error, ComponentError):
        code, message = "EIM-006", f"{interface.venue}: {type(error).__name__}: {error}"
    elif error.error_code == "EXI-004":
        code, message = "EIM-005", error.message
    elif error.error_code == "EXI-009" and isinstance(instruction, AtomicBlock):
        code, message = "EIM-009", error.message
    else:
        return error
    return ComponentError(code, message, COMPONENT, original_exception=error)
