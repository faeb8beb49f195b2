"""An order that is being worked: what is left of it, and its reports."""

from __future__ import annotations

from decimal import Decimal

from basis_strategy_v1.core.domain.deltas import Fill, Outcome
from basis_strategy_v1.core.domain.orders import OrderReport, OrderRequest, OrderStatus
from basis_strategy_v1.core.domain.quantities import ZERO


class OpenOrder:
    """A limit order from its acceptance to its end."""

    __slots__ = ("fills", "limit", "placed_at", "remaining", "request", "venue_order_id")

    def __init__(self, request: OrderRequest, limit: Decimal, venue_order_id: str, placed_at: int) -> None:
        self.request = request
        self.limit = limit
        self.venue_order_id = venue_order_id
        self.placed_at = placed_at
        self.remaining = request.quantity
        self.fills: list[Fill] = []

    @property
    def filled(self) -> Decimal:
        """How much has been executed."""
        return self.request.quantity - self.remaining

    def working_status(self) -> OrderStatus:
        """NEW, PARTIALLY_FILLED or FILLED, by what has been executed."""
        if not self.remaining:
            return OrderStatus.FILLED
        return OrderStatus.PARTIALLY_FILLED if self.fills else OrderStatus.NEW

    def report(self, status: OrderStatus) -> OrderReport:
        """What the venue says of the order in ``status``."""
        request = self.request
        return OrderReport(
            client_order_id=request.client_order_id,
            symbol=request.symbol,
            trade_type=request.trade_type,
            side=request.side,
            quantity=request.quantity,
            status=status,
            venue_order_id=self.venue_order_id,
            filled=self.filled,
            price=self.limit,
            fills=tuple(self.fills),
        )


def rejected(request: OrderRequest, code: str, reason: str) -> OrderReport:
    """The report of an order that the venue refused: nothing of it was executed."""
    return OrderReport(
        client_order_id=request.client_order_id,
        symbol=request.symbol,
        trade_type=request.trade_type,
        side=request.side,
        quantity=request.quantity,
        status=OrderStatus.REJECTED,
        filled=ZERO,
        price=request.price,
        outcome=Outcome.REJECTED,
        error_code=code,
        reason=reason,
    )
