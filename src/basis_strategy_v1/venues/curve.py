"""Curve: swaps between assets of like value."""

from __future__ import annotations

from basis_strategy_v1.core.interfaces.dex_execution_interface import DEXExecutionInterface
from basis_strategy_v1.venues.ethereum import protocol_spec

SPEC = protocol_spec(
    "curve",
    "DEX",
    "Curve swaps and liquidity of like assets",
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
)


class CurveExecutionInterface(DEXExecutionInterface):
    """Swaps and provides liquidity on Curve."""

    spec = SPEC
