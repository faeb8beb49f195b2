"""Linear perpetual contracts, exactly: entry cost, funding, margin. Pure functions of decimals.

Signs: a long has a positive quantity, a short a negative one; an entry cost is quantity x entry price and has the
quantity's sign. A wallet balance W and an entry cost E always enter a net value as ``W - E``, so a rounding of E that
is moved into W by the same amount changes nothing that anybody can earn.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, ROUND_UP, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Protocol

ENTRY_COST_STEP = Decimal("1e-8")
"""What an entry cost is rounded to when a part of the position is closed."""

ZERO = Decimal(0)
_TRAPS = [InvalidOperation, DivisionByZero, Overflow]
_NEAREST = Context(prec=60, rounding=ROUND_HALF_EVEN, traps=_TRAPS)
_UP = Context(prec=60, rounding=ROUND_UP, traps=_TRAPS)


class Tier(Protocol):
    """From ``floor`` notional on, maintenance margin is ``notional * rate - deduction``."""

    @property
    def floor(self) -> Decimal: ...
    @property
    def rate(self) -> Decimal: ...
    @property
    def deduction(self) -> Decimal: ...
    @property
    def max_leverage(self) -> int: ...


def entry_cost_after(quantity: Decimal, entry_cost: Decimal, traded: Decimal, price: Decimal) -> Decimal:
    """The entry cost of the position ``quantity + traded`` after ``traded`` base units changed hands at ``price``.

    An increase adds ``traded * price``; a reduction releases the closed share of the old entry cost, rounded to
    ``ENTRY_COST_STEP``; a reversal leaves only what the new side cost.
    """
    after = quantity + traded
    if not after:
        return ZERO
    if not quantity or (quantity > 0) == (traded > 0):
        return entry_cost + traded * price
    if (after > 0) == (quantity > 0):
        share = _NEAREST.divide(entry_cost * after, quantity)
        return _NEAREST.quantize(share, ENTRY_COST_STEP)
    return after * price


def wallet_change(entry_cost: Decimal, entry_cost_after_trade: Decimal, traded: Decimal, price: Decimal) -> Decimal:
    """What a trade moves into the wallet (realised profit > 0), fee apart: net value changes by ``-traded * price``."""
    return entry_cost_after_trade - entry_cost - traded * price


def funding_received(quantity: Decimal, products: Sequence[int], unit: Decimal) -> list[Decimal]:
    """Funding received (> 0) or paid on ``quantity`` at each of several settlements: ``-quantity * mark * rate``.

    A product is rate times mark in whole numbers of the smallest rate and the smallest price; ``unit`` is the value of
    1.
    """
    value = -quantity * unit
    return [value * product if product else ZERO for product in products]


def unrealised(quantity: Decimal, entry_cost: Decimal, mark: Decimal) -> Decimal:
    """Profit not yet moved into the wallet, at ``mark``."""
    return quantity * mark - entry_cost


def tier_of(notional: Decimal, tiers: Sequence[Tier]) -> Tier:
    """The tier that ``notional`` (>= 0) falls into. ``tiers`` ascend by floor and start at 0."""
    found = tiers[0]
    for tier in tiers:
        if tier.floor > notional:
            break
        found = tier
    return found


def maintenance_margin(notional: Decimal, tiers: Sequence[Tier]) -> Decimal:
    """Margin below which a position of ``notional`` (>= 0) is liquidated.

    Piecewise linear, convex and continuous: each tier's rate applies only to what lies above its floor, which the
    deduction expresses.
    """
    tier = tier_of(notional, tiers)
    return notional * tier.rate - tier.deduction


def initial_margin(notional: Decimal, leverage: int, tiers: Sequence[Tier]) -> Decimal:
    """Margin needed to open ``notional`` (>= 0) at ``leverage``, or at the tier's highest if that is lower.

    Rounded up to 1e-8 of the quote currency.
    """
    allowed = min(leverage, tier_of(notional, tiers).max_leverage)
    return _UP.quantize(_UP.divide(notional, Decimal(allowed)), ENTRY_COST_STEP)
