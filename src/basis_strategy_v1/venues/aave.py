"""Aave v3: lending and borrowing against collateral."""

from __future__ import annotations

from basis_strategy_v1.core.interfaces.onchain_execution_interface import OnChainExecutionInterface
from basis_strategy_v1.venues.ethereum import protocol_spec

SPEC = protocol_spec(
    "aave",
    "OnChain",
    "Aave v3 lending and borrowing on Ethereum",
    {"supply", "withdraw", "borrow", "repay", "set_emode", "flash_loan", "account_health"},
    data_name="aave_v3",
)


class AAVEExecutionInterface(OnChainExecutionInterface):
    """Supplies, withdraws, borrows and repays on Aave."""

    spec = SPEC
