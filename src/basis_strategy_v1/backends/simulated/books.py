"""A simulated exchange's own books: what an account holds. They share nothing with the engine's ledger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from basis_strategy_v1.core.domain.orders import LocationReport, PerpPosition
from basis_strategy_v1.protocols.perpetual import ZERO, entry_cost_after, wallet_change


class ExchangeBooks:
    """Balances by location and perpetual positions by symbol.

    Attributes:
        balances: ``{location: {asset: amount}}``; an asset that is not held has no entry.
        positions: open perpetuals, all margined by the wallet in ``margin_currency`` at ``margin_location``.
    """

    __slots__ = ("balances", "margin_currency", "margin_location", "positions", "wallet")

    def __init__(
        self,
        locations: Iterable[str],
        margin_location: str,
        margin_currency: str,
        opening_balances: Mapping[str, Mapping[str, Decimal]],
    ) -> None:
        self.balances: dict[str, dict[str, Decimal]] = {location: {} for location in locations}
        self.positions: dict[str, PerpPosition] = {}
        self.margin_location = margin_location
        self.margin_currency = margin_currency
        self.wallet = self.balances[margin_location]
        for location, amounts in opening_balances.items():
            for asset, amount in amounts.items():
                self.add(location, asset, amount)

    def balance(self, location: str, asset: str) -> Decimal:
        """What is held of ``asset`` at ``location``; below zero only for a margin currency in debt."""
        return self.balances[location].get(asset, ZERO)

    def add(self, location: str, asset: str, amount: Decimal) -> None:
        """Change a balance by ``amount`` (signed)."""
        change_balance(self.balances[location], asset, amount)

    def trade_perp(self, symbol: str, traded: Decimal, price: Decimal, fee: Decimal = ZERO) -> None:
        """Book ``traded`` (signed) base units of a perpetual at ``price``; realised profit less ``fee`` goes to the
        wallet.
        """
        positions = self.positions
        position = positions.get(symbol)
        if position is None:
            positions[symbol] = PerpPosition(traded, traded * price)
            change_balance(self.wallet, self.margin_currency, -fee)
            return
        held, cost = position.quantity, position.entry_cost
        if (held > ZERO) == (traded > ZERO):
            # An increase realises nothing.
            positions[symbol] = PerpPosition(held + traded, cost + traded * price)
            change_balance(self.wallet, self.margin_currency, -fee)
            return
        cost_after = entry_cost_after(held, cost, traded, price)
        change_balance(self.wallet, self.margin_currency, wallet_change(cost, cost_after, traded, price) - fee)
        quantity = held + traded
        if quantity:
            positions[symbol] = PerpPosition(quantity, cost_after)
        else:
            del positions[symbol]

    def report(self) -> tuple[LocationReport, ...]:
        """Copies of everything held, one report per location."""
        positions = self.positions
        margin_location = self.margin_location
        reports = []
        for location, balances in self.balances.items():
            if positions and location == margin_location:
                reports.append(LocationReport(location, balances.copy(), positions.copy()))
            else:
                reports.append(LocationReport(location, balances.copy()))
        return tuple(reports)


def change_balance(balances: dict[str, Decimal], asset: str, amount: Decimal) -> None:
    """Change what ``balances`` hold of ``asset`` by ``amount`` (signed); what is gone has no entry."""
    after = balances.get(asset, ZERO) + amount
    if after:
        balances[asset] = after
    else:
        balances.pop(asset, None)
