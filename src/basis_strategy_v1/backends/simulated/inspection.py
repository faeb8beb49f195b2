"""A view into one simulated account, for whoever shows it as its venue would: margin, locks, leverage."""

from __future__ import annotations

from decimal import Decimal

from basis_strategy_v1.backends.simulated.exchange import SimulatedExchange
from basis_strategy_v1.backends.simulated.liquidation import Liquidator
from basis_strategy_v1.core.domain.orders import LiquidationReport
from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.core.interfaces.venue_spec import MaintenanceTier
from basis_strategy_v1.protocols.perpetual import initial_margin, maintenance_margin, unrealised


class ExchangeInspection:
    """Reads an account at ``row``; the caller has brought the exchange up to that row before."""

    def __init__(self, exchange: SimulatedExchange) -> None:
        self._account = exchange._account
        self._orders = exchange._orders

    def free(self, location: str, asset: str) -> Decimal:
        """A balance less what open orders have locked."""
        return self._account.free(location, asset)

    def withdrawable(self, location: str, asset: str, row: int) -> Decimal:
        """What may leave ``location``."""
        return self._account.withdrawable(location, asset, row)

    def leverage_of(self, symbol: str) -> int:
        """The leverage set for a perpetual, or the venue's default."""
        return self._account.leverage_of(symbol)

    def tiers(self, symbol: str) -> tuple[MaintenanceTier, ...]:
        """The maintenance tiers of a perpetual."""
        return self._account.tiers(symbol)

    def margin_balance(self, row: int) -> Decimal:
        """Wallet, unrealised profit and weighted collateral."""
        return self._account.margin_balance(self._account.marks(row), row)

    def collateral_price(self, asset: str, row: int) -> Decimal:
        """The price of a coin in the margin currency; 0 where there is no market for it."""
        return self._account.collateral_price(asset, row)

    def maintenance(self, row: int) -> Decimal:
        """Maintenance margin of all positions."""
        return self._account.maintenance(self._account.marks(row))

    def available_margin(self, row: int) -> Decimal:
        """Margin balance beyond the initial margin of positions and open orders."""
        return self._account.available_margin(row)

    def position_initial_margin(self, symbol: str, row: int) -> Decimal:
        """Initial margin of one position at its mark."""
        notional = abs(self._account.books.positions[symbol].quantity * self._mark(symbol, row))
        return initial_margin(notional, self.leverage_of(symbol), self.tiers(symbol))

    def position_maintenance_margin(self, symbol: str, row: int) -> Decimal:
        """Maintenance margin of one position at its mark."""
        notional = abs(self._account.books.positions[symbol].quantity * self._mark(symbol, row))
        return maintenance_margin(notional, self.tiers(symbol))

    def position_unrealised(self, symbol: str, row: int) -> Decimal:
        """Unrealised profit of one position at its mark."""
        position = self._account.books.positions[symbol]
        return unrealised(position.quantity, position.entry_cost, self._mark(symbol, row))

    def fee_rates(self, symbol: str, trade_type: str) -> tuple[Decimal, Decimal]:
        """Maker and taker fee of an instrument as fractions of notional; zeros for one that is not traded."""
        desks = self._account.perp_desks if trade_type == "perp" else self._account.spot_desks
        desk = desks.get(symbol)
        return (ZERO, ZERO) if desk is None else (desk.maker_rate, desk.taker_rate)

    def liquidate(self, row: int, now: int) -> LiquidationReport | None:
        """Close every perpetual at its mark as a liquidation does; None when there is none. Orders are cancelled."""
        if not self._account.books.positions:
            return None
        self._orders.cancel_all()
        return Liquidator(self._account).close_at_marks(row, now)

    def _mark(self, symbol: str, row: int) -> Decimal:
        return self._account.perp_desks[symbol].columns.mark.decimal(row)
