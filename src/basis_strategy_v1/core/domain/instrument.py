"""What is traded: an instrument of one venue, and the names its positions have in the ledger."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import msgspec

PERP_SUFFIX = "-PERP"
QUOTE_SUFFIX = ".quote"


def perp_asset(symbol: str) -> str:
    """``BTCUSDT`` -> ``BTCUSDT-PERP``."""
    return symbol + PERP_SUFFIX


def quote_asset(symbol: str) -> str:
    """``BTCUSDT`` -> ``BTCUSDT-PERP.quote``."""
    return symbol + PERP_SUFFIX + QUOTE_SUFFIX


class Instrument(msgspec.Struct, frozen=True, kw_only=True):
    """A tradable thing at one venue. ``symbol`` as the venue's plain form, ``BTCUSDT`` for spot and perp alike."""

    venue: str
    symbol: str
    trade_type: Literal["spot", "perp"]
    base: str
    quote: str
    tick: Decimal
    step: Decimal
    min_quantity: Decimal
    min_notional: Decimal
    funding_unit: Decimal = Decimal("1e-8")

    @property
    def asset(self) -> str:
        """The ledger's key: ``BTC`` for spot, ``BTCUSDT-PERP`` for a perpetual."""
        return self.base if self.trade_type == "spot" else perp_asset(self.symbol)

    @property
    def price_key(self) -> str:
        """The key in ``market_data.prices``: ``binance:BTCUSDT`` or ``binance:BTCUSDT-PERP``."""
        suffix = "" if self.trade_type == "spot" else PERP_SUFFIX
        return f"{self.venue}:{self.symbol}{suffix}"
