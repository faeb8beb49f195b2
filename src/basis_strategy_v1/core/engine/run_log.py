"""What was executed, in order, and what it adds up to."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from basis_strategy_v1.core.domain.deltas import ExecutionDeltas, Outcome
from basis_strategy_v1.core.domain.instructions import AtomicBlock, CexTrade, SmartContractAction, WalletTransfer
from basis_strategy_v1.core.domain.quantities import ZERO, divide_nearest
from basis_strategy_v1.core.engine.run_result import InstructionRecord
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

PRICE_STEP = Decimal("1e-12")
REBALANCE = "rebalance"

LoggedInstruction = CexTrade | SmartContractAction | WalletTransfer | AtomicBlock


class Entry(msgspec.Struct, frozen=True):
    """One instruction and how it ended: deltas when executed, an error when refused."""

    timestamp: int
    instruction: LoggedInstruction
    deltas: ExecutionDeltas | None
    error: ComponentError | None


class RunLog:
    """Collects instructions while a run goes on; everything else is worked out afterwards."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def add(
        self,
        timestamp: int,
        instruction: LoggedInstruction,
        deltas: ExecutionDeltas | None,
        error: ComponentError | None,
    ) -> None:
        """Note one instruction. Called by the manager for each."""
        self.entries.append(Entry(timestamp, instruction, deltas, error))

    def records(self) -> list[InstructionRecord]:
        """A record per instruction, in order."""
        return [record_of(entry) for entry in self.entries]

    def rebalance_times(self) -> set[int]:
        """The times (ns UTC) at which something was rebalanced."""
        return {e.timestamp for e in self.entries if e.deltas is not None and e.instruction.purpose == REBALANCE}

    def rebalances(self) -> list[tuple[int, int, Decimal]]:
        """``(timestamp, instructions, turnover in quote)`` of each row at which something was rebalanced."""
        found: dict[int, tuple[int, Decimal]] = {}
        rebalanced = self.rebalance_times()
        for entry in self.entries:
            if entry.timestamp in rebalanced and entry.deltas is not None:
                count, turnover = found.get(entry.timestamp, (0, ZERO))
                for fill in entry.deltas.fills:
                    turnover += abs(fill.quantity) * fill.price
                found[entry.timestamp] = (count + 1, turnover)
        return [(timestamp, count, turnover) for timestamp, (count, turnover) in found.items()]


def record_of(entry: Entry) -> InstructionRecord:
    """An instruction and its end, as results show it."""
    instruction, deltas, error = entry.instruction, entry.deltas, entry.error
    filled, price, fee, fee_asset = _filled(instruction, deltas)
    venue, symbol, trade_type, side, amount = _described(instruction)
    if deltas is not None:
        status = deltas.order_status or deltas.outcome.value
        code = deltas.error_code
        instruction_id = deltas.instruction_id
    else:
        status = Outcome.REJECTED.value
        code = "" if error is None else error.error_code
        instruction_id = instruction.instruction_id
    return InstructionRecord(
        ts=entry.timestamp,
        instruction_id=instruction_id,
        venue=venue,
        symbol=symbol,
        trade_type=trade_type,
        side=side,
        amount=amount,
        filled=filled,
        price=price,
        fee=fee,
        fee_asset=fee_asset,
        status=status,
        error_code=code,
        purpose=instruction.purpose,
    )


def _described(instruction: LoggedInstruction) -> tuple[str, str, str, str, Decimal]:
    match instruction:
        case CexTrade():
            return (
                instruction.venue,
                instruction.symbol,
                instruction.trade_type,
                instruction.side,
                instruction.amount,
            )
        case WalletTransfer():
            route = f"{instruction.from_venue}->{instruction.to_venue}"
            return instruction.from_venue, instruction.token, "transfer", route, instruction.amount
        case SmartContractAction():
            amount = instruction.amount if isinstance(instruction.amount, Decimal) else ZERO
            return instruction.protocol, instruction.token, "contract", instruction.action, amount
        case AtomicBlock():
            actions = "+".join(step.action for step in instruction.steps)
            return instruction.venues, instruction.steps[0].token, "atomic", actions, ZERO


def _filled(
    instruction: LoggedInstruction, deltas: ExecutionDeltas | None
) -> tuple[Decimal, Decimal | None, Decimal, str]:
    if deltas is None:
        return ZERO, None, ZERO, ""
    fills = deltas.fills
    if len(fills) == 1:
        fill = fills[0]
        return abs(fill.quantity), fill.price, fill.fee, fill.fee_asset
    if fills:
        quantity = sum((abs(fill.quantity) for fill in fills), ZERO)
        value = sum((abs(fill.quantity) * fill.price for fill in fills), ZERO)
        fee = sum((fill.fee for fill in fills), ZERO)
        return quantity, divide_nearest(value, quantity, PRICE_STEP), fee, fills[0].fee_asset
    costs = deltas.costs
    fee = sum((cost.amount for cost in costs), ZERO) if costs else ZERO
    fee_asset = costs[0].asset if costs else ""
    filled = deltas.filled if deltas.filled is not None else ZERO
    return filled, None, fee, fee_asset
