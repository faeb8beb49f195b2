"""The parameters of the synthetic market. They are plausible, not fitted to any dataset."""

from __future__ import annotations

from typing import Any

import msgspec

MINUTE = 60.0
HOUR = 3_600.0
DAY = 86_400.0


class AssetModel(msgspec.Struct, frozen=True, kw_only=True):
    """A jump diffusion: ``volatility`` is that of the diffusion; with jumps BTC comes to about 60 % a year."""

    symbol: str
    base: str
    start: float
    volatility: float
    jump_deviation: float
    volume_per_hour: float
    spot_decimals: int
    mark_decimals: int


class VenueModel(msgspec.Struct, frozen=True, kw_only=True):
    """A venue's share of volume and its own premium of perpetual over spot, on top of the common one."""

    venue: str
    volume_share: float
    premium_mean: float
    premium_deviation: float
    spot_deviation: float


class LendingModel(msgspec.Struct, frozen=True, kw_only=True):
    """A reserve with a kinked rate: ``base + slope_1`` up to ``kink``, ``slope_2`` beyond (fractions a year)."""

    token: str
    utilisation: float
    utilisation_deviation: float
    kink: float
    base: float
    slope_1: float
    slope_2: float
    reserve_factor: float


class StakingModel(msgspec.Struct, frozen=True, kw_only=True):
    """A liquid staking token: protocol rate at the start, its mean growth, and how far the market strays."""

    token: str
    protocol: str
    start: float
    yearly_rate: float
    depegs_per_year: float
    depeg_size: float


class MarketModel(msgspec.Struct, frozen=True, kw_only=True):
    """The whole market. Deviations are fractions of price; half-lives are in seconds.

    ``drift`` is that of the expected price a year; at these volatilities the median path is nearly flat.
    """

    correlation: float = 0.8
    drift: float = 0.25
    jumps_per_year: float = 50.0
    premium_deviation: float = 0.0005
    premium_half_life: float = 12 * HOUR
    venue_half_life: float = 2 * HOUR
    spot_half_life: float = 30 * MINUTE
    mark_half_life: float = 10 * MINUTE
    funding_interval: float = 8 * HOUR
    funding_interest: float = 0.0001
    funding_clamp: float = 0.0005
    funding_cap: float = 0.003
    gas_gwei: float = 8.0
    gas_deviation: float = 0.6
    gas_half_life: float = 12 * HOUR
    gas_spikes_per_year: float = 40.0
    gas_spike_size: float = 3.0
    assets: tuple[AssetModel, ...] = (
        AssetModel(
            symbol="BTCUSDT",
            base="BTC",
            start=42_000.0,
            volatility=0.56,
            jump_deviation=0.03,
            volume_per_hour=1_200.0,
            spot_decimals=2,
            mark_decimals=1,
        ),
        AssetModel(
            symbol="ETHUSDT",
            base="ETH",
            start=2_300.0,
            volatility=0.68,
            jump_deviation=0.038,
            volume_per_hour=15_000.0,
            spot_decimals=2,
            mark_decimals=2,
        ),
    )
    venues: tuple[VenueModel, ...] = (
        VenueModel(
            venue="binance", volume_share=1.0, premium_mean=0.0001, premium_deviation=0.0001, spot_deviation=0.00002
        ),
        VenueModel(
            venue="bybit", volume_share=0.45, premium_mean=0.00014, premium_deviation=0.00015, spot_deviation=0.00006
        ),
        VenueModel(
            venue="okx", volume_share=0.4, premium_mean=0.00008, premium_deviation=0.00018, spot_deviation=0.00005
        ),
    )
    lending: tuple[LendingModel, ...] = (
        LendingModel(
            token="USDT",
            utilisation=0.8,
            utilisation_deviation=0.45,
            kink=0.9,
            base=0.0,
            slope_1=0.06,
            slope_2=0.6,
            reserve_factor=0.1,
        ),
        LendingModel(
            token="USDC",
            utilisation=0.82,
            utilisation_deviation=0.4,
            kink=0.9,
            base=0.0,
            slope_1=0.06,
            slope_2=0.6,
            reserve_factor=0.1,
        ),
        LendingModel(
            token="WETH",
            utilisation=0.83,
            utilisation_deviation=0.25,
            kink=0.9,
            base=0.0,
            slope_1=0.027,
            slope_2=0.8,
            reserve_factor=0.15,
        ),
        LendingModel(
            token="wstETH",
            utilisation=0.2,
            utilisation_deviation=0.3,
            kink=0.8,
            base=0.0,
            slope_1=0.01,
            slope_2=0.4,
            reserve_factor=0.35,
        ),
        LendingModel(
            token="weETH",
            utilisation=0.1,
            utilisation_deviation=0.3,
            kink=0.3,
            base=0.0,
            slope_1=0.01,
            slope_2=0.4,
            reserve_factor=0.45,
        ),
    )
    staking: tuple[StakingModel, ...] = (
        StakingModel(
            token="wstETH", protocol="lido", start=1.15, yearly_rate=0.03, depegs_per_year=1.5, depeg_size=0.008
        ),
        StakingModel(
            token="weETH", protocol="etherfi", start=1.03, yearly_rate=0.031, depegs_per_year=2.5, depeg_size=0.012
        ),
    )

    def described(self) -> dict[str, Any]:
        """The parameters as plain values, for ``dataset.yaml``."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain
