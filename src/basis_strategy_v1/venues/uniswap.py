"""Uniswap v3: swaps and concentrated liquidity."""

from __future__ import annotations

from basis_strategy_v1.core.interfaces.dex_execution_interface import DEXExecutionInterface
from basis_strategy_v1.venues.ethereum import protocol_spec

SPEC = protocol_spec(
    "uniswap",
    "DEX",
    "Uniswap v3 swaps and liquidity",
    {
        "swap",
        "exact_in",
        "exact_out",
        "quote",
        "best_pool",
        "slippage_bound",
        "add_liquidity",
        "remove_liquidity",
        "collect",
    },
    data_name="uniswap_v3",
)


class UniswapExecutionInterface(DEXExecutionInterface):
    """Swaps and provides liquidity on Uniswap v3."""

    spec = SPEC
