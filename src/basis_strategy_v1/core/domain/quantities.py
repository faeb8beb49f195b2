"""Exact decimal arithmetic: one context for the ledger and the named ways to round.

Ledger arithmetic never rounds by accident: its context has 60 digits and traps ``Inexact``.
Whoever needs rounding calls one of the functions below, whose name says the direction.
"""

from __future__ import annotations

from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
    setcontext,
)

PRECISION = 60
ZERO = Decimal(0)
ONE = Decimal(1)

_TRAPS = [InvalidOperation, DivisionByZero, Overflow]
LEDGER_CONTEXT = Context(prec=PRECISION, rounding=ROUND_HALF_EVEN, traps=[*_TRAPS, Inexact])
_DOWN = Context(prec=PRECISION, rounding=ROUND_DOWN, traps=_TRAPS)
_FLOOR = Context(prec=PRECISION, rounding=ROUND_FLOOR, traps=_TRAPS)
_CEILING = Context(prec=PRECISION, rounding=ROUND_CEILING, traps=_TRAPS)
_NEAREST = Context(prec=PRECISION, rounding=ROUND_HALF_EVEN, traps=_TRAPS)


def use_ledger_context() -> None:
    """Make the ledger context the current thread's. Every thread that touches a ledger calls it."""
    setcontext(LEDGER_CONTEXT.copy())


def step_down(value: Decimal, step: Decimal) -> Decimal:
    """The multiple of ``step`` next to ``value`` towards zero."""
    return value // step * step


def step_up(value: Decimal, step: Decimal) -> Decimal:
    """The multiple of ``step`` next to ``value`` away from zero."""
    lower = value // step * step
    if lower == value:
        return lower
    return lower + (step if value > 0 else -step)


def divide_down(numerator: Decimal, denominator: Decimal, step: Decimal) -> Decimal:
    """``numerator / denominator``, towards zero to a multiple of ``step``."""
    return _DOWN.divide(numerator, denominator) // step * step


def divide_nearest(numerator: Decimal, denominator: Decimal, step: Decimal) -> Decimal:
    """``numerator / denominator`` to the nearest multiple of ``step`` (a power of ten), half to even."""
    return _NEAREST.quantize(_NEAREST.divide(numerator, denominator), step)


def round_nearest(value: Decimal, step: Decimal) -> Decimal:
    """``value`` to the nearest multiple of ``step`` (a power of ten), half to even."""
    return _NEAREST.quantize(value, step)


def round_floor(value: Decimal, step: Decimal) -> Decimal:
    """``value`` towards minus infinity to a multiple of ``step`` (a power of ten)."""
    return _FLOOR.quantize(value, step)


def round_ceiling(value: Decimal, step: Decimal) -> Decimal:
    """``value`` towards plus infinity to a multiple of ``step`` (a power of ten)."""
    return _CEILING.quantize(value, step)


def is_multiple(value: Decimal, step: Decimal) -> bool:
    """Whether ``value`` is a whole number of ``step``."""
    return value % step == 0
