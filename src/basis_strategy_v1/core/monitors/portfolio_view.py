"""Derived series of the portfolio: one expression for a single row (floats) and for many rows (arrays).

Only ``+ - * /``, ``abs``, comparisons, ``minimum`` and ``maximum``, in one fixed order: those give the same bits on a
float and on an array element. No sums over axes, no powers, no ``if`` on a value.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Protocol

import numpy as np

from basis_strategy_v1.core.domain.market import Column
from basis_strategy_v1.core.monitors.anchor import AccountAnchor, Anchor, PerpLeg
from basis_strategy_v1.core.monitors.bounds import MarginBounds, equity_bounds, margin_bounds

Series = Any
"""A Python float (one row) or a float64 array (many rows)."""


class Reader(Protocol):
    """Reads columns at one row or over a range of rows."""

    def maximum(self, first: Any, second: Any) -> Any:
        """The larger of two values."""

    def minimum(self, first: Any, second: Any) -> Any:
        """The smaller of two values."""

    def either(self, first: Any, second: Any) -> Any:
        """Whether one of two holds."""

    def read(self, column: Column) -> Series:
        """The column's values."""

    def previous(self, column: Column) -> Series:
        """The column's values one row earlier."""

    @property
    def span(self) -> tuple[int, int] | None:
        """``(start, stop)`` of a range of rows, over which bounds save work; None for a single row."""


class RowReader:
    """Reads at one row."""

    __slots__ = ("row",)

    span: ClassVar[None] = None

    def __init__(self, row: int) -> None:
        self.row = row

    def maximum(self, first: float, second: float) -> float:
        return second if second > first else first

    def minimum(self, first: float, second: float) -> float:
        return second if second < first else first

    def either(self, first: bool, second: bool) -> bool:
        return first or second

    def read(self, column: Column) -> float:
        return column.floats[self.row]

    def previous(self, column: Column) -> float:
        return column.floats[self.row - 1]


class RangeReader:
    """Reads rows ``start`` up to (not including) ``stop``; ``start`` must be at least 1."""

    __slots__ = ("_previous", "_rows", "span")

    def __init__(self, start: int, stop: int) -> None:
        self._rows = slice(start, stop)
        self._previous = slice(start - 1, stop - 1)
        self.span: tuple[int, int] | None = (start, stop)

    def maximum(self, first: Any, second: Any) -> Any:
        return np.maximum(first, second)

    def minimum(self, first: Any, second: Any) -> Any:
        return np.minimum(first, second)

    def either(self, first: Any, second: Any) -> Any:
        return np.logical_or(first, second)

    def read(self, column: Column) -> np.ndarray[Any, Any]:
        return column.values[self._rows]

    def previous(self, column: Column) -> np.ndarray[Any, Any]:
        return column.values[self._previous]


def any_of(reader: Reader, parts: Iterable[Any]) -> Any:
    """Where any of ``parts`` holds: each a bool, or an array of bool over the reader's rows."""
    fired: Any = False
    for part in parts:
        # Most parts are a plain False, and combining that with an array costs as much as the test itself.
        if part is not False:
            fired = part if fired is False else reader.either(fired, part)
    return fired


class PortfolioView:
    """What triggers and strategies look at. Money in USD, ``spot_value`` and ``equity`` of the whole portfolio.

    What is computed is remembered. A view is made for every row and range looked at and asked little, so what it
    remembers stands on the class, empty, until there is something.
    """

    _equity: Series = None
    _reference: Series = None
    _balances: dict[AccountAnchor, Series] | None = None
    _maintenances: dict[AccountAnchor, Series] | None = None
    _bounds: dict[AccountAnchor, MarginBounds] | None = None
    _equity_bounds: tuple[float, float] | None = None

    def __init__(self, anchor: Anchor, reader: Reader) -> None:
        self.anchor = anchor
        self.reader = reader

    def reference(self) -> Series:
        """The reference spot S."""
        reference = self._reference
        if reference is None:
            assert self.anchor.reference is not None
            reference = self._reference = self.reader.read(self.anchor.reference)
        return reference

    def spot_value(self) -> Series:
        """Value of the base units held, everywhere."""
        return self.anchor.base * self.reference()

    def funding_paid(self, leg: PerpLeg) -> Series:
        """What ``leg`` has paid since the anchor (negative when received)."""
        if leg.cumulative is None:
            return 0.0
        return leg.funding_factor * (self.reader.read(leg.cumulative) - leg.cumulative_anchor)

    def equity(self) -> Series:
        """Net asset value in USD."""
        value = self._equity
        if value is None:
            anchor = self.anchor
            read = self.reader.read
            value = anchor.nav
            if anchor.base:
                value = value + anchor.base * (self.reference() - anchor.reference_anchor)
            for leg in anchor.legs:
                value = value + leg.quantity * (read(leg.mark) - leg.mark_anchor)
                value = value - self.funding_paid(leg)
            for supply in anchor.supplies:
                value = value + supply.units * (read(supply.index) - supply.index_anchor)
            self._equity = value
        return value

    def margin_balance(self, account: AccountAnchor) -> Series:
        """Cash, collateral after haircut and unrealised profit of a margin account."""
        known = self._balances
        if known is None:
            known = self._balances = {}
        balance = known.get(account)
        if balance is None:
            read = self.reader.read
            balance = account.cash
            if account.collateral:
                balance = balance + account.collateral * self.reference()
            for leg in account.legs:
                balance = balance + leg.quantity * read(leg.mark)
                balance = balance - self.funding_paid(leg)
            known[account] = balance
        return balance

    def maintenance_margin(self, account: AccountAnchor) -> Series:
        """Maintenance margin of all positions of an account, at the mark."""
        known = self._maintenances
        if known is None:
            known = self._maintenances = {}
        total = known.get(account)
        if total is None:
            read = self.reader.read
            for leg in account.legs:
                required = self._maintenance(leg, read(leg.mark))
                total = required if total is None else total + required
            if total is None:
                total = 0.0
            known[account] = total
        return total

    def _maintenance(self, leg: PerpLeg, price: Series) -> Series:
        """The first tier has no deduction."""
        tiers = leg.maintenance
        required = price * tiers[0][0]
        if len(tiers) > 1:
            maximum = self.reader.maximum
            for factor, deduction in tiers[1:]:
                required = maximum(required, price * factor - deduction)
        return required

    def margin_above(self, account: AccountAnchor, ratio: float) -> Series:
        """Whether the margin ratio exceeds ``ratio``: as a product, so that a balance below zero counts as above."""
        if not account.legs or (self.reader.span is not None and self._surely_within(account, 0.0, ratio)):
            return False
        return self.maintenance_margin(account) > ratio * self.margin_balance(account)

    def margin_below(self, account: AccountAnchor, ratio: float) -> Series:
        """Whether the margin ratio is under ``ratio``."""
        if not account.legs or (self.reader.span is not None and self._surely_within(account, ratio, 1.0)):
            return False
        return self.maintenance_margin(account) < ratio * self.margin_balance(account)

    def liquidated_before(self, account: AccountAnchor) -> Series:
        """Whether the mark's extremes since the previous row reach liquidation.

        With the cash and cumulative funding of the previous row: the extremes stored there cover the time up to,
        not including, this row.
        """
        for leg in account.legs:
            if leg.adverse is not None:
                break
        else:
            return False
        if self.reader.span is not None and self._surely_within(account, 0.0, 1.0):
            return False
        previous = self.reader.previous
        balance: Series = account.cash
        required: Series = 0.0
        if account.collateral:
            assert self.anchor.reference is not None
            balance = balance + account.collateral * previous(self.anchor.reference)
        for leg in account.legs:
            price = previous(leg.adverse if leg.adverse is not None else leg.mark)
            balance = balance + leg.quantity * price
            if leg.cumulative is not None:
                balance = balance - leg.funding_factor * (previous(leg.cumulative) - leg.cumulative_anchor)
            required = required + self._maintenance(leg, price)
        return required >= balance

    def margin_surely_below(self, account: AccountAnchor, ratio: float) -> bool:
        """Whether bounds alone show that no row of a range reaches ``ratio``, extremes included; False says nothing."""
        return self.reader.span is not None and self._surely_within(account, 0.0, ratio)

    def _surely_within(self, account: AccountAnchor, lowest: float, highest: float) -> bool:
        """Whether bounds alone show that the account's margin ratio stays in ``(lowest, highest)`` over a whole range.

        Extremes before each row are covered. False says nothing. A single row is evaluated at once.
        """
        bounds = self.margin_bounds(account)
        assert bounds is not None
        slack = bounds.slack
        return (
            bounds.most_required + slack < highest * bounds.least_balance
            and bounds.least_required - slack > lowest * bounds.most_balance
        )

    def margin_bounds(self, account: AccountAnchor) -> MarginBounds | None:
        """Bounds of balance and maintenance margin over a range of rows; None for a single row."""
        span = self.reader.span
        if span is None:
            return None
        known = self._bounds
        if known is None:
            known = self._bounds = {}
        bounds = known.get(account)
        if bounds is None:
            bounds = known[account] = margin_bounds(account, self.anchor.reference, span[0], span[1])
        return bounds

    def equity_bounds(self) -> tuple[float, float] | None:
        """Bounds of equity over a range of rows; None for a single row."""
        span = self.reader.span
        if span is not None and self._equity_bounds is None:
            self._equity_bounds = equity_bounds(self.anchor, span[0], span[1])
        return self._equity_bounds

    def spot_value_bounds(self) -> tuple[float, float] | None:
        """Bounds of the value of the base units held over a range of rows; None for a single row."""
        span = self.reader.span
        if span is None or self.anchor.reference is None:
            return None
        low, high = self.anchor.reference.bounds(span[0], span[1])
        return self.anchor.base * low, self.anchor.base * high
