"""Bybit: one unified trading account, in which coins count as margin after a haircut.

Filters, fees, weights and tiers follow the venue's public tables for a regular user; they are configuration.
"""

from __future__ import annotations

from decimal import Decimal

from basis_strategy_v1.core.interfaces.cex_execution_interface import CEXExecutionInterface
from basis_strategy_v1.core.interfaces.venue_spec import FeeSchedule, MarginRules, VenueSpec
from basis_strategy_v1.venues.instruments import (
    CEX_CAPABILITIES,
    amounts,
    credentials,
    instrument,
    maintenance_tiers,
)

MARGIN = MarginRules(
    collateral_weights=amounts(BTC="0.95", ETH="0.95", USDC="1"),
    tiers={
        "BTCUSDT": maintenance_tiers(
            (0, "0.005", 100),
            (2_000_000, "0.0056", 90),
            (2_600_000, "0.0062", 80),
            (3_200_000, "0.007", 70),
            (6_000_000, "0.01", 50),
            (30_000_000, "0.02", 25),
            (60_000_000, "0.04", 12),
            (100_000_000, "0.06", 8),
            (200_000_000, "0.1", 5),
            (400_000_000, "0.25", 2),
        ),
        "ETHUSDT": maintenance_tiers(
            (0, "0.005", 100),
            (1_500_000, "0.0075", 66),
            (4_000_000, "0.01", 50),
            (20_000_000, "0.02", 25),
            (40_000_000, "0.04", 12),
            (80_000_000, "0.06", 8),
            (150_000_000, "0.1", 5),
            (300_000_000, "0.25", 2),
        ),
    },
)

SPEC = VenueSpec(
    venue="bybit",
    family="CEX",
    description="Bybit unified trading account: spot and USDT perpetuals",
    capabilities=CEX_CAPABILITIES,
    credentials=credentials(api_key="CEX__BYBIT_API_KEY", secret="CEX__BYBIT_SECRET"),
    spot_location="bybit",
    margin_location="bybit",
    deposit_location="bybit",
    locations=("bybit",),
    instruments=(
        instrument("bybit", "spot", "BTCUSDT", "BTC/USDT", tick="0.01", step="0.000001", min_notional="5"),
        instrument("bybit", "spot", "ETHUSDT", "ETH/USDT", tick="0.01", step="0.00001", min_notional="5"),
        instrument("bybit", "perp", "BTCUSDT", "BTC/USDT", tick="0.1", step="0.001", min_notional="5"),
        instrument("bybit", "perp", "ETHUSDT", "ETH/USDT", tick="0.01", step="0.01", min_notional="5"),
    ),
    fees=FeeSchedule(
        spot_maker=Decimal("0.001"),
        spot_taker=Decimal("0.001"),
        perp_maker=Decimal("0.0002"),
        perp_taker=Decimal("0.00055"),
    ),
    margin=MARGIN,
    native_asset="MNT",
    data_name="bybit",
)


class BybitExecutionInterface(CEXExecutionInterface):
    """Executes trades and transfers on Bybit."""

    spec = SPEC
