"""How a basis strategy leaves: in full, or only the spot that has lost its hedge."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from basis_strategy_v1.core.domain.instructions import InstructionBlock
from basis_strategy_v1.core.domain.quantities import ZERO, divide_down, step_down
from basis_strategy_v1.core.strategies.basis_orders import BasisOrders
from basis_strategy_v1.core.strategies.basis_plan import BasisPlan
from basis_strategy_v1.core.strategies.basis_trading import BasisTrading
from basis_strategy_v1.core.strategies.portfolio import Portfolio


class BasisExit:
    """Orders that only shrink what is held."""

    def __init__(self, plan: BasisPlan, trading: BasisTrading, orders: BasisOrders) -> None:
        self._plan = plan
        self._trading = trading
        self._orders = orders

    def close(self, portfolio: Portfolio) -> Iterator[InstructionBlock]:
        """Sell the spot and buy the shorts back, in step: where the market is thin, what is held stays hedged."""
        plan = self._plan
        spot = plan.spot
        before = portfolio.base_held()
        held = step_down(portfolio.amount(plan.home.spot_location, spot.base), spot.step)
        if not plan.keeps_spot and self._orders.is_spot_order(portfolio, held):
            yield self._orders.spot("sell", held, "exit_full")
            yield from self._trading.sweep_home(portfolio)
        left = portfolio.base_held()
        stays_hedged = not plan.keeps_spot and self._orders.is_spot_order(portfolio, step_down(left, spot.step))
        for hedge in plan.hedges:
            short = -portfolio.perp(hedge.spec, hedge.perp.symbol)
            kept = divide_down(short * left, before, hedge.perp.step) if stays_hedged else ZERO
            yield from self._trading.trade_perp(portfolio, hedge, -kept, "exit_full")

    def is_closed(self, portfolio: Portfolio) -> bool:
        if not portfolio.is_flat():
            return False
        if self._plan.keeps_spot:
            return True
        held = portfolio.amount(self._plan.home.spot_location, self._plan.spot.base)
        return not self._orders.is_spot_order(portfolio, step_down(held, self._plan.spot.step))

    def sell_unhedged(self, portfolio: Portfolio) -> Iterator[InstructionBlock]:
        """Sell the spot that has lost its hedge."""
        amount = self._unhedged(portfolio)
        if self._orders.is_spot_order(portfolio, amount):
            yield self._orders.spot("sell", amount, "exit_partial")

    def is_hedged(self, portfolio: Portfolio) -> bool:
        return not self._orders.is_spot_order(portfolio, self._unhedged(portfolio))

    def _unhedged(self, portfolio: Portfolio) -> Decimal:
        """Spot at home, in whole steps, that no short stands against."""
        spot = self._plan.spot
        unhedged = portfolio.base_held() * self._plan.settings.hedge_ratio - self._trading.short(portfolio)
        available = portfolio.amount(self._plan.home.spot_location, spot.base)
        return step_down(max(min(unhedged, available), ZERO), spot.step)
