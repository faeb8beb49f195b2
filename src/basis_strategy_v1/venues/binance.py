"""Binance: spot and USD-margined perpetuals in two separate wallets (classic account).

Filters, fees and tiers follow the venue's public tables for a regular user; they are configuration, not facts of now.
"""

from __future__ import annotations

from decimal import Decimal

from basis_strategy_v1.core.interfaces.cex_execution_interface import CEXExecutionInterface
from basis_strategy_v1.core.interfaces.venue_spec import FeeSchedule, MarginRules, VenueSpec
from basis_strategy_v1.venues.instruments import (
    CEX_CAPABILITIES,
    credentials,
    instrument,
    maintenance_tiers,
)

MARGIN = MarginRules(
    tiers={
        "BTCUSDT": maintenance_tiers(
            (0, "0.004", 125),
            (300_000, "0.005", 100),
            (800_000, "0.0065", 75),
            (3_000_000, "0.01", 50),
            (12_000_000, "0.02", 25),
            (70_000_000, "0.025", 20),
            (100_000_000, "0.05", 10),
            (230_000_000, "0.1", 5),
            (480_000_000, "0.125", 4),
            (600_000_000, "0.15", 3),
            (800_000_000, "0.25", 2),
            (1_200_000_000, "0.5", 1),
        ),
        "ETHUSDT": maintenance_tiers(
            (0, "0.004", 125),
            (300_000, "0.005", 100),
            (800_000, "0.0065", 75),
            (3_000_000, "0.01", 50),
            (12_000_000, "0.02", 25),
            (50_000_000, "0.025", 20),
            (65_000_000, "0.05", 10),
            (150_000_000, "0.1", 5),
            (320_000_000, "0.125", 4),
            (400_000_000, "0.15", 3),
            (530_000_000, "0.25", 2),
            (800_000_000, "0.5", 1),
        ),
    },
)

SPEC = VenueSpec(
    venue="binance",
    family="CEX",
    description="Binance spot and USD-margined perpetuals, classic account",
    capabilities=CEX_CAPABILITIES,
    credentials=credentials(
        spot_api_key="CEX__BINANCE_SPOT_API_KEY",
        spot_secret="CEX__BINANCE_SPOT_SECRET",
        futures_api_key="CEX__BINANCE_FUTURES_API_KEY",
        futures_secret="CEX__BINANCE_FUTURES_SECRET",
    ),
    spot_location="binance",
    margin_location="binance.derivatives",
    deposit_location="binance",
    locations=("binance", "binance.derivatives"),
    instruments=(
        instrument("binance", "spot", "BTCUSDT", "BTC/USDT", tick="0.01", step="0.00001", min_notional="5"),
        instrument("binance", "spot", "ETHUSDT", "ETH/USDT", tick="0.01", step="0.0001", min_notional="5"),
        instrument("binance", "perp", "BTCUSDT", "BTC/USDT", tick="0.1", step="0.001", min_notional="100"),
        instrument("binance", "perp", "ETHUSDT", "ETH/USDT", tick="0.01", step="0.001", min_notional="20"),
    ),
    fees=FeeSchedule(
        spot_maker=Decimal("0.001"),
        spot_taker=Decimal("0.001"),
        perp_maker=Decimal("0.0002"),
        perp_taker=Decimal("0.0005"),
    ),
    margin=MARGIN,
    native_asset="BNB",
    data_name="binance",
)


class BinanceExecutionInterface(CEXExecutionInterface):
    """Executes trades and transfers on Binance."""

    spec = SPEC
