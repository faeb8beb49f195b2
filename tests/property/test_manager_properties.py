"""What holds of manager and interfaces whatever the instructions and however the venue reports."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from basis_strategy_v1.core.domain.clock import SimulationClock
from basis_strategy_v1.core.domain.conservation import unexplained_assets
from basis_strategy_v1.core.domain.deltas import Changes, ExecutionDeltas, Fill, Outcome, add_changes
from basis_strategy_v1.core.domain.orders import OrderReport, OrderRequest, OrderStatus
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.execution.execution_interface_manager import ExecutionInterfaceManager
from execution_fakes import (
    NOW,
    PRICE,
    FakeData,
    make_exchange,
    make_fill,
    rejected_order,
    report_of,
    trade,
    unknown_order,
)

amounts = st.decimals(min_value="0.001", max_value="1000", places=3)
fees = st.decimals(min_value=0, max_value=10, places=6)


@st.composite
def fills(draw: Any) -> tuple[OrderRequest, list[Fill]]:
    """An order and the fills it gets: any split, fees in base, quote or a third asset."""
    trade_type = draw(st.sampled_from(["spot", "perp"]))
    side = draw(st.sampled_from(["buy", "sell"]))
    parts = draw(st.lists(amounts, min_size=1, max_size=5))
    fee_asset = draw(st.sampled_from(["BTC", "USDT", "BNB"] if trade_type == "spot" else ["USDT"]))
    request = OrderRequest(
        client_order_id="order-1", symbol="BTCUSDT", trade_type=trade_type, side=side, quantity=sum(parts, Decimal(0))
    )
    made = [make_fill(request, part, f"trade-{i}", str(draw(fees)), fee_asset) for i, part in enumerate(parts)]
    return request, made


@given(fills())
def test_an_executed_trade_makes_and_loses_nothing(case: tuple[OrderRequest, list[Fill]]) -> None:
    request, made = case
    interface = make_exchange()
    interface.backend.answers = [lambda _: report_of(request, OrderStatus.FILLED, made)]
    order = trade(trade_type=request.trade_type, side=request.side, amount=request.quantity)
    deltas = interface.execute_instruction(NOW, order)
    assert unexplained_assets(deltas) == {}
    assert deltas.filled == request.quantity


@given(fills(), st.data())
def test_shuffled_repeated_and_dropped_reports_book_each_fill_once(
    case: tuple[OrderRequest, list[Fill]], data: st.DataObject
) -> None:
    request, made = case
    interface = make_exchange()
    limit = trade(trade_type=request.trade_type, side=request.side, order_type="limit", price=PRICE)
    interface.execute_instruction(NOW, limit)
    final = report_of(request, OrderStatus.FILLED, made)
    partial = [report_of(request, OrderStatus.PARTIALLY_FILLED, made[:count]) for count in range(1, len(made))]
    reports: list[OrderReport] = data.draw(st.lists(st.sampled_from([*partial, final]), max_size=8))
    booked: Changes = {}
    ids: list[str] = []

    def update() -> None:
        for deltas in interface.update_state(NOW, "engine"):
            add_changes(booked, deltas.changes)
            ids.append(deltas.instruction_id)

    for report in reports:
        interface.backend.events.append(report)
        update()
    interface.backend.reports["order-1"] = final
    interface.backend.events.append(final)
    update()
    update()

    whole = make_exchange()
    whole.backend.answers = [lambda _: final]
    assert booked == whole.execute_instruction(NOW, limit).changes
    assert len(ids) == len(set(ids))
    assert interface.resting_orders() == ()


answers = st.sampled_from(["done", "rejected", "unknown", "raises"])


@given(st.lists(st.lists(answers, min_size=1, max_size=4), max_size=5))
def test_every_instruction_ends_once_and_only_what_was_executed_is_booked(blocks: list[list[str]]) -> None:
    interface = make_exchange()
    booked: list[ExecutionDeltas] = []
    told: list[tuple[str, bool]] = []

    class TightLoop:
        def handle_position_update(self, timestamp: int, execution_deltas: ExecutionDeltas) -> None:
            booked.append(execution_deltas)

    manager = ExecutionInterfaceManager(
        {},
        FakeData(),
        "backtest",
        interfaces={"exchange": interface},
        clock=SimulationClock(),
        run_id="run",
        position_update_handler=TightLoop(),
        on_instruction=lambda _, instruction, deltas, error: told.append((instruction.instruction_id, error is None)),
    )
    sent = done = 0
    for block in blocks:
        interface.backend.answers = [ANSWERS[name] for name in block]
        executed = block[: next((i for i, name in enumerate(block) if name != "done"), len(block))]
        done += len(executed)
        sent += min(len(executed) + 1, len(block))
        try:
            net = manager.route_instruction(NOW, [trade(instruction_id="") for _ in block])
        except ComponentError:
            assert block[len(executed)] in ("rejected", "raises")
        else:
            assert (net.outcome is Outcome.UNKNOWN) == (len(executed) < len(block))
    assert len(interface.backend.requests) == sent
    assert len({order_id for order_id, _ in told}) == len(told) == sent
    assert sum(deltas.outcome is Outcome.DONE for deltas in booked) == done
    assert manager.instructions_routed + manager.instructions_failed == sent
    assert all(not deltas.changes for deltas in booked if deltas.outcome is Outcome.UNKNOWN)


def _filled(request: OrderRequest) -> OrderReport:
    return report_of(request, OrderStatus.FILLED, [make_fill(request, request.quantity, request.client_order_id)])


def _raise(request: OrderRequest) -> OrderReport:
    raise OSError("connection reset")


ANSWERS = {"done": _filled, "rejected": rejected_order("EXI-001"), "unknown": unknown_order, "raises": _raise}
