"""What the interfaces of everything on a chain share: actions and transactions over one ``ChainBackend``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from basis_strategy_v1.core.domain.deltas import ExecutionDeltas, Outcome
from basis_strategy_v1.core.domain.instructions import AtomicBlock, SmartContractAction, WalletTransfer
from basis_strategy_v1.core.domain.orders import LocationReport, TransferArrival
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.interfaces.base_execution_interface import BaseExecutionInterface, nanoseconds
from basis_strategy_v1.core.interfaces.execution_records import COMPONENT, ActionExecuted
from basis_strategy_v1.core.interfaces.ports import ChainBackend

WALLET = "wallet"


class ChainExecutionInterface(BaseExecutionInterface):
    """One protocol, or the wallet, on a chain (arguments as ``BaseExecutionInterface``).

    All interfaces of a chain share its backend. An observation covers the wallet and the protocol's own locations.
    """

    backend: ChainBackend

    def execute_instruction(self, timestamp: Any, instruction: Any) -> ExecutionDeltas:
        """Execute an action or an atomic block as one transaction (see ``BaseExecutionInterface``)."""
        timestamp = nanoseconds(timestamp)
        instruction = self._named(timestamp, self._read(instruction))
        try:
            self._check(instruction)
        except ComponentError as error:
            self._book.failed(timestamp, instruction, error)
            raise
        if isinstance(instruction, WalletTransfer):
            return self._execute_transfer(timestamp, instruction)
        return self._execute_action(timestamp, instruction)

    def execute_atomic(self, timestamp: Any, instruction: Any) -> ExecutionDeltas:
        """Execute several actions in one transaction: all or none.

        Raises:
            ComponentError: EXI-005 when the instruction is no atomic block, EXI-009 when the transaction reverts.
        """
        block = self._read(instruction)
        if not isinstance(block, AtomicBlock):
            raise self._unsupported(f"a {type(block).__name__} as an atomic block")
        return self.execute_instruction(timestamp, block)

    def validate_instruction(self, instruction: Any) -> bool:
        """See ``BaseExecutionInterface``."""
        self._check(self._read(instruction))
        return True

    def observe(self) -> Sequence[LocationReport]:
        """What the chain says sits in the wallet and at this protocol's locations, asked now."""
        locations = dict.fromkeys((WALLET, *(self.spec.locations or (self.venue,))))
        return [report for location in locations for report in self.backend.observe(location)]

    def get_order_status(self, order_id: str) -> ExecutionDeltas:
        """What became of an action; raises EXI-011 when the chain knows none of that id."""
        deltas = self.backend.lookup(order_id)
        if deltas is None:
            raise ComponentError("EXI-011", f"{self.venue} knows no action {order_id!r}", COMPONENT)
        return deltas

    def get_position(self, symbol: str, venue: str | None = None) -> Any:
        """How much of ``symbol`` is held (``aUSDT``, ``variableDebtWETH``, ...), in constant units."""
        return self.get_balance(symbol, venue)

    def cancel_order(self, order_id: str) -> Any:
        """Always EXI-005: a transaction that was sent cannot be called back."""
        raise self._unsupported(f"cancelling (asked for {order_id!r}); a sent transaction cannot be called back")

    def cancel_all_orders(self, venue: str | None = None) -> tuple[Any, ...]:
        """Nothing: no order rests on a chain."""
        return ()

    def update_state(self, timestamp: Any, trigger_source: str, **kwargs: Any) -> tuple[ExecutionDeltas, ...]:
        """See ``BaseExecutionInterface``."""
        timestamp = nanoseconds(timestamp)
        self._observed = None
        deltas: list[ExecutionDeltas] = []
        for event in self.backend.poll_events():
            if not isinstance(event, TransferArrival):
                raise ComponentError("EXI-012", f"{self.venue}: a chain reported {event!r}", COMPONENT)
            deltas += self._arrive(event)
        for action_id in tuple(self._book.unresolved):
            known = self.backend.lookup(action_id)
            if known is not None and known.outcome is not Outcome.UNKNOWN:
                del self._book.unresolved[action_id]
                deltas += [known] if known.changes else []
        self._book.health.record_update(timestamp)
        return tuple(deltas)

    def _execute_action(self, timestamp: int, instruction: SmartContractAction | AtomicBlock) -> ExecutionDeltas:
        self._begin(timestamp)
        action_id = instruction.instruction_id
        try:
            if isinstance(instruction, AtomicBlock):
                deltas = self.backend.execute_atomic(instruction, action_id)
            else:
                deltas = self.backend.execute(instruction, action_id)
        except ComponentError as error:
            self._book.failed(timestamp, instruction, error)
            raise
        if deltas.outcome is not Outcome.DONE:
            cost = deltas if deltas.changes else None
            code = deltas.error_code
            return self._book.not_done(timestamp, instruction, deltas.outcome, code, deltas.reason, cost)
        action = "atomic" if isinstance(instruction, AtomicBlock) else instruction.action
        venue = instruction.venues if isinstance(instruction, AtomicBlock) else self.venue
        executed = ActionExecuted(action_id, venue, action, deltas.changes, deltas.costs)
        event_type = "DEX_SWAP_EXECUTED" if action == "swap" else "CONTRACT_ACTION_EXECUTED"
        self._log(timestamp, event_type, COMPONENT, executed)
        return self._book.done(timestamp, instruction, deltas)

    def _check(self, instruction: Any) -> None:
        """Whether this venue offers the instruction; raises EXI-005 where it does not."""
        match instruction:
            case SmartContractAction():
                if instruction.protocol != self.venue:
                    raise self._unsupported(f"actions of {instruction.protocol}")
                if instruction.action not in self.spec.capabilities:
                    raise self._unsupported(f"the action {instruction.action!r}")
            case AtomicBlock():
                if instruction.steps[0].protocol != self.venue:
                    raise self._unsupported(f"an atomic block that begins at {instruction.steps[0].protocol}")
            case _:
                raise self._unsupported(f"a {type(instruction).__name__}")

    def _execute_named(self, timestamp: Any, instruction: Any, *actions: str) -> ExecutionDeltas:
        """Execute an action that must be one of ``actions``."""
        read = self._read(instruction)
        if not isinstance(read, SmartContractAction) or read.action not in actions:
            raise self._unsupported(f"this instruction as the action {' or '.join(actions)}")
        return self.execute_instruction(timestamp, read)
