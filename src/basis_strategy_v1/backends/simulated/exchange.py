"""A simulated centralised exchange account, shaped like a real one: it satisfies the ``CEXBackend`` port."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from basis_strategy_v1.backends.simulated.account import Account
from basis_strategy_v1.backends.simulated.books import ExchangeBooks
from basis_strategy_v1.backends.simulated.fills import FillModel
from basis_strategy_v1.backends.simulated.network import SimulatedNetwork
from basis_strategy_v1.backends.simulated.orders import OrderBook
from basis_strategy_v1.backends.simulated.timeline import Timeline
from basis_strategy_v1.backends.simulated.transfers import TransferDesk
from basis_strategy_v1.core.domain.clock import Clock
from basis_strategy_v1.core.domain.conversions import decimal_from_float
from basis_strategy_v1.core.domain.market import MarketColumns
from basis_strategy_v1.core.domain.orders import (
    AccountEvent,
    FundingPayment,
    LocationReport,
    OrderReport,
    OrderRequest,
    TransferReport,
    TransferRequest,
)
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.interfaces.venue_spec import FeeCurrency, FeeSchedule, VenueSpec


class SimulatedExchange:
    """One account at one venue, with books of its own.

    Nothing happens between calls: every call first lives through all rows up to the clock's (funding, liquidation,
    arrivals, resting orders). The caller's thread must use the ledger context (``use_ledger_context``).

    Args:
        spec: the venue.
        market: the series it trades on; instruments without series cannot be traded in this run.
        clock: the engine's clock, which only moves forward.
        fill_model: what a taker pays beyond the row's price.
        network: shared by all simulated backends of the run; the venue registers itself with it.
        opening_balances: ``{location: {asset: amount}}``.
        fees: fees as fractions of notional; the venue's own when omitted.
        withdrawal_fees: per token, in the token; the venue's own when omitted.
        leverage: by symbol; the venue's default otherwise.
        fee_currency: what spot fees are paid in; the venue's own when omitted.
        expire_after: how long a resting order lives, in ns; None for ever.
        amount_step: what fees are rounded to, as a real venue's books have so many digits; None for exact ones.

    Attributes:
        books: what the account holds.
    """

    def __init__(
        self,
        spec: VenueSpec,
        market: MarketColumns,
        clock: Clock,
        fill_model: FillModel,
        network: SimulatedNetwork,
        opening_balances: Mapping[str, Mapping[str, Decimal]],
        fees: FeeSchedule | None = None,
        withdrawal_fees: Mapping[str, Decimal] | None = None,
        *,
        leverage: Mapping[str, int] | None = None,
        fee_currency: FeeCurrency | None = None,
        expire_after: int | None = None,
        amount_step: Decimal | None = None,
    ) -> None:
        schedule = fees or spec.fees
        if schedule is None:
            raise ComponentError("EIF-008", f"venue {spec.venue} has no fee schedule", "SimulatedExchange")
        self.spec = spec
        self.amount_step = amount_step
        self._clock = clock
        self._account = Account(
            spec,
            market,
            fill_model,
            opening_balances,
            schedule,
            fee_currency or spec.fee_currency,
            leverage or {},
            amount_step,
        )
        self._orders = OrderBook(self._account, expire_after)
        self._transfers = TransferDesk(
            self._account, network, dict(spec.withdrawal_fees if withdrawal_fees is None else withdrawal_fees)
        )
        self._timeline = Timeline(self._account, self._orders, market, network)
        network.register(spec.venue, "cex")
        self.books: ExchangeBooks = self._account.books

    def place_order(self, request: OrderRequest) -> OrderReport:
        """Send an order."""
        clock = self._clock
        row = clock.row
        if row != self._timeline.row:
            self._timeline.advance(row, clock.now)
        return self._orders.place(request, row, clock.now)

    def cancel_order(self, client_order_id: str) -> OrderReport:
        """Cancel an open order; a finished one's final report; REJECTED with EXI-011 for an unknown id."""
        self._catch_up()
        return self._orders.cancel(client_order_id)

    def amend_order(self, client_order_id: str, quantity: Decimal | None, price: Decimal | None) -> OrderReport:
        """Change an open order's total quantity or price; REJECTED (and unchanged) when the venue refuses."""
        row = self._catch_up()
        return self._orders.amend(client_order_id, quantity, price, row, self._clock.now)

    def transfer(self, request: TransferRequest) -> TransferReport:
        """Move between two locations of this venue at once and free, or withdraw with fee and delay."""
        row = self._catch_up()
        return self._transfers.transfer(request, row, self._clock.now)

    def set_leverage(self, symbol: str, leverage: int) -> None:
        """Set the leverage of a perpetual.

        Raises:
            ComponentError: EXI-005 for an unknown perpetual, EXI-001 outside 1 to the venue's highest, EXI-006 when
                open positions would need more margin than there is.
        """
        row = self._catch_up()
        account = self._account
        where = f"{self.spec.venue} perp {symbol}"
        if symbol not in account.perp_desks:
            raise ComponentError("EXI-005", f"{where} is not known in this run", "SimulatedExchange")
        highest = account.tiers(symbol)[0].max_leverage
        if not 1 <= leverage <= highest:
            raise ComponentError("EXI-001", f"leverage of {where} must be 1 to {highest}", "SimulatedExchange")
        before = account.leverage_of(symbol)
        account.set_leverage(symbol, leverage)
        if leverage < before and account.available_margin(row) < 0:
            account.set_leverage(symbol, before)
            raise ComponentError("EXI-006", f"{where}: margin is too low for leverage {leverage}", "SimulatedExchange")

    def lookup_order(self, client_order_id: str) -> OrderReport | None:
        """The order with this id, or None."""
        self._catch_up()
        return self._orders.lookup(client_order_id)

    def open_orders(self) -> Sequence[OrderReport]:
        """All open orders, oldest first."""
        self._catch_up()
        return self._orders.open_reports()

    def observe(self) -> Sequence[LocationReport]:
        """Copies of the balances (no zero entries) and positions at each location."""
        if self._timeline.row != self._clock.row:
            self._catch_up()
        return self.books.report()

    def poll_events(self) -> Sequence[AccountEvent]:
        """Funding, liquidation, arrivals and resting fills since the last call, in the order they happened."""
        if self._timeline.row != self._clock.row:
            self._catch_up()
        return self._timeline.take_events()

    def credit(self, location: str, asset: str, amount: Decimal) -> None:
        """Book an investor's deposit (> 0) or redemption (< 0).

        Raises:
            ComponentError: EXI-006 when a redemption exceeds what may leave, EIM-012 for an unknown location.
        """
        row = self._catch_up()
        if location not in self.books.balances:
            known = ", ".join(self.books.balances)
            raise ComponentError("EIM-012", f"{self.spec.venue} has no location {location}; has {known}")
        if amount < 0:
            available = self._account.withdrawable(location, asset, row)
            if -amount > available:
                message = f"redemption of {-amount} {asset} at {location}: only {available} may leave"
                raise ComponentError("EXI-006", message, "SimulatedExchange")
        self.books.add(location, asset, amount)

    def settle_funding(self, symbol: str, rate: float, mark: float, timestamp: int) -> None:
        """Book a settlement that no column foresees, on the position held until now; nothing when there is none."""
        position = self.books.positions.get(symbol)
        if position is None:
            return
        amount = -position.quantity * decimal_from_float(mark) * decimal_from_float(rate)
        self.books.add(self.spec.margin_location, self.spec.margin_currency, amount)
        self._timeline.note(FundingPayment(timestamp, self.spec.venue, symbol, rate, mark, position.quantity, amount))

    def margin_state(self) -> tuple[Decimal, Decimal]:
        """Margin balance and maintenance margin now, in the margin currency."""
        row = self._catch_up()
        marks = self._account.marks(row)
        return self._account.margin_balance(marks, row), self._account.maintenance(marks)

    def next_expiry(self) -> int | None:
        """When the oldest resting order expires (ns), or None."""
        return self._orders.next_expiry()

    def _catch_up(self) -> int:
        row = self._clock.row
        if row != self._timeline.row:
            self._timeline.advance(row, self._clock.now)
        return row
