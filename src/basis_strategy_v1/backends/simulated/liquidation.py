"""Liquidation of a simulated account: when it is due, at which prices it closes, and what insurance takes.

Extremes: between two rows the marks are taken to move together on a straight line from the row's marks to the worst
extreme of each position (highest mark for a short, lowest for a long). The account closes at the first point of that
line where margin balance equals maintenance margin, on the tick beyond it. A mark at a row is a jump: the account
closes at that mark. What is left of the margin currency goes to insurance; a debt that is left is first paid by
selling collateral at the row's spot price, and insurance bears the rest (``to_insurance`` < 0).
"""

from __future__ import annotations

from decimal import Decimal

from basis_strategy_v1.backends.simulated.account import Account
from basis_strategy_v1.core.domain.deltas import Fill
from basis_strategy_v1.core.domain.orders import LiquidationReport
from basis_strategy_v1.core.domain.quantities import ZERO, divide_down, step_down, step_up

_LINE_STEPS = 1 << 20


class Liquidator:
    """Checks one account and closes it when it is due."""

    __slots__ = ("_account",)

    def __init__(self, account: Account) -> None:
        self._account = account

    def check_extremes(self, row: int, now: int) -> LiquidationReport | None:
        """Against the extremes stored at ``row`` (they cover the time up to the next row, which is at ``now``)."""
        account = self._account
        if not account.books.positions:
            return None
        worst = self._worst_marks(row)
        marks = account.marks(row)
        if worst == marks or not account.is_liquidated_at(worst, row):
            return None
        return self._close(self._closing_prices(marks, worst, row), row, now, "mark extreme between two rows")

    def check_marks(self, row: int, now: int) -> LiquidationReport | None:
        """Against the marks of ``row``, whose time is ``now``."""
        account = self._account
        if not account.books.positions:
            return None
        marks = account.marks(row)
        if not account.is_liquidated_at(marks, row):
            return None
        return self._close(marks, row, now, "mark at the row")

    def close_at_marks(self, row: int, now: int) -> LiquidationReport:
        """Close everything at the marks of ``row`` although margin would suffice: a venue may do so at any time."""
        return self._close(self._account.marks(row), row, now, "taken over by the venue")

    def _worst_marks(self, row: int) -> dict[str, Decimal]:
        worst = {}
        for symbol, position in self._account.books.positions.items():
            columns = self._account.perp_desks[symbol].columns
            mark = columns.mark.decimal(row)
            extreme = columns.mark_high if position.quantity < 0 else columns.mark_low
            if extreme is None:
                worst[symbol] = mark
            else:
                reached = extreme.decimal(row)
                worst[symbol] = max(mark, reached) if position.quantity < 0 else min(mark, reached)
        return worst

    def _closing_prices(self, marks: dict[str, Decimal], worst: dict[str, Decimal], row: int) -> dict[str, Decimal]:
        """Marks at the first of ``_LINE_STEPS`` points between ``marks`` and ``worst`` where liquidation is due."""
        account = self._account
        safe, due = -1, _LINE_STEPS
        while due - safe > 1:
            middle = (safe + due) // 2
            if account.is_liquidated_at(_on_line(marks, worst, middle), row):
                due = middle
            else:
                safe = middle
        return {symbol: self._on_tick(symbol, price) for symbol, price in _on_line(marks, worst, due).items()}

    def _on_tick(self, symbol: str, price: Decimal) -> Decimal:
        tick = self._account.perp_desks[symbol].tick
        short = self._account.books.positions[symbol].quantity < 0
        return step_up(price, tick) if short else step_down(price, tick)

    def _close(self, prices: dict[str, Decimal], row: int, now: int, reason: str) -> LiquidationReport:
        account = self._account
        books = account.books
        fills = []
        for symbol, position in list(books.positions.items()):
            traded, price = -position.quantity, prices[symbol]
            books.trade_perp(symbol, traded, price)
            fills.append(self._fill(symbol, "perp", traded, price, now))
        fills += self._sell_collateral(row, now)
        left = books.balance(books.margin_location, books.margin_currency)
        books.add(books.margin_location, books.margin_currency, -left)
        return LiquidationReport(
            timestamp=now,
            venue=account.spec.venue,
            location=books.margin_location,
            fills=tuple(fills),
            to_insurance=left,
            quote=books.margin_currency,
            reason=reason,
        )

    def _sell_collateral(self, row: int, now: int) -> list[Fill]:
        """Sell as much collateral as pays a debt in the margin currency, at the spot price of ``row``."""
        account = self._account
        books = account.books
        fills = []
        for base, columns in account.collateral_markets.items():
            debt = -books.balance(books.margin_location, books.margin_currency)
            held = books.balance(books.margin_location, base)
            if debt <= 0 or held <= 0 or base not in account.collateral:
                continue
            price = columns.price.decimal(row)
            step = columns.instrument.step
            needed = divide_down(debt, price, step) + step
            sold = min(held, needed)
            books.add(books.margin_location, base, -sold)
            books.add(books.margin_location, books.margin_currency, sold * price)
            fills.append(self._fill(columns.instrument.symbol, "spot", -sold, price, now))
        return fills

    def _fill(self, symbol: str, trade_type: str, quantity: Decimal, price: Decimal, now: int) -> Fill:
        account = self._account
        trade_id = f"liquidation-{account.spec.venue}-{now}-{trade_type}-{symbol}"
        return Fill(
            trade_id, account.spec.venue, symbol, trade_type, quantity, price, ZERO, account.books.margin_currency
        )


def _on_line(marks: dict[str, Decimal], worst: dict[str, Decimal], steps: int) -> dict[str, Decimal]:
    return {symbol: mark + (worst[symbol] - mark) * steps / _LINE_STEPS for symbol, mark in marks.items()}
