"""Where a decision is left when a process is asked to end: between two pairs of legs, and not within one."""

from __future__ import annotations

from decimal import Decimal

from basis_strategy_v1.core.domain.instructions import CexTrade, InstructionBlock
from basis_strategy_v1.core.domain.quantities import ONE, ZERO
from basis_strategy_v1.core.engine.parts import EngineParts


class OrderlyStop:
    """Tells the legs that bring spot and its hedge together from those that open or close another pair."""

    def __init__(self, parts: EngineParts) -> None:
        self._portfolio = parts.portfolio
        self._hedge_ratio = parts.settings.strategy.hedge_ratio
        asset = parts.settings.asset
        traded = [item for spec in parts.specs for item in spec.instruments if item.base == asset]
        # Each short is rounded to its step: that much is open though every pair is whole.
        self._least = sum((item.step for item in traded if item.trade_type == "perp"), ZERO)

    def goes_on_with(self, block: InstructionBlock) -> bool:
        """Whether ``block`` belongs to a pair that is begun: a leg that hedges, or a transfer while one is missing."""
        unhedged = self._unhedged()
        if abs(unhedged) <= self._least:
            return False
        return not isinstance(block, CexTrade) or abs(unhedged + self._change(block)) < abs(unhedged)

    def _unhedged(self) -> Decimal:
        """Base units of spot that no short stands against (> 0), or of shorts without spot (< 0)."""
        portfolio = self._portfolio
        return portfolio.net_exposure() - portfolio.base_held() * (ONE - self._hedge_ratio)

    def _change(self, trade: CexTrade) -> Decimal:
        amount = trade.amount * self._hedge_ratio if trade.trade_type == "spot" else trade.amount
        return amount if trade.side == "buy" else -amount
