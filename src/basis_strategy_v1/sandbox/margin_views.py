"""Balances, positions and margin of an account as a venue shows them, at the current row."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal

from basis_strategy_v1.backends.simulated.exchange import SimulatedExchange
from basis_strategy_v1.backends.simulated.inspection import ExchangeInspection
from basis_strategy_v1.core.domain.quantities import ZERO, divide_nearest
from basis_strategy_v1.protocols.perpetual import tier_of
from basis_strategy_v1.sandbox.records import BalanceView, MarginView, PositionView

PRICE_STEP = Decimal("1e-8")
_WIDE = Context(prec=60, rounding=ROUND_HALF_EVEN)


class MarginViews:
    """Reads one exchange's books; every call is told the row, to which the exchange has been brought."""

    def __init__(self, exchange: SimulatedExchange) -> None:
        self._exchange = exchange
        self._inspection = ExchangeInspection(exchange)

    def balances(self, location: str) -> dict[str, BalanceView]:
        """What is held at ``location``, by asset; no zero entries."""
        held = self._exchange.books.balances[location]
        return {
            asset: BalanceView(asset, amount, amount - self._inspection.free(location, asset))
            for asset, amount in held.items()
        }

    def positions(self, row: int, updated_ms: dict[str, int]) -> list[PositionView]:
        """Open perpetuals, in the order in which they were opened."""
        return [self._position(symbol, row, updated_ms.get(symbol, 0)) for symbol in self._exchange.books.positions]

    def margin(self, row: int) -> MarginView:
        """The margin account."""
        inspection, books = self._inspection, self._exchange.books
        currency = books.margin_currency
        balance = inspection.margin_balance(row)
        available = inspection.available_margin(row)
        positions = sum((inspection.position_initial_margin(symbol, row) for symbol in books.positions), ZERO)
        return MarginView(
            currency=currency,
            wallet=books.wallet.get(currency, ZERO),
            unrealised=sum((inspection.position_unrealised(symbol, row) for symbol in books.positions), ZERO),
            balance=balance,
            initial=balance - available,
            order_margin=balance - available - positions,
            maintenance=inspection.maintenance(row),
            available=max(available, ZERO),
            withdrawable=max(inspection.withdrawable(books.margin_location, currency, row), ZERO),
        )

    def _position(self, symbol: str, row: int, updated_ms: int) -> PositionView:
        inspection = self._inspection
        position = self._exchange.books.positions[symbol]
        unrealised = inspection.position_unrealised(symbol, row)
        notional = unrealised + position.entry_cost
        return PositionView(
            symbol=symbol,
            quantity=position.quantity,
            entry_cost=position.entry_cost,
            entry_price=divide_nearest(position.entry_cost, position.quantity, PRICE_STEP),
            mark_price=divide_nearest(notional, position.quantity, PRICE_STEP),
            notional=notional,
            unrealised=unrealised,
            leverage=inspection.leverage_of(symbol),
            initial_margin=inspection.position_initial_margin(symbol, row),
            maintenance_margin=inspection.position_maintenance_margin(symbol, row),
            liquidation_price=self._liquidation_price(symbol, row, notional),
            updated_ms=updated_ms,
        )

    def _liquidation_price(self, symbol: str, row: int, notional: Decimal) -> Decimal:
        """Where margin balance meets maintenance margin if only this mark moves, inside its present tier; 0 if never.

        From ``balance + quantity * (price - mark) = others + |quantity| * price * rate - deduction``.
        """
        inspection = self._inspection
        quantity = self._exchange.books.positions[symbol].quantity
        tier = tier_of(abs(notional), inspection.tiers(symbol))
        others = inspection.maintenance(row) - inspection.position_maintenance_margin(symbol, row)
        fixed = inspection.margin_balance(row) - notional - others + tier.deduction
        slope = abs(quantity) * tier.rate - quantity
        price = _WIDE.divide(fixed, slope) if slope else ZERO
        return divide_nearest(max(price, ZERO), Decimal(1), PRICE_STEP)
