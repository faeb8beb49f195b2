"""How the venue names what it trades: asset numbers on the exchange side, coins on the info side.

A perpetual's asset is its place in ``meta.universe`` and its coin the plain name (``BTC``). A spot pair's asset is
10000 + its index in ``spotMeta.universe`` and its coin ``@index``; bridged coins carry their issuer's letter
(``UBTC``). Clients must read these numbers, not know them.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from basis_strategy_v1.core.domain.instructions import TradeType
from basis_strategy_v1.core.domain.market import Instrument

SPOT_OFFSET = 10_000
QUOTE_TOKEN = "USDC"
PERP_PRICE_DECIMALS = 6
SPOT_PRICE_DECIMALS = 8
SIGNIFICANT_DIGITS = 5

_BRIDGED = {"BTC": "UBTC", "ETH": "UETH", "SOL": "USOL"}
_BRIDGED_NAMES = {"UBTC": "Unit Bitcoin", "UETH": "Unit Ethereum", "USOL": "Unit Solana"}
_NATIVE = {token: asset for asset, token in _BRIDGED.items()}


def token_name(asset: str) -> str:
    """The venue's name of a coin held in the spot wallet: ``BTC`` -> ``UBTC``."""
    return _BRIDGED.get(asset, asset)


def asset_name(token: str) -> str:
    """The reverse of ``token_name``."""
    return _NATIVE.get(token, token)


def size_decimals(instrument: Instrument) -> int:
    """How many decimals a size may have (``szDecimals``)."""
    exponent = instrument.step.normalize().as_tuple().exponent
    return max(0, -int(exponent))


def has_price_form(instrument: Instrument, price: Decimal) -> bool:
    """Whether ``price`` has a form the venue takes: whole, or at most 5 significant digits and few enough decimals."""
    if price == price.to_integral_value():
        return True
    _, digits, exponent = price.normalize().as_tuple()
    most = PERP_PRICE_DECIMALS if instrument.trade_type == "perp" else SPOT_PRICE_DECIMALS
    return len(digits) <= SIGNIFICANT_DIGITS and -int(exponent) <= most - size_decimals(instrument)


class Assets:
    """The instruments of the venue, by asset number and by coin.

    Attributes:
        perps, spots: in the order of their universes.
        tokens: names of the spot tokens in the order of their indices.
    """

    def __init__(self, instruments: Iterable[Instrument]) -> None:
        listed = list(instruments)
        self.perps = tuple(instrument for instrument in listed if instrument.trade_type == "perp")
        self.spots = tuple(instrument for instrument in listed if instrument.trade_type == "spot")
        self.tokens = (QUOTE_TOKEN, *dict.fromkeys(token_name(instrument.base) for instrument in self.spots))
        self._numbers = {(i.trade_type, i.symbol): number for number, i in enumerate(self.perps)}
        self._numbers.update({(i.trade_type, i.symbol): SPOT_OFFSET + n for n, i in enumerate(self.spots)})
        self._by_number = {self._numbers[i.trade_type, i.symbol]: i for i in listed}
        self._by_coin = {self.coin(i.trade_type, i.symbol): i for i in listed}

    def number(self, trade_type: TradeType, symbol: str) -> int:
        """The asset number of an instrument."""
        return self._numbers[trade_type, symbol]

    def instrument(self, number: int) -> Instrument | None:
        """The instrument with that asset number."""
        return self._by_number.get(number)

    def coin(self, trade_type: TradeType, symbol: str) -> str:
        """``BTC`` for a perpetual, ``@0`` for a spot pair."""
        return symbol if trade_type == "perp" else f"@{self._numbers[trade_type, symbol] - SPOT_OFFSET}"

    def by_coin(self, coin: str) -> Instrument | None:
        """The instrument with that coin."""
        return self._by_coin.get(coin)

    def token_index(self, asset: str) -> int:
        """The index of a coin in ``spotMeta.tokens``."""
        return self.tokens.index(token_name(asset))

    def perp_universe(self, max_leverages: dict[str, int]) -> list[dict[str, Any]]:
        """``meta.universe``."""
        return [
            {
                "name": instrument.symbol,
                "szDecimals": size_decimals(instrument),
                "maxLeverage": max_leverages[instrument.symbol],
                "marginTableId": max_leverages[instrument.symbol],
            }
            for instrument in self.perps
        ]

    def spot_meta(self) -> dict[str, Any]:
        """``spotMeta``: the universe of pairs and the tokens."""
        universe = [
            {
                "name": f"@{index}",
                "tokens": [self.token_index(instrument.base), self.token_index(instrument.quote)],
                "index": index,
                "isCanonical": False,
            }
            for index, instrument in enumerate(self.spots)
        ]
        return {"universe": universe, "tokens": [self._token(index) for index in range(len(self.tokens))]}

    def _token(self, index: int) -> dict[str, Any]:
        name = self.tokens[index]
        steps = [size_decimals(instrument) for instrument in self.spots if token_name(instrument.base) == name]
        return {
            "name": name,
            "szDecimals": steps[0] if steps else 8,
            "weiDecimals": 8,
            "index": index,
            "tokenId": f"0x{index:032x}",
            "isCanonical": index == 0,
            "evmContract": None,
            "fullName": _BRIDGED_NAMES.get(name),
            "deployerTradingFeeShare": "0.0",
        }
