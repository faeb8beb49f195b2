"""Lido: ETH staked for stETH, and stETH wrapped as wstETH."""

from __future__ import annotations

from decimal import Decimal

from basis_strategy_v1.core.interfaces.onchain_execution_interface import OnChainExecutionInterface
from basis_strategy_v1.venues.ethereum import protocol_spec

SPEC = protocol_spec(
    "lido",
    "OnChain",
    "Lido staking of ETH: stETH and wstETH",
    {"stake", "unstake", "wrap", "unwrap", "request_withdrawal", "claim_withdrawal"},
    known_dust={"stETH": Decimal("2e-18")},
)


class LidoExecutionInterface(OnChainExecutionInterface):
    """Stakes, wraps and queues withdrawals at Lido."""

    spec = SPEC
