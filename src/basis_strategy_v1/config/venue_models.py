"""What is configured about one venue: fees, withdrawal fees, transfer delays, limits, hosts."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec

from basis_strategy_v1.config.keys import choice, duration, flag, number, numbers, text, whole_number
from basis_strategy_v1.config.models import GasStrategy
from basis_strategy_v1.config.sections import Section

Family = Literal["CEX", "DEX", "OnChain", "Transfer"]
FeeCurrency = Literal["received", "quote", "native"]

LOWEST_FEE = Decimal("-0.01")
HIGHEST_FEE = Decimal("0.1")


class FeesConfig(Section, frozen=True, kw_only=True):
    """Trading fees as fractions of notional; negative is a rebate."""

    spot_maker: Annotated[Decimal, number("fee of a resting spot order", ge=LOWEST_FEE, le=HIGHEST_FEE)]
    spot_taker: Annotated[Decimal, number("fee of a spot order that takes", ge=LOWEST_FEE, le=HIGHEST_FEE)]
    perp_maker: Annotated[Decimal, number("fee of a resting perpetual order", ge=LOWEST_FEE, le=HIGHEST_FEE)]
    perp_taker: Annotated[Decimal, number("fee of a perpetual order that takes", ge=LOWEST_FEE, le=HIGHEST_FEE)]


class RateLimitsConfig(Section, frozen=True, kw_only=True):
    """How often a venue may be called."""

    requests_per_minute: Annotated[int, whole_number("requests a minute the venue allows", gt=0)] = 1200


class TransferDelaysConfig(Section, frozen=True, kw_only=True):
    """How long capital sent from this venue is on its way, by where it goes."""

    to_cex: Annotated[int, duration("until another exchange has it")] = 0
    to_chain: Annotated[int, duration("until a wallet on the chain has it")] = 0


class VenueSettings(Section, frozen=True, kw_only=True):
    """One venue, resolved. ``fees`` is None on venues that have no order book."""

    family: Annotated[Family, choice("kind of venue", Family)]
    testnet: Annotated[bool, flag("use the venue's test host")] = False
    network: Annotated[str, text("network the venue is on")] = "mainnet"
    rate_limits: RateLimitsConfig = RateLimitsConfig()
    timeout: Annotated[Decimal | None, number("seconds; the general venue_timeout when null", gt=0, lt=120)] = None
    gas_strategy: Annotated[GasStrategy | None, choice("the general gas_price_strategy when null", GasStrategy)] = None
    fee_tier: Annotated[str | None, text("row of the venue's fee table")] = None
    fees: FeesConfig | None = None
    fee_currency: Annotated[FeeCurrency, choice("what a spot fee is paid in", FeeCurrency)] = "received"
    withdrawal_fees: Annotated[
        dict[str, Decimal],
        numbers("flat fee of a withdrawal by asset, in that asset", "a map of asset to fee, each 0 or more", ge=0),
    ] = {}
    transfer_delays: TransferDelaysConfig = TransferDelaysConfig()

    def plain_values(self) -> dict[str, object]:
        """What ``RunSettings.venue_settings[venue]`` holds.

        Keys: ``family, testnet, network, rate_limits {requests_per_minute}, timeout, gas_strategy, fee_tier, fees
        {spot_maker, spot_taker, perp_maker, perp_taker} (Decimal fractions) or None, fee_currency, withdrawal_fees
        {asset: Decimal}, transfer_delays {to_cex, to_chain} (ns)``.
        """
        values: dict[str, Any] = msgspec.structs.asdict(self)
        for name, value in values.items():
            if isinstance(value, Section):
                values[name] = msgspec.structs.asdict(value)
        return values
