"""Bybit's market data: ``/v5/market/``. Products other than spot and USDT perpetuals are listed empty."""

from __future__ import annotations

from typing import Any

from basis_strategy_v1.core.domain.instructions import TradeType
from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.sandbox.bybit.errors import bad_parameter, refusal
from basis_strategy_v1.sandbox.bybit.formats import number, ratio
from basis_strategy_v1.sandbox.bybit.instruments import linear_instrument, risk_tiers, spot_instrument
from basis_strategy_v1.sandbox.bybit.parameters import Parameters
from basis_strategy_v1.sandbox.clock import VenueClock
from basis_strategy_v1.sandbox.market_view import MarketView
from basis_strategy_v1.sandbox.order_book import SMALLEST_LEVEL
from basis_strategy_v1.sandbox.quotes import Candle

_MINUTE_MS = 60_000
_HOUR_MS = 60 * _MINUTE_MS
_INTERVALS = {text: int(text) * _MINUTE_MS for text in ("1", "3", "5", "15", "30", "60", "120", "240", "360", "720")}
_INTERVALS |= {"D": 1440 * _MINUTE_MS, "W": 7 * 1440 * _MINUTE_MS}
_TRADE_TYPES: dict[str, TradeType] = {"spot": "spot", "linear": "perp"}


class PublicEndpoints:
    """What anybody may ask."""

    def __init__(self, market: MarketView, clock: VenueClock) -> None:
        self._market = market
        self._clock = clock

    def time(self, _: Parameters) -> dict[str, Any]:
        """``market/time``."""
        now_ms = self._clock.now_ms()
        return {"timeSecond": str(now_ms // 1000), "timeNano": str(now_ms * 1_000_000)}

    def instruments(self, parameters: Parameters) -> dict[str, Any]:
        """``market/instruments-info``."""
        category = parameters.category()
        listed = parameters.text("status", "Trading") == "Trading"
        found = self._instruments(category, parameters) if listed else []
        spec = self._market.spec
        entries = [spot_instrument(item) if category == "spot" else linear_instrument(item, spec) for item in found]
        return {"category": category, "list": entries, "nextPageCursor": ""}

    def risk_limits(self, parameters: Parameters) -> dict[str, Any]:
        """``market/risk-limit``: maintenance tiers of perpetuals."""
        category = parameters.category()
        found = self._instruments(category, parameters) if category == "linear" else []
        entries = [entry for item in found for entry in risk_tiers(item, self._market.spec)]
        return {"category": category, "list": entries, "nextPageCursor": ""}

    def tickers(self, parameters: Parameters) -> dict[str, Any]:
        """``market/tickers``."""
        category = parameters.category()
        symbol = parameters.text("symbol")
        if symbol and category in _TRADE_TYPES:
            self._instrument(category, symbol)
        entries = [self._ticker(item) for item in self._instruments(category, parameters)]
        return {"category": category, "list": entries}

    def order_book(self, parameters: Parameters) -> dict[str, Any]:
        """``market/orderbook``."""
        category = parameters.category()
        instrument = self._instrument(category, parameters.required("symbol"))
        spot = category == "spot"
        depth = parameters.integer("limit", 1 if spot else 25, 1, 200 if spot else 500)
        book = self._market.order_book(instrument.symbol, instrument.trade_type, depth)
        now_ms = self._clock.now_ms()
        return {
            "s": instrument.symbol,
            "b": [[number(price), number(quantity)] for price, quantity in book.bids],
            "a": [[number(price), number(quantity)] for price, quantity in book.asks],
            "ts": now_ms,
            "u": book.sequence,
            "seq": book.sequence,
            "cts": now_ms,
        }

    def klines(self, parameters: Parameters) -> dict[str, Any]:
        """``market/kline``, newest first."""
        return self._kline_list(parameters, mark=False)

    def mark_klines(self, parameters: Parameters) -> dict[str, Any]:
        """``market/mark-price-kline``, newest first."""
        return self._kline_list(parameters, mark=True)

    def funding_history(self, parameters: Parameters) -> dict[str, Any]:
        """``market/funding/history``, newest first. A start needs an end."""
        category = parameters.category()
        instrument = self._instrument(category, parameters.required("symbol"))
        if instrument.trade_type != "perp":
            raise bad_parameter("category only support linear or inverse")
        start, end = parameters.integer("startTime", -1), parameters.integer("endTime", -1)
        if start >= 0 > end:
            raise bad_parameter("endTime is required with startTime")
        limit = parameters.integer("limit", 200, 1, 200)
        points = self._market.funding_history(
            instrument.symbol, start if start >= 0 else None, end if end >= 0 else None
        )
        return {
            "category": category,
            "list": [
                {
                    "symbol": point.symbol,
                    "fundingRate": number(point.rate),
                    "fundingRateTimestamp": str(point.time_ms),
                }
                for point in reversed(points[-limit:])
            ],
        }

    def _instruments(self, category: str, parameters: Parameters) -> list[Instrument]:
        trade_type = _TRADE_TYPES.get(category)
        if trade_type is None:
            return []
        symbol, base = parameters.text("symbol"), parameters.text("baseCoin")
        return [
            item
            for item in self._market.instruments(trade_type)
            if symbol in ("", item.symbol) and base in ("", item.base)
        ]

    def _instrument(self, category: str, symbol: str) -> Instrument:
        found = self._market.instrument(symbol, _TRADE_TYPES.get(category, ""))
        if found is None:
            raise refusal("linear", "unknown_symbol", symbol)
        return found

    def _ticker(self, instrument: Instrument) -> dict[str, Any]:
        ticker = self._market.ticker(instrument.symbol, instrument.trade_type)
        quote, day = ticker.quote, ticker.day
        size = number(max(instrument.step, instrument.step * int(SMALLEST_LEVEL / float(quote.last * instrument.step))))
        entry = {
            "symbol": instrument.symbol,
            "lastPrice": number(quote.last),
            "prevPrice24h": number(day.open),
            "price24hPcnt": ratio(quote.last - day.open, day.open),
            "highPrice24h": number(day.high),
            "lowPrice24h": number(day.low),
            "turnover24h": number(day.quote_volume),
            "volume24h": number(day.volume),
            "bid1Price": number(quote.bid),
            "bid1Size": size,
            "ask1Price": number(quote.ask),
            "ask1Size": size,
        }
        if instrument.trade_type == "spot":
            return entry | {"usdIndexPrice": number(quote.index)}
        funding = self._market.funding(instrument.symbol)
        return entry | {
            "indexPrice": number(quote.index),
            "markPrice": number(quote.mark),
            "prevPrice1h": number(self._market.first_price(instrument.symbol, "perp", quote.time_ms - _HOUR_MS + 1)),
            "openInterest": "0",
            "openInterestValue": "0",
            "fundingRate": number(funding.rate),
            "nextFundingTime": str(funding.next_ms),
            "predictedDeliveryPrice": "",
            "basisRate": "",
            "basis": "",
            "deliveryFeeRate": "",
            "deliveryTime": "0",
            "preOpenPrice": "",
            "preQty": "",
            "curPreListingPhase": "",
            "fundingIntervalHour": str(funding.interval_hours),
        }

    def _kline_list(self, parameters: Parameters, *, mark: bool) -> dict[str, Any]:
        category = parameters.text("category", "linear")
        instrument = self._instrument(category, parameters.required("symbol"))
        interval = _INTERVALS.get(parameters.required("interval"))
        if interval is None:
            raise bad_parameter("Invalid interval")
        candles = self._market.candles(
            instrument.symbol,
            instrument.trade_type,
            interval,
            parameters.moment("start"),
            parameters.moment("end"),
            parameters.integer("limit", 200, 1, 1000),
            mark=mark,
        )
        rows = [_candle(candle, with_volume=not mark) for candle in reversed(candles)]
        return {"symbol": instrument.symbol, "category": category, "list": rows}


def _candle(candle: Candle, *, with_volume: bool) -> list[str]:
    prices = (candle.open, candle.high, candle.low, candle.close)
    volumes = (candle.volume, candle.quote_volume) if with_volume else ()
    return [str(candle.open_ms), *(number(value) for value in (*prices, *volumes))]
