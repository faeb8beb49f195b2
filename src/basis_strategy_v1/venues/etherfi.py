"""EtherFi: ETH staked for eETH, and eETH wrapped as weETH."""

from __future__ import annotations

from decimal import Decimal

from basis_strategy_v1.core.interfaces.onchain_execution_interface import OnChainExecutionInterface
from basis_strategy_v1.venues.ethereum import protocol_spec

SPEC = protocol_spec(
    "etherfi",
    "OnChain",
    "EtherFi staking of ETH: eETH and weETH",
    {"stake", "unstake", "wrap", "unwrap", "request_withdrawal", "claim_withdrawal"},
    known_dust={"eETH": Decimal("2e-18")},
)


class EtherFiExecutionInterface(OnChainExecutionInterface):
    """Stakes, wraps and queues withdrawals at EtherFi."""

    spec = SPEC
