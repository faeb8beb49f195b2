"""What a venue says of its market at one moment."""

from __future__ import annotations

from typing import Literal

import msgspec


class InstrumentQuote(msgspec.Struct, frozen=True, kw_only=True):
    """Prices of one instrument as its venue gave them.

    Attributes:
        price: where it trades now, in the quote currency.
        mark: what positions are valued at; None for spot.
        bid, ask: best prices, None where the venue gave none.
        bid_size, ask_size: base units there, None where the venue gave none.
        funding_rate: the rate of the settlement that comes next, a fraction; None for spot.
        next_funding_at: ns UTC of that settlement, 0 where unknown.
        observed_at: ns UTC of the venue's answer.
    """

    venue: str
    symbol: str
    trade_type: Literal["spot", "perp"]
    price: float
    observed_at: int
    mark: float | None = None
    bid: float | None = None
    ask: float | None = None
    bid_size: float | None = None
    ask_size: float | None = None
    funding_rate: float | None = None
    next_funding_at: int = 0
