"""Instructions: the three types, as frozen structs.

They are made by strategies, or parsed once at the boundary by
``basis_strategy_v1.core.domain.parsing.parse_block``. Amounts are ``Decimal``.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

import msgspec

TradeType = Literal["spot", "perp"]
Side = Literal["buy", "sell"]
OrderType = Literal["market", "limit"]
TimeInForce = Literal["gtc", "ioc", "fok"]
EstimatedDeltas = dict[str, dict[str, Decimal]]


class FromStep(msgspec.Struct, frozen=True):
    """An amount known only in flight: what step ``from_step`` of the same atomic block returned."""

    from_step: int


ActionAmount = Decimal | FromStep | Literal["all"]


class CexTrade(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A spot or perpetual trade on a centralised exchange; ``amount`` in base units."""

    venue: str
    trade_type: TradeType
    symbol: str
    side: Side
    amount: Decimal
    order_type: OrderType = "market"
    price: Decimal | None = None
    time_in_force: TimeInForce = "gtc"
    post_only: bool = False
    reduce_only: bool = False
    max_slippage: Decimal | None = None
    estimated_deltas: EstimatedDeltas | None = None
    instruction_id: str = ""
    purpose: str = ""

    instruction_type = "cex_trade"


class PostCondition(msgspec.Struct, frozen=True):
    """A condition that must hold after an action or the whole chain reverts."""

    quantity: Literal["health_factor", "received"]
    at_least: Decimal


class SmartContractAction(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One action on a protocol, alone or as a step of an atomic block."""

    protocol: str
    action: str
    token: str = ""
    amount: ActionAmount = Decimal(0)
    token_in: str = ""
    token_out: str = ""
    exact: Literal["in", "out"] = "in"
    min_amount_out: Decimal | None = None
    max_amount_in: Decimal | None = None
    deadline: int | None = None
    fee_tier: int | None = None
    tick_lower: int | None = None
    tick_upper: int | None = None
    amount0: Decimal | None = None
    amount1: Decimal | None = None
    steps: tuple[SmartContractAction, ...] = ()
    post_conditions: tuple[PostCondition, ...] = ()
    estimated_deltas: EstimatedDeltas | None = None
    instruction_id: str = ""
    purpose: str = ""

    instruction_type = "smart_contract_action"


class WalletTransfer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Moves a token between two locations (``binance``, ``binance.derivatives``, ``wallet``, ...)."""

    from_venue: str
    to_venue: str
    token: str
    amount: Decimal
    network: str = ""
    address: str = ""
    tag: str = ""
    estimated_deltas: EstimatedDeltas | None = None
    instruction_id: str = ""
    purpose: str = ""

    instruction_type = "wallet_transfer"


Instruction = CexTrade | SmartContractAction | WalletTransfer


class AtomicBlock(msgspec.Struct, frozen=True):
    """Smart-contract actions that all happen or none.

    It is executed by the interface of its first step, whose venue answers for it.
    """

    steps: tuple[SmartContractAction, ...]
    post_conditions: tuple[PostCondition, ...] = ()
    instruction_id: str = ""
    purpose: str = ""

    @property
    def venues(self) -> str:
        """Every protocol that takes part, in the order of its first step: ``aave+wallet``."""
        return "+".join(dict.fromkeys(step.protocol for step in self.steps))


class Sequence(msgspec.Struct, frozen=True):
    """Instructions run in order; the first that fails stops the rest."""

    instructions: tuple[Instruction | AtomicBlock, ...]


InstructionBlock = Instruction | AtomicBlock | Sequence


def with_instruction_id(instruction: Any, instruction_id: str) -> Any:
    """A copy of ``instruction`` that carries ``instruction_id``."""
    return msgspec.structs.replace(instruction, instruction_id=instruction_id)
