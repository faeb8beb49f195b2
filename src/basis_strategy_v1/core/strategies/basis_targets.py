"""Targets of a basis strategy: once as series for triggers, once exact for sizing."""

from __future__ import annotations

from decimal import Decimal

from basis_strategy_v1.core.domain.quantities import ZERO, divide_down, step_down
from basis_strategy_v1.core.monitors.anchor import AccountAnchor
from basis_strategy_v1.core.monitors.bounds import RELATIVE_SLACK
from basis_strategy_v1.core.monitors.portfolio_view import PortfolioView, Series
from basis_strategy_v1.core.strategies.basis_plan import BasisPlan, HedgeVenue
from basis_strategy_v1.core.strategies.portfolio import Portfolio

CENT = Decimal("0.01")


class BasisTargets:
    """The spot a basis strategy wants to hold, and how the short is split.

    A venue's share is its allocation of ``spot_allocation`` x equity, but no more than its margin carries within
    ``margin_ratio_max``. Only venues whose margin has arrived (``opened``) carry a share.
    """

    def __init__(self, plan: BasisPlan) -> None:
        self._plan = plan
        settings = plan.settings
        self._share = {hedge.venue: float(hedge.allocation) * float(settings.spot_allocation) for hedge in plan.hedges}
        self._capacity = {hedge.venue: float(self._capacity_of(hedge)) for hedge in plan.hedges}
        self.opened: list[HedgeVenue] = []

    def _capacity_of(self, hedge: HedgeVenue) -> Decimal:
        """Notional that one unit of margin balance carries within ``margin_ratio_max``."""
        rules = hedge.spec.margin
        assert rules is not None
        rate = rules.tiers[hedge.perp.symbol][0].rate
        return divide_down(self._plan.settings.margin_ratio_max, rate, CENT)

    # --- series, for triggers ---

    def spot_target(self, view: PortfolioView) -> Series:
        """Value of spot wanted, USD."""
        equity = view.equity()
        bounds = view.equity_bounds()
        target: Series = None
        for hedge in self.opened:
            account = view.anchor.account(hedge.venue)
            assert account is not None
            share = equity * self._share[hedge.venue]
            if bounds is None or not self._surely_carries(view, account, bounds):
                carried = view.margin_balance(account) * self._capacity[hedge.venue]
                share = view.reader.maximum(view.reader.minimum(share, carried), 0.0)
            target = share if target is None else target + share
        return 0.0 if target is None else target

    def _surely_carries(self, view: PortfolioView, account: AccountAnchor, equity: tuple[float, float]) -> bool:
        """Whether over the whole range the margin carries all that is wanted, so that the cap changes nothing."""
        margin = view.margin_bounds(account)
        assert margin is not None
        least, most = equity
        carried = (margin.least_balance - margin.slack) * self._capacity[account.venue]
        return least > 0.0 and carried > most * self._share[account.venue] * (1.0 + RELATIVE_SLACK)

    # --- exact, for sizing ---

    def shares(self, portfolio: Portfolio, equity: Decimal) -> dict[str, Decimal]:
        """Notional each opened venue should carry, USD."""
        spot_allocation = self._plan.settings.spot_allocation
        shares: dict[str, Decimal] = {}
        for hedge in self.opened:
            wanted = hedge.allocation * spot_allocation * equity
            carried = portfolio.margin(hedge.spec).balance * self._capacity_of(hedge)
            shares[hedge.venue] = max(min(wanted, carried), ZERO)
        return shares

    def shorts(self, portfolio: Portfolio, total: Decimal, shares: dict[str, Decimal]) -> dict[str, Decimal]:
        """Units each opened venue should be short, so that together they are ``total`` to within one step.

        A venue whose perpetual cannot trade at this row keeps what it has; the others take the rest. Each is rounded
        down to its step and the last takes what is left.
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
        weight = sum((shares[hedge.venue] for hedge in free), ZERO)
        whole = max(left, ZERO)
        left = whole
        for hedge in free[:-1]:
            part = divide_down(whole * shares[hedge.venue], weight, hedge.perp.step) if weight else ZERO
            targets[hedge.venue] = part
            left -= part
        if free:
            last = free[-1]
            targets[last.venue] = step_down(left, last.perp.step) if shares[last.venue] else ZERO
        return targets
