"""The anchor: what is held since the last row where something executed, as floats.

Between two anchors nothing changes but prices and indices, so NAV, margin and every P&L bucket are
``anchor value + units x (row value - anchor value)``. Never a running sum: rounding would then depend on which rows
were visited.
"""

from __future__ import annotations

import msgspec

from basis_strategy_v1.core.domain.ledger import BASE, CASH, PERP, QUOTE, SUPPLY, Ledger
from basis_strategy_v1.core.domain.market import Column, FundingColumn, InstrumentColumns, MarketColumns
from basis_strategy_v1.core.interfaces.venue_spec import MaintenanceTier, VenueSpec
from basis_strategy_v1.core.monitors.catalog import IndexPrice


class PerpLeg:
    """One perpetual position; ``funding_factor`` x change of cumulative funding is what it paid since the anchor."""

    __slots__ = (
        "adverse",
        "asset",
        "cumulative",
        "cumulative_anchor",
        "funding_factor",
        "maintenance",
        "mark",
        "mark_anchor",
        "quantity",
        "symbol",
        "venue",
    )

    def __init__(self, venue: str, quantity: float, columns: InstrumentColumns, row: int) -> None:
        self.venue = venue
        self.asset = columns.instrument.asset
        self.symbol = columns.instrument.symbol
        self.quantity = quantity
        self.mark = columns.mark
        self.mark_anchor = columns.mark[row]
        funding: FundingColumn | None = columns.funding
        self.cumulative: Column | None = funding.cumulative if funding is not None else None
        self.cumulative_anchor = funding.cumulative[row] if funding is not None else 0.0
        self.funding_factor = quantity * funding.unit_float if funding is not None else 0.0
        self.adverse: Column | None = columns.mark_high if quantity < 0 else columns.mark_low
        self.maintenance: tuple[tuple[float, float], ...] = ()


class AccountAnchor:
    """One margin account: ``cash`` is wallet plus the quote legs of its perpetuals."""

    __slots__ = ("cash", "collateral", "legs", "location", "venue")

    def __init__(self, venue: str, location: str, cash: float, collateral: float, legs: tuple[PerpLeg, ...]) -> None:
        self.venue = venue
        self.location = location
        self.cash = cash
        self.collateral = collateral
        self.legs = legs


class SupplyLeg:
    """A lending position: scaled units and their index."""

    __slots__ = ("index", "index_anchor", "units")

    def __init__(self, units: float, index: Column, row: int) -> None:
        self.units = units
        self.index = index
        self.index_anchor = index[row]


class Anchor:
    """Everything valuation needs until the next event."""

    __slots__ = ("accounts", "base", "legs", "nav", "reference", "reference_anchor", "row", "supplies")

    def __init__(
        self,
        row: int,
        nav: float,
        base: float,
        reference: Column | None,
        accounts: tuple[AccountAnchor, ...],
        supplies: tuple[SupplyLeg, ...],
    ) -> None:
        self.row = row
        self.nav = nav
        self.base = base
        self.reference = reference
        self.reference_anchor = reference[row] if reference is not None else 0.0
        self.accounts = accounts
        self.legs = tuple(leg for account in accounts for leg in account.legs)
        self.supplies = supplies

    def account(self, venue: str) -> AccountAnchor | None:
        """The margin account of ``venue``; None where it has none."""
        for account in self.accounts:
            if account.venue == venue:
                return account
        return None


class FloatTier(msgspec.Struct, frozen=True, gc=False):
    """A maintenance tier as floats."""

    floor: float
    rate: float
    deduction: float


class MarginedVenue:
    """What anchors need of a venue with a margin account, as floats."""

    __slots__ = ("collateral_weights", "location", "perps", "venue")

    def __init__(self, spec: VenueSpec, market: MarketColumns) -> None:
        assert spec.margin is not None
        self.venue = spec.venue
        self.location = spec.margin_location
        self.collateral_weights = {asset: float(weight) for asset, weight in spec.margin.collateral_weights.items()}
        self.perps: dict[str, tuple[InstrumentColumns, tuple[FloatTier, ...], float]] = {}
        for (venue, symbol), columns in market.perp.items():
            if venue == spec.venue:
                tiers = tuple(float_tier(tier) for tier in spec.margin.tiers[symbol])
                highest = columns.mark.highest()
                self.perps[columns.instrument.asset] = (columns, tiers, highest)


def float_tier(tier: MaintenanceTier) -> FloatTier:
    """``tier`` as floats."""
    return FloatTier(float(tier.floor), float(tier.rate), float(tier.deduction))


class AnchorBuilder:
    """Takes anchors from the ledger.

    Args:
        market: the columns.
        specs: the venues of the run; those with margin rules have a margin account.
    """

    def __init__(self, market: MarketColumns, specs: tuple[VenueSpec, ...]) -> None:
        self._market = market
        self._margined = tuple(MarginedVenue(spec, market) for spec in specs if spec.margin is not None)

    def build(self, ledger: Ledger, row: int, nav: float) -> Anchor:
        """The anchor at ``row``; ``nav`` is the exact NAV there, as a float."""
        base = 0.0
        supplies: list[SupplyLeg] = []
        for holding in ledger.holdings:
            kind = holding.kind
            if kind is BASE:
                base += float(holding.amount)
            elif kind is SUPPLY and holding.amount:
                source = holding.source
                assert isinstance(source, IndexPrice)
                supplies.append(SupplyLeg(float(holding.amount), source.column.values, row))
        accounts = tuple([_account(ledger, venue, row) for venue in self._margined])
        return Anchor(row, nav, base, self._market.reference, accounts, tuple(supplies))


def _account(ledger: Ledger, venue: MarginedVenue, row: int) -> AccountAnchor:
    cash = 0.0
    collateral = 0.0
    legs: list[PerpLeg] = []
    for asset, holding in ledger.at(venue.location).items():
        kind = holding.kind
        if kind is CASH or kind is QUOTE:
            cash += float(holding.amount)
        elif kind is PERP:
            if holding.amount:
                legs.append(_leg(venue, asset, float(holding.amount), row))
        elif kind is BASE:
            collateral += float(holding.amount) * venue.collateral_weights.get(asset, 0.0)
    return AccountAnchor(venue.venue, venue.location, cash, collateral, tuple(legs))


def _leg(venue: MarginedVenue, asset: str, quantity: float, row: int) -> PerpLeg:
    columns, tiers, highest_mark = venue.perps[asset]
    leg = PerpLeg(venue.venue, quantity, columns, row)
    magnitude = abs(quantity)
    leg.maintenance = reachable_tiers(tiers, magnitude, magnitude * highest_mark)
    return leg


def reachable_tiers(
    tiers: tuple[FloatTier, ...], magnitude: float, highest_notional: float
) -> tuple[tuple[float, float], ...]:
    """``(magnitude x rate, deduction)`` of the tiers a position can reach in this data.

    Maintenance margin is the maximum over tiers of ``notional x rate - deduction``: rates rise from tier to tier, so
    the function is convex and the tier in force is the one that gives the most.
    """
    reachable = [(magnitude * tiers[0].rate, tiers[0].deduction)]
    for tier in tiers[1:]:
        if tier.floor > highest_notional:
            break
        reachable.append((magnitude * tier.rate, tier.deduction))
    return tuple(reachable)
