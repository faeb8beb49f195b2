"""OKX's market data: ``public/`` and ``market/``. Futures and options are listed empty."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from basis_strategy_v1.core.domain.instructions import TradeType
from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.core.interfaces.venue_spec import MaintenanceTier, MarginRules
from basis_strategy_v1.sandbox.clock import VenueClock
from basis_strategy_v1.sandbox.market_view import MarketView
from basis_strategy_v1.sandbox.okx.errors import bad_parameter, refusal
from basis_strategy_v1.sandbox.okx.instruments import (
    InstrumentNames,
    contract_value,
    instrument_entry,
    instrument_id,
    to_size,
    type_of,
)
from basis_strategy_v1.sandbox.okx.numbers import number
from basis_strategy_v1.sandbox.okx.parameters import Parameters
from basis_strategy_v1.sandbox.quotes import Candle

Entries = list[Any]
_TRADE_TYPES: dict[str, TradeType] = {"SPOT": "spot", "SWAP": "perp"}
_TYPES = ("SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION", "EVENTS")
_MINUTE_MS = 60_000
_HOUR_MS = 60 * _MINUTE_MS
_DAY_MS = 24 * _HOUR_MS
_BARS = {f"{count}m": count * _MINUTE_MS for count in (1, 3, 5, 15, 30)}
_BARS |= {f"{count}H": count * _HOUR_MS for count in (1, 2, 4, 6, 12)}
_BARS |= {"1D": _DAY_MS, "1W": 7 * _DAY_MS}
_TICKER_DEPTH = 50
_UNLISTED = (MaintenanceTier(ZERO, ZERO, ZERO, 10),)


class PublicEndpoints:
    """What anybody may ask."""

    def __init__(self, market: MarketView, clock: VenueClock, names: InstrumentNames) -> None:
        self._market = market
        self._clock = clock
        self._names = names

    def time(self, _: Parameters) -> Entries:
        """``public/time``."""
        return [{"ts": str(self._clock.now_ms())}]

    def instruments(self, parameters: Parameters) -> Entries:
        """``public/instruments``."""
        return [instrument_entry(item, self._tiers(item)[0].max_leverage) for item in self._of_type(parameters)]

    def funding_rate(self, parameters: Parameters) -> Entries:
        """``public/funding-rate``: of one swap, or of ``ANY``."""
        wanted = parameters.required("instId")
        if wanted != "ANY":
            return [self._funding(self._swap(wanted))]
        return [self._funding(item) for item in self._market.instruments("perp")]

    def funding_history(self, parameters: Parameters) -> Entries:
        """``public/funding-rate-history``, newest first."""
        instrument = self._swap(parameters.required("instId"))
        before, after = parameters.integer("before", 0), parameters.integer("after", 0)
        limit = min(parameters.integer("limit", 400), 400)
        points = self._market.funding_history(instrument.symbol, before + 1 if before else None, limit=100_000)
        return [
            {
                "formulaType": "noRate",
                "fundingRate": number(point.rate),
                "fundingTime": str(point.time_ms),
                "instId": instrument_id(instrument),
                "instType": "SWAP",
                "method": "current_period",
                "realizedRate": number(point.rate),
            }
            for point in reversed(points)
            if not after or point.time_ms < after
        ][:limit]

    def position_tiers(self, parameters: Parameters) -> Entries:
        """``public/position-tiers``: sizes in contracts."""
        families = parameters.text("instFamily") or parameters.text("uly")
        entries = []
        for item in self._of_type(parameters):
            if not families or f"{item.base}-{item.quote}" in families.split(","):
                entries += self._tier_entries(item)
        return entries

    def mark_price(self, parameters: Parameters) -> Entries:
        """``public/mark-price``."""
        return [
            {
                "instId": instrument_id(item),
                "instType": type_of(item.trade_type),
                "markPx": number(self._market.quote(item.symbol, item.trade_type).mark),
                "ts": str(self._clock.now_ms()),
            }
            for item in self._of_type(parameters)
        ]

    def ticker(self, parameters: Parameters) -> Entries:
        """``market/ticker``."""
        return [self._ticker(self._instrument(parameters.required("instId")))]

    def tickers(self, parameters: Parameters) -> Entries:
        """``market/tickers``."""
        return [self._ticker(item) for item in self._of_type(parameters)]

    def books(self, parameters: Parameters) -> Entries:
        """``market/books``: price, size, nothing, number of orders."""
        instrument = self._instrument(parameters.required("instId"))
        depth = parameters.integer("sz", 1)
        if not 1 <= depth <= 400:
            raise bad_parameter("sz")
        book = self._market.order_book(instrument.symbol, instrument.trade_type, depth)

        def levels(side: list[Any]) -> list[list[str]]:
            return [[number(price), number(to_size(instrument, quantity)), "0", "1"] for price, quantity in side]

        return [
            {
                "asks": levels(book.asks),
                "bids": levels(book.bids),
                "ts": str(self._clock.now_ms()),
                "seqId": book.sequence,
            }
        ]

    def candles(self, parameters: Parameters) -> Entries:
        """``market/candles`` and ``market/history-candles``, newest first."""
        instrument = self._instrument(parameters.required("instId"))
        interval = _BARS.get(parameters.text("bar", "1m").removesuffix("utc"))
        if interval is None:
            raise bad_parameter("bar")
        before, after = parameters.integer("before", 0), parameters.integer("after", 0)
        limit = min(parameters.integer("limit", 100), 300)
        found = self._market.candles(
            instrument.symbol, instrument.trade_type, interval, end_ms=after - 1 if after else None, limit=limit
        )
        chosen = [candle for candle in reversed(found) if candle.open_ms > before]
        return [self._candle(instrument, candle) for candle in chosen]

    def _of_type(self, parameters: Parameters) -> list[Instrument]:
        wanted_type, wanted = parameters.required("instType"), parameters.text("instId")
        if wanted_type not in _TYPES:
            raise bad_parameter("instType")
        trade_type = _TRADE_TYPES.get(wanted_type)
        found = [] if trade_type is None else self._market.instruments(trade_type)
        if wanted and wanted not in [instrument_id(item) for item in found]:
            raise refusal("unknown_symbol", wanted)
        return [item for item in found if wanted in ("", instrument_id(item))]

    def _instrument(self, name: str) -> Instrument:
        found = self._names.find(name)
        if found is None or self._market.instrument(found.symbol, found.trade_type) is None:
            raise refusal("unknown_symbol", name)
        return found

    def _swap(self, name: str) -> Instrument:
        instrument = self._instrument(name)
        if instrument.trade_type != "perp":
            raise bad_parameter("instId")
        return instrument

    def _funding(self, instrument: Instrument) -> dict[str, Any]:
        state = self._market.funding(instrument.symbol)
        interval_ms = state.interval_hours * _HOUR_MS
        return {
            "formulaType": "withRate",
            "fundingRate": number(state.rate),
            "fundingTime": str(state.next_ms),
            "impactValue": "",
            "instId": instrument_id(instrument),
            "instType": "SWAP",
            "interestRate": "",
            "maxFundingRate": "0.00375",
            "method": "current_period",
            "minFundingRate": "-0.00375",
            "nextFundingRate": "",
            "nextFundingTime": str(state.next_ms + interval_ms),
            "premium": "",
            "prevFundingTime": str(state.next_ms - interval_ms),
            "settFundingRate": number(state.rate),
            "settState": "settled",
            "ts": str(self._clock.now_ms()),
        }

    def _ticker(self, instrument: Instrument) -> dict[str, Any]:
        ticker = self._market.ticker(instrument.symbol, instrument.trade_type)
        book = self._market.order_book(instrument.symbol, instrument.trade_type, _TICKER_DEPTH)
        quote, day = ticker.quote, ticker.day
        spot = instrument.trade_type == "spot"
        return {
            "instType": type_of(instrument.trade_type),
            "instId": instrument_id(instrument),
            "last": number(quote.last),
            "lastSz": number(to_size(instrument, instrument.min_quantity)),
            "askPx": number(quote.ask),
            "askSz": number(to_size(instrument, book.asks[0][1])),
            "bidPx": number(quote.bid),
            "bidSz": number(to_size(instrument, book.bids[0][1])),
            "open24h": number(day.open),
            "high24h": number(day.high),
            "low24h": number(day.low),
            "volCcy24h": number(day.quote_volume if spot else day.volume),
            "vol24h": number(to_size(instrument, day.volume)),
            "ts": str(self._clock.now_ms()),
            "sodUtc0": number(self._opening(instrument, quote.time_ms // _DAY_MS * _DAY_MS)),
            "sodUtc8": number(
                self._opening(instrument, (quote.time_ms + 8 * _HOUR_MS) // _DAY_MS * _DAY_MS - 8 * _HOUR_MS)
            ),
        }

    def _opening(self, instrument: Instrument, since_ms: int) -> Decimal:
        return self._market.first_price(instrument.symbol, instrument.trade_type, since_ms)

    def _candle(self, instrument: Instrument, candle: Candle) -> list[str]:
        prices = (candle.open, candle.high, candle.low, candle.close)
        volumes = (to_size(instrument, candle.volume), candle.volume, candle.quote_volume)
        confirmed = "1" if candle.close_ms < self._clock.now_ms() else "0"
        return [str(candle.open_ms), *(number(value) for value in (*prices, *volumes)), confirmed]

    def _tiers(self, instrument: Instrument) -> tuple[MaintenanceTier, ...]:
        rules = self._market.spec.margin or MarginRules()
        return rules.tiers.get(instrument.symbol) or _UNLISTED

    def _tier_entries(self, instrument: Instrument) -> Entries:
        tiers = self._tiers(instrument)
        price = self._market.quote(instrument.symbol, instrument.trade_type).mark
        per_contract = price * contract_value(instrument)
        floors = [int(tier.floor // per_contract) for tier in tiers]
        ceilings = [*floors[1:], 10**9]
        return [
            {
                "baseMaxLoan": "",
                "imr": str(round(1 / tier.max_leverage, 6)),
                "instFamily": f"{instrument.base}-{instrument.quote}",
                "instId": instrument_id(instrument),
                "maxLever": str(tier.max_leverage),
                "maxSz": str(ceiling),
                "minSz": str(floor + 1 if floor else 0),
                "mmr": number(tier.rate),
                "optMgnFactor": "0",
                "quoteMaxLoan": "",
                "tier": str(index),
                "uly": f"{instrument.base}-{instrument.quote}",
            }
            for index, (tier, floor, ceiling) in enumerate(zip(tiers, floors, ceilings, strict=True), 1)
        ]
