"""What an interface remembers and writes down of its executions."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from basis_strategy_v1.core.domain.deltas import Cost, ExecutionDeltas
from basis_strategy_v1.core.domain.instructions import AtomicBlock, CexTrade, Instruction
from basis_strategy_v1.core.interfaces.trade_routes import mean_price, total_fee

COMPONENT = "ExecutionInterfaces"
"""The name under which all interfaces write events."""

HISTORY_LENGTH = 100


class ExecutionRecord(msgspec.Struct, frozen=True, gc=False):
    """One line of ``execution_history``: ``deltas`` where the instruction was sent, else the error's code."""

    timestamp: int
    venue: str
    instruction: Instruction | AtomicBlock
    deltas: ExecutionDeltas | None
    error_code: str = ""

    @property
    def success(self) -> bool:
        """Whether the venue took the instruction."""
        return self.deltas is not None


class TradeExecuted(msgspec.Struct, frozen=True, gc=False):
    """Data of ``CEX_TRADE_EXECUTED``: quantities in base units, ``price`` the mean over all fills."""

    instruction_id: str
    venue: str
    symbol: str
    trade_type: str
    side: str
    requested: Decimal
    filled: Decimal | None
    price: Decimal | None
    fee: Decimal
    fee_asset: str
    status: str


def trade_executed(trade: CexTrade, deltas: ExecutionDeltas) -> TradeExecuted:
    """What is written down of an executed trade."""
    fills = deltas.fills
    price: Decimal | None
    if len(fills) == 1:
        fill = fills[0]
        price, fee, fee_asset = fill.price, fill.fee, fill.fee_asset
    else:
        price, fee, fee_asset = mean_price(fills), total_fee(fills), fills[0].fee_asset if fills else ""
    return TradeExecuted(
        deltas.instruction_id,
        deltas.venue,
        trade.symbol,
        trade.trade_type,
        trade.side,
        trade.amount,
        deltas.filled,
        price,
        fee,
        fee_asset,
        deltas.order_status,
    )


class ActionExecuted(msgspec.Struct, frozen=True):
    """Data of ``CONTRACT_ACTION_EXECUTED`` and ``DEX_SWAP_EXECUTED``."""

    instruction_id: str
    venue: str
    action: str
    changes: dict[str, dict[str, Decimal]]
    costs: tuple[Cost, ...]


class ExecutedLater(msgspec.Struct, frozen=True, gc=False):
    """Data of ``instruction_executed``: fills of a resting or unknown order that came after its own answer."""

    instruction_id: str
    venue: str
    filled: Decimal | None
    status: str


def executed_later(deltas: ExecutionDeltas) -> ExecutedLater:
    """What an order that was placed before has done by now."""
    return ExecutedLater(deltas.instruction_id, deltas.venue, deltas.filled, deltas.order_status)


class TransferSent(msgspec.Struct, frozen=True, gc=False):
    """Data of ``TRANSFER_SENT``; ``arrives_at`` in ns UTC, 0 when it arrived at once."""

    instruction_id: str
    from_location: str
    to_location: str
    token: str
    sent: Decimal
    fee: Decimal
    fee_asset: str
    received: Decimal
    arrives_at: int


class InstructionFailed(msgspec.Struct, frozen=True, gc=False):
    """Data of ``instruction_rejected``, ``instruction_unknown`` and ``order_execution_failed``."""

    instruction_id: str
    venue: str
    error_code: str
    reason: str
