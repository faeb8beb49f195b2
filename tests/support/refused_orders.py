"""Simulated exchanges that refuse some orders of a backtest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from basis_strategy_v1.bootstrap.assembly import Assembly
from basis_strategy_v1.core.domain.deltas import Outcome
from basis_strategy_v1.core.domain.orders import OrderReport, OrderRequest, OrderStatus

Wanted = Callable[[OrderRequest, int], bool]
"""Whether an order is refused, by request and row."""


def refusing(wanted: Wanted, at: str = "") -> Callable[[Assembly], None]:
    """Makes every exchange, or the one ``at`` a venue, refuse the orders that are ``wanted``."""

    def tamper(assembly: Assembly) -> None:
        for venue, exchange in assembly.world.exchanges.items():
            if at in ("", venue):
                _tamper_with(exchange, assembly, wanted)

    return tamper


def _tamper_with(exchange: Any, assembly: Assembly, wanted: Wanted) -> None:
    clock = assembly.parts.clock
    place = exchange.place_order

    def place_or_refuse(request: OrderRequest) -> OrderReport:
        if not wanted(request, clock.row):
            report: OrderReport = place(request)
            return report
        return OrderReport(
            client_order_id=request.client_order_id,
            symbol=request.symbol,
            trade_type=request.trade_type,
            side=request.side,
            quantity=request.quantity,
            status=OrderStatus.REJECTED,
            outcome=Outcome.REJECTED,
            error_code="EXI-001",
            reason="refused by the test",
        )

    exchange.place_order = place_or_refuse
