"""Hyperliquid: its names of coins and instruments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from basis_strategy_v1.backends.live.dialects.ccxt_calls import ccxt_symbol
from basis_strategy_v1.core.domain.market import Instrument

BRIDGED = {"UBTC": "BTC", "UETH": "ETH", "USOL": "SOL"}
"""Spot tokens that stand for a coin of another chain."""


def token(name: str) -> str:
    """Our name of a token."""
    return BRIDGED.get(name, name)


class Coins:
    """What the venue calls an instrument, read from its markets once they are loaded.

    Args:
        exchange: the ccxt exchange.
        instruments: those we trade.
    """

    def __init__(self, exchange: Any, instruments: Sequence[Instrument]) -> None:
        self._exchange = exchange
        self._instruments = instruments
        self._by_coin: dict[str, Instrument] = {}

    def coin(self, instrument: Instrument) -> str:
        """``BTC`` for a perpetual, ``@142`` or ``PURR/USDC`` for a spot pair."""
        market: Mapping[str, Any] = self._exchange.market(ccxt_symbol(instrument))
        return str(market["info"]["name"] if instrument.trade_type == "spot" else market["baseName"])

    def instrument(self, coin: str) -> Instrument | None:
        """The instrument that the venue calls so; None where it is none of ours."""
        if not self._by_coin:
            self._by_coin = {self.coin(item): item for item in self._instruments}
        return self._by_coin.get(coin)
