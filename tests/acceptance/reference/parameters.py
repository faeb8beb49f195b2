"""What a reference run is given, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True)
class Market:
    """One instrument.

    Attributes:
        price: the column it trades at.
        volume: the column of what trades after a row, None where the data has none.
        taker_fee: fraction of what is traded.
    """

    price: str
    volume: str | None
    tick: Decimal
    step: Decimal
    min_quantity: Decimal
    min_notional: Decimal
    taker_fee: Decimal


@dataclass(frozen=True)
class HedgeVenue:
    """A venue that carries a part of the short.

    Attributes:
        weight: its share of the hedge.
        mark, funding: columns that value the short and that pay it.
        maintenance_rate: of the first margin tier.
        initial_share: its part of the initial capital.
        leverage: what is short divided by it is margin in use, which cannot leave.
        holds_cash_beside: whether that capital starts in a wallet beside the margin account.
    """

    name: str
    weight: Decimal
    perpetual: Market
    mark: str
    funding: str
    maintenance_rate: Decimal
    initial_share: Decimal
    leverage: int = 10
    holds_cash_beside: bool = False


@dataclass(frozen=True)
class BasisRun:
    """Spot at the first venue, shorts at all of them."""

    spot: Market
    venues: tuple[HedgeVenue, ...]
    capital: Decimal = Decimal(100_000)
    spot_allocation: Decimal = Decimal("0.5")
    hedge_ratio: Decimal = Decimal(1)
    threshold: float = 0.02
    margin_ratio_max: Decimal = Decimal("0.015")
    max_slippage: Decimal = Decimal("0.005")
    funding_unit: Decimal = Decimal("1e-8")

    def columns(self) -> list[str]:
        """Every column the run reads."""
        names = [self.spot.price, self.spot.volume]
        for venue in self.venues:
            names += [venue.perpetual.price, venue.perpetual.volume, venue.mark, venue.funding]
        return [name for name in names if name is not None]


@dataclass(frozen=True)
class Order:
    """A filled order. ``quantity`` in base units, > 0 bought."""

    ts: int
    venue: str
    trade_type: str
    quantity: Decimal
    price: Decimal


@dataclass(frozen=True)
class State:
    """What is held after a row: base units, and per venue the short and the margin balance."""

    held: Decimal
    shorts: tuple[Decimal, ...]
    balances: tuple[Decimal, ...]


@dataclass
class Outcome:
    """A finished reference run; ``nav`` and ``states`` have an entry per row."""

    final_nav: Decimal = Decimal(0)
    funding: Decimal = Decimal(0)
    fees: Decimal = Decimal(0)
    orders: list[Order] = field(default_factory=list)
    timestamps: list[int] = field(default_factory=list)
    nav: list[Decimal] = field(default_factory=list)
    states: list[State] = field(default_factory=list)

    def trades(self, trade_type: str) -> int:
        """How many orders were filled in ``spot`` or ``perp``."""
        return sum(order.trade_type == trade_type for order in self.orders)
