"""Accrual: funding due since the last event, from cumulative funding."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from basis_strategy_v1.core.domain.deltas import Changes
from basis_strategy_v1.core.domain.ledger import PERP, Ledger
from basis_strategy_v1.core.domain.market import PERP_SUFFIX, MarketColumns
from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec


class FundingAccrual:
    """Knows up to which row each venue's funding is booked.

    Args:
        market: the columns.
        specs: the venues of the run.
        row: the row at which the books open.
    """

    def __init__(self, market: MarketColumns, specs: tuple[VenueSpec, ...], row: int) -> None:
        self._market = market
        self._margined = tuple(spec for spec in specs if spec.margin is not None)
        self._accrued_to = dict.fromkeys((spec.venue for spec in self._margined), row)

    def due(self, ledger: Ledger, row: int, held_back: Mapping[str, int] | None = None) -> tuple[Changes, Decimal]:
        """Funding on what was held since it was last booked, up to and including ``row``.

        Args:
            held_back: venues to book only up to an earlier row (a liquidation came first).

        Returns:
            Changes by location, and the total received (negative when paid); exact.
        """
        changes: Changes = {}
        received = ZERO
        for spec in self._margined:
            venue = spec.venue
            until = row if held_back is None else held_back.get(venue, row)
            since = self._accrued_to[venue]
            if until <= since:
                continue
            self._accrued_to[venue] = until
            amount = self._venue_funding(ledger, spec, since, until)
            if amount:
                changes[spec.margin_location] = {spec.margin_currency: amount}
                received += amount
        return changes, received

    def _venue_funding(self, ledger: Ledger, spec: VenueSpec, since: int, until: int) -> Decimal:
        amount = ZERO
        for asset, holding in ledger.at(spec.margin_location).items():
            if holding.kind is not PERP or not holding.amount:
                continue
            funding = self._market.perp[(spec.venue, asset.removesuffix(PERP_SUFFIX))].funding
            if funding is None:
                continue
            cumulative = funding.cumulative
            change = int(cumulative[until]) - int(cumulative[since])
            if change:
                amount -= holding.amount * funding.unit * change
        return amount
