"""An outcome compared with what the instruction expected of it."""

from __future__ import annotations

from decimal import Decimal

from basis_strategy_v1.core.domain.deltas import Changes
from basis_strategy_v1.core.domain.instructions import EstimatedDeltas
from basis_strategy_v1.core.domain.quantities import ZERO


def describe_shortfall(estimated: EstimatedDeltas, changes: Changes, max_slippage: Decimal) -> str:
    """What fell short of its estimate by more than ``max_slippage`` (a fraction of it); empty when nothing did.

    Less received and more paid both fall short; better than estimated never does.
    """
    short: list[str] = []
    for location, assets in estimated.items():
        actual = changes.get(location, {})
        for asset, expected in assets.items():
            outcome = actual.get(asset, ZERO)
            if expected - outcome > max_slippage * abs(expected):
                short.append(f"{asset} at {location}: expected {expected:+f}, was {outcome:+f}")
    return "; ".join(short)
