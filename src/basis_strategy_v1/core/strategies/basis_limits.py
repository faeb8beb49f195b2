"""How much a hedge venue may carry."""

from __future__ import annotations

from decimal import Decimal

from basis_strategy_v1.core.domain.quantities import ONE, ZERO, divide_down
from basis_strategy_v1.core.strategies.basis_plan import BasisPlan, HedgeVenue
from basis_strategy_v1.core.strategies.portfolio import Portfolio

CENT = Decimal("0.01")
FACTOR_STEP = Decimal("0.0001")


class HedgeLimits:
    """Limits per venue, all in USD of spot to be hedged.

    Attributes:
        capacity: notional that one unit of margin balance carries within ``margin_ratio_max``, by venue.
        home_factor: the same at home, where the cash that buys spot leaves the margin account: c / (1 + c).
        largest: what the run's ``max_notional`` leaves room for: less than it by the threshold within which a position
            drifts before it is rebalanced, so that following the market does not breach it. None without one.
    """

    def __init__(self, plan: BasisPlan) -> None:
        settings = plan.settings
        self._max_notional = plan.max_notional
        self.capacity = {hedge.venue: self._capacity_of(plan, hedge) for hedge in plan.hedges}
        at_home = self.capacity[plan.home_hedge.venue]
        self.home_factor = divide_down(at_home, ONE + at_home, FACTOR_STEP)
        self._room = (ONE + settings.position_deviation_threshold) * settings.hedge_ratio
        self._lots = sum((hedge.perp.step for hedge in plan.hedges), ZERO)
        self.largest: Decimal | None = None
        if plan.max_notional is not None and settings.hedge_ratio:
            self.largest = divide_down(plan.max_notional, self._room, CENT)

    def at_most(self, share: Decimal) -> Decimal:
        """``share``, or what ``max_notional`` leaves room for."""
        return share if self.largest is None else min(share, self.largest)

    def most_short(self, portfolio: Portfolio, hedge: HedgeVenue, wanted: Decimal, share: Decimal) -> Decimal:
        """``wanted`` units short, or as many whole lots as the venue may have.

        An increase stays within ``share`` (USD of spot) and the threshold, but for lots that others could not take;
        ``max_notional`` holds at the mark, whatever the venue has.
        """
        most = share * self._room + self._lots * portfolio.reference_price()
        if wanted * portfolio.reference_price() > most:
            short = -portfolio.perp(hedge.spec, hedge.perp.symbol)
            wanted = min(wanted, max(short, divide_down(most, portfolio.reference_price(), hedge.perp.step)))
        if self._max_notional is None:
            return wanted
        mark = portfolio.mark(hedge.venue, hedge.perp.symbol)
        return min(wanted, divide_down(self._max_notional, mark, hedge.perp.step))

    @staticmethod
    def _capacity_of(plan: BasisPlan, hedge: HedgeVenue) -> Decimal:
        rules = hedge.spec.margin
        assert rules is not None
        rate = rules.tiers[hedge.perp.symbol][0].rate
        return divide_down(plan.settings.margin_ratio_max, rate, CENT)
