"""``POST /info`` on markets."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.quantities import ONE, ZERO, divide_nearest
from basis_strategy_v1.core.interfaces.venue_spec import MarginRules
from basis_strategy_v1.sandbox.hyperliquid.assets import Assets
from basis_strategy_v1.sandbox.hyperliquid.formats import PRICE_STEP, number_text
from basis_strategy_v1.sandbox.market_view import MarketView
from basis_strategy_v1.sandbox.quotes import Candle, Level, Quote

BOOK_LEVELS = 20
MOST_CANDLES = 5000
MOST_FUNDINGS = 500
UNLISTED_LEVERAGE = 10

MINUTE_MS = 60_000
_MINUTES = {"m": 1, "h": 60, "d": 1440, "w": 10_080, "M": 43_200}
INTERVALS = ("1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "8h", "12h", "1d", "3d", "1w", "1M")


def interval_ms(interval: str) -> int:
    """The length of a candle."""
    return int(interval[:-1]) * _MINUTES[interval[-1]] * MINUTE_MS


class MarketInfo:
    """Answers what needs no account."""

    def __init__(self, market: MarketView, assets: Assets) -> None:
        self._market = market
        self._assets = assets
        rules = market.spec.margin or MarginRules()
        self._max_leverages = {
            perp.symbol: rules.tiers[perp.symbol][0].max_leverage if perp.symbol in rules.tiers else UNLISTED_LEVERAGE
            for perp in assets.perps
        }
        self._rules = rules

    def max_leverage(self, symbol: str) -> int:
        """The highest leverage of a perpetual."""
        return self._max_leverages[symbol]

    def mark(self, coin: str) -> Decimal | None:
        """The mark of a perpetual; None where there is none of that name."""
        return self._market.quote(coin, "perp").mark if coin in self._max_leverages else None

    def meta(self) -> dict[str, Any]:
        """``meta``."""
        tables = [[self._max_leverages[perp.symbol], self._margin_table(perp.symbol)] for perp in self._assets.perps]
        universe = self._assets.perp_universe(self._max_leverages)
        return {"universe": universe, "marginTables": tables, "collateralToken": 0}

    def meta_and_contexts(self) -> list[Any]:
        """``metaAndAssetCtxs``."""
        return [self.meta(), [self._perp_context(perp) for perp in self._assets.perps]]

    def spot_meta_and_contexts(self) -> list[Any]:
        """``spotMetaAndAssetCtxs``."""
        return [self._assets.spot_meta(), [self._spot_context(spot) for spot in self._assets.spots]]

    def all_mids(self) -> dict[str, str]:
        """``allMids``."""
        listed = (*self._assets.perps, *self._assets.spots)
        return {self._assets.coin(i.trade_type, i.symbol): number_text(_middle(self._quote(i))) for i in listed}

    def book(self, coin: str) -> dict[str, Any] | None:
        """``l2Book``: null for an unknown coin."""
        instrument = self._assets.by_coin(coin)
        if instrument is None:
            return None
        book = self._market.order_book(instrument.symbol, instrument.trade_type, BOOK_LEVELS, BOOK_LEVELS)
        return {"coin": coin, "time": book.time_ms, "levels": [_levels(book.bids), _levels(book.asks)]}

    def candles(self, coin: str, interval: str, start_ms: int, end_ms: int | None) -> list[dict[str, Any]]:
        """``candleSnapshot``: the last 5000 of the range."""
        instrument = self._assets.by_coin(coin)
        if instrument is None or interval not in INTERVALS:
            return []
        length = interval_ms(interval)
        first = max(start_ms, self._now_ms(instrument) - MOST_CANDLES * length)
        found = self._market.candles(
            instrument.symbol, instrument.trade_type, length, max(first, 0), end_ms, MOST_CANDLES
        )
        return [_candle(candle, coin, interval) for candle in found]

    def funding_history(self, coin: str, start_ms: int, end_ms: int | None) -> list[dict[str, Any]]:
        """``fundingHistory``: the first 500 from ``start_ms``."""
        instrument = self._assets.by_coin(coin)
        if instrument is None or instrument.trade_type != "perp":
            return []
        points = self._market.funding_history(coin, start_ms, end_ms, MOST_FUNDINGS)
        return [
            {"coin": coin, "fundingRate": number_text(point.rate), "premium": "0.0", "time": point.time_ms}
            for point in points
        ]

    def _quote(self, instrument: Instrument) -> Quote:
        return self._market.quote(instrument.symbol, instrument.trade_type)

    def _now_ms(self, instrument: Instrument) -> int:
        return self._quote(instrument).time_ms

    def _margin_table(self, symbol: str) -> dict[str, Any]:
        tiers = self._rules.tiers.get(symbol, ())
        return {
            "description": "",
            "marginTiers": [
                {"lowerBound": number_text(tier.floor), "maxLeverage": tier.max_leverage} for tier in tiers
            ],
        }

    def _perp_context(self, perp: Instrument) -> dict[str, Any]:
        ticker = self._market.ticker(perp.symbol, "perp")
        quote, day = ticker.quote, ticker.day
        premium = divide_nearest(quote.mark - quote.index, quote.index, PRICE_STEP)
        return {
            "funding": number_text(self._market.funding(perp.symbol).rate),
            "openInterest": "0.0",
            "prevDayPx": number_text(day.open),
            "dayNtlVlm": number_text(day.quote_volume),
            "premium": number_text(premium),
            "oraclePx": number_text(quote.index),
            "markPx": number_text(quote.mark),
            "midPx": number_text(_middle(quote)),
            "impactPxs": [number_text(quote.bid), number_text(quote.ask)],
            "dayBaseVlm": number_text(day.volume),
        }

    def _spot_context(self, spot: Instrument) -> dict[str, Any]:
        ticker = self._market.ticker(spot.symbol, "spot")
        quote, day = ticker.quote, ticker.day
        return {
            "prevDayPx": number_text(day.open),
            "dayNtlVlm": number_text(day.quote_volume),
            "markPx": number_text(quote.mark),
            "midPx": number_text(_middle(quote)),
            "circulatingSupply": "0.0",
            "coin": self._assets.coin("spot", spot.symbol),
            "totalSupply": "0.0",
            "dayBaseVlm": number_text(day.volume),
        }


def _middle(quote: Quote) -> Any:
    return divide_nearest(quote.bid + quote.ask, ONE + ONE, PRICE_STEP) if quote.bid else ZERO


def _levels(levels: list[Level]) -> list[dict[str, Any]]:
    return [{"px": number_text(price), "sz": number_text(size), "n": 1} for price, size in levels]


def _candle(candle: Candle, coin: str, interval: str) -> dict[str, Any]:
    return {
        "t": candle.open_ms,
        "T": candle.close_ms,
        "s": coin,
        "i": interval,
        "o": number_text(candle.open),
        "c": number_text(candle.close),
        "h": number_text(candle.high),
        "l": number_text(candle.low),
        "v": number_text(candle.volume),
        "n": candle.rows,
    }
