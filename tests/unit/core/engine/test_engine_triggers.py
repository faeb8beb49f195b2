"""What wakes the engine by itself."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from basis_strategy_v1.core.domain.orders import OrderReport, OrderStatus
from basis_strategy_v1.core.engine.engine_triggers import RestingOrderTrigger
from basis_strategy_v1.core.monitors.portfolio_view import RowReader

UNFINISHED = OrderReport(
    client_order_id="a",
    symbol="BTCUSDT",
    trade_type="perp",
    side="buy",
    quantity=Decimal(1),
    status=OrderStatus.NEW,
)


class Venue:
    """Has a market order that is not told in full, as after a start."""

    venue = "binance"

    def resting_orders(self) -> tuple[OrderReport, ...]:
        return (UNFINISHED,)


@pytest.mark.replaces_parts
def test_a_market_order_that_is_not_finished_can_fill_at_any_row() -> None:
    market: Any = SimpleNamespace()
    view: Any = SimpleNamespace(reader=RowReader(0))
    assert RestingOrderTrigger(market, [Venue()]).fires(view) is True
