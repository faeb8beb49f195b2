"""Targets of a basis strategy: once as series for triggers, once exact for sizing."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from basis_strategy_v1.core.domain.quantities import ZERO, divide_down, step_down
from basis_strategy_v1.core.monitors.anchor import AccountAnchor
from basis_strategy_v1.core.monitors.bounds import RELATIVE_SLACK
from basis_strategy_v1.core.monitors.portfolio_view import PortfolioView, Series
from basis_strategy_v1.core.strategies.basis_limits import CENT, HedgeLimits
from basis_strategy_v1.core.strategies.basis_plan import BasisPlan, HedgeVenue
from basis_strategy_v1.core.strategies.portfolio import Portfolio

FINEST_UNIT = Decimal("1e-12")
KEEPS = Decimal("0.5")
"""A venue that is short stays so until its share is below half of what it takes to begin."""
BOUGHT = Decimal("0.95")
"""Fees of the spot take nobody below what it takes to begin."""


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
        self._exact_share = {hedge.venue: hedge.allocation * settings.spot_allocation for hedge in plan.hedges}
        self._limits = HedgeLimits(plan)
        self._capacity = {venue: float(capacity) for venue, capacity in self._limits.capacity.items()}
        self._largest = self._limits.largest
        self._largest_float = None if self._largest is None else float(self._largest)
        self._least_notional = {venue: float(least) for venue, least in self._limits.least_notional.items()}
        self._least_lot = {venue: float(least) for venue, least in self._limits.least_lot.items()}
        self._too_small: dict[str, str] = {}
        self._hedge_ratio = float(settings.hedge_ratio)
        self._home = plan.home_hedge
        self._home_factor_float = float(self._limits.home_factor)
        self._away: list[HedgeVenue] = []
        self._home_opened = False
        self.opened: list[HedgeVenue] = []
        self.reserved = 0.0
        self.spot_cash = ZERO
        """Cash at home that waits beside the margin account for a purchase."""

    def open(self, venues: Iterable[str]) -> None:
        """Let ``venues`` carry their share from now on."""
        opened = {hedge.venue for hedge in self.opened} | set(venues)
        self.opened = [hedge for hedge in self._plan.hedges if hedge.venue in opened]
        self._away = [hedge for hedge in self.opened if hedge is not self._home]
        self._home_opened = self._home in self.opened

    # --- series, for triggers ---

    def spot_target(self, view: PortfolioView) -> Series:
        """Value of spot wanted, USD; what is reserved for redemptions earns nothing any more."""
        equity = view.equity()
        if self.reserved:
            equity = equity - self.reserved
        target: Series = None
        for hedge in self._away:
            account = self._account(view, hedge)
            share = equity * self._share[hedge.venue]
            if not self._surely_carries(view, hedge, account):
                carried = view.margin_balance(account) * self._capacity[hedge.venue]
                share = view.reader.maximum(view.reader.minimum(share, carried), 0.0)
                share = self._worth_carrying(view, hedge, account, share)
            target = share if target is None else target + share
        if self._home_opened:
            account = self._account(view, self._home)
            share = equity * self._share[self._home.venue]
            if not self._home_surely_carries(view, self._home, account):
                room = view.margin_balance(account) + view.spot_value()
                if self.spot_cash:
                    room = room + float(self.spot_cash)
                if target is not None:
                    room = room - target
                share = view.reader.maximum(view.reader.minimum(share, room * self._home_factor_float), 0.0)
                share = self._worth_carrying(view, self._home, account, share)
            target = share if target is None else target + share
        return 0.0 if target is None else target

    def _worth_carrying(self, view: PortfolioView, hedge: HedgeVenue, account: AccountAnchor, share: Series) -> Series:
        """``share`` within ``max_notional``; zero where it is too small for an order."""
        if self._largest_float is not None:
            share = view.reader.minimum(share, self._largest_float)
        least = self._least_notional[hedge.venue] + self._least_lot[hedge.venue] * view.reference()
        if account.legs:
            least = least * float(KEEPS)
        return share * (share >= least)

    def kept_spot_hedge(self, view: PortfolioView) -> Series:
        """Units short wanted against spot that is kept."""
        hedged = view.anchor.base * self._hedge_ratio
        wanted: Series = 0.0
        for hedge in self.opened:
            part: Series = hedged * float(hedge.allocation)
            if self._largest_float is not None:
                part = view.reader.minimum(part, self._largest_float * self._hedge_ratio / view.reference())
            wanted = wanted + part
        return wanted

    @staticmethod
    def _account(view: PortfolioView, hedge: HedgeVenue) -> AccountAnchor:
        venue = hedge.venue
        for account in view.anchor.accounts:
            if account.venue == venue:
                return account
        raise AssertionError(f"{venue} has no margin account")

    def _surely_carries(self, view: PortfolioView, hedge: HedgeVenue, account: AccountAnchor) -> bool:
        """Whether over a whole range the margin carries all that is wanted, so that the cap changes nothing."""
        equity = view.equity_bounds()
        margin = view.margin_bounds(account)
        if equity is None or margin is None:
            return False
        least, most = equity[0] - self.reserved, equity[1]
        carried = (margin.least_balance - margin.slack) * self._capacity[hedge.venue]
        if carried <= most * self._share[hedge.venue] * (1.0 + RELATIVE_SLACK):
            return False
        return self._surely_worth_carrying(view, hedge, least, most)

    def _home_surely_carries(self, view: PortfolioView, home: HedgeVenue, account: AccountAnchor) -> bool:
        equity = view.equity_bounds()
        margin = view.margin_bounds(account)
        spot = view.spot_value_bounds()
        if equity is None or margin is None or spot is None:
            return False
        least, most = equity[0] - self.reserved, equity[1]
        others = most * sum(self._share[hedge.venue] for hedge in self._away)
        room = margin.least_balance - margin.slack + spot[0] - others
        if room * self._home_factor_float <= most * self._share[home.venue] * (1.0 + RELATIVE_SLACK):
            return False
        return self._surely_worth_carrying(view, home, least, most)

    def _surely_worth_carrying(self, view: PortfolioView, hedge: HedgeVenue, least: float, most: float) -> bool:
        span = view.reader.span
        reference = view.anchor.reference
        if span is None or reference is None:
            return False
        share = self._share[hedge.venue]
        if self._largest_float is not None and most * share > self._largest_float:
            return False
        highest = reference.bounds(span[0], span[1])[1]
        needed = self._least_notional[hedge.venue] + self._least_lot[hedge.venue] * highest
        return least * share > needed * (1.0 + RELATIVE_SLACK)

    # --- exact, for sizing ---

    def shares(self, portfolio: Portfolio, equity: Decimal, *, is_bought: bool = False) -> dict[str, Decimal]:
        """Notional each opened venue should carry, USD; ``is_bought`` once the spot is there that they are to hedge.

        A venue whose perpetual cannot trade at this row carries no more than its short stands against; what it
        cannot take is wanted of the others, by their allocations and within their limits.
        """
        wanted = {hedge.venue: self._exact_share[hedge.venue] * equity for hedge in self.opened}
        planned = self._within_limits(portfolio, wanted, is_bought)
        passed_on = self._passed_on(portfolio, planned)
        if passed_on is None:
            return planned
        for hedge in self.opened:
            more = passed_on[hedge.venue] - planned[hedge.venue]
            wanted[hedge.venue] = wanted[hedge.venue] + more if more >= 0 else passed_on[hedge.venue]
        return self._within_limits(portfolio, wanted, is_bought)

    def _passed_on(self, portfolio: Portfolio, planned: dict[str, Decimal]) -> dict[str, Decimal] | None:
        """``planned`` with what venues that cannot trade do not take added to the others, by their allocations.

        None where every venue can trade, or none.
        """
        stuck = [hedge for hedge in self.opened if not self._is_tradable(portfolio, hedge)]
        if not stuck or len(stuck) == len(self.opened):
            return None
        free = [hedge for hedge in self.opened if hedge not in stuck]
        shares = dict(planned)
        passed = ZERO
        for hedge in stuck:
            shares[hedge.venue] = self._stands_against(portfolio, hedge, planned[hedge.venue])
            passed += planned[hedge.venue] - shares[hedge.venue]
        weight = sum((hedge.allocation for hedge in free), ZERO)
        for hedge in free:
            shares[hedge.venue] += divide_down(passed * hedge.allocation, weight, CENT) if weight else ZERO
        return shares

    def is_partial(self, portfolio: Portfolio) -> bool:
        """Whether some opened venue cannot trade at this row, so that the exact target differs from the series."""
        return any(not self._is_tradable(portfolio, hedge) for hedge in self.opened)

    def _within_limits(self, portfolio: Portfolio, wanted: dict[str, Decimal], is_bought: bool) -> dict[str, Decimal]:
        shares: dict[str, Decimal] = {}
        carried_away = ZERO
        for hedge in self._away:
            carried = portfolio.margin(hedge.spec).balance * self._limits.capacity[hedge.venue]
            share = self._worth(portfolio, hedge, max(min(wanted[hedge.venue], carried), ZERO), is_bought)
            shares[hedge.venue] = share
            carried_away += share
        if self._home_opened:
            held = portfolio.base_held() * portfolio.reference_price()
            room = portfolio.margin(self._home.spec).balance + self.spot_cash + held - carried_away
            share = max(min(wanted[self._home.venue], room * self._limits.home_factor), ZERO)
            shares[self._home.venue] = self._worth(portfolio, self._home, share, is_bought)
        return shares

    def _worth(self, portfolio: Portfolio, hedge: HedgeVenue, share: Decimal, is_bought: bool) -> Decimal:
        """``share`` within ``max_notional``; zero where it is too small for an order."""
        share = self._limits.at_most(share)
        least = self._limits.least(hedge, portfolio.reference_price())
        if share < least:
            if portfolio.perp(hedge.spec, hedge.perp.symbol):
                least *= KEEPS
            elif is_bought:
                least *= BOUGHT
        if share >= least:
            return share
        if share and hedge.venue not in self._too_small:
            self._too_small[hedge.venue] = (
                f"{hedge.venue} carried no hedge while its share was {share:.2f} {self._plan.cash}: less than "
                f"{least:.2f}, its least order and one lot. More capital or a larger share of "
                "strategy.hedge_allocation lets it."
            )
        return ZERO

    def notices(self) -> tuple[str, ...]:
        """A line per venue whose share was too small for an order."""
        return tuple(self._too_small.values())

    def _stands_against(self, portfolio: Portfolio, hedge: HedgeVenue, planned: Decimal) -> Decimal:
        """``planned``, or the value of spot that the venue's short hedges when that is less."""
        ratio = self._plan.settings.hedge_ratio
        if not ratio:
            return planned
        short = max(-portfolio.perp(hedge.spec, hedge.perp.symbol), ZERO)
        return min(planned, divide_down(short * portfolio.reference_price(), ratio, CENT))

    @staticmethod
    def _is_tradable(portfolio: Portfolio, hedge: HedgeVenue) -> bool:
        return portfolio.is_tradable(hedge.venue, hedge.perp.symbol, "perp")

    def kept_spot_shares(self, portfolio: Portfolio) -> dict[str, Decimal]:
        """Notional of kept spot that each opened venue should hedge, USD.

        What is passed on by a venue that cannot trade is kept within the receiver's margin.
        """
        value = portfolio.base_held() * portfolio.reference_price()
        planned = {hedge.venue: self._limits.at_most(hedge.allocation * value) for hedge in self.opened}
        passed_on = self._passed_on(portfolio, planned)
        if passed_on is None:
            return planned
        for hedge in self.opened:
            carried = portfolio.margin(hedge.spec).balance * self._limits.capacity[hedge.venue]
            own = min(planned[hedge.venue], passed_on[hedge.venue])
            passed_on[hedge.venue] = self._limits.at_most(max(own, min(passed_on[hedge.venue], carried)))
        return passed_on

    def kept_spot_short(self, portfolio: Portfolio) -> Decimal:
        """Units short wanted against spot that is kept, exactly."""
        ratio = self._plan.settings.hedge_ratio
        price = portfolio.reference_price()
        parts = [portfolio.base_held() * hedge.allocation * ratio for hedge in self.opened]
        if self._largest is not None:
            most = divide_down(self._largest * ratio, price, FINEST_UNIT)
            parts = [min(part, most) for part in parts]
        return sum(parts, ZERO)

    def shorts(self, portfolio: Portfolio, total: Decimal, shares: dict[str, Decimal]) -> dict[str, Decimal]:
        """Units each opened venue should be short, so that together they are ``total`` to within one step.

        A venue whose perpetual cannot trade at this row keeps what it has; the others take the rest. Each is rounded
        down to its step and kept within its limits; the last takes what is left.
        """
        targets: dict[str, Decimal] = {}
        free: list[HedgeVenue] = []
        left = total
        for hedge in self.opened:
            if self._is_tradable(portfolio, hedge):
                free.append(hedge)
            else:
                targets[hedge.venue] = -portfolio.perp(hedge.spec, hedge.perp.symbol)
                left -= targets[hedge.venue]
        self._divide(portfolio, targets, max(left, ZERO), free, shares)
        return targets

    def _divide(
        self,
        portfolio: Portfolio,
        targets: dict[str, Decimal],
        left: Decimal,
        free: list[HedgeVenue],
        shares: dict[str, Decimal],
    ) -> None:
        """Divide ``left`` among ``free`` by their shares; what one may not take is passed to the next."""
        carrying = [hedge for hedge in free if shares[hedge.venue]]
        weight = sum((shares[hedge.venue] for hedge in carrying), ZERO)
        whole = left
        passed = ZERO
        for hedge in free:
            targets[hedge.venue] = ZERO
        for hedge in carrying:
            step = hedge.perp.step
            part = left
            if hedge is not carrying[-1]:
                part = min(divide_down(whole * shares[hedge.venue], weight, step) + passed, left)
            part = step_down(part, step)
            target = self._limits.most_short(portfolio, hedge, part, shares[hedge.venue])
            targets[hedge.venue] = target
            passed = part - target
            left -= target
