"""Candles as Binance sends them, for spot and futures alike."""

from __future__ import annotations

from typing import Any

from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.sandbox.binance.errors import BinanceError
from basis_strategy_v1.sandbox.binance.formats import eight
from basis_strategy_v1.sandbox.binance.parameters import Parameters
from basis_strategy_v1.sandbox.market_view import MarketView

CANDLE_PARAMETERS = frozenset({"symbol", "interval", "startTime", "endTime", "limit", "timeZone"})
_MINUTE_MS = 60_000
INTERVALS_MS = {
    "1m": _MINUTE_MS,
    "3m": 3 * _MINUTE_MS,
    "5m": 5 * _MINUTE_MS,
    "15m": 15 * _MINUTE_MS,
    "30m": 30 * _MINUTE_MS,
    "1h": 60 * _MINUTE_MS,
    "2h": 120 * _MINUTE_MS,
    "4h": 240 * _MINUTE_MS,
    "6h": 360 * _MINUTE_MS,
    "8h": 480 * _MINUTE_MS,
    "12h": 720 * _MINUTE_MS,
    "1d": 1440 * _MINUTE_MS,
}


def candle_rows(
    market_view: MarketView,
    instrument: Instrument,
    parameters: Parameters,
    *,
    highest_limit: int,
    mark: bool = False,
) -> list[list[Any]]:
    """Rows of open time, prices, volume, close time, quote volume, trades and the takers' share (half).

    Raises:
        BinanceError: -1102, -1120.
    """
    interval = INTERVALS_MS.get(parameters.need("interval"))
    if interval is None:
        raise BinanceError(-1120, "Invalid interval.")
    candles = market_view.candles(
        instrument.symbol,
        instrument.trade_type,
        interval,
        parameters.integer("startTime"),
        parameters.integer("endTime"),
        parameters.limit(500, highest_limit),
        mark=mark,
    )
    return [
        [
            candle.open_ms,
            eight(candle.open),
            eight(candle.high),
            eight(candle.low),
            eight(candle.close),
            eight(candle.volume),
            candle.close_ms,
            eight(candle.quote_volume),
            candle.rows,
            eight(candle.volume / 2),
            eight(candle.quote_volume / 2),
            "0",
        ]
        for candle in candles
    ]
