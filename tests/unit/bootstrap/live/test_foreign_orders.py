"""Which open orders are a run's own, and that those of others are never booked."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from basis_strategy_v1.bootstrap.live.opening import foreign_orders
from basis_strategy_v1.core.domain.orders import OrderReport, OrderRequest, OrderStatus
from execution_fakes import NOW, make_exchange, make_fill, report_of, trade, unknown_order


def order(name: str) -> OrderRequest:
    return OrderRequest(client_order_id=name, symbol="BTCUSDT", trade_type="spot", side="buy", quantity=Decimal(2))


def resting(name: str) -> OrderReport:
    return report_of(order(name), OrderStatus.NEW)


def test_what_rests_is_uncertain_or_is_booked_is_the_runs_own() -> None:
    interface = make_exchange()
    interface.backend.answers = [lambda request: report_of(request, OrderStatus.NEW), unknown_order]
    for name in ("resting", "doubtful"):
        interface.execute_instruction(NOW, trade(instruction_id=name))
    listed = [resting(name) for name in ("resting", "doubtful", "booked", "stranger")]
    assembly: Any = SimpleNamespace(
        interfaces={"exchange": interface},
        loop=SimpleNamespace(handler=SimpleNamespace(has_booked="booked".__eq__)),
    )
    exchanges: Any = {"exchange": SimpleNamespace(open_orders=lambda: listed)}
    assert [item.client_order_id for item in foreign_orders(assembly, exchanges)("exchange")] == ["stranger"]


def test_the_fill_of_a_foreign_order_is_not_booked_as_the_runs_own() -> None:
    interface = make_exchange()
    interface.backend.answers = [lambda request: report_of(request, OrderStatus.NEW)]
    interface.execute_instruction(NOW, trade(instruction_id="mine"))
    other = order("other")
    partly = report_of(other, OrderStatus.PARTIALLY_FILLED, [make_fill(other, Decimal(1), "trade-9")])
    interface.backend.open_orders = lambda: [resting("mine"), partly]
    assert interface.update_state(NOW, "engine") == ()
