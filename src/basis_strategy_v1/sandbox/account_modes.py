"""What a person has set at an account by hand: margin mode, position mode, kind of account."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

MarginMode = Literal["cross", "isolated", "portfolio"]
SPOT_ONLY, MULTI_CURRENCY = "1", "3"


@dataclass(slots=True)
class AccountModes:
    """Settings of one account.

    The margin of the local venues is cross and their positions have one side. Every other setting is kept and told as
    the venue tells it, and orders under it are refused: they would be counted wrongly.

    Attributes:
        isolated: perpetuals on isolated margin, where the venue sets that by instrument.
        margin: of the whole account, where the venue sets it at once.
        is_hedged: whether a perpetual has a long and a short position of its own.
        is_multi_asset: whether every asset of the account is margin (Binance).
        level: OKX's kind of account.
        abstraction: Hyperliquid's.
    """

    isolated: set[str] = field(default_factory=set)
    margin: MarginMode = "cross"
    is_hedged: bool = False
    is_multi_asset: bool = False
    level: str = MULTI_CURRENCY
    abstraction: str = "disabled"

    def serves(self, symbol: str) -> bool:
        """Whether orders of a perpetual are counted as this account is set."""
        return symbol not in self.isolated and self.margin == "cross" and not self.is_multi_asset
