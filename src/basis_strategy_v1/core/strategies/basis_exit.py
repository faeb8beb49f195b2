"""How a basis strategy leaves: in full, or only the spot that has lost its hedge."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from decimal import Decimal
from typing import NamedTuple

from basis_strategy_v1.core.domain.instructions import InstructionBlock
from basis_strategy_v1.core.domain.quantities import ZERO, divide_down, step_down
from basis_strategy_v1.core.strategies.basis_orders import BasisOrders
from basis_strategy_v1.core.strategies.basis_plan import BasisPlan, HedgeVenue
from basis_strategy_v1.core.strategies.basis_trading import MOST_ROUNDS, BasisTrading
from basis_strategy_v1.core.strategies.portfolio import Portfolio


class _Holding(NamedTuple):
    """What there is to leave: units of spot, those of them that can be sold now, and each hedge's short."""

    base: Decimal
    leaving: Decimal
    shorts: tuple[Decimal, ...]


class BasisExit:
    """Orders that only shrink what is held."""

    def __init__(self, plan: BasisPlan, trading: BasisTrading, orders: BasisOrders) -> None:
        self._plan = plan
        self._trading = trading
        self._orders = orders

    def close(self, portfolio: Portfolio) -> Iterator[InstructionBlock]:
        """Sell the spot and buy the shorts back, in step: where the market is thin, what is held stays hedged.

        Spot that hedges a short at a venue where nothing trades now is kept until the short can be bought back with it.
        With ``max_order_notional`` it is done in rounds of one order of spot and the shorts that stood against it.
        What is kept for a venue that goes down in a round, as only a real one does, counts from the next round on.
        """
        closed = self._closed(portfolio)
        start = self._holding(portfolio, closed)
        for _ in range(MOST_ROUNDS):
            if (now_closed := self._closed(portfolio)) != closed:
                closed = now_closed
                start = self._holding(portfolio, closed)
            before = self._holding(portfolio, closed)
            is_spot_left = yield from self._sell_round(portfolio, closed)
            for hedge, short in zip(self._plan.hedges, start.shorts, strict=True):
                kept = ZERO
                if is_spot_left:
                    kept = divide_down(short * self._leaving(portfolio, closed), start.leaving, hedge.perp.step)
                elif portfolio.base_held() == before.base:
                    kept = self._left_of_short(portfolio, hedge)
                yield from self._trading.trade_perp(portfolio, hedge, -kept, "exit_full")
            if self._plan.max_order_notional is None or self._holding(portfolio, closed) == before:
                return

    def _closed(self, portfolio: Portfolio) -> list[HedgeVenue]:
        """Where nothing trades now."""
        return [h for h in self._plan.hedges if not portfolio.is_tradable(h.venue, h.perp.symbol, "perp")]

    def _holding(self, portfolio: Portfolio, closed: list[HedgeVenue]) -> _Holding:
        shorts = tuple(-portfolio.perp(hedge.spec, hedge.perp.symbol) for hedge in self._plan.hedges)
        return _Holding(portfolio.base_held(), self._leaving(portfolio, closed), shorts)

    def _leaving(self, portfolio: Portfolio, closed: list[HedgeVenue]) -> Decimal:
        """Spot at home, but for what must stay against units short at ``closed`` venues.

        Spot elsewhere is sold by nobody, so no short is kept for it.
        """
        plan = self._plan
        kept = sum((max(-portfolio.perp(hedge.spec, hedge.perp.symbol), ZERO) for hedge in closed), ZERO)
        at_home = portfolio.amount(plan.home.spot_location, plan.spot.base)
        return max(min(at_home, portfolio.base_held() - kept), ZERO)

    def _sell_round(self, portfolio: Portfolio, closed: list[HedgeVenue]) -> Generator[InstructionBlock, None, bool]:
        """Sell spot, one order at most; true while the venue takes an order of what is left."""
        plan = self._plan
        if plan.keeps_spot:
            return False
        spot = plan.spot
        leaving = step_down(self._leaving(portfolio, closed), spot.step)
        amount = self._orders.within_an_exit(leaving, portfolio.reference_price(), spot)
        if self._orders.is_spot_order(portfolio, amount):
            yield self._orders.spot("sell", amount, "exit_full")
            yield from self._trading.sweep_home(portfolio)
        return self._orders.is_spot_order(portfolio, step_down(self._leaving(portfolio, closed), spot.step))

    def _left_of_short(self, portfolio: Portfolio, hedge: HedgeVenue) -> Decimal:
        """What one order leaves of a short that no spot stands against."""
        perp = hedge.perp
        short = -portfolio.perp(hedge.spec, perp.symbol)
        if not portfolio.is_tradable(hedge.venue, perp.symbol, "perp"):
            return short
        price = portfolio.price(hedge.venue, perp.symbol, "perp")
        return short - self._orders.within_an_exit(short, price, perp)

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
