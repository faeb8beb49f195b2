"""What a local venue shows of its markets. Times are ms UTC."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from basis_strategy_v1.core.domain.instructions import TradeType

Level = tuple[Decimal, Decimal]
"""Price and quantity in base units."""


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """Prices of an instrument now; ``time_ms`` is the dataset row's."""

    symbol: str
    trade_type: TradeType
    last: Decimal
    bid: Decimal
    ask: Decimal
    mark: Decimal
    index: Decimal
    is_tradable: bool
    time_ms: int


class OrderBookView(msgspec.Struct, frozen=True, kw_only=True):
    """Both sides of a book, best price first."""

    bids: list[Level]
    asks: list[Level]
    time_ms: int
    sequence: int


class Candle(msgspec.Struct, frozen=True, kw_only=True):
    """Prices over ``[open_ms, close_ms]``; volumes in base and quote units."""

    open_ms: int
    close_ms: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    quote_volume: Decimal
    rows: int


class Ticker(msgspec.Struct, frozen=True):
    """A quote and the last 24 hours."""

    quote: Quote
    day: Candle


class FundingState(msgspec.Struct, frozen=True, kw_only=True):
    """Funding of a perpetual: the last settled ``rate`` (``settled_ms`` 0: none yet) and the next settlement."""

    symbol: str
    rate: Decimal
    settled_ms: int
    next_ms: int
    interval_hours: int


class FundingPoint(msgspec.Struct, frozen=True, kw_only=True):
    """One settlement of the past."""

    symbol: str
    time_ms: int
    rate: Decimal
    mark_price: Decimal
