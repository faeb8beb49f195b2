"""Orders that wait at an exchange, and their fills, each booked once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec

from basis_strategy_v1.core.domain.deltas import ExecutionDeltas, Fill
from basis_strategy_v1.core.domain.instructions import CexTrade
from basis_strategy_v1.core.domain.orders import LiquidationReport, OrderReport, OrderStatus
from basis_strategy_v1.core.interfaces.booked_fills import BookedFills
from basis_strategy_v1.core.interfaces.trade_routes import TradeRoute, changes_of_fills

_FILLED = OrderStatus.FILLED
_Told = TypeVar("_Told", OrderReport, LiquidationReport)

FillMemory = Callable[[Fill], bool]
"""Whether an execution is in the books, whoever has booked it and under whatever id."""


class RestingOrders:
    """The open orders of one account, kept right under repeated, late and shuffled reports.

    Attributes:
        open: open orders by client order id.
        is_booked: remembers what is booked for good; None in a backtest, where nobody else books anything.
    """

    def __init__(self, venue: str, routes: Mapping[str, Mapping[str, TradeRoute]]) -> None:
        self.open: dict[str, OrderReport] = {}
        self.is_booked: FillMemory | None = None
        self._venue = venue
        self._routes = routes
        self._booked = BookedFills(self.open)
        self._pending: list[ExecutionDeltas] = []

    def placed(self, report: OrderReport) -> None:
        """Note an order whose fills so far are booked by whoever placed it."""
        self._booked.remember(report.client_order_id, report.fills)
        if report.status is not _FILLED and report.status.is_open:
            self.open[report.client_order_id] = report

    def unbooked(self, told: _Told) -> _Told:
        """``told`` without the fills that are in the books already: a person may have had those of an order booked."""
        is_booked = self.is_booked
        if is_booked is None or not told.fills:
            return told
        return msgspec.structs.replace(told, fills=tuple([fill for fill in told.fills if not is_booked(fill)]))

    def expect(self, trade: CexTrade) -> None:
        """Note that another process has left this order at the venue."""
        self.open[trade.instruction_id] = OrderReport(
            client_order_id=trade.instruction_id,
            symbol=trade.symbol,
            trade_type=trade.trade_type,
            side=trade.side,
            quantity=trade.amount,
            price=trade.price,
            status=OrderStatus.NEW,
        )

    def reported(self, report: OrderReport) -> ExecutionDeltas | None:
        """Take in a later report of an order; the fills it brings that were not booked yet, as deltas."""
        report = self.unbooked(report)
        order_id = report.client_order_id
        known = self.open.get(order_id)
        if known is not None and report.filled >= known.filled:
            if report.status.is_open:
                self.open[order_id] = report
            else:
                del self.open[order_id]
        new = self._booked.take_new(order_id, report.fills)
        return self._deltas(report, new) if new else None

    def settled(self, report: OrderReport) -> None:
        """Take in the answer to a cancellation or a change; fills it brings wait for ``take_pending``."""
        deltas = self.reported(report)
        if deltas is not None:
            self._pending.append(deltas)

    def take_pending(self) -> list[ExecutionDeltas]:
        """Fills that came with the answers to cancellations and changes, once."""
        pending, self._pending = self._pending, []
        return pending

    def _deltas(self, report: OrderReport, new: tuple[Fill, ...]) -> ExecutionDeltas:
        route = self._routes[report.trade_type][report.symbol]
        return ExecutionDeltas(
            instruction_id=f"{report.client_order_id}.{new[-1].trade_id}",
            venue=self._venue,
            changes=changes_of_fills(route, new),
            fills=new,
            requested=report.quantity,
            filled=report.filled,
            order_status=report.status.value,
        )
