"""What the system knows about a venue before it talks to it."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import msgspec

from basis_strategy_v1.core.domain.market import Instrument

Family = Literal["CEX", "DEX", "OnChain", "Transfer"]
FeeCurrency = Literal["received", "quote", "native"]


class CredentialField(msgspec.Struct, frozen=True):
    """A credential's name in the interface and its suffix in the environment (``CEX__BYBIT_API_KEY``)."""

    name: str
    environment_suffix: str


class FeeSchedule(msgspec.Struct, frozen=True, kw_only=True):
    """Fees as fractions of notional."""

    spot_maker: Decimal
    spot_taker: Decimal
    perp_maker: Decimal
    perp_taker: Decimal


class MaintenanceTier(msgspec.Struct, frozen=True):
    """From ``floor`` notional on: maintenance margin = notional x ``rate`` - ``deduction``; highest leverage."""

    floor: Decimal
    rate: Decimal
    deduction: Decimal
    max_leverage: int


class MarginRules(msgspec.Struct, frozen=True, kw_only=True):
    """How a derivatives account is margined.

    ``collateral_weights`` maps spot assets at the margin location to the share of their value that counts as margin
    (empty on a venue whose spot wallet is separate).
    """

    collateral_weights: dict[str, Decimal] = {}
    tiers: dict[str, tuple[MaintenanceTier, ...]] = {}
    default_leverage: int = 10
    liquidation_fee: Decimal = Decimal("0.01")


class VenueSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A venue, as data. Code that truly differs lives beside it in the venue's module.

    ``withdrawal_fees`` are filled in from the configuration of the run, where alone they stand.
    """

    venue: str
    family: Family
    description: str
    capabilities: frozenset[str]
    credentials: tuple[CredentialField, ...] = ()
    spot_location: str = ""
    margin_location: str = ""
    deposit_location: str = ""
    locations: tuple[str, ...] = ()
    instruments: tuple[Instrument, ...] = ()
    fees: FeeSchedule | None = None
    fee_currency: FeeCurrency = "received"
    native_asset: str = ""
    margin: MarginRules | None = None
    margin_currency: str = "USDT"
    funding_interval_hours: int = 8
    funding_price: Literal["mark", "oracle"] = "mark"
    withdrawal_fees: dict[str, Decimal] = {}
    data_name: str = ""
    known_dust: dict[str, Decimal] = {}

    def instrument(self, symbol: str, trade_type: str) -> Instrument | None:
        """The instrument of that symbol and type, or None where the venue has none."""
        for instrument in self.instruments:
            if instrument.symbol == symbol and instrument.trade_type == trade_type:
                return instrument
        return None
