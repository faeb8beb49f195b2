"""Accrual: funding due since the last event, from cumulative funding."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from basis_strategy_v1.core.domain.deltas import Changes
from basis_strategy_v1.core.domain.ledger import PERP, Holding, Ledger
from basis_strategy_v1.core.domain.market import PERP_SUFFIX, FundingColumn, MarketColumns
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
        self._funded: dict[str, list[tuple[Holding, FundingColumn]]] = {}
        self._holdings = 0

    def due(self, ledger: Ledger, row: int, held_back: Mapping[str, int] | None = None) -> tuple[Changes, Decimal]:
        """Funding on what was held since it was last booked, up to and including ``row``.

        Args:
            held_back: venues to book only up to an earlier row (a liquidation came first).

        Returns:
            Changes by location, and the total received (negative when paid); exact.
        """
        if len(ledger.holdings) != self._holdings:
            self._holdings = len(ledger.holdings)
            self._funded = {spec.venue: self._perpetuals(ledger, spec) for spec in self._margined}
        changes: Changes = {}
        received = ZERO
        accrued_to = self._accrued_to
        for spec in self._margined:
            venue = spec.venue
            until = row if held_back is None else held_back.get(venue, row)
            since = accrued_to[venue]
            if until <= since:
                continue
            accrued_to[venue] = until
            amount = _funding(self._funded[venue], since, until)
            if amount:
                changes[spec.margin_location] = {spec.margin_currency: amount}
                received += amount
        return changes, received

    def _perpetuals(self, ledger: Ledger, spec: VenueSpec) -> list[tuple[Holding, FundingColumn]]:
        """The perpetuals of a venue that the ledger knows and that pay funding."""
        found: list[tuple[Holding, FundingColumn]] = []
        for asset, holding in ledger.at(spec.margin_location).items():
            if holding.kind is PERP:
                funding = self._market.perp[(spec.venue, asset.removesuffix(PERP_SUFFIX))].funding
                if funding is not None:
                    found.append((holding, funding))
        return found


def _funding(perpetuals: list[tuple[Holding, FundingColumn]], since: int, until: int) -> Decimal:
    """What ``perpetuals`` received over the rows after ``since`` up to ``until``."""
    amount = ZERO
    for holding, funding in perpetuals:
        cumulative = funding.cumulative.floats
        # Both are whole numbers below 2**53, so their difference is one too.
        change = int(cumulative[until] - cumulative[since])
        if change and holding.amount:
            amount -= holding.amount * funding.unit * change
    return amount
