"""Morpho Blue: isolated lending markets, and flash loans without a fee."""

from __future__ import annotations

from basis_strategy_v1.core.interfaces.onchain_execution_interface import OnChainExecutionInterface
from basis_strategy_v1.venues.ethereum import protocol_spec

SPEC = protocol_spec(
    "morpho",
    "OnChain",
    "Morpho Blue lending and borrowing on Ethereum",
    {"supply", "withdraw", "borrow", "repay", "flash_loan", "account_health"},
)


class MorphoExecutionInterface(OnChainExecutionInterface):
    """Supplies, withdraws, borrows and repays on Morpho Blue markets."""

    spec = SPEC
