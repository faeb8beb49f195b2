"""Whether capital is enough for a basis strategy to open anything: looked at before a run trades for the first time."""

from __future__ import annotations

from decimal import Decimal

from basis_strategy_v1.core.domain.quantities import ONE, ZERO, divide_down, round_ceiling
from basis_strategy_v1.core.strategies.basis_capital import SMALLEST_TRANSFER, BasisCapital
from basis_strategy_v1.core.strategies.basis_limits import CENT, HedgeLimits
from basis_strategy_v1.core.strategies.basis_orders import BasisOrders
from basis_strategy_v1.core.strategies.basis_plan import BasisPlan, HedgeVenue
from basis_strategy_v1.core.strategies.portfolio import Portfolio
from basis_strategy_v1.core.strategies.strategy import OpeningCapital, OpeningOutlook

HEADROOM = Decimal("1.05")
"""What is asked for is this much more: fees of transfers, and prices that move until they arrive."""


def left_out(plan: BasisPlan, capital: BasisCapital, portfolio: Portfolio) -> tuple[str, ...]:
    """A line per venue with a share that has no short, and would not open one with the capital of now."""
    idle = [h for h in plan.hedges if h.allocation and not portfolio.perp(h.spec, h.perp.symbol)]
    if not idle:
        return ()
    cash = {
        hedge.venue: portfolio.margin(hedge.spec).balance
        + capital.idle_cash(portfolio, hedge)
        + portfolio.incoming(hedge.venue, plan.cash)
        for hedge in idle
    }
    there = OpeningCapital(cash=cash, base=portfolio.base_held(), price=portfolio.reference_price())
    check = OpeningCheck(plan, there, portfolio.equity())
    return tuple(filter(None, map(check.why_not, idle)))


class OpeningCheck:
    """The least orders of a plan at a price of spot, in USD, against what there is to open them with.

    Args:
        equity: what shares are taken of; that of ``capital`` when omitted.
    """

    def __init__(self, plan: BasisPlan, capital: OpeningCapital, equity: Decimal | None = None) -> None:
        self._plan = plan
        self._capital = capital
        self._limits = HedgeLimits(plan)
        self._equity = sum(capital.cash.values(), capital.base * capital.price) if equity is None else equity
        self._hedges = [hedge for hedge in plan.hedges if hedge.allocation]
        least_units = max(plan.spot.min_quantity, plan.spot.step)
        self._least_spot = max(plan.spot.min_notional, least_units * capital.price) + plan.spot.step * capital.price

    def outlook(self) -> OpeningOutlook:
        """What would be opened."""
        too_small = {hedge.venue: self.why_not(hedge) for hedge in self._hedges}
        reasons = tuple(filter(None, too_small.values()))
        opened = [hedge for hedge in self._hedges if not too_small[hedge.venue]]
        if not opened and not self._is_carried_together():
            return OpeningOutlook(refusal="; ".join(reasons), needed=self._needed())
        if not self._trades_spot(opened):
            spot = self._plan.spot
            reason = f"its order of spot is too small for {spot.venue}, which takes {self._least_spot:.2f} or more"
            return OpeningOutlook(refusal=reason, needed=self._needed())
        return OpeningOutlook(left_out=reasons)

    def _share(self, hedge: HedgeVenue) -> Decimal:
        return self._limits.at_most(hedge.allocation * self._plan.settings.spot_allocation * self._equity)

    def _least(self, hedge: HedgeVenue) -> Decimal:
        """The least spot that a venue's hedge can stand against."""
        ratio = self._plan.settings.hedge_ratio
        price = self._capital.price
        if not self._plan.keeps_spot or not ratio:
            return self._limits.least(hedge, price)
        perp = hedge.perp
        units = max(perp.min_quantity, perp.step, divide_down(perp.min_notional, price, perp.step))
        if units * price < perp.min_notional:
            units += perp.step
        return divide_down(units * price, ratio, CENT) + CENT

    def why_not(self, hedge: HedgeVenue) -> str:
        """What keeps a venue from opening; empty where nothing does."""
        share, least = self._share(hedge), self._least(hedge)
        if share < least:
            return f"{hedge.venue} would hedge {share:.2f}, and its least order takes {least:.2f}"
        margin = self._margin_share(hedge) * self._equity
        there = self._capital.cash.get(hedge.venue, ZERO)
        if self._is_away(hedge) and 2 * there < margin and margin - there <= SMALLEST_TRANSFER:
            missing = f"{margin - there:.2f}"
            return f"{hedge.venue} would be sent {missing} of margin, and nothing below {SMALLEST_TRANSFER} is sent"
        return ""

    def _margin_share(self, hedge: HedgeVenue) -> Decimal:
        return hedge.allocation * (ONE - self._plan.settings.spot_allocation)

    def _is_away(self, hedge: HedgeVenue) -> bool:
        return self._plan.settings.margin_transfers and hedge is not self._plan.home_hedge

    def _is_carried_together(self) -> bool:
        """Of spot that is kept, what a venue cannot hedge is passed to the next."""
        total = sum(map(self._share, self._hedges), ZERO)
        return self._plan.keeps_spot and total >= min(map(self._least, self._hedges))

    def _trades_spot(self, opened: list[HedgeVenue]) -> bool:
        """Whether the first order of spot is one that its venue takes, where one is needed."""
        settings, capital = self._plan.settings, self._capital
        if self._plan.keeps_spot:
            margin = (ONE - settings.spot_allocation) * self._equity
            cash = sum(capital.cash.values(), ZERO)
            return 2 * cash >= margin or self._is_spot_order(margin - cash)
        return capital.base > 0 or self._is_spot_order(sum(map(self._share, opened), ZERO))

    def _is_spot_order(self, value: Decimal) -> bool:
        spot, price = self._plan.spot, self._capital.price
        amount = divide_down(value, price, spot.step)
        if not self._plan.keeps_spot:
            amount = BasisOrders(self._plan).within_an_order(amount, price, spot.step)
        return amount >= spot.min_quantity and amount * price >= spot.min_notional

    def _needed(self) -> Decimal | None:
        """Equity with which something opens; None where a limit on notionals lets nothing open, whatever it is."""
        plan = self._plan
        largest = plan.max_order_notional
        if not plan.keeps_spot and largest is not None and largest < self._least_spot:
            return None
        enough = [self._enough_for(hedge) for hedge in self._hedges]
        return min((amount for amount in enough if amount is not None), default=None)

    def _enough_for(self, hedge: HedgeVenue) -> Decimal | None:
        allocation = self._plan.settings.spot_allocation
        least = self._least(hedge)
        equity = ZERO
        if self._plan.keeps_spot:
            equity = divide_down(self._least_spot, ONE - allocation, CENT)
        else:
            least = max(least, self._least_spot)
        if self._limits.at_most(least) < least:
            return None
        equity = max(equity, divide_down(least, hedge.allocation * allocation, CENT))
        if self._is_away(hedge):
            equity = max(equity, divide_down(SMALLEST_TRANSFER + CENT, self._margin_share(hedge), CENT))
        return round_ceiling(equity * HEADROOM, CENT)
