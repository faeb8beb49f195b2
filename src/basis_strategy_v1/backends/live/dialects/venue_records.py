"""What a venue tells, in one shape for all venues: orders, deposits, transfers, quotes."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec

from basis_strategy_v1.core.domain.deltas import Fill
from basis_strategy_v1.core.domain.instructions import Side
from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.orders import OrderStatus, PerpPosition
from basis_strategy_v1.core.domain.quantities import ZERO


class VenueOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order as the venue lists it, in base units.

    ``price`` is the limit, or the mean price of a market order where something was filled. ``killed_for`` is why the
    venue itself ended it without taking anything, empty otherwise. ``fills`` are there only where the answer had them
    all. ``generation`` counts the replacements that stand for it, where a change makes a new order. ``placed_ms`` and
    ``changed_ms`` are the venue's times, 0 where it does not tell them.
    """

    instrument: Instrument
    wire_id: str
    venue_order_id: str
    side: Side
    quantity: Decimal
    filled: Decimal
    status: OrderStatus
    price: Decimal | None = None
    order_type: str = "limit"
    time_in_force: str = "gtc"
    post_only: bool = False
    reduce_only: bool = False
    killed_for: str = ""
    fills: tuple[Fill, ...] | None = None
    generation: int = 0
    placed_ms: int = 0
    changed_ms: int = 0


class VenueTrade(msgspec.Struct, frozen=True, kw_only=True):
    """An execution of whomever's order. ``wire_id`` is the order's client id where the list of executions tells it."""

    fill: Fill
    venue_order_id: str
    wire_id: str = ""


class VenueDeposit(msgspec.Struct, frozen=True, kw_only=True):
    """A deposit that is credited; ``timestamp`` in ns."""

    timestamp: int
    deposit_id: str
    transaction_id: str
    location: str
    token: str
    amount: Decimal


class VenueTransfer(msgspec.Struct, frozen=True, kw_only=True):
    """A transfer as the venue lists it. ``amount`` is what left, fee included; ``state`` is pending, done or failed."""

    venue_transfer_id: str
    token: str
    amount: Decimal
    fee: Decimal = ZERO
    state: str = "done"
    transaction_id: str = ""


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """What an instrument costs now. Prices in the quote currency; a perpetual has ``mark`` and funding.

    Times in ns UTC, 0 where the venue gives none.
    """

    symbol: str
    trade_type: str
    bid: Decimal
    ask: Decimal
    last: Decimal
    observed_at: int
    bid_size: Decimal = ZERO
    ask_size: Decimal = ZERO
    mark: Decimal | None = None
    funding_rate: Decimal | None = None
    next_funding_at: int = 0


BOOK_LEVELS = 50
"""As deep as an order book is looked at."""

Level = tuple[Decimal, Decimal]
"""One level of an order book: price, and quantity in base units."""


class Permissions(msgspec.Struct, frozen=True):
    """What the credentials may do, None where the venue does not tell, and the account they open.

    ``account`` is the venue's own id of it, the same for all keys of one account; empty where the venue does not tell.
    """

    trade: bool | None = None
    withdraw: bool | None = None
    account: str = ""


CROSS = "cross"


class MarginSetting(msgspec.Struct, frozen=True, kw_only=True):
    """How the account margins a perpetual.

    Attributes:
        mode: ``cross``, as the books count, else the venue's word for what it is instead, such as ``isolated``.
        leverage: None where none is set.
        one_way: whether there is one position per symbol, as there must be.
        single_asset: whether its margin is counted as the books count it; not so where a venue lets an account choose
            between one asset and all, and all was chosen.
    """

    symbol: str
    mode: str
    leverage: Decimal | None
    one_way: bool
    single_asset: bool = True


def decimal(value: Any) -> Decimal:
    """A venue's number, given as text or as a JSON number, without trailing zeros; zero where it gives none."""
    if type(value) is not str:
        value = "" if value is None else str(value)
    return _number(value)


@lru_cache(maxsize=512)
def _number(text: str) -> Decimal:
    """Most numbers of an answer were in the one before: balances of what was not traded, zeros, sizes of orders."""
    if not text:
        return ZERO
    if text[-1] == "0" and "." in text and "e" not in text and "E" not in text:
        text = text.rstrip("0").rstrip(".")
    return Decimal(text)


def plain(value: Decimal) -> Decimal:
    """The same number without trailing zeros."""
    return decimal(f"{value:f}")


def positive(value: Any) -> Decimal | None:
    """A venue's number where it is above zero, else None."""
    number = decimal(value)
    return number if number > 0 else None


def add_position(positions: dict[str, PerpPosition], symbol: str, quantity: Decimal, cost: Decimal) -> None:
    """Add a position; an account in hedge mode lists a long and a short of one symbol."""
    known = positions.get(symbol)
    if known is not None:
        quantity, cost = quantity + known.quantity, cost + known.entry_cost
    positions[symbol] = PerpPosition(quantity, plain(cost))


def nanoseconds(milliseconds: Any) -> int:
    """A venue's time in ms, as text or number, in ns; 0 where it gives none."""
    return int(milliseconds) * 1_000_000 if milliseconds else 0
