"""Market data of USD-margined perpetuals: ``/fapi/v1`` endpoints that need no key."""

from __future__ import annotations

from typing import Any

from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.quantities import divide_nearest
from basis_strategy_v1.sandbox.binance.candles import CANDLE_PARAMETERS, candle_rows
from basis_strategy_v1.sandbox.binance.errors import BinanceError
from basis_strategy_v1.sandbox.binance.filters import LARGEST_QUANTITY, PRICE_CAP, PRICE_FLOOR
from basis_strategy_v1.sandbox.binance.formats import (
    MOST_OPEN_ORDERS,
    PRICE_STEP,
    eight,
    levels,
    like,
    percent,
    places,
    plain,
)
from basis_strategy_v1.sandbox.binance.limits import FUTURES_LIMITS
from basis_strategy_v1.sandbox.binance.parameters import Parameters
from basis_strategy_v1.sandbox.binance.routes import Context, Route, Routes, names
from basis_strategy_v1.sandbox.quotes import FundingPoint

DELIVERY_MS = 4_133_404_800_000
ORDER_TYPES = ["LIMIT", "MARKET"]
DEPTHS = (5, 10, 20, 50, 100, 500, 1000)
TIMES_IN_FORCE = ["GTC", "IOC", "FOK", "GTX"]
LARGEST_PRICE = "4529764"
INTEREST_RATE = "0.00010000"


class FuturesPublic:
    """Answers public futures requests."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._view = context.market_view

    def routes(self) -> Routes:
        """The endpoints."""
        symbol = names("symbol")
        return {
            "GET /fapi/v1/ping": Route(self.ping, "none"),
            "GET /fapi/v1/time": Route(self.time, "none"),
            "GET /fapi/v1/exchangeInfo": Route(self.exchange_info, "none"),
            "GET /fapi/v1/depth": Route(self.depth, "none", names("symbol limit"), 5),
            "GET /fapi/v1/klines": Route(self.klines, "none", CANDLE_PARAMETERS, 2),
            "GET /fapi/v1/markPriceKlines": Route(self.mark_klines, "none", CANDLE_PARAMETERS, 2),
            "GET /fapi/v1/ticker/24hr": Route(self.ticker_24h, "none", symbol),
            "GET /fapi/v1/ticker/price": Route(self.ticker_price, "none", symbol),
            "GET /fapi/v2/ticker/price": Route(self.ticker_price, "none", symbol),
            "GET /fapi/v1/ticker/bookTicker": Route(self.book_ticker, "none", symbol, 2),
            "GET /fapi/v1/premiumIndex": Route(self.premium_index, "none", symbol),
            "GET /fapi/v1/fundingInfo": Route(self.funding_info, "none"),
            "GET /fapi/v1/fundingRate": Route(self.funding_rate, "none", names("symbol startTime endTime limit")),
            "GET /dapi/v1/exchangeInfo": Route(self.no_coin_margined, "none"),
            "GET /dapi/v1/time": Route(self.time, "none"),
        }

    def ping(self, parameters: Parameters) -> Any:
        """An empty object."""
        return {}

    def time(self, parameters: Parameters) -> Any:
        """The venue's clock."""
        return {"serverTime": self._context.clock.now_ms()}

    def no_coin_margined(self, parameters: Parameters) -> Any:
        """The coin-margined product lists nothing here."""
        return {**self._header(), "symbols": []}

    def exchange_info(self, parameters: Parameters) -> Any:
        """Limits, margin assets and instruments."""
        instruments = self._view.instruments("perp")
        currency = self._context.account.spec.margin_currency
        return {
            **self._header(),
            "assets": [{"asset": currency, "marginAvailable": True, "autoAssetExchange": "0"}],
            "symbols": [_symbol(instrument) for instrument in instruments],
        }

    def depth(self, parameters: Parameters) -> Any:
        """The order book."""
        instrument = self._context.perpetual(parameters)
        depth = parameters.limit(500, DEPTHS[-1])
        if depth not in DEPTHS:
            raise BinanceError(-4021, f"{depth} is not valid depth limit.")
        book = self._view.order_book(instrument.symbol, "perp", depth)
        return {
            "lastUpdateId": book.sequence,
            "E": book.time_ms,
            "T": book.time_ms,
            "bids": levels(book.bids, instrument, spot=False),
            "asks": levels(book.asks, instrument, spot=False),
        }

    def klines(self, parameters: Parameters) -> Any:
        """Candles as arrays."""
        return candle_rows(self._view, self._context.perpetual(parameters), parameters, highest_limit=1500)

    def mark_klines(self, parameters: Parameters) -> Any:
        """Candles of the mark price."""
        return candle_rows(self._view, self._context.perpetual(parameters), parameters, highest_limit=1500, mark=True)

    def ticker_24h(self, parameters: Parameters) -> Any:
        """The last 24 hours of one instrument or of all."""
        return self._one_or_all(parameters, self._ticker)

    def ticker_price(self, parameters: Parameters) -> Any:
        """Last prices."""
        return self._one_or_all(parameters, self._price)

    def book_ticker(self, parameters: Parameters) -> Any:
        """Best bid and ask."""
        return self._one_or_all(parameters, self._best)

    def premium_index(self, parameters: Parameters) -> Any:
        """Mark, index and funding."""
        return self._one_or_all(parameters, self._premium)

    def funding_info(self, parameters: Parameters) -> Any:
        """Funding intervals and caps."""
        return [
            {
                "symbol": instrument.symbol,
                "adjustedFundingRateCap": "0.03000000",
                "adjustedFundingRateFloor": "-0.03000000",
                "fundingIntervalHours": self._context.account.spec.funding_interval_hours,
                "disclaimer": False,
            }
            for instrument in self._view.instruments("perp")
        ]

    def funding_rate(self, parameters: Parameters) -> Any:
        """Past settlements, oldest first."""
        start, end = parameters.integer("startTime"), parameters.integer("endTime")
        limit = parameters.limit(100, 1000)
        points = [
            point
            for instrument in self._context.instruments(parameters, "perp")
            for point in self._view.funding_history(instrument.symbol, start, end, limit)
        ]
        points.sort(key=lambda point: point.time_ms)
        return [_settlement(point) for point in (points[:limit] if start is not None else points[-limit:])]

    def _header(self) -> dict[str, Any]:
        return {
            "timezone": "UTC",
            "serverTime": self._context.clock.now_ms(),
            "futuresType": "U_MARGINED",
            "rateLimits": FUTURES_LIMITS,
            "exchangeFilters": [],
        }

    def _one_or_all(self, parameters: Parameters, entry: Any) -> Any:
        found = [entry(instrument) for instrument in self._context.instruments(parameters, "perp")]
        return found[0] if parameters.text("symbol") is not None else found

    def _ticker(self, instrument: Instrument) -> dict[str, Any]:
        ticker = self._view.ticker(instrument.symbol, "perp")
        last, day = ticker.quote.last, ticker.day
        average = divide_nearest(day.quote_volume, day.volume, PRICE_STEP) if day.volume else last
        return {
            "symbol": instrument.symbol,
            "priceChange": like(last - day.open, instrument.tick),
            "priceChangePercent": percent(last - day.open, day.open),
            "weightedAvgPrice": like(average, instrument.tick),
            "lastPrice": like(last, instrument.tick),
            "lastQty": like(instrument.min_quantity, instrument.step),
            "openPrice": like(day.open, instrument.tick),
            "highPrice": like(day.high, instrument.tick),
            "lowPrice": like(day.low, instrument.tick),
            "volume": like(day.volume, instrument.step),
            "quoteVolume": plain(day.quote_volume),
            "openTime": day.open_ms,
            "closeTime": day.close_ms,
            "firstId": 1,
            "lastId": day.rows,
            "count": day.rows,
        }

    def _price(self, instrument: Instrument) -> dict[str, Any]:
        quote = self._view.quote(instrument.symbol, "perp")
        return {"symbol": instrument.symbol, "price": like(quote.last, instrument.tick), "time": quote.time_ms}

    def _best(self, instrument: Instrument) -> dict[str, Any]:
        book = self._view.order_book(instrument.symbol, "perp", 2)
        return {
            "symbol": instrument.symbol,
            "bidPrice": like(book.bids[0][0], instrument.tick),
            "bidQty": like(book.bids[0][1], instrument.step),
            "askPrice": like(book.asks[0][0], instrument.tick),
            "askQty": like(book.asks[0][1], instrument.step),
            "time": book.time_ms,
            "lastUpdateId": book.sequence,
        }

    def _premium(self, instrument: Instrument) -> dict[str, Any]:
        quote, funding = self._view.quote(instrument.symbol, "perp"), self._view.funding(instrument.symbol)
        return {
            "symbol": instrument.symbol,
            "markPrice": eight(quote.mark),
            "indexPrice": eight(quote.index),
            "estimatedSettlePrice": eight(quote.index),
            "lastFundingRate": eight(funding.rate),
            "interestRate": INTEREST_RATE,
            "nextFundingTime": funding.next_ms,
            "time": quote.time_ms,
        }


def _settlement(point: FundingPoint) -> dict[str, Any]:
    return {
        "symbol": point.symbol,
        "fundingTime": point.time_ms,
        "fundingRate": eight(point.rate),
        "markPrice": eight(point.mark_price),
    }


def _symbol(instrument: Instrument) -> dict[str, Any]:
    return {
        "symbol": instrument.symbol,
        "pair": instrument.symbol,
        "contractType": "PERPETUAL",
        "deliveryDate": DELIVERY_MS,
        "onboardDate": 1_569_398_400_000,
        "status": "TRADING",
        "maintMarginPercent": "2.5000",
        "requiredMarginPercent": "5.0000",
        "baseAsset": instrument.base,
        "quoteAsset": instrument.quote,
        "marginAsset": instrument.quote,
        "pricePrecision": places(instrument.tick),
        "quantityPrecision": places(instrument.step),
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "underlyingType": "COIN",
        "underlyingSubType": ["PoW"],
        "triggerProtect": "0.0500",
        "liquidationFee": "0.010000",
        "marketTakeBound": "0.05",
        "maxMoveOrderLimit": 10_000,
        "filters": _filters(instrument),
        "orderTypes": ORDER_TYPES,
        "timeInForce": TIMES_IN_FORCE,
    }


def _filters(instrument: Instrument) -> list[dict[str, Any]]:
    tick, step, smallest = plain(instrument.tick), plain(instrument.step), plain(instrument.min_quantity)
    return [
        {"filterType": "PRICE_FILTER", "minPrice": tick, "maxPrice": LARGEST_PRICE, "tickSize": tick},
        {"filterType": "LOT_SIZE", "minQty": smallest, "maxQty": plain(LARGEST_QUANTITY), "stepSize": step},
        {"filterType": "MARKET_LOT_SIZE", "minQty": smallest, "maxQty": plain(LARGEST_QUANTITY), "stepSize": step},
        {"filterType": "MAX_NUM_ORDERS", "limit": MOST_OPEN_ORDERS},
        {"filterType": "MIN_NOTIONAL", "notional": plain(instrument.min_notional)},
        {
            "filterType": "PERCENT_PRICE",
            "multiplierUp": format(PRICE_CAP, "f"),
            "multiplierDown": format(PRICE_FLOOR, "f"),
            "multiplierDecimal": "4",
        },
    ]
