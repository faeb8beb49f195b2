"""RiskMonitor: margin ratio of each account, and the limits of the run."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import Any

import msgspec

from basis_strategy_v1.core.domain.ledger import BASE, CASH, PERP, QUOTE, Holding, Ledger
from basis_strategy_v1.core.domain.market import PERP_SUFFIX
from basis_strategy_v1.core.domain.quantities import ONE, ZERO, divide_nearest
from basis_strategy_v1.core.domain.settings import RiskSettings
from basis_strategy_v1.core.interfaces.venue_spec import MaintenanceTier, VenueSpec

RATIO_STEP = Decimal("1e-9")


class RiskLevel(Enum):
    """How bad it is: beyond the soft limit positions are reduced, beyond the hard one everything is closed."""

    NORMAL = "normal"
    SOFT = "soft"
    HARD = "hard"


_NORMAL, _SOFT, _HARD = RiskLevel


class MarginState(msgspec.Struct, frozen=True, gc=False):
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


class RiskMonitor:
    """Checks margin and notional after each instruction, delta at the end of a block.

    Holdings must be marked at the current row (``PnLMonitor.mark_to``).
    """

    def __init__(self, ledger: Ledger, specs: tuple[VenueSpec, ...], settings: RiskSettings) -> None:
        self._ledger = ledger
        self._margined = {spec.venue: spec for spec in specs if spec.margin is not None}
        self._soft = settings.margin_ratio_soft
        self._hard = settings.margin_ratio_hard
        self._max_notional = settings.max_notional
        self._max_delta = settings.max_delta_fraction
        self._known: dict[str, tuple[tuple[int, int], MarginState]] = {}
        self.margins: dict[str, MarginState] = {}
        self.level = _NORMAL
        self.last_update: int | None = None

    def update_state(self, timestamp: int, trigger_source: str, venue: str = "") -> RiskLevel:
        """Re-assess ``venue`` (all venues when empty); the worst level found."""
        self.last_update = timestamp
        if venue:
            spec = self._margined.get(venue)
            self.level = _NORMAL if spec is None else self._assess(spec)
        else:
            levels = [self._assess(spec) for spec in self._margined.values()]
            self.level = _HARD if _HARD in levels else _SOFT if _SOFT in levels else _NORMAL
        return self.level

    def _assess(self, spec: VenueSpec) -> RiskLevel:
        state = self.margin_state(spec)
        self.margins[spec.venue] = state
        if state.maintenance > self._soft * state.balance:
            return _HARD if state.maintenance > self._hard * state.balance else _SOFT
        if self._max_notional is not None and state.notional > self._max_notional:
            return _SOFT
        return _NORMAL

    def margin_state(self, spec: VenueSpec) -> MarginState:
        """The margin account of ``spec`` from the ledger's holdings and their current prices."""
        ledger = self._ledger
        known_at = (ledger.marked_row, ledger.bookings(spec.margin_location))
        known = self._known.get(spec.venue)
        if known is None or known[0] != known_at:
            known = self._known[spec.venue] = (known_at, self._compute(spec))
        return known[1]

    def _compute(self, spec: VenueSpec) -> MarginState:
        rules = spec.margin
        assert rules is not None
        balance = maintenance = notional = ZERO
        for asset, holding in self._ledger.at(spec.margin_location).items():
            kind = holding.kind
            if kind is CASH or kind is QUOTE:
                balance += holding.amount
            elif kind is PERP:
                if holding.amount:
                    value = holding.amount * holding.price
                    balance += value
                    size = abs(value)
                    notional += size
                    maintenance += maintenance_margin(rules.tiers[asset.removesuffix(PERP_SUFFIX)], size)
            elif kind is BASE:
                balance += self._collateral(holding, rules.collateral_weights)
        return MarginState(spec.venue, balance, maintenance, notional)

    @staticmethod
    def _collateral(holding: Holding, weights: dict[str, Decimal]) -> Decimal:
        return holding.amount * holding.price * weights.get(holding.asset, ZERO)

    def delta_within_limit(self, net_exposure: Decimal, reference: Decimal, nav: Decimal) -> bool:
        """Whether the net delta is within the configured fraction of NAV (always, when none is configured)."""
        if self._max_delta is None:
            return True
        return abs(net_exposure * reference) <= self._max_delta * nav

    def get_state_snapshot(self) -> dict[str, Any]:
        return {
            "last_update": self.last_update,
            "level": self.level.value,
            "margin_ratio": {venue: state.ratio for venue, state in self.margins.items()},
        }
