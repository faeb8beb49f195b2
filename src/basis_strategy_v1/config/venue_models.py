"""What is configured about one venue: fees, withdrawal fees, transfer delays, limits, hosts."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field

from basis_strategy_v1.config.field_types import Allowed, ConfigModel, Duration, Fee, Number
from basis_strategy_v1.config.models import GasStrategy

LOWEST_FEE = Decimal("-0.01")
HIGHEST_FEE = Decimal("0.1")


class FeesConfig(ConfigModel):
    """Trading fees as fractions of notional; negative is a rebate."""

    spot_maker: Number = Field(ge=LOWEST_FEE, le=HIGHEST_FEE, description="fee of a resting spot order")
    spot_taker: Number = Field(ge=LOWEST_FEE, le=HIGHEST_FEE, description="fee of a spot order that takes")
    perp_maker: Number = Field(ge=LOWEST_FEE, le=HIGHEST_FEE, description="fee of a resting perpetual order")
    perp_taker: Number = Field(ge=LOWEST_FEE, le=HIGHEST_FEE, description="fee of a perpetual order that takes")


class RateLimitsConfig(ConfigModel):
    """How often a venue may be called."""

    requests_per_minute: int = Field(1200, gt=0, description="requests a minute the venue allows")


class TransferDelaysConfig(ConfigModel):
    """How long capital sent from this venue is on its way, by where it goes."""

    to_cex: Duration = Field(0, description="until another exchange has it")
    to_chain: Duration = Field(0, description="until a wallet on the chain has it")


class VenueSettings(ConfigModel):
    """One venue, resolved. ``fees`` is None on venues that have no order book."""

    family: Literal["CEX", "DEX", "OnChain", "Transfer"] = Field(description="kind of venue")
    testnet: bool = Field(False, description="use the venue's test host")
    network: str = Field("mainnet", description="network the venue is on")
    rate_limits: RateLimitsConfig = RateLimitsConfig.model_construct()
    timeout: Number | None = Field(None, gt=0, lt=120, description="seconds; the general venue_timeout when null")
    gas_strategy: GasStrategy | None = Field(None, description="the general gas_price_strategy when null")
    fee_tier: str | None = Field(None, description="row of the venue's fee table")
    fees: FeesConfig | None = Field(None, description="fees of the tier, or set one by one")
    fee_currency: Literal["received", "quote", "native"] = Field("received", description="what a spot fee is paid in")
    withdrawal_fees: Annotated[dict[str, Fee], Allowed("a map of asset to fee, each 0 or more")] = Field(
        {}, description="flat fee of a withdrawal by asset, in that asset"
    )
    transfer_delays: TransferDelaysConfig = TransferDelaysConfig.model_construct()

    def plain_values(self) -> dict[str, object]:
        """What ``RunSettings.venue_settings[venue]`` holds.

        Keys: ``family, testnet, network, rate_limits {requests_per_minute}, timeout, gas_strategy, fee_tier, fees
        {spot_maker, spot_taker, perp_maker, perp_taker} (Decimal fractions) or None, fee_currency, withdrawal_fees
        {asset: Decimal}, transfer_delays {to_cex, to_chain} (ns)``.
        """
        values: dict[str, Any] = {name: getattr(self, name) for name in type(self).model_fields}
        for name, value in values.items():
            if isinstance(value, ConfigModel):
                values[name] = {key: getattr(value, key) for key in type(value).model_fields}
        return values
