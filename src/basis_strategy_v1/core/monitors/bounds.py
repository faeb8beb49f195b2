"""Bounds of margin and equity over a range of rows.

Most ranges are far from every limit. A few operations on the columns' block bounds show that, and the vectorised tests
are only evaluated where they do not.
"""

from __future__ import annotations

import msgspec

from basis_strategy_v1.core.monitors.anchor import AccountAnchor, Anchor, PerpLeg

RELATIVE_SLACK = 1e-9


class MarginBounds(msgspec.Struct, frozen=True, gc=False):
    """Least and most that balance and maintenance margin can be; ``slack`` exceeds any rounding in them."""

    least_balance: float
    most_balance: float
    least_required: float
    most_required: float
    slack: float


def margin_bounds(account: AccountAnchor, anchor: Anchor, start: int, stop: int) -> MarginBounds:
    """Bounds over rows ``start`` to ``stop``, the extremes (or marks) of the row before each included."""
    least = most = account.cash
    least_required = most_required = 0.0
    size = abs(account.cash)
    if account.collateral and anchor.reference is not None:
        low, high = anchor.reference.bounds(start - 1, stop)
        least += account.collateral * low
        most += account.collateral * high
        size += account.collateral * high
    for leg in account.legs:
        low, high = leg.mark.bounds(start - 1, stop)
        worst = _worst_price(leg, start, stop, low, high)
        best = high if leg.quantity > 0 else low
        least_paid, most_paid = _funding_bounds(leg, start, stop)
        least += leg.quantity * worst - most_paid
        most += leg.quantity * best - least_paid
        least_required += _required(leg, low)
        most_required += _required(leg, max(worst, high))
        size += abs(leg.quantity) * max(worst, high)
    return MarginBounds(least, most, least_required, most_required, size * RELATIVE_SLACK)


def equity_bounds(anchor: Anchor, start: int, stop: int) -> tuple[float, float]:
    """Least and most that equity can be; each term is bounded by itself, so they are wide."""
    least = most = anchor.nav
    if anchor.base and anchor.reference is not None:
        low, high = anchor.reference.bounds(start, stop)
        least += anchor.base * (low - anchor.reference_anchor)
        most += anchor.base * (high - anchor.reference_anchor)
    for leg in anchor.legs:
        low, high = leg.mark.bounds(start, stop)
        ends = (leg.quantity * (low - leg.mark_anchor), leg.quantity * (high - leg.mark_anchor))
        least_paid, most_paid = _funding_bounds(leg, start, stop)
        least += min(ends) - most_paid
        most += max(ends) - least_paid
    return least, most


def _worst_price(leg: PerpLeg, start: int, stop: int, low: float, high: float) -> float:
    if leg.adverse is None:
        return low if leg.quantity > 0 else high
    extreme_low, extreme_high = leg.adverse.bounds(start - 1, stop - 1)
    return min(low, extreme_low) if leg.quantity > 0 else max(high, extreme_high)


def _funding_bounds(leg: PerpLeg, start: int, stop: int) -> tuple[float, float]:
    if leg.cumulative is None:
        return 0.0, 0.0
    low, high = leg.cumulative.bounds(start - 1, stop)
    first = leg.funding_factor * (low - leg.cumulative_anchor)
    second = leg.funding_factor * (high - leg.cumulative_anchor)
    return (first, second) if first < second else (second, first)


def _required(leg: PerpLeg, price: float) -> float:
    required = price * leg.maintenance[0][0]
    for factor, deduction in leg.maintenance[1:]:
        required = max(required, price * factor - deduction)
    return required
