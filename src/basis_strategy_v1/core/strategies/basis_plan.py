"""What a basis strategy is built from: where it holds spot, where it hedges, and how much."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.settings import StrategySettings
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec


class HedgeVenue(msgspec.Struct, frozen=True):
    """A venue that carries a share of the short."""

    venue: str
    spec: VenueSpec
    perp: Instrument
    allocation: Decimal


class BasisPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Spot at ``home``, shorts at ``hedges``, of which the first is at home.

    ``keeps_spot``: the base asset is what the share class counts in. ``max_notional``: the largest notional of a
    venue's perpetuals, ``max_order_notional`` of one order of spot, each None without a limit.
    """

    base: str
    cash: str
    home: VenueSpec
    spot: Instrument
    hedges: tuple[HedgeVenue, ...]
    settings: StrategySettings
    max_slippage: Decimal
    keeps_spot: bool = False
    max_order_notional: Decimal | None = None
    max_notional: Decimal | None = None

    @property
    def home_hedge(self) -> HedgeVenue:
        """The hedge at the venue that also holds the spot."""
        return self.hedges[0]
