"""Orders of a basis strategy, and whether an amount is one that the spot venue takes."""

from __future__ import annotations

from decimal import Decimal

from basis_strategy_v1.core.domain.instructions import CexTrade, Side
from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.quantities import divide_down
from basis_strategy_v1.core.strategies.basis_plan import BasisPlan, HedgeVenue
from basis_strategy_v1.core.strategies.portfolio import Portfolio


class BasisOrders:
    """Market orders within the run's slippage bound; purchases of perpetuals only ever reduce a short."""

    def __init__(self, plan: BasisPlan) -> None:
        self._plan = plan

    def perp(self, hedge: HedgeVenue, side: Side, amount: Decimal, purpose: str) -> CexTrade:
        """An order for the perpetual of ``hedge``."""
        return CexTrade(
            venue=hedge.venue,
            trade_type="perp",
            symbol=hedge.perp.symbol,
            side=side,
            amount=amount,
            reduce_only=side == "buy",
            max_slippage=self._plan.max_slippage,
            purpose=purpose,
        )

    def spot(self, side: Side, amount: Decimal, purpose: str) -> CexTrade:
        """An order for spot at home."""
        return CexTrade(
            venue=self._plan.home.venue,
            trade_type="spot",
            symbol=self._plan.spot.symbol,
            side=side,
            amount=amount,
            max_slippage=self._plan.max_slippage,
            purpose=purpose,
        )

    def within_an_order(self, amount: Decimal, price: Decimal, step: Decimal) -> Decimal:
        """``amount``, cut to whole steps of what ``max_order_notional`` allows at ``price``."""
        largest = self._plan.max_order_notional
        if largest is None or amount * price <= largest:
            return amount
        return divide_down(largest, price, step)

    def within_an_exit(self, amount: Decimal, price: Decimal, instrument: Instrument) -> Decimal:
        """``amount``, cut as by ``within_an_order`` but to no less than the least order: a limit keeps nobody in."""
        within = self.within_an_order(amount, price, instrument.step)
        if within == amount:
            return within
        least = max(instrument.min_quantity, divide_down(instrument.min_notional, price, instrument.step))
        if least * price < instrument.min_notional:
            least += instrument.step
        return min(max(within, least), amount)

    def is_spot_order(self, portfolio: Portfolio, amount: Decimal) -> bool:
        """Whether the spot venue takes an order of ``amount``."""
        spot = self._plan.spot
        return amount >= spot.min_quantity and amount * portfolio.reference_price() >= spot.min_notional
