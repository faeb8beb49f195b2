"""Wrapping and unwrapping of ETH in the simulated wallet: one to one."""

from __future__ import annotations

from basis_strategy_v1.backends.simulated.chain_state import ChainState
from basis_strategy_v1.backends.simulated.chain_tokens import NATIVE_TOKEN

WRAPPED_TOKEN = "WETH"


def wrap(state: ChainState, units: int) -> int:
    """Turn ETH into WETH; what was received."""
    state.spend(NATIVE_TOKEN, units, "wrapping")
    state.receive(WRAPPED_TOKEN, units)
    return units


def unwrap(state: ChainState, units: int) -> int:
    """Turn WETH into ETH; what was received."""
    state.spend(WRAPPED_TOKEN, units, "unwrapping")
    state.receive(NATIVE_TOKEN, units)
    return units
