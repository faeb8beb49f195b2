"""Targets of a basis strategy: once as series for triggers, once exact for sizing."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from basis_strategy_v1.core.domain.quantities import ZERO, divide_down, step_down
from basis_strategy_v1.core.monitors.anchor import AccountAnchor
from basis_strategy_v1.core.monitors.bounds import RELATIVE_SLACK
from basis_strategy_v1.core.monitors.portfolio_view import PortfolioView, Series
from basis_strategy_v1.core.strategies.basis_limits import HedgeLimits
from basis_strategy_v1.core.strategies.basis_plan import BasisPlan, HedgeVenue
from basis_strategy_v1.core.strategies.portfolio import Portfolio

FINEST_UNIT = Decimal("1e-12")


class BasisTargets:
    """The spot a basis strategy wants to hold, and how the short is split.

    A venue's share is its allocation of ``spot_allocation`` x equity, but no more than its margin carries within
    ``margin_ratio_max``, nor than the run's ``max_notional`` leaves room for. Only venues whose margin has arrived
    (``opened``) carry a share.

    At home, cash that buys spot leaves the margin account and comes back when spot is sold. With c the notional that
    one unit of margin carries, B its balance and N what the others carry, home's share n must satisfy
    ``n <= c (B - (n + N - QS))``, which is ``n <= c / (1 + c) (B + QS - N)``.
    """

    def __init__(self, plan: BasisPlan) -> None:
        self._plan = plan
        settings = plan.settings
        self._share = {hedge.venue: float(hedge.allocation) * float(settings.spot_allocation) for hedge in plan.hedges}
        self._limits = HedgeLimits(plan)
        self._capacity = {venue: float(capacity) for venue, capacity in self._limits.capacity.items()}
        self._largest = self._limits.largest
        self._largest_float = None if self._largest is None else float(self._largest)
        self._home = plan.home_hedge
        self._home_factor_float = float(self._limits.home_factor)
        self._away: list[HedgeVenue] = []
        self._home_opened = False
        self.opened: list[HedgeVenue] = []
        self.reserved = 0.0

    def open(self, venues: Iterable[str]) -> None:
        """Let ``venues`` carry their share from now on."""
        opened = {hedge.venue for hedge in self.opened} | set(venues)
        self.opened = [hedge for hedge in self._plan.hedges if hedge.venue in opened]
        self._away = [hedge for hedge in self.opened if hedge is not self._home]
        self._home_opened = self._home in self.opened

    # --- series, for triggers ---

    def spot_target(self, view: PortfolioView) -> Series:
        """Value of spot wanted, USD; what is reserved for redemptions earns nothing any more."""
        equity = view.equity() - self.reserved
        target: Series = None
        for hedge in self._away:
            share = equity * self._share[hedge.venue]
            if not self._surely_carries(view, hedge):
                carried = view.margin_balance(self._account(view, hedge)) * self._capacity[hedge.venue]
                share = view.reader.maximum(view.reader.minimum(share, carried), 0.0)
            if self._largest_float is not None:
                share = view.reader.minimum(share, self._largest_float)
            target = share if target is None else target + share
        if self._home_opened:
            share = equity * self._share[self._home.venue]
            if not self._home_surely_carries(view, self._home):
                room = view.margin_balance(self._account(view, self._home)) + view.spot_value()
                if target is not None:
                    room = room - target
                share = view.reader.maximum(view.reader.minimum(share, room * self._home_factor_float), 0.0)
            if self._largest_float is not None:
                share = view.reader.minimum(share, self._largest_float)
            target = share if target is None else target + share
        return 0.0 if target is None else target

    def kept_spot_hedge(self, view: PortfolioView, wanted: float) -> Series:
        """Units short wanted against spot that is kept: ``wanted``, but no more than ``max_notional`` lets be short."""
        if self._largest_float is None:
            return wanted
        most = len(self.opened) * self._largest_float * float(self._plan.settings.hedge_ratio)
        return view.reader.minimum(wanted, most / view.reference())

    @staticmethod
    def _account(view: PortfolioView, hedge: HedgeVenue) -> AccountAnchor:
        account = view.anchor.account(hedge.venue)
        assert account is not None
        return account

    def _surely_carries(self, view: PortfolioView, hedge: HedgeVenue) -> bool:
        """Whether over a whole range the margin carries all that is wanted, so that the cap changes nothing."""
        equity = view.equity_bounds()
        margin = view.margin_bounds(self._account(view, hedge))
        if equity is None or margin is None:
            return False
        least, most = equity[0] - self.reserved, equity[1]
        carried = (margin.least_balance - margin.slack) * self._capacity[hedge.venue]
        return least > 0.0 and carried > most * self._share[hedge.venue] * (1.0 + RELATIVE_SLACK)

    def _home_surely_carries(self, view: PortfolioView, home: HedgeVenue) -> bool:
        equity = view.equity_bounds()
        margin = view.margin_bounds(self._account(view, home))
        spot = view.spot_value_bounds()
        if equity is None or margin is None or spot is None:
            return False
        least, most = equity[0] - self.reserved, equity[1]
        others = most * sum(self._share[hedge.venue] for hedge in self._away)
        room = margin.least_balance - margin.slack + spot[0] - others
        return least > 0.0 and room * self._home_factor_float > most * self._share[home.venue] * (1.0 + RELATIVE_SLACK)

    # --- exact, for sizing ---

    def shares(self, portfolio: Portfolio, equity: Decimal) -> dict[str, Decimal]:
        """Notional each opened venue should carry, USD."""
        shares = dict.fromkeys((hedge.venue for hedge in self.opened), ZERO)
        carried_away = ZERO
        for hedge in self._away:
            carried = portfolio.margin(hedge.spec).balance * self._limits.capacity[hedge.venue]
            share = self._limits.at_most(max(min(self._wanted(hedge, equity), carried), ZERO))
            shares[hedge.venue] = share
            carried_away += share
        if self._home_opened:
            held = portfolio.base_held() * portfolio.reference_price()
            room = portfolio.margin(self._home.spec).balance + held - carried_away
            share = max(min(self._wanted(self._home, equity), room * self._limits.home_factor), ZERO)
            shares[self._home.venue] = self._limits.at_most(share)
        return shares

    def _wanted(self, hedge: HedgeVenue, equity: Decimal) -> Decimal:
        return hedge.allocation * self._plan.settings.spot_allocation * equity

    def kept_spot_short(self, portfolio: Portfolio) -> tuple[Decimal, dict[str, Decimal]]:
        """Units short wanted against spot that is kept, and the weights by which opened venues divide them."""
        weights = {hedge.venue: hedge.allocation for hedge in self.opened}
        ratio = self._plan.settings.hedge_ratio
        total = portfolio.base_held() * ratio * sum(weights.values(), ZERO)
        if self._largest is not None:
            most = divide_down(len(self.opened) * self._largest * ratio, portfolio.reference_price(), FINEST_UNIT)
            total = min(total, most)
        return total, weights

    def shorts(self, portfolio: Portfolio, total: Decimal, shares: dict[str, Decimal]) -> dict[str, Decimal]:
        """Units each opened venue should be short, so that together they are ``total`` to within one step.

        A venue whose perpetual cannot trade at this row keeps what it has; the others take the rest. Each is rounded
        down to its step and kept within its limits; the last takes what is left.
        """
        symbol = self._plan.spot.symbol
        targets: dict[str, Decimal] = {}
        free: list[HedgeVenue] = []
        left = total
        for hedge in self.opened:
            if portfolio.is_tradable(hedge.venue, symbol, "perp"):
                free.append(hedge)
            else:
                targets[hedge.venue] = -portfolio.perp(hedge.spec, symbol)
                left -= targets[hedge.venue]
        left = max(left, ZERO)
        targets.update(self._divided(portfolio, left, free, shares))
        return targets

    def _divided(
        self, portfolio: Portfolio, total: Decimal, free: list[HedgeVenue], shares: dict[str, Decimal]
    ) -> dict[str, Decimal]:
        """``total`` divided by shares; what one may not take is passed to the next."""
        targets = dict.fromkeys((hedge.venue for hedge in free), ZERO)
        carrying = [hedge for hedge in free if shares[hedge.venue]]
        weight = sum((shares[hedge.venue] for hedge in carrying), ZERO)
        left = total
        passed = ZERO
        for hedge in carrying:
            step = hedge.perp.step
            part = left
            if hedge is not carrying[-1]:
                part = min(divide_down(total * shares[hedge.venue], weight, step) + passed, left)
            part = step_down(part, step)
            target = self._limits.most_short(portfolio, hedge, part)
            targets[hedge.venue] = target
            passed = part - target
            left -= target
        return targets
