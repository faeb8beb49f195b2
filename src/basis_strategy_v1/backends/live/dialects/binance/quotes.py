"""Binance: prices and funding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from basis_strategy_v1.backends.live.dialects.understanding import asks
from basis_strategy_v1.backends.live.dialects.venue_records import BOOK_LEVELS, Level, Quote, decimal, nanoseconds
from basis_strategy_v1.backends.live.gateway import Gateway
from basis_strategy_v1.core.domain.instructions import Side
from basis_strategy_v1.core.domain.market import Instrument


class BinanceQuotes:
    """Quotes of both APIs."""

    def __init__(self, spot: Gateway, futures: Gateway) -> None:
        self._spot = spot
        self._futures = futures

    @asks
    def quotes(self, instruments: Sequence[Instrument]) -> Sequence[Quote]:
        """See ``QuoteFeed``."""
        return tuple(
            self._spot_quote(item) if item.trade_type == "spot" else self._perp_quote(item) for item in instruments
        )

    @asks
    def offers(self, instrument: Instrument, side: Side) -> Iterator[Level]:
        """See ``QuoteFeed``."""
        is_spot = instrument.trade_type == "spot"
        gateway = self._spot if is_spot else self._futures
        call = gateway.exchange.publicGetDepth if is_spot else gateway.exchange.fapiPublicGetDepth
        book = gateway.ask(call, {"symbol": instrument.symbol, "limit": BOOK_LEVELS})
        return ((decimal(price), decimal(size)) for price, size in book["asks" if side == "buy" else "bids"])

    def _spot_quote(self, instrument: Instrument) -> Quote:
        ticker = self._spot.ask(self._spot.exchange.publicGetTicker24hr, {"symbol": instrument.symbol})
        return Quote(
            symbol=instrument.symbol,
            trade_type="spot",
            bid=decimal(ticker["bidPrice"]),
            ask=decimal(ticker["askPrice"]),
            last=decimal(ticker["lastPrice"]),
            bid_size=decimal(ticker["bidQty"]),
            ask_size=decimal(ticker["askQty"]),
            observed_at=nanoseconds(ticker["closeTime"]),
        )

    def _perp_quote(self, instrument: Instrument) -> Quote:
        exchange = self._futures.exchange
        fields = {"symbol": instrument.symbol}
        book = self._futures.ask(exchange.fapiPublicGetTickerBookTicker, fields)
        premium = self._futures.ask(exchange.fapiPublicGetPremiumIndex, fields)
        ticker = self._futures.ask(exchange.fapiPublicGetTicker24hr, fields)
        return Quote(
            symbol=instrument.symbol,
            trade_type="perp",
            bid=decimal(book["bidPrice"]),
            ask=decimal(book["askPrice"]),
            last=decimal(ticker["lastPrice"]),
            bid_size=decimal(book["bidQty"]),
            ask_size=decimal(book["askQty"]),
            observed_at=nanoseconds(premium["time"]),
            mark=decimal(premium["markPrice"]),
            funding_rate=decimal(premium["lastFundingRate"]),
            next_funding_at=nanoseconds(premium["nextFundingTime"]),
        )
