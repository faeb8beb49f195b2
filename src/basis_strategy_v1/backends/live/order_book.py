"""What taking a quantity would cost, from a venue's order book."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from basis_strategy_v1.backends.live.dialects.ccxt_calls import ccxt_symbol
from basis_strategy_v1.backends.live.dialects.dialect import Dialect
from basis_strategy_v1.backends.live.dialects.venue_records import decimal
from basis_strategy_v1.backends.live.gateway import Gateway
from basis_strategy_v1.core.domain.instructions import Side
from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.quantities import ZERO, divide_nearest

LEVELS = 50
PRICE_STEP = Decimal("1e-8")

Level = tuple[Decimal, Decimal]
"""Price, and quantity in base units."""


def levels(dialect: Dialect, instrument: Instrument, side: Side) -> Iterator[Level]:
    """The side of the book that ``side`` would take from, best price first; each level is read when it is asked for.

    Raises:
        ComponentError: EXI-003 and EXI-012 as ``Gateway.ask`` raises them.
    """
    gateway = _gateway(dialect.gateways, instrument)
    symbol = ccxt_symbol(instrument)
    book = gateway.ask(gateway.exchange.fetch_order_book, symbol, LEVELS)
    size = decimal(gateway.exchange.market(symbol).get("contractSize") or 1)
    offers: Sequence[Sequence[Any]] = book["asks" if side == "buy" else "bids"]
    return ((decimal(offer[0]), decimal(offer[1]) * size) for offer in offers)


def mean_price(offers: Iterable[Level], quantity: Decimal) -> Decimal | None:
    """The mean price of taking ``quantity`` from ``offers``; None when they do not hold as much."""
    left, value = quantity, ZERO
    for price, available in offers:
        taken = min(left, available)
        value += taken * price
        left -= taken
        if not left:
            return divide_nearest(value, quantity, PRICE_STEP)
    return None


def _gateway(gateways: tuple[Gateway, ...], instrument: Instrument) -> Gateway:
    """The API that lists the instrument: of two, the second is that of perpetuals."""
    return gateways[-1] if instrument.trade_type == "perp" else gateways[0]
