"""CEXExecutionInterface: spot and perpetual trades on one centralised exchange."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from itertools import groupby
from typing import Any, ClassVar, TypeVar

from basis_strategy_v1.core.domain.deltas import DONE, ExecutionDeltas, Outcome
from basis_strategy_v1.core.domain.instructions import CexTrade, WalletTransfer
from basis_strategy_v1.core.domain.orders import (
    AccountEvent,
    Arrival,
    FundingPayment,
    LiquidationReport,
    LocationReport,
    OrderReport,
    OrderRequest,
    OrderStatus,
    PerpPosition,
)
from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.core.domain.timestamps import to_iso
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.interfaces.base_execution_interface import BaseExecutionInterface, nanoseconds
from basis_strategy_v1.core.interfaces.execution_records import COMPONENT, executed_later, trade_executed
from basis_strategy_v1.core.interfaces.funding import funding_deltas
from basis_strategy_v1.core.interfaces.liquidations import liquidation_deltas
from basis_strategy_v1.core.interfaces.ports import CEXBackend, TransferLookup
from basis_strategy_v1.core.interfaces.resting_orders import FillMemory, RestingOrders
from basis_strategy_v1.core.interfaces.trade_routes import (
    TradeRoute,
    changes_of_fill,
    changes_of_fills,
    trade_routes,
)
from basis_strategy_v1.core.interfaces.transfers_in_flight import transfer_request
from basis_strategy_v1.core.interfaces.venue_spec import Family

_NO_POSITION = PerpPosition(ZERO, ZERO)
_FILLED = OrderStatus.FILLED
_Answer = TypeVar("_Answer")

OrderShape = tuple[str, str, str, str, bool, bool]
"""What decides whether the venue takes an order: symbol, trade type, order type, time in force, and both flags."""


class CEXExecutionInterface(BaseExecutionInterface):
    """Trades, orders, balances and transfers of one exchange account (arguments as ``BaseExecutionInterface``).

    Attributes:
        books_funding: whether settlements change positions when the venue tells of them, because the run has no
            funding index that would book them beforehand.
    """

    family: ClassVar[Family] = "CEX"
    backend: CEXBackend
    books_funding = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._routes: Mapping[str, Mapping[str, TradeRoute]] = trade_routes(self.spec)
        self._accepted: dict[OrderShape, TradeRoute] = {}
        self._resting = RestingOrders(self.venue, self._routes)
        self._current_orders = self._resting.open
        # What was learned before the venue stopped answering; it is told once, with the next update that succeeds.
        self._learned: list[ExecutionDeltas] = []

    def execute_instruction(self, timestamp: Any, instruction: Any) -> ExecutionDeltas:
        """Execute a trade, or a transfer out of this venue (see ``BaseExecutionInterface``)."""
        if type(timestamp) is not int:
            timestamp = nanoseconds(timestamp)
        if type(instruction) is not CexTrade:
            instruction = self._read(instruction)
            if isinstance(instruction, WalletTransfer):
                return self._execute_transfer(timestamp, self._named(timestamp, instruction))
            if not isinstance(instruction, CexTrade):
                raise self._unsupported(f"a {type(instruction).__name__}")
        if not instruction.instruction_id:
            instruction = self._named(timestamp, instruction)
        return self._execute_trade(timestamp, instruction)

    def restore_orders(self, unresolved: Iterable[CexTrade | WalletTransfer], resting: Iterable[CexTrade]) -> None:
        """Go on from another process; the next ``update_state`` asks the venue for every order given.

        Args:
            unresolved: trades and transfers whose outcome was not booked.
            resting: booked trades whose orders were still open.
        """
        for trade in resting:
            self._resting.expect(trade)
        for instruction in unresolved:
            self._book.unresolved[instruction.instruction_id] = instruction

    def remember_fills(self, is_booked: FillMemory) -> None:
        """Book no fill of what the venue tells of orders and liquidations that ``is_booked`` knows."""
        self._resting.is_booked = is_booked

    def execute_spot_trade(self, timestamp: Any, instruction: Any) -> ExecutionDeltas:
        """``execute_instruction`` for a spot trade.

        Raises:
            ComponentError: EXI-005 when the instruction is another.
        """
        return self.execute_instruction(timestamp, self._of_type(instruction, "spot"))

    def execute_perp_trade(self, timestamp: Any, instruction: Any) -> ExecutionDeltas:
        """``execute_instruction`` for a perpetual trade.

        Raises:
            ComponentError: EXI-005 when the instruction is another.
        """
        return self.execute_instruction(timestamp, self._of_type(instruction, "perp"))

    def execute_transfer(self, timestamp: Any, instruction: Any) -> ExecutionDeltas:
        """``execute_instruction`` for a transfer between this venue's locations, or out of it."""
        return self.execute_instruction(timestamp, instruction)

    def validate_instruction(self, instruction: Any) -> bool:
        """See ``BaseExecutionInterface``."""
        instruction = self._read(instruction)
        if isinstance(instruction, WalletTransfer):
            return True
        if not isinstance(instruction, CexTrade):
            raise self._unsupported(f"a {type(instruction).__name__}")
        self._route_of_order(instruction)
        return True

    def modify_order(self, order_id: str, quantity: Decimal | None = None, price: Decimal | None = None) -> OrderReport:
        """Change quantity (base units, total) or price of an open order.

        Raises:
            ComponentError: EXI-011 for an unknown order, or the code with which the venue refused.
        """
        return self._settled(self.backend.amend_order(order_id, quantity, price))

    def cancel_order(self, order_id: str) -> OrderReport:
        """Cancel one order; its final report. Fills it still got are delivered by the next ``update_state``.

        Raises:
            ComponentError: EXI-011 for an unknown order, or the code with which the venue refused.
        """
        return self._settled(self.backend.cancel_order(order_id))

    def cancel_all_orders(self, venue: str | None = None) -> tuple[OrderReport, ...]:
        """Cancel every open order; their final reports. ``venue`` is this venue.

        Raises:
            ComponentError: as ``cancel_order``, once every order has been tried.
        """
        reports: list[OrderReport] = []
        failures: list[ComponentError] = []
        for order in self.backend.open_orders():
            try:
                reports.append(self.cancel_order(order.client_order_id))
            except ComponentError as error:
                failures.append(error)
        if failures:
            raise failures[0]
        return tuple(reports)

    def get_order_status(self, order_id: str) -> OrderReport:
        """The order as the venue knows it; raises EXI-011 when it knows none of that id."""
        report = self.backend.lookup_order(order_id)
        if report is None:
            raise ComponentError("EXI-011", f"{self.venue} knows no order {order_id!r}", COMPONENT)
        return report

    def get_position(self, symbol: str, venue: str | None = None) -> PerpPosition:
        """The perpetual position in ``symbol`` (``BTCUSDT``) as the venue reports it; zero when there is none."""
        for report in self._observation():
            if symbol in report.positions and venue in (None, self.venue, report.location):
                return report.positions[symbol]
        return _NO_POSITION

    def set_leverage(self, symbol: str, leverage: int) -> None:
        """Set the leverage of a perpetual."""
        self.backend.set_leverage(symbol, leverage)

    def resting_orders(self) -> tuple[OrderReport, ...]:
        """Orders that wait at the venue."""
        return tuple(self._current_orders.values())

    def observe(self) -> Sequence[LocationReport]:
        """What the venue says sits at each of its locations, asked now."""
        return self.backend.observe()

    def update_state(self, timestamp: Any, trigger_source: str, **kwargs: Any) -> tuple[ExecutionDeltas, ...]:
        """See ``BaseExecutionInterface``."""
        timestamp = nanoseconds(timestamp)
        self._observed = None
        learned = self._learned
        learned += self._resting.take_pending()
        # Asked first: what happened by itself, a liquidation say, must not wait for orders that cannot be looked up.
        # They are told once, so nothing after them fails but for what ends the process, which then keeps no cursor.
        events = self.backend.poll_events()
        if self._current_orders:
            learned += self._refresh_orders(timestamp)
        if self._book.unresolved:
            learned += self._look_up_unresolved(timestamp)
            self._look_up_transfers(timestamp)
        for _, alike in groupby(events, type):
            learned += self._happened(list(alike))
        self._book.health.record_update(timestamp)
        self._learned = []
        for deltas in learned:
            if deltas.fills and deltas.order_status != "liquidated":
                self._log(timestamp, "instruction_executed", COMPONENT, executed_later(deltas))
        return tuple(learned)

    def _happened(self, alike: list[AccountEvent]) -> list[ExecutionDeltas]:
        """Write events of one type down; what they change.

        Funding is booked by its index where the run knows one, else here. Of settlements there can be months, so they
        are written in one go.
        """
        payments = [event for event in alike if isinstance(event, FundingPayment)]
        if payments:
            self.event_logger.log_events("funding_settled", COMPONENT, payments)
            return [funding_deltas(payment, self.spec) for payment in payments] if self.books_funding else []
        others = [event for event in alike if not isinstance(event, FundingPayment)]
        return [deltas for event in others for deltas in self._change(event)]

    def _change(self, event: LiquidationReport | Arrival | OrderReport) -> Sequence[ExecutionDeltas]:
        match event:
            case LiquidationReport():
                self._log(event.timestamp, "liquidation", COMPONENT, event)
                return (liquidation_deltas(self._resting.unbooked(event)),)
            case OrderReport():
                return self._reported(event)
            case _:
                return self._arrive(event)

    def _reported(self, report: OrderReport) -> Sequence[ExecutionDeltas]:
        order_id = report.client_order_id
        trade = self._book.unresolved.get(order_id)
        if not isinstance(trade, CexTrade):
            deltas = self._resting.reported(report)
            return () if deltas is None else (deltas,)
        if report.outcome is Outcome.UNKNOWN:
            return ()
        del self._book.unresolved[order_id]
        if report.outcome is Outcome.REJECTED:
            return ()
        self._resting.placed(report)
        return (self._deltas(trade, self._route(trade), self._resting.unbooked(report)),)

    def _answer(self, timestamp: int, question: Callable[[], _Answer]) -> _Answer | None:
        """What the venue says; None, said aloud, where it does not: the next question is asked all the same."""
        try:
            return question()
        except ComponentError as error:
            if error.severity == "CRITICAL":
                raise
            self._book.health.record_error(error.error_code, error.message, error.severity, timestamp)
            data = {"venue": self.venue, "error_code": error.error_code, "message": error.message}
            self._log(timestamp, "venue_unavailable", COMPONENT, data)
            return None

    def _refresh_orders(self, timestamp: int) -> list[ExecutionDeltas]:
        """Ask the venue for its open orders, and for each that should be among them and is not."""
        told = self._answer(timestamp, self.backend.open_orders) or ()  # those of others are not booked as ours
        own = {*self._current_orders, *self._book.unresolved}
        reports = [report for report in told if report.client_order_id in own]
        listed = {report.client_order_id for report in reports}
        reports += self._look_up(timestamp, [key for key in self._current_orders if key not in listed])
        return [deltas for report in reports for deltas in self._reported(report)]

    def _look_up_unresolved(self, timestamp: int) -> list[ExecutionDeltas]:
        """Ask for orders whose outcome is unknown. One that the venue does not know stays unresolved."""
        orders = [key for key, instruction in self._book.unresolved.items() if isinstance(instruction, CexTrade)]
        return [deltas for report in self._look_up(timestamp, orders) for deltas in self._reported(report)]

    def _look_up(self, timestamp: int, orders: Iterable[str]) -> list[OrderReport]:
        """What the venue says of ``orders``, as far as it knows them and answers."""
        reports = [self._answer(timestamp, partial(self.backend.lookup_order, order_id)) for order_id in orders]
        return [report for report in reports if report is not None]

    def _look_up_transfers(self, timestamp: int) -> None:
        """Ask for transfers whose outcome is unknown, where the venue can be asked."""
        backend = self.backend
        if not isinstance(backend, TransferLookup):
            return
        unresolved = self._book.unresolved
        for transfer in [item for item in unresolved.values() if isinstance(item, WalletTransfer)]:
            report = self._answer(timestamp, partial(backend.lookup_transfer, transfer.instruction_id))
            if report is None or report.outcome is Outcome.UNKNOWN:
                continue
            del unresolved[transfer.instruction_id]
            if report.outcome is DONE:
                sent = self._transfer_sent(timestamp, transfer, transfer_request(transfer), report)
                self._learned.append(sent)

    def _execute_trade(self, timestamp: int, trade: CexTrade) -> ExecutionDeltas:
        book = self._book
        try:
            route = self._route_of_order(trade)
            # Asked before anything is sent: what cannot be priced cannot be booked either.
            if not self.data_provider.price_at(timestamp, route.price_key) > 0:
                raise ComponentError("EXI-013", f"no price {route.price_key} at {to_iso(timestamp)}", COMPONENT)
            book.last_timestamp = timestamp
            self._observed = None
            report = self.backend.place_order(self._request(trade))
        except ComponentError as error:
            book.failed(timestamp, trade, error)
            raise
        if report.outcome is not DONE:
            return book.not_done(timestamp, trade, report.outcome, report.error_code, report.reason)
        self._resting.placed(report)
        deltas = self._deltas(trade, route, report)
        self._record_trade(timestamp, trade_executed(trade, deltas))
        return book.done(timestamp, trade, deltas)

    def _deltas(self, trade: CexTrade, route: TradeRoute, report: OrderReport) -> ExecutionDeltas:
        fills = report.fills
        status = report.status
        return ExecutionDeltas(
            instruction_id=trade.instruction_id,
            venue=self.venue,
            changes=changes_of_fill(route, fills[0]) if len(fills) == 1 else changes_of_fills(route, fills),
            fills=fills,
            requested=trade.amount,
            filled=report.filled,
            # Reading the value of an enum's member costs as much as making these deltas.
            order_status="filled" if status is _FILLED else status.value,
        )

    def _request(self, trade: CexTrade) -> OrderRequest:
        max_slippage = trade.max_slippage
        if max_slippage is None and trade.order_type == "market":
            max_slippage = self.settings.max_slippage
        return OrderRequest(
            client_order_id=trade.instruction_id,
            symbol=trade.symbol,
            trade_type=trade.trade_type,
            side=trade.side,
            quantity=trade.amount,
            order_type=trade.order_type,
            price=trade.price,
            time_in_force=trade.time_in_force,
            post_only=trade.post_only,
            reduce_only=trade.reduce_only,
            max_slippage=max_slippage,
        )

    def _route(self, trade: CexTrade) -> TradeRoute:
        route = self._routes[trade.trade_type].get(trade.symbol)
        if route is None:
            raise self._unsupported(f"{trade.trade_type} {trade.symbol}")
        return route

    def _route_of_order(self, trade: CexTrade) -> TradeRoute:
        """The route of an order that the venue takes; orders of the same shape are checked once."""
        shape = (
            trade.symbol,
            trade.trade_type,
            trade.order_type,
            trade.time_in_force,
            trade.post_only,
            trade.reduce_only,
        )
        route = self._accepted.get(shape)
        if route is None:
            route = self._route(trade)
            self._check_terms(trade)
            self._accepted[shape] = route
        return route

    def _check_terms(self, trade: CexTrade) -> None:
        """EXI-005 when the venue lacks an order type or flag."""
        wanted: list[str] = [trade.order_type]
        if trade.time_in_force != "gtc":
            wanted.append(trade.time_in_force)
        if trade.post_only:
            wanted.append("post_only")
        if trade.reduce_only:
            wanted.append("reduce_only")
        missing = [name for name in wanted if name not in self.spec.capabilities]
        if missing:
            raise self._unsupported(f"{', '.join(missing)} orders")

    def _of_type(self, instruction: Any, trade_type: str) -> CexTrade:
        trade = self._read(instruction)
        if not isinstance(trade, CexTrade) or trade.trade_type != trade_type:
            raise self._unsupported(f"this instruction as a {trade_type} trade")
        return trade

    def _settled(self, report: OrderReport) -> OrderReport:
        """Take in the report of a cancelled or changed order; raise what the venue refused."""
        if report.outcome is Outcome.REJECTED:
            message = f"{self.venue}, order {report.client_order_id}: {report.reason or 'refused'}"
            raise ComponentError(report.error_code or "EXI-001", message, COMPONENT)
        if report.outcome is Outcome.DONE:
            self._resting.settled(report)
        return report
