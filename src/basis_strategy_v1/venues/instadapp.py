"""Instadapp: a smart account that casts several protocol actions in one transaction."""

from __future__ import annotations

from basis_strategy_v1.core.interfaces.onchain_execution_interface import OnChainExecutionInterface
from basis_strategy_v1.venues.ethereum import protocol_spec

SPEC = protocol_spec(
    "instadapp",
    "OnChain",
    "Instadapp smart accounts",
    {"build_account", "cast"},
)


class InstadappExecutionInterface(OnChainExecutionInterface):
    """Builds an account and casts actions from it."""

    spec = SPEC
