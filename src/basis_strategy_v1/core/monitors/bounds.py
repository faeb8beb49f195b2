"""Bounds of margin and equity over a range of rows.

Most ranges are far from every limit. A few operations on the columns' block bounds show that, and the vectorised tests
are only evaluated where they do not.
"""

from __future__ import annotations

from basis_strategy_v1.core.domain.market import Column
from basis_strategy_v1.core.domain.record import LeafRecord
from basis_strategy_v1.core.monitors.anchor import AccountAnchor, Anchor, PerpLeg

RELATIVE_SLACK = 1e-9


class MarginBounds(LeafRecord, frozen=True, gc=False):
    """Least and most that balance and maintenance margin can be; ``slack`` exceeds any rounding in them."""

    least_balance: float
    most_balance: float
    least_required: float
    most_required: float
    slack: float


def margin_bounds(account: AccountAnchor, reference: Column | None, start: int, stop: int) -> MarginBounds:
    """Bounds over rows ``start`` to ``stop``, the extremes (or marks) of the row before each included."""
    least = most = account.cash
    least_required = most_required = 0.0
    size = abs(account.cash)
    if account.collateral and reference is not None:
        low, high = reference.bounds(start - 1, stop)
        least += account.collateral * low
        most += account.collateral * high
        size += account.collateral * high
    for leg in account.legs:
        quantity = leg.quantity
        low, high = leg.mark.bounds(start - 1, stop)
        least_required += _required(leg, low)
        lowest, highest = (low, high) if leg.adverse is None else leg.adverse.bounds(start - 1, stop)
        if quantity > 0:
            least += quantity * (lowest if lowest < low else low)
            most += quantity * high
        else:
            most += quantity * low
            high = highest if highest > high else high
            least += quantity * high
        if leg.cumulative is not None:
            least_paid, most_paid = _funding_bounds(leg, leg.cumulative, start, stop)
            least -= most_paid
            most -= least_paid
        most_required += _required(leg, high)
        size += abs(quantity) * high
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
        if leg.quantity < 0:
            low, high = high, low
        least += leg.quantity * (low - leg.mark_anchor)
        most += leg.quantity * (high - leg.mark_anchor)
        if leg.cumulative is not None:
            least_paid, most_paid = _funding_bounds(leg, leg.cumulative, start, stop)
            least -= most_paid
            most -= least_paid
    return least, most


def _funding_bounds(leg: PerpLeg, cumulative: Column, start: int, stop: int) -> tuple[float, float]:
    low, high = cumulative.bounds(start - 1, stop)
    first = leg.funding_factor * (low - leg.cumulative_anchor)
    second = leg.funding_factor * (high - leg.cumulative_anchor)
    return (first, second) if first < second else (second, first)


def _required(leg: PerpLeg, price: float) -> float:
    tiers = leg.maintenance
    required = price * tiers[0][0]
    if len(tiers) == 1:
        return required
    for factor, deduction in tiers[1:]:
        required = max(required, price * factor - deduction)
    return required
