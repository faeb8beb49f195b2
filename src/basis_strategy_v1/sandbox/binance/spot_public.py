"""Spot market data: ``/api/v3`` endpoints that need no key."""

from __future__ import annotations

import json
from typing import Any

from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.quantities import divide_nearest
from basis_strategy_v1.sandbox.binance.candles import CANDLE_PARAMETERS, candle_rows
from basis_strategy_v1.sandbox.binance.errors import BinanceError
from basis_strategy_v1.sandbox.binance.formats import MOST_OPEN_ORDERS, PRICE_STEP, eight, levels, percent
from basis_strategy_v1.sandbox.binance.limits import SPOT_LIMITS
from basis_strategy_v1.sandbox.binance.parameters import Parameters
from basis_strategy_v1.sandbox.binance.routes import Context, Route, Routes, names
from basis_strategy_v1.sandbox.binance.spot_order_reader import LARGEST_NOTIONAL, LARGEST_PRICE, LARGEST_QUANTITY

ORDER_TYPES = ["LIMIT", "LIMIT_MAKER", "MARKET"]


class SpotPublic:
    """Answers public spot requests."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def routes(self) -> Routes:
        """The endpoints."""
        symbols = names("symbol symbols")
        return {
            "GET /api/v3/ping": Route(self.ping, "none"),
            "GET /api/v3/time": Route(self.time, "none"),
            "GET /api/v3/exchangeInfo": Route(
                self.exchange_info, "none", symbols | names("permissions showPermissionSets symbolStatus"), 20
            ),
            "GET /api/v3/depth": Route(self.depth, "none", names("symbol limit symbolStatus"), 5),
            "GET /api/v3/klines": Route(self.klines, "none", CANDLE_PARAMETERS, 2),
            "GET /api/v3/ticker/24hr": Route(self.ticker_24h, "none", symbols | names("type symbolStatus"), 2),
            "GET /api/v3/ticker/price": Route(self.ticker_price, "none", symbols | names("symbolStatus"), 2),
            "GET /api/v3/ticker/bookTicker": Route(self.book_ticker, "none", symbols | names("symbolStatus"), 2),
        }

    def ping(self, parameters: Parameters) -> Any:
        """An empty object."""
        return {}

    def time(self, parameters: Parameters) -> Any:
        """The venue's clock."""
        return {"serverTime": self._context.clock.now_ms()}

    def exchange_info(self, parameters: Parameters) -> Any:
        """Limits and instruments."""
        return {
            "timezone": "UTC",
            "serverTime": self._context.clock.now_ms(),
            "rateLimits": SPOT_LIMITS,
            "exchangeFilters": [],
            "symbols": [_symbol(instrument) for instrument in self._chosen(parameters)],
        }

    def depth(self, parameters: Parameters) -> Any:
        """The order book."""
        instrument = self._context.spot(parameters)
        book = self._context.market_view.order_book(instrument.symbol, "spot", parameters.limit(100, 5000))
        return {
            "lastUpdateId": book.sequence,
            "bids": levels(book.bids, instrument, spot=True),
            "asks": levels(book.asks, instrument, spot=True),
        }

    def klines(self, parameters: Parameters) -> Any:
        """Candles as arrays."""
        instrument = self._context.spot(parameters)
        return candle_rows(self._context.market_view, instrument, parameters, highest_limit=1000)

    def ticker_24h(self, parameters: Parameters) -> Any:
        """The last 24 hours of one or more instruments."""
        return self._one_or_more(parameters, self._ticker)

    def ticker_price(self, parameters: Parameters) -> Any:
        """Last prices."""
        return self._one_or_more(parameters, self._price)

    def book_ticker(self, parameters: Parameters) -> Any:
        """Best bid and ask."""
        return self._one_or_more(parameters, self._best)

    def _one_or_more(self, parameters: Parameters, entry: Any) -> Any:
        found = [entry(instrument) for instrument in self._chosen(parameters)]
        return found[0] if parameters.text("symbol") is not None else found

    def _chosen(self, parameters: Parameters) -> list[Instrument]:
        listed = parameters.text("symbols")
        if listed is None:
            return self._context.instruments(parameters, "spot")
        if parameters.text("symbol") is not None:
            raise BinanceError(-1128, "Combination of optional parameters invalid.")
        try:
            symbols = json.loads(listed)
        except ValueError:
            symbols = None
        if not isinstance(symbols, list) or not symbols:
            raise BinanceError(-1135, "JSON sent for parameter 'symbols' is not valid")
        wanted = [self._context.market_view.instrument(str(symbol), "spot") for symbol in symbols]
        if any(instrument is None for instrument in wanted):
            raise BinanceError(-1121, "Invalid symbol.")
        return [instrument for instrument in wanted if instrument is not None]

    def _ticker(self, instrument: Instrument) -> dict[str, Any]:
        ticker = self._context.market_view.ticker(instrument.symbol, "spot")
        best = self._context.market_view.order_book(instrument.symbol, "spot", 1)
        quote, day = ticker.quote, ticker.day
        average = divide_nearest(day.quote_volume, day.volume, PRICE_STEP) if day.volume else quote.last
        change = quote.last - day.open
        return {
            "symbol": instrument.symbol,
            "priceChange": eight(change),
            "priceChangePercent": percent(change, day.open),
            "weightedAvgPrice": eight(average),
            "prevClosePrice": eight(day.open),
            "lastPrice": eight(quote.last),
            "lastQty": eight(instrument.min_quantity),
            "bidPrice": eight(quote.bid),
            "bidQty": eight(best.bids[0][1]),
            "askPrice": eight(quote.ask),
            "askQty": eight(best.asks[0][1]),
            "openPrice": eight(day.open),
            "highPrice": eight(day.high),
            "lowPrice": eight(day.low),
            "volume": eight(day.volume),
            "quoteVolume": eight(day.quote_volume),
            "openTime": day.open_ms,
            "closeTime": day.close_ms,
            "firstId": 1,
            "lastId": day.rows,
            "count": day.rows,
        }

    def _price(self, instrument: Instrument) -> dict[str, Any]:
        quote = self._context.market_view.quote(instrument.symbol, "spot")
        return {"symbol": instrument.symbol, "price": eight(quote.last)}

    def _best(self, instrument: Instrument) -> dict[str, Any]:
        book = self._context.market_view.order_book(instrument.symbol, "spot", 2)
        return {
            "symbol": instrument.symbol,
            "bidPrice": eight(book.bids[0][0]),
            "bidQty": eight(book.bids[0][1]),
            "askPrice": eight(book.asks[0][0]),
            "askQty": eight(book.asks[0][1]),
        }


def _symbol(instrument: Instrument) -> dict[str, Any]:
    return {
        "symbol": instrument.symbol,
        "status": "TRADING",
        "baseAsset": instrument.base,
        "baseAssetPrecision": 8,
        "quoteAsset": instrument.quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8,
        "quoteCommissionPrecision": 8,
        "orderTypes": ORDER_TYPES,
        "icebergAllowed": False,
        "ocoAllowed": False,
        "otoAllowed": False,
        "opoAllowed": False,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": False,
        "cancelReplaceAllowed": True,
        "amendAllowed": False,
        "pegInstructionsAllowed": False,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": _filters(instrument),
        "permissions": [],
        "permissionSets": [["SPOT"]],
        "defaultSelfTradePreventionMode": "NONE",
        "allowedSelfTradePreventionModes": ["NONE"],
    }


def _filters(instrument: Instrument) -> list[dict[str, Any]]:
    tick, step, smallest = eight(instrument.tick), eight(instrument.step), eight(instrument.min_quantity)
    return [
        {"filterType": "PRICE_FILTER", "minPrice": tick, "maxPrice": eight(LARGEST_PRICE), "tickSize": tick},
        {"filterType": "LOT_SIZE", "minQty": smallest, "maxQty": eight(LARGEST_QUANTITY), "stepSize": step},
        {
            "filterType": "NOTIONAL",
            "minNotional": eight(instrument.min_notional),
            "applyMinToMarket": True,
            "maxNotional": eight(LARGEST_NOTIONAL),
            "applyMaxToMarket": False,
            "avgPriceMins": 5,
        },
        {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": MOST_OPEN_ORDERS},
    ]
