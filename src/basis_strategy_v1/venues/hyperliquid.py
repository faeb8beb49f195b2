"""Hyperliquid: perpetuals margined in USDC, spot in a wallet of its own, hourly funding on the oracle price.

Maintenance margin is half the initial margin at an asset's highest leverage. Symbols are the venue's plain coin names.
Filters, fees and tiers follow the venue's public tables for a regular user; they are configuration.
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

FUNDING_UNIT = "1e-10"

MARGIN = MarginRules(
    tiers={
        "BTC": maintenance_tiers((0, "0.0125", 40), (150_000_000, "0.025", 20)),
        "ETH": maintenance_tiers((0, "0.02", 25), (100_000_000, "0.0334", 15)),
    },
)

SPEC = VenueSpec(
    venue="hyperliquid",
    family="CEX",
    description="Hyperliquid perpetuals margined in USDC, with a separate spot wallet",
    capabilities=CEX_CAPABILITIES - {"fok", "deposit_address"},
    credentials=credentials(
        private_key="CEX__HYPERLIQUID_PRIVATE_KEY", wallet_address="CEX__HYPERLIQUID_WALLET_ADDRESS"
    ),
    spot_location="hyperliquid.spot",
    margin_location="hyperliquid",
    deposit_location="hyperliquid",
    locations=("hyperliquid", "hyperliquid.spot"),
    instruments=(
        instrument("hyperliquid", "spot", "BTC", "BTC/USDC", tick="1", step="0.00001", min_notional="10"),
        instrument("hyperliquid", "spot", "ETH", "ETH/USDC", tick="0.1", step="0.0001", min_notional="10"),
        instrument(
            "hyperliquid",
            "perp",
            "BTC",
            "BTC/USDC",
            tick="1",
            step="0.00001",
            min_notional="10",
            funding_unit=FUNDING_UNIT,
        ),
        instrument(
            "hyperliquid",
            "perp",
            "ETH",
            "ETH/USDC",
            tick="0.1",
            step="0.0001",
            min_notional="10",
            funding_unit=FUNDING_UNIT,
        ),
    ),
    fees=FeeSchedule(
        spot_maker=Decimal("0.0004"),
        spot_taker=Decimal("0.0007"),
        perp_maker=Decimal("0.00015"),
        perp_taker=Decimal("0.00045"),
    ),
    margin=MARGIN,
    margin_currency="USDC",
    funding_interval_hours=1,
    funding_price="oracle",
    native_asset="HYPE",
    data_name="hyperliquid",
)


class HyperliquidExecutionInterface(CEXExecutionInterface):
    """Executes trades and transfers on Hyperliquid."""

    spec = SPEC
