"""EigenLayer: liquid staking tokens restaked in strategies; withdrawals wait in a queue."""

from __future__ import annotations

from basis_strategy_v1.core.interfaces.onchain_execution_interface import OnChainExecutionInterface
from basis_strategy_v1.venues.ethereum import protocol_spec

SPEC = protocol_spec(
    "eigenlayer",
    "OnChain",
    "EigenLayer restaking",
    {"deposit", "queue_withdrawal", "complete_withdrawal"},
)


class EigenLayerExecutionInterface(OnChainExecutionInterface):
    """Deposits into strategies and withdraws through the queue."""

    spec = SPEC
