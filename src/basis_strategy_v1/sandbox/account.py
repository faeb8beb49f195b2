"""The state of one account at a local venue: what every venue's wire module talks to.

It knows nothing of a wire. The simulated exchange below it gets ids of this module's own, so which client ids may
repeat is the wire module's rule. All calls need the ledger's decimal context, and one caller at a time.
"""

from __future__ import annotations

from collections.abc import Container
from decimal import Decimal

import msgspec

from basis_strategy_v1.backends.simulated.exchange import SimulatedExchange
from basis_strategy_v1.backends.simulated.inspection import ExchangeInspection
from basis_strategy_v1.backends.simulated.network import SimulatedNetwork
from basis_strategy_v1.core.domain.clock import SimulationClock
from basis_strategy_v1.core.domain.deltas import Outcome
from basis_strategy_v1.core.domain.orders import (
    FundingPayment,
    LiquidationReport,
    OrderReport,
    OrderRequest,
    OrderStatus,
    TransferArrival,
)
from basis_strategy_v1.core.domain.quantities import ZERO, divide_nearest, step_down
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec
from basis_strategy_v1.sandbox.account_history import FIRST_ID, AccountHistory, settled_in_steps
from basis_strategy_v1.sandbox.account_modes import AccountModes
from basis_strategy_v1.sandbox.addresses import AddressBook
from basis_strategy_v1.sandbox.clock import NANOSECONDS_PER_MILLISECOND, SandboxClock
from basis_strategy_v1.sandbox.margin_views import PRICE_STEP, MarginViews
from basis_strategy_v1.sandbox.money_desk import MoneyDesk
from basis_strategy_v1.sandbox.order_store import OrderStore, new_order
from basis_strategy_v1.sandbox.position_results import PositionResults
from basis_strategy_v1.sandbox.records import (
    BalanceView,
    DepositRecord,
    FundingRecord,
    LiquidationRecord,
    MarginView,
    OrderRecord,
    PositionView,
    Refusal,
    RejectKind,
    TradeRecord,
    TransferRecord,
    WithdrawalRecord,
)
from basis_strategy_v1.sandbox.reject_kinds import reject_kind
from basis_strategy_v1.sandbox.trade_log import TradeLog


class SandboxAccount:
    """One account at one venue, on a simulated exchange.

    Args:
        spec: the venue.
        exchange: its simulated exchange, driven by ``exchange_clock`` and by nobody else.
        clock: the time of the local venues.
        exchange_clock: the exchange's own clock, which this account moves row by row.
        network: shared by all venues.
        addresses: whose address is whose.

    Attributes:
        money: transfers, withdrawals and deposits.
        modes: how margin and positions are set.
    """

    def __init__(
        self,
        spec: VenueSpec,
        exchange: SimulatedExchange,
        clock: SandboxClock,
        exchange_clock: SimulationClock,
        network: SimulatedNetwork,
        addresses: AddressBook,
    ) -> None:
        self.spec = spec
        self.modes = AccountModes()
        self._exchange = exchange
        self._inspection = ExchangeInspection(exchange)
        self._clock = clock
        self._exchange_clock = exchange_clock
        self._exchange_clock.row = -1
        self._views = MarginViews(exchange)
        self._store = OrderStore()
        self._log = TradeLog(FIRST_ID)
        self._history = AccountHistory(self._store, self._log, self._take_order_id)
        self._position_times: dict[str, int] = {}
        self._next_order_id = FIRST_ID
        self._partial_share: Decimal | None = None
        self._lookup_lag = 0
        self.money = MoneyDesk(exchange, clock, network, addresses, FIRST_ID)

    def place(self, request: OrderRequest, cancelled_later: Container[RejectKind] = ()) -> OrderRecord:
        """Take an order: ``request.client_order_id`` is the client's id and may repeat. A refused one is REJECTED.

        What is refused for a reason in ``cancelled_later`` was taken by the venue's gateway and cancelled by its
        matching engine: it is CANCELED, keeps its ``reject_kind``, and lookups know it.
        """
        self.sync()
        now_ms = self._clock.now_ms()
        record = new_order(self._take_order_id(), request, now_ms)
        share, self._partial_share = self._partial_share, None
        quantity = request.quantity if share is None else self._part_of(request, share)
        report = self._exchange.place_order(
            msgspec.structs.replace(request, client_order_id=str(record.order_id), quantity=quantity)
        )
        if share is not None and report.status.is_open:
            report = self._exchange.cancel_order(str(record.order_id))
        record = self._updated(record, report, is_maker=False, time_ms=now_ms)
        if record.reject_kind in cancelled_later or (share is not None and not record.is_rejected):
            record = msgspec.structs.replace(record, status=OrderStatus.CANCELED)
        self._store.put(record, hidden_for=0 if record.is_rejected else self._lookup_lag)
        if not record.is_rejected:
            self._lookup_lag = 0
        return record

    def cancel(self, order_id: int) -> OrderRecord | Refusal:
        """Cancel an open order; refused with ``not_found`` when it is unknown or finished."""
        self.sync()
        record = self._store.open_order(order_id)
        if record is None:
            return Refusal("not_found", f"no open order {order_id}", "EXI-011")
        report = self._exchange.cancel_order(str(order_id))
        return self._keep(record, report, is_maker=False)

    def amend(self, order_id: int, quantity: Decimal | None, price: Decimal | None) -> OrderRecord | Refusal:
        """Change the total quantity or the price of an open order; refused, it stays as it was."""
        self.sync()
        record = self._store.open_order(order_id)
        if record is None:
            return Refusal("not_found", f"no open order {order_id}", "EXI-011")
        report = self._exchange.amend_order(str(order_id), quantity, price)
        if report.outcome is not Outcome.DONE:
            return Refusal(reject_kind(report.error_code, report.reason), report.reason, report.error_code)
        changed = msgspec.structs.replace(record, quantity=report.quantity, price=report.price)
        return self._keep(changed, report, is_maker=False)

    def open_order(self, order_id: int) -> OrderRecord | None:
        """The resting order with this id: what the matching engine sees, whatever lookups are told."""
        self.sync()
        return self._store.open_order(order_id)

    def open_with(self, client_id: str, symbol: str | None = None, trade_type: str | None = None) -> OrderRecord | None:
        """The resting order with this client id: what the matching engine sees."""
        self.sync()
        return self._store.open_with(client_id, symbol, trade_type)

    def resting_orders(self, symbol: str | None = None, trade_type: str | None = None) -> list[OrderRecord]:
        """All resting orders, oldest first: what the matching engine sees."""
        self.sync()
        return [record for record in self._store.open_records() if _is_of(record, symbol, trade_type)]

    @property
    def last_order_id(self) -> int:
        """The id of the latest order that was asked for."""
        return self._next_order_id

    def is_client_id_used(self, client_id: str) -> bool:
        """Whether any accepted order, finished ones too, has had this client id."""
        return self._store.is_used(client_id)

    def order(self, order_id: int) -> OrderRecord | None:
        """A lookup by the venue's id (refused orders included; a lookup may lag)."""
        self.sync()
        return self._store.by_id(order_id)

    def latest(self, client_id: str, symbol: str | None = None, trade_type: str | None = None) -> OrderRecord | None:
        """A lookup by client id: the latest accepted order that has it (a lookup may lag)."""
        self.sync()
        return self._store.latest(client_id, symbol, trade_type)

    def open_orders(self, symbol: str | None = None, trade_type: str | None = None) -> list[OrderRecord]:
        """Resting orders, oldest first (a lookup may lag)."""
        self.sync()
        return [record for record in self._store.visible_open() if _is_of(record, symbol, trade_type)]

    def orders(self, symbol: str | None = None, trade_type: str | None = None) -> list[OrderRecord]:
        """Accepted orders, oldest first (a lookup may lag)."""
        self.sync()
        return [record for record in self._store.visible() if _is_of(record, symbol, trade_type)]

    def trades(self, symbol: str | None = None, trade_type: str | None = None) -> list[TradeRecord]:
        """All fills, oldest first; those of an order that lookups do not show yet are missing."""
        self.sync()
        if symbol is not None and trade_type is not None:
            return self._in_sight(self._log.by_market.get((trade_type, symbol), []))
        return [trade for trade in self._in_sight(self._log.trades) if _is_of(trade, symbol, trade_type)]

    def trades_of(self, order_id: int) -> list[TradeRecord]:
        """The fills of one order, oldest first."""
        self.sync()
        return self._in_sight(self._log.by_order.get(order_id, []))

    def funding(self, symbol: str | None = None) -> list[FundingRecord]:
        """Funding paid and received, oldest first."""
        self.sync()
        return [record for record in self._history.funding if symbol in (None, record.symbol)]

    def liquidations(self) -> list[LiquidationRecord]:
        """Liquidations, oldest first."""
        self.sync()
        return list(self._history.liquidations)

    def balances(self, location: str) -> dict[str, BalanceView]:
        """What is held at ``location``, by asset; no zero entries."""
        self.sync()
        return self._views.balances(location)

    def positions(self) -> list[PositionView]:
        """Open perpetuals."""
        self.sync()
        return self._views.positions(self._clock.row, self._position_times)

    @property
    def results(self) -> PositionResults:
        """What the perpetuals have brought so far."""
        self.sync()
        return self._log.results

    def margin(self) -> MarginView:
        """The margin account."""
        self.sync()
        return self._views.margin(self._clock.row)

    def leverage_of(self, symbol: str) -> int:
        """The leverage set for a perpetual."""
        return self._inspection.leverage_of(symbol)

    def set_leverage(self, symbol: str, leverage: int) -> Refusal | None:
        """Set the leverage of a perpetual; None when done."""
        self.sync()
        try:
            self._exchange.set_leverage(symbol, leverage)
        except ComponentError as error:
            return Refusal(reject_kind(error.error_code, error.message), error.message, error.error_code)
        return None

    def fee_rates(self, symbol: str, trade_type: str) -> tuple[Decimal, Decimal]:
        """Maker and taker fee as fractions of notional."""
        return self._inspection.fee_rates(symbol, trade_type)

    def collateral_price(self, asset: str) -> Decimal:
        """The price of a coin in the margin currency; 0 where there is no market for it."""
        return self._inspection.collateral_price(asset, self._clock.row)

    def transfer(
        self, from_location: str, to_location: str, asset: str, amount: Decimal, client_id: str = ""
    ) -> TransferRecord | Refusal:
        """Move between two locations of the venue, at once and free."""
        self.sync()
        return self.money.transfer(from_location, to_location, asset, amount, client_id)

    def transfers(self) -> list[TransferRecord]:
        """Transfers inside the venue, oldest first."""
        return list(self.money.transfers)

    def withdraw(
        self,
        location: str,
        asset: str,
        amount: Decimal,
        address: str,
        *,
        network: str = "",
        tag: str = "",
        client_id: str = "",
    ) -> WithdrawalRecord | Refusal:
        """Send ``amount`` (the venue's fee included) from ``location`` to ``address``."""
        self.sync()
        return self.money.withdraw(location, asset, amount, address, network, tag, client_id)

    def withdrawals(self) -> list[WithdrawalRecord]:
        """Withdrawals, oldest first."""
        self.sync()
        return self.money.withdrawals()

    def deposits(self) -> list[DepositRecord]:
        """Deposits, oldest first."""
        self.sync()
        return list(self.money.deposits)

    def deposit(self, location: str, asset: str, amount: Decimal, source: str = "") -> DepositRecord | Refusal:
        """Credit money from outside at once (below 0: take it away)."""
        self.sync()
        return self.money.deposit(location, asset, amount, source)

    def arm_partial_fill(self, share: Decimal) -> None:
        """The next order fills at most this share of its quantity, and the rest is cancelled by the venue."""
        self._partial_share = share

    def arm_lookup_lag(self, polls: int) -> None:
        """The next accepted order stays out of sight of as many lookups."""
        self._lookup_lag = polls

    def forget(self, order_id: int) -> None:
        """Strike a finished order from the records: some venues keep none of an order they did not execute."""
        self._store.remove(order_id)

    def _in_sight(self, trades: list[TradeRecord]) -> list[TradeRecord]:
        hidden = self._store.hidden_ids()
        return [trade for trade in trades if trade.order_id not in hidden] if hidden else list(trades)

    def disarm(self) -> None:
        """Forget what was armed and met no order."""
        self._partial_share, self._lookup_lag = None, 0

    def liquidate(self) -> LiquidationRecord | None:
        """Close every perpetual at its mark as a liquidation does."""
        self.sync()
        report = self._inspection.liquidate(self._clock.row, self._clock.now)
        if report is None:
            return None
        self._refresh_open_orders(self._clock.now_ms())
        return self._history.note_liquidation(report)

    def sync(self) -> None:
        """Live through all rows up to the clock's; orders that rest are followed row by row."""
        clock, inner = self._clock, self._exchange_clock
        row = clock.row
        while inner.row < row:
            next_row = inner.row + 1 if self._store.has_open() else row
            inner.move_to(next_row, clock.row_time(next_row))
            self._live_through(inner.now // NANOSECONDS_PER_MILLISECOND)
        inner.move_to(row, clock.now)

    def _take_order_id(self) -> int:
        self._next_order_id += 1
        return self._next_order_id

    def _live_through(self, time_ms: int) -> None:
        for event in self._exchange.poll_events():
            if isinstance(event, FundingPayment):
                self._history.note_funding(settled_in_steps(event, self._exchange), self.spec.margin_currency)
            elif isinstance(event, LiquidationReport):
                self._history.note_liquidation(event)
            elif isinstance(event, TransferArrival):
                self.money.note_arrival(event)
        self._refresh_open_orders(time_ms)

    def _refresh_open_orders(self, time_ms: int) -> None:
        for record in self._store.open_records():
            report = self._exchange.lookup_order(str(record.order_id))
            if report is not None and (report.status is not record.status or report.filled != record.filled):
                self._store.replace(self._updated(record, report, is_maker=True, time_ms=time_ms))

    def _keep(self, record: OrderRecord, report: OrderReport, *, is_maker: bool) -> OrderRecord:
        updated = self._updated(record, report, is_maker=is_maker, time_ms=self._clock.now_ms())
        self._store.replace(updated)
        return updated

    def _updated(self, record: OrderRecord, report: OrderReport, *, is_maker: bool, time_ms: int) -> OrderRecord:
        if report.outcome is Outcome.REJECTED:
            kind = reject_kind(report.error_code, report.reason)
            if kind == "no_liquidity":
                return msgspec.structs.replace(record, status=OrderStatus.EXPIRED, updated_ms=time_ms)
            return msgspec.structs.replace(
                record,
                status=OrderStatus.REJECTED,
                reject_kind=kind,
                reject_code=report.error_code,
                reject_reason=report.reason,
            )
        new = report.fills[len(record.fills) :]
        trades = (*record.fills, *self._log.add(record, new, is_maker=is_maker, time_ms=time_ms))
        if new and record.trade_type == "perp":
            self._position_times[record.symbol] = time_ms
        filled = sum((trade.quantity for trade in trades), ZERO)
        quote = sum((trade.quote_quantity for trade in trades), ZERO)
        return msgspec.structs.replace(
            record,
            status=report.status,
            updated_ms=time_ms,
            filled=filled,
            quote_filled=quote,
            average_price=divide_nearest(quote, filled, PRICE_STEP) if filled else None,
            fills=trades,
        )

    def _part_of(self, request: OrderRequest, share: Decimal) -> Decimal:
        instrument = self.spec.instrument(request.symbol, request.trade_type)
        if instrument is None:
            return request.quantity
        return max(step_down(request.quantity * share, instrument.step), instrument.min_quantity)


def _is_of(record: OrderRecord | TradeRecord, symbol: str | None, trade_type: str | None) -> bool:
    return symbol in (None, record.symbol) and trade_type in (None, record.trade_type)
