"""Everything that may have happened or not in a live run, as risk, checks and exits count it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from basis_strategy_v1.core.domain.deltas import Changes
from basis_strategy_v1.core.domain.market import PERP_SUFFIX, MarketColumns
from basis_strategy_v1.core.domain.uncertain import Uncertain, UncertainChange
from basis_strategy_v1.core.execution.order_state import Submission
from basis_strategy_v1.core.execution.uncertain_exposure import change_of
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec
from basis_strategy_v1.core.monitors.catalog import STABLECOINS
from basis_strategy_v1.core.reconciliation.compare import Difference
from basis_strategy_v1.core.strategies.portfolio import Portfolio

FOREIGN = "foreign"
"""Stands before the venue's name for what is there and this run did not do."""


class UncertainBook:
    """Orders and transfers of unknown outcome, and what venues hold that this run did not make.

    The latter may be closed or moved by whoever made it at any time: it counts as there and as not there.

    Args:
        submissions: those of unknown outcome.
        market: the rows so far.
        portfolio: gives prices, at the current row.
        max_slippage: of a market order that names none.
    """

    def __init__(
        self,
        submissions: Callable[[], Sequence[Submission]],
        specs: Sequence[VenueSpec],
        market: MarketColumns,
        portfolio: Portfolio,
        max_slippage: Decimal,
    ) -> None:
        self._submissions = submissions
        self._specs = {spec.venue: spec for spec in specs}
        self._market = market
        self._portfolio = portfolio
        self._max_slippage = max_slippage
        self._foreign: dict[str, tuple[Difference, ...]] = {}

    def __call__(self) -> Uncertain:
        """All of it, at the prices of now."""
        submissions = self._submissions()
        if not submissions and not self._foreign:
            return ()
        own = [change_of(item, self._specs[item.venue], self, self._max_slippage) for item in submissions]
        return (*own, *(self._foreign_change(venue, found) for venue, found in self._foreign.items()))

    def differs(self, venue: str, found: tuple[Difference, ...]) -> None:
        """A venue has said what it holds, and the books cannot explain ``found``; empty when they agree."""
        if found:
            self._foreign[venue] = found
        else:
            self._foreign.pop(venue, None)

    def worth(self, venue: str, symbol: str, trade_type: str) -> Decimal:
        """See ``InstrumentPrices``: coins are worth the reference spot, wherever they are."""
        return self._portfolio.mark(venue, symbol) if trade_type == "perp" else self._portfolio.reference_price()

    def traded_since(self, venue: str, symbol: str, trade_type: str, since: int) -> tuple[Decimal, Decimal]:
        """See ``InstrumentPrices``."""
        price = self._portfolio.columns(venue, symbol, trade_type).price
        then, now = price.decimal(max(self._market.row_at(since), 0)), self._portfolio.price(venue, symbol, trade_type)
        return min(then, now), max(then, now)

    def _foreign_change(self, venue: str, found: tuple[Difference, ...]) -> UncertainChange:
        changes: Changes = {}
        for difference in found:
            at = changes.setdefault(difference.location, {})
            at[difference.asset] = difference.actual - difference.expected
        # What a thing cost and what it is worth stand together: a location is counted whole, or not at all.
        changes = {location: assets for location, assets in changes.items() if self._are_priced(venue, assets)}
        assets = {asset for at in changes.values() for asset in at} - STABLECOINS
        prices = {asset: self._price(venue, asset) for asset in sorted(assets)}
        return UncertainChange(name=f"{FOREIGN} {venue}", venue=venue, changes=changes, prices=prices)

    def _are_priced(self, venue: str, assets: Mapping[str, Decimal]) -> bool:
        """Whether the run knows a price of all ``assets``."""
        perps = {columns.instrument.asset for (where, _), columns in self._market.perp.items() if where == venue}
        coins = {columns.instrument.base for columns in self._market.spot.values()}
        return assets.keys() <= perps | coins | STABLECOINS

    def _price(self, venue: str, asset: str) -> Decimal:
        kind = "perp" if asset.endswith(PERP_SUFFIX) else "spot"
        return self.worth(venue, asset.removesuffix(PERP_SUFFIX), kind)
