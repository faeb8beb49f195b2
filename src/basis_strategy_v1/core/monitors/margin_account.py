"""A margin account in exact numbers: its balance, what it must keep, and how far it is from liquidation."""

from __future__ import annotations

from decimal import Decimal

from basis_strategy_v1.core.domain.ledger import BASE, CASH, PERP, QUOTE, Holding, Ledger, LocationHoldings
from basis_strategy_v1.core.domain.market import PERP_SUFFIX
from basis_strategy_v1.core.domain.quantities import ONE, ZERO, divide_nearest
from basis_strategy_v1.core.domain.record import LeafRecord
from basis_strategy_v1.core.interfaces.venue_spec import MaintenanceTier, VenueSpec

RATIO_STEP = Decimal("1e-9")


class MarginState(LeafRecord, frozen=True, gc=False):
    """A margin account at one moment, in its quote currency."""

    venue: str
    balance: Decimal
    maintenance: Decimal
    notional: Decimal

    @property
    def ratio(self) -> Decimal:
        """Maintenance margin over margin balance; 1 is liquidation, and a balance of zero or less is shown as 1."""
        if self.maintenance == 0:
            return ZERO
        if self.balance <= self.maintenance:
            return ONE
        return divide_nearest(self.maintenance, self.balance, RATIO_STEP)


def maintenance_margin(tiers: tuple[MaintenanceTier, ...], notional: Decimal) -> Decimal:
    """Maintenance margin of ``notional`` (>= 0): of the tier it falls into."""
    tier = tiers[0]
    for candidate in tiers[1:]:
        if notional < candidate.floor:
            break
        tier = candidate
    return notional * tier.rate - tier.deduction


class MarginAccount:
    """The margin account of ``spec``, as the ledger has it."""

    __slots__ = (
        "_bookings",
        "_cash",
        "_coins",
        "_held",
        "_known",
        "_ledger",
        "_location",
        "_marked_row",
        "_perps",
        "_rules",
        "_sorted",
        "venue",
    )

    def __init__(self, ledger: Ledger, spec: VenueSpec) -> None:
        assert spec.margin is not None
        self.venue = spec.venue
        self._ledger = ledger
        self._location = spec.margin_location
        self._rules = spec.margin
        self._known = MarginState(spec.venue, ZERO, ZERO, ZERO)
        self._marked_row = self._bookings = -1
        self._held: LocationHoldings | None = None
        self._sorted = 0
        self._cash: list[Holding] = []
        self._coins: list[tuple[Holding, Decimal]] = []
        self._perps: list[tuple[Holding, tuple[MaintenanceTier, ...]]] = []

    def state(self) -> MarginState:
        """The account at the prices its holdings have now; computed anew where something was marked or booked."""
        held = self._held
        if held is None:
            held = self._held = self._ledger.location(self._location)
            if held is None:
                return self._known
        marked_row = self._ledger.marked_row
        if held.bookings != self._bookings or marked_row != self._marked_row:
            self._known = self._compute(held)
            self._bookings, self._marked_row = held.bookings, marked_row
        return self._known

    def _compute(self, held: LocationHoldings) -> MarginState:
        if len(held) != self._sorted:
            self._sort(held)
        balance = maintenance = notional = ZERO
        for holding in self._cash:
            balance += holding.amount
        for holding, weight in self._coins:
            balance += holding.amount * holding.price * weight
        for holding, tiers in self._perps:
            if holding.amount:
                value = holding.amount * holding.price
                balance += value
                size = abs(value)
                notional += size
                maintenance += maintenance_margin(tiers, size)
        return MarginState(self.venue, balance, maintenance, notional)

    def _sort(self, holdings: LocationHoldings) -> None:
        """Note what the account holds by now, by what moves its value."""
        rules = self._rules
        self._sorted = len(holdings)
        of_kind = [(asset, holding, holding.kind) for asset, holding in holdings.items()]
        self._cash = [holding for _, holding, kind in of_kind if kind is CASH or kind is QUOTE]
        weights = rules.collateral_weights
        self._coins = [
            (holding, weights[asset]) for asset, holding, kind in of_kind if kind is BASE and weights.get(asset)
        ]
        self._perps = [
            (holding, rules.tiers[asset.removesuffix(PERP_SUFFIX)]) for asset, holding, kind in of_kind if kind is PERP
        ]
