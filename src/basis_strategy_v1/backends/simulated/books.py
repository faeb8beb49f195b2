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
        held = self.balances[location]
        after = held.get(asset, ZERO) + amount
        if after:
            held[asset] = after
        else:
            held.pop(asset, None)

    def trade_perp(self, symbol: str, traded: Decimal, price: Decimal, fee: Decimal = ZERO) -> None:
        """Book ``traded`` (signed) base units of a perpetual at ``price``; realised profit less ``fee`` goes to the
        wallet.
        """
        position = self.positions.get(symbol)
        if position is None:
            self.positions[symbol] = PerpPosition(traded, traded * price)
            self.add(self.margin_location, self.margin_currency, -fee)
            return
        entry_cost = entry_cost_after(position.quantity, position.entry_cost, traded, price)
        realised = wallet_change(position.entry_cost, entry_cost, traded, price)
        self.add(self.margin_location, self.margin_currency, realised - fee)
        quantity = position.quantity + traded
        if quantity:
            self.positions[symbol] = PerpPosition(quantity, entry_cost)
        else:
            del self.positions[symbol]

    def report(self) -> tuple[LocationReport, ...]:
        """Copies of everything held, one report per location."""
        positions = self.positions
        margin_location = self.margin_location
        return tuple(
            [
                LocationReport(location, balances.copy(), positions.copy())
                if location == margin_location and positions
                else LocationReport(location, balances.copy())
                for location, balances in self.balances.items()
            ]
        )
