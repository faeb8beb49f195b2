"""Takes anchors from the ledger: after every event, so what does not change from one to the next is kept."""

from __future__ import annotations

from basis_strategy_v1.core.domain.ledger import BASE, CASH, PERP, QUOTE, SUPPLY, Holding, Ledger
from basis_strategy_v1.core.domain.market import Column, InstrumentColumns, MarketColumns
from basis_strategy_v1.core.domain.record import LeafRecord
from basis_strategy_v1.core.interfaces.venue_spec import MaintenanceTier, VenueSpec
from basis_strategy_v1.core.monitors.anchor import AccountAnchor, Anchor, PerpLeg, SupplyLeg
from basis_strategy_v1.core.monitors.catalog import IndexPrice


class FloatTier(LeafRecord, frozen=True, gc=False):
    """A maintenance tier as floats."""

    floor: float
    rate: float
    deduction: float


def float_tier(tier: MaintenanceTier) -> FloatTier:
    """``tier`` as floats."""
    return FloatTier(float(tier.floor), float(tier.rate), float(tier.deduction))


def reachable_tiers(
    tiers: tuple[FloatTier, ...], magnitude: float, highest_notional: float
) -> tuple[tuple[float, float], ...]:
    """``(magnitude x rate, deduction)`` of the tiers a position can reach in this data.

    Maintenance margin is the maximum over tiers of ``notional x rate - deduction``: rates rise from tier to tier, so
    the function is convex and the tier in force is the one that gives the most.
    """
    first = (magnitude * tiers[0].rate, tiers[0].deduction)
    if len(tiers) == 1 or tiers[1].floor > highest_notional:
        return (first,)
    return first, *((magnitude * tier.rate, tier.deduction) for tier in tiers[1:] if tier.floor <= highest_notional)


class PerpColumns:
    """What a leg takes from the market, whatever its quantity."""

    __slots__ = ("_asset", "_cumulative", "_high", "_highest", "_low", "_mark", "_symbol", "_tiers", "_unit", "_venue")

    def __init__(self, venue: str, columns: InstrumentColumns, tiers: tuple[MaintenanceTier, ...]) -> None:
        funding = columns.funding
        self._venue = venue
        self._asset = columns.instrument.asset
        self._symbol = columns.instrument.symbol
        self._mark = columns.mark
        self._high, self._low = columns.mark_high, columns.mark_low
        self._cumulative: Column | None = funding.cumulative if funding is not None else None
        self._unit = funding.unit_float if funding is not None else 0.0
        self._tiers = tuple(float_tier(tier) for tier in tiers)
        self._highest = columns.mark.highest()

    def leg(self, quantity: float, row: int) -> PerpLeg:
        """A position of ``quantity`` (not zero) from ``row`` on."""
        magnitude = abs(quantity)
        mark = self._mark
        cumulative = self._cumulative
        return PerpLeg(
            self._venue,
            self._asset,
            self._symbol,
            quantity,
            mark,
            mark.floats[row],
            cumulative,
            cumulative.floats[row] if cumulative is not None else 0.0,
            quantity * self._unit,
            self._high if quantity < 0 else self._low,
            reachable_tiers(self._tiers, magnitude, magnitude * self._highest),
        )


class MarginedVenue:
    """Takes the anchor of one venue's margin account."""

    def __init__(self, spec: VenueSpec, market: MarketColumns) -> None:
        assert spec.margin is not None
        self._venue = spec.venue
        self._location = spec.margin_location
        self._weights = {asset: float(weight) for asset, weight in spec.margin.collateral_weights.items() if weight}
        self._columns = {
            columns.instrument.asset: PerpColumns(venue, columns, spec.margin.tiers[symbol])
            for (venue, symbol), columns in market.perp.items()
            if venue == spec.venue
        }
        self._cash: list[Holding] = []
        self._coins: list[tuple[Holding, float]] = []
        self._perps: list[tuple[Holding, PerpColumns]] = []

    def sort(self, ledger: Ledger) -> None:
        """Note which holdings the account has by now, by what moves their value."""
        holdings = ledger.at(self._location).values()
        self._cash = [holding for holding in holdings if holding.kind is CASH or holding.kind is QUOTE]
        self._coins = [
            (holding, self._weights[holding.asset])
            for holding in holdings
            if holding.kind is BASE and holding.asset in self._weights
        ]
        self._perps = [(holding, self._columns[holding.asset]) for holding in holdings if holding.kind is PERP]

    def anchor(self, row: int) -> AccountAnchor:
        """The account at ``row``."""
        cash = 0.0
        for holding in self._cash:
            cash += float(holding.amount)
        collateral = 0.0
        for holding, weight in self._coins:
            collateral += float(holding.amount) * weight
        legs = tuple([columns.leg(float(holding.amount), row) for holding, columns in self._perps if holding.amount])
        return AccountAnchor(self._venue, self._location, cash, collateral, legs)


class AnchorBuilder:
    """Takes anchors from the ledger.

    Args:
        market: the columns.
        specs: the venues of the run; those with margin rules have a margin account.
    """

    def __init__(self, market: MarketColumns, specs: tuple[VenueSpec, ...]) -> None:
        self._reference = market.reference
        self._margined = tuple(MarginedVenue(spec, market) for spec in specs if spec.margin is not None)
        self._sorted: tuple[Ledger, int] | None = None
        self._supplies: list[tuple[Holding, Column]] = []

    def _sort(self, ledger: Ledger) -> None:
        for venue in self._margined:
            venue.sort(ledger)
        self._supplies = [
            (holding, holding.source.column.values)
            for holding in ledger.holdings
            if holding.kind is SUPPLY and isinstance(holding.source, IndexPrice)
        ]
        self._sorted = (ledger, len(ledger.holdings))

    def build(self, ledger: Ledger, row: int, nav: float) -> Anchor:
        """The anchor at ``row``; ``nav`` is the exact NAV there, as a float."""
        known = self._sorted
        if known is None or known[0] is not ledger or known[1] != len(ledger.holdings):
            self._sort(ledger)
        base = 0.0
        for holding in ledger.bases:
            base += float(holding.amount)
        accounts: list[AccountAnchor] = []
        legs: tuple[PerpLeg, ...] = ()
        for venue in self._margined:
            account = venue.anchor(row)
            accounts.append(account)
            legs += account.legs
        supplies = tuple(
            [SupplyLeg(float(held.amount), index, index.floats[row]) for held, index in self._supplies if held.amount]
        )
        reference = self._reference
        anchored = reference.floats[row] if reference is not None else 0.0
        return Anchor(row, nav, base, reference, tuple(accounts), supplies, legs, anchored)
