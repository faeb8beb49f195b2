"""The margin account of one venue with a short perpetual position in it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

ZERO = Decimal(0)
CENT = Decimal("0.01")


@dataclass
class ShortAccount:
    """Cash and a short.

    Attributes:
        cash: everything paid in and received, the proceeds of the short included.
        short: base units sold short, >= 0.
        entry_value: what the units still short were sold for; a reduction takes its proportional part.
    """

    cash: Decimal = ZERO
    short: Decimal = ZERO
    entry_value: Decimal = ZERO

    def balance(self, mark: Decimal) -> Decimal:
        """The margin balance: cash less what buying the short back at the mark would cost."""
        return self.cash - self.short * mark

    def payable(self, mark: Decimal, leverage: int) -> Decimal:
        """What can leave the account, in cents: of the wallet, which holds no unrealised profit, and beyond the margin
        in use."""
        wallet = self.cash - self.entry_value
        in_use = (self.short * mark / leverage) // CENT * CENT + CENT if self.short else ZERO
        return max(ZERO, min(wallet, self.balance(mark) - in_use)) // CENT * CENT

    def receive_funding(self, mark: Decimal, rate: Decimal) -> Decimal:
        """A short is paid a positive rate. Returns the amount, < 0 when the short pays."""
        amount = self.short * mark * rate
        self.cash += amount
        return amount

    def trade(self, quantity: Decimal, price: Decimal, fee_rate: Decimal) -> Decimal:
        """Buy back ``quantity`` (> 0) or sell more short (< 0) at ``price``. Returns the fee, paid in cash."""
        fee = abs(quantity) * price * fee_rate
        if quantity > 0:
            self.entry_value -= self.entry_value * quantity / self.short
        else:
            self.entry_value -= quantity * price
        self.short -= quantity
        self.cash -= quantity * price + fee
        return fee
