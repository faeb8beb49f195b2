"""How much a hedge venue may carry."""

from __future__ import annotations

from decimal import Decimal

from basis_strategy_v1.core.domain.quantities import ONE, ZERO, divide_down
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.strategies.basis_plan import BasisPlan, HedgeVenue
from basis_strategy_v1.core.strategies.portfolio import Portfolio

CENT = Decimal("0.01")
FACTOR_STEP = Decimal("0.0001")
LEAST_MARGIN = Decimal("1.05")
LARGEST_HEADROOM = Decimal("0.02")
ALLOCATION_STEP = Decimal("0.001")


class HedgeLimits:
    """Limits per venue, all in USD of spot to be hedged.

    Attributes:
        capacity: spot that one unit of margin balance lets a venue hedge within ``margin_ratio_max``, by venue.
        home_factor: the same at home, where the cash that buys spot leaves the margin account: c / (1 + c).
        least_notional, least_lot: the least a venue carries is the first plus the second x S: its minimum notional and
            one lot, with five per cent to spare for fees and the difference between spot and perpetual.
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
        ratio = settings.hedge_ratio
        least = divide_down(LEAST_MARGIN, ratio, FACTOR_STEP) if ratio else ZERO
        self.least_notional = {hedge.venue: hedge.perp.min_notional * least for hedge in plan.hedges}
        self.least_lot = {hedge.venue: max(hedge.perp.step, hedge.perp.min_quantity) * least for hedge in plan.hedges}
        self.largest: Decimal | None = None
        if plan.max_notional is not None and settings.hedge_ratio:
            self.largest = divide_down(plan.max_notional, self._room, CENT)

    def least(self, hedge: HedgeVenue, price: Decimal) -> Decimal:
        """The least that is worth carrying at spot ``price``, USD."""
        return self.least_notional[hedge.venue] + self.least_lot[hedge.venue] * price

    def at_most(self, share: Decimal) -> Decimal:
        """``share``, or what ``max_notional`` leaves room for."""
        return share if self.largest is None else min(share, self.largest)

    def most_short(self, portfolio: Portfolio, hedge: HedgeVenue, wanted: Decimal, share: Decimal) -> Decimal:
        """``wanted`` units short, or as many whole lots as the venue may have.

        An increase stays within ``share`` (USD of spot) and the threshold, but for lots that others could not take, and
        one too small for an order is not made. ``max_notional`` holds at the mark, whatever the venue has.
        """
        short = -portfolio.perp(hedge.spec, hedge.perp.symbol)
        most = share * self._room + self._lots * portfolio.reference_price()
        if wanted * portfolio.reference_price() > most:
            wanted = min(wanted, max(short, divide_down(most, portfolio.reference_price(), hedge.perp.step)))
        if self._is_too_small(portfolio, hedge, wanted - short):
            wanted = short
        if self._max_notional is None:
            return wanted
        mark = portfolio.mark(hedge.venue, hedge.perp.symbol)
        return min(wanted, divide_down(self._max_notional, mark, hedge.perp.step))

    @staticmethod
    def _is_too_small(portfolio: Portfolio, hedge: HedgeVenue, increase: Decimal) -> bool:
        perp = hedge.perp
        if increase <= 0:
            return False
        return increase < perp.min_quantity or (
            increase * portfolio.price(hedge.venue, perp.symbol, "perp") < perp.min_notional
        )

    @staticmethod
    def _capacity_of(plan: BasisPlan, hedge: HedgeVenue) -> Decimal:
        rules = hedge.spec.margin
        assert rules is not None
        rate = rules.tiers[hedge.perp.symbol][0].rate * (plan.settings.hedge_ratio or ONE)
        return divide_down(plan.settings.margin_ratio_max, rate, CENT)


def refuse_too_little_margin(plan: BasisPlan) -> None:
    """Refuse an allocation that leaves some venue at its margin cap from the start, or after the next small move.

    There spot would follow the margin, which moves several times as much as the price: a rebalance at row after row.
    With c the spot that one unit of margin carries, a short of ``a`` on a margin of ``1 - a`` stays within
    ``margin_ratio_max`` when the price has risen by m if ``a (1 + m) <= c (1 - a - h a m)``.

    Raises:
        ComponentError: CFG-003 with the largest allocation that is possible.
    """
    settings = plan.settings
    limits = HedgeLimits(plan)
    move = min(settings.position_deviation_threshold, LARGEST_HEADROOM)
    for hedge in plan.hedges:
        capacity = limits.capacity[hedge.venue]
        needed = ONE + move + capacity * (ONE + settings.hedge_ratio * move)
        possible = divide_down(capacity, needed, ALLOCATION_STEP)
        if hedge.allocation and settings.spot_allocation > possible:
            raise ComponentError(
                "CFG-003",
                f"strategy.spot_allocation {settings.spot_allocation} leaves {hedge.venue} too little margin: within "
                f"strategy.margin_ratio_max {settings.margin_ratio_max} "
                f"at most {possible} can be held as spot",
                "BasisStrategy",
                remedy=f"Set strategy.spot_allocation to {possible} or less, or raise strategy.margin_ratio_max.",
            )
