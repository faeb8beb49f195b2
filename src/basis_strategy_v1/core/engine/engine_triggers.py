"""The engine's own triggers: liquidation, risk limits, resting orders. A strategy cannot switch them off."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from basis_strategy_v1.core.domain.market import MarketColumns
from basis_strategy_v1.core.domain.orders import OrderReport
from basis_strategy_v1.core.domain.settings import RiskSettings
from basis_strategy_v1.core.monitors.anchor import AccountAnchor
from basis_strategy_v1.core.monitors.portfolio_view import PortfolioView, any_of


class RestingOrderSource(Protocol):
    """An execution interface that may have orders resting at its venue."""

    @property
    def venue(self) -> str: ...

    def resting_orders(self) -> Iterable[OrderReport]:
        """Orders that are open."""


class MarginTrigger:
    """Fires where any account has been liquidated since the previous row or is beyond the soft margin limit.

    The soft limit lies below the hard one and below liquidation at the mark, so one inequality covers the three.
    """

    def __init__(self, risk: RiskSettings) -> None:
        self._soft = float(risk.margin_ratio_soft)
        self._hard = float(risk.margin_ratio_hard)

    def fires(self, view: PortfolioView) -> Any:
        fired: Any = False
        is_range = view.reader.span is not None
        for account in view.anchor.accounts:
            if not account.legs or (is_range and view.margin_surely_below(account, self._soft)):
                continue
            above, before = view.margin_above(account, self._soft), view.liquidated_before(account)
            if above is not False or before is not False:
                fired = any_of(view.reader, (fired, above, before))
        return fired

    def soft_breached(self, view: PortfolioView) -> bool:
        """Whether some account is beyond the soft limit at this row."""
        return any(view.margin_above(account, self._soft) for account in view.anchor.accounts)

    def hard_breached(self, view: PortfolioView) -> bool:
        """Whether some account is beyond the hard limit at this row."""
        return any(view.margin_above(account, self._hard) for account in view.anchor.accounts)

    def liquidated_before(self, view: PortfolioView) -> list[AccountAnchor]:
        """Accounts whose liquidation price the mark's extremes reached before this row."""
        return [account for account in view.anchor.accounts if account.legs and view.liquidated_before(account)]

    def liquidated_at_mark(self, view: PortfolioView) -> bool:
        """Whether some account is liquidated at this row's mark."""
        return any(
            account.legs and view.maintenance_margin(account) >= view.margin_balance(account)
            for account in view.anchor.accounts
        )


class RestingOrderTrigger:
    """Fires where the market reaches the limit price of a resting order."""

    def __init__(self, market: MarketColumns, sources: Iterable[RestingOrderSource]) -> None:
        self._market = market
        self._sources = tuple(sources)

    def fires(self, view: PortfolioView) -> Any:
        fired: Any = False
        for source in self._sources:
            for order in source.resting_orders():
                fired = any_of(view.reader, (fired, self._reached(view, source.venue, order)))
        return fired

    def _reached(self, view: PortfolioView, venue: str, order: OrderReport) -> Any:
        if order.price is None:
            return True  # a market order that its venue has not finished, or not told in full, can fill at any row
        book = self._market.spot if order.trade_type == "spot" else self._market.perp
        price = view.reader.read(book[(venue, order.symbol)].price)
        limit = float(order.price)
        return price <= limit if order.side == "buy" else price >= limit
