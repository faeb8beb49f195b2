"""OKX: a unified trading account with haircuts, and a funding account where deposits arrive.

Perpetuals trade in contracts of 0.01 BTC and 0.1 ETH, in hundredths of a contract; quantities here are base units.
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
    collateral_weights=amounts(BTC="0.98", ETH="0.975", USDC="1"),
    tiers={
        "BTCUSDT": maintenance_tiers(
            (0, "0.004", 100),
            (5_000_000, "0.005", 100),
            (15_000_000, "0.0075", 66),
            (25_000_000, "0.01", 50),
            (50_000_000, "0.02", 25),
            (100_000_000, "0.04", 12),
            (200_000_000, "0.1", 5),
            (400_000_000, "0.25", 2),
        ),
        "ETHUSDT": maintenance_tiers(
            (0, "0.004", 100),
            (4_000_000, "0.005", 100),
            (8_000_000, "0.0075", 66),
            (15_000_000, "0.01", 50),
            (30_000_000, "0.02", 25),
            (60_000_000, "0.04", 12),
            (120_000_000, "0.1", 5),
            (250_000_000, "0.25", 2),
        ),
    },
)

SPEC = VenueSpec(
    venue="okx",
    family="CEX",
    description="OKX unified trading account: spot and USDT perpetual swaps, with a funding account",
    capabilities=CEX_CAPABILITIES,
    credentials=credentials(api_key="CEX__OKX_API_KEY", secret="CEX__OKX_SECRET", passphrase="CEX__OKX_PASSPHRASE"),
    spot_location="okx",
    margin_location="okx",
    deposit_location="okx.funding",
    locations=("okx", "okx.funding"),
    instruments=(
        instrument(
            "okx",
            "spot",
            "BTCUSDT",
            "BTC/USDT",
            tick="0.1",
            step="0.00000001",
            min_quantity="0.00001",
            min_notional="0",
        ),
        instrument(
            "okx",
            "spot",
            "ETHUSDT",
            "ETH/USDT",
            tick="0.01",
            step="0.000001",
            min_quantity="0.0001",
            min_notional="0",
        ),
        instrument("okx", "perp", "BTCUSDT", "BTC/USDT", tick="0.1", step="0.0001", min_notional="0"),
        instrument("okx", "perp", "ETHUSDT", "ETH/USDT", tick="0.01", step="0.001", min_notional="0"),
    ),
    fees=FeeSchedule(
        spot_maker=Decimal("0.0008"),
        spot_taker=Decimal("0.001"),
        perp_maker=Decimal("0.0002"),
        perp_taker=Decimal("0.0005"),
    ),
    margin=MARGIN,
    native_asset="OKB",
    data_name="okx",
)


class OKXExecutionInterface(CEXExecutionInterface):
    """Executes trades and transfers on OKX."""

    spec = SPEC
