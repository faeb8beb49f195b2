"""Orders that wait: their fills are booked once, however the venue reports them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from basis_strategy_v1.core.domain.deltas import Fill, Outcome
from basis_strategy_v1.core.domain.orders import OrderReport, OrderRequest, OrderStatus
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.interfaces.booked_fills import BookedFills
from execution_fakes import NOW, PRICE, make_exchange, make_fill, rejected_order, report_of, trade

D = Decimal


def resting(interface: Any) -> Any:
    """The request of a limit order for 1 BTC that waits at the venue."""
    interface.execute_instruction(NOW, trade(order_type="limit", price=PRICE))
    return interface.backend.requests[0]


def now_reports(interface: Any, report: OrderReport) -> None:
    interface.backend.reports[report.client_order_id] = report
    interface.backend.events.append(report)


def test_a_limit_order_waits_until_it_is_filled() -> None:
    interface = make_exchange()
    request = resting(interface)
    assert [order.client_order_id for order in interface.resting_orders()] == ["order-1"]
    assert list(interface.current_orders) == ["order-1"]
    now_reports(interface, report_of(request, OrderStatus.FILLED, [make_fill(request, D(1), "a")]))
    (deltas,) = interface.update_state(NOW, "engine")
    assert deltas.to_dict() == {"exchange": {"BTC": D(1), "USDT": -PRICE}}
    assert deltas.instruction_id == "order-1.a"
    assert interface.resting_orders() == ()


def test_each_fill_is_booked_once_though_reported_again() -> None:
    interface = make_exchange()
    request = resting(interface)
    first, second = make_fill(request, D("0.4"), "a"), make_fill(request, D("0.6"), "b")
    now_reports(interface, report_of(request, OrderStatus.PARTIALLY_FILLED, [first]))
    (deltas,) = interface.update_state(NOW, "engine")
    assert deltas.to_dict()["exchange"]["BTC"] == D("0.4")
    assert interface.update_state(NOW, "engine") == ()
    now_reports(interface, report_of(request, OrderStatus.FILLED, [second, first]))
    (deltas,) = interface.update_state(NOW, "engine")
    assert deltas.to_dict()["exchange"]["BTC"] == D("0.6")
    now_reports(interface, report_of(request, OrderStatus.FILLED, [first, second]))
    assert interface.update_state(NOW, "engine") == ()


def test_fills_at_placement_are_not_booked_again() -> None:
    interface = make_exchange()
    fills: list[Fill] = []

    def part(request: Any) -> OrderReport:
        fills.append(make_fill(request, D("0.4"), "a"))
        return report_of(request, OrderStatus.PARTIALLY_FILLED, fills)

    interface.backend.answers = [part]
    deltas = interface.execute_instruction(NOW, trade(order_type="limit", price=PRICE))
    assert deltas.filled == D("0.4")
    assert interface.update_state(NOW, "engine") == ()


def test_a_late_report_neither_reopens_an_order_nor_undoes_a_newer_one() -> None:
    interface = make_exchange()
    request = resting(interface)
    fills = [make_fill(request, D("0.4"), "a"), make_fill(request, D("0.6"), "b")]
    now_reports(interface, report_of(request, OrderStatus.PARTIALLY_FILLED, fills[:1]))
    interface.update_state(NOW, "engine")
    interface.backend.events.append(report_of(request, OrderStatus.NEW))
    interface.update_state(NOW, "engine")
    assert interface.current_orders["order-1"].filled == D("0.4")
    now_reports(interface, report_of(request, OrderStatus.FILLED, fills))
    interface.update_state(NOW, "engine")
    interface.backend.events.append(report_of(request, OrderStatus.PARTIALLY_FILLED, fills[:1]))
    assert interface.update_state(NOW, "engine") == ()
    assert interface.resting_orders() == ()


def test_a_report_that_was_dropped_is_asked_for() -> None:
    interface = make_exchange()
    request = resting(interface)
    interface.backend.reports["order-1"] = report_of(request, OrderStatus.FILLED, [make_fill(request, D(1), "a")])
    (deltas,) = interface.update_state(NOW, "engine")
    assert deltas.filled == 1
    assert interface.resting_orders() == ()


def test_an_open_order_that_the_venue_does_not_know_any_more_is_kept() -> None:
    interface = make_exchange()
    resting(interface)
    del interface.backend.reports["order-1"]
    assert interface.update_state(NOW, "engine") == ()
    assert list(interface.current_orders) == ["order-1"]


def test_cancelling_delivers_what_was_filled_before() -> None:
    interface = make_exchange()
    request = resting(interface)
    canceled = report_of(request, OrderStatus.CANCELED, [make_fill(request, D("0.3"), "a")])
    interface.backend.answers = [canceled]
    interface.backend.reports["order-1"] = canceled
    assert interface.cancel_order("order-1") is canceled
    assert interface.resting_orders() == ()
    (deltas,) = interface.update_state(NOW, "engine")
    assert (deltas.filled, deltas.order_status) == (D("0.3"), "canceled")
    assert interface.update_state(NOW, "engine") == ()


def test_cancelling_all_cancels_what_the_venue_lists() -> None:
    interface = make_exchange()
    request = resting(interface)
    interface.backend.answers = [report_of(request, OrderStatus.CANCELED)]
    assert [report.status for report in interface.cancel_all_orders()] == [OrderStatus.CANCELED]
    assert interface.resting_orders() == ()


def test_an_order_may_be_modified() -> None:
    interface = make_exchange()
    request = resting(interface)
    interface.backend.answers = [report_of(request, OrderStatus.NEW, quantity=D(2))]
    interface.modify_order("order-1", quantity=D(2))
    assert interface.current_orders["order-1"].quantity == 2


def test_a_refused_cancellation_says_so() -> None:
    interface = make_exchange()
    request = resting(interface)
    interface.backend.answers = [rejected_order("EXI-011", "unknown order")(request), rejected_order("", "")(request)]
    with pytest.raises(ComponentError, match="unknown order") as raised:
        interface.cancel_order("order-1")
    assert raised.value.error_code == "EXI-011"
    with pytest.raises(ComponentError, match="refused") as raised:
        interface.modify_order("order-1", price=PRICE)
    assert raised.value.error_code == "EXI-001"


def test_a_cancellation_whose_answer_was_lost_changes_nothing() -> None:
    interface = make_exchange()
    request = resting(interface)
    interface.backend.answers = [report_of(request, OrderStatus.CANCELED, outcome=Outcome.UNKNOWN)]
    interface.cancel_order("order-1")
    assert list(interface.current_orders) == ["order-1"]


def test_the_status_of_an_unknown_order_is_exi_011() -> None:
    interface = make_exchange()
    resting(interface)
    assert interface.get_order_status("order-1").status is OrderStatus.NEW
    with pytest.raises(ComponentError) as raised:
        interface.get_order_status("other")
    assert raised.value.error_code == "EXI-011"


def test_the_oldest_orders_are_forgotten_first() -> None:
    booked = BookedFills({}, retained=1)
    fill = Fill("a", "exchange", "BTCUSDT", "spot", D(1), PRICE, D(0), "USDT")
    booked.remember("old", (fill,))
    booked.remember("young", (fill,))
    assert booked.take_new("young", (fill, fill)) == ()
    assert booked.take_new("old", (fill, fill)) == (fill,)


def test_an_open_order_is_not_forgotten_however_many_came_after_it() -> None:
    open_orders = {"old": "rests"}
    booked = BookedFills(open_orders, retained=2)
    fill = Fill("a", "exchange", "BTCUSDT", "spot", D(1), PRICE, D(0), "USDT")
    for name in ("old", "b", "c", "d", "e"):
        booked.remember(name, (fill,))
    assert booked.take_new("old", (fill,)) == ()
    del open_orders["old"]
    for name in ("f", "g", "h"):
        booked.remember(name, (fill,))
    assert booked.take_new("old", (fill,)) == (fill,)


def test_another_process_books_no_fill_of_an_order_that_rests_again() -> None:
    interface = make_exchange()
    order = trade(instruction_id="old", order_type="limit", price=PRICE)
    request = OrderRequest(client_order_id="old", symbol="BTCUSDT", trade_type="spot", side="buy", quantity=D(1))
    first, second = make_fill(request, D("0.4"), "a"), make_fill(request, D("0.6"), "b")
    interface.remember_fills(lambda fill: fill == first)
    interface.restore_orders([], [order])
    now_reports(interface, report_of(request, OrderStatus.FILLED, [first, second]))
    (deltas,) = interface.update_state(NOW, "engine")
    assert deltas.to_dict()["exchange"]["BTC"] == D("0.6")


def test_what_a_person_has_had_booked_of_an_order_is_not_booked_by_its_look_up() -> None:
    interface = make_exchange()
    order = trade(instruction_id="late")
    request = OrderRequest(client_order_id="late", symbol="BTCUSDT", trade_type="spot", side="buy", quantity=D(1))
    first, second = make_fill(request, D("0.4"), "a"), make_fill(request, D("0.6"), "b")
    interface.remember_fills(lambda fill: fill == first)
    interface.restore_orders([order], [])
    now_reports(interface, report_of(request, OrderStatus.FILLED, [first, second]))
    (deltas,) = interface.update_state(NOW, "engine")
    assert deltas.instruction_id == "late" and deltas.fills == (second,)
    assert deltas.to_dict()["exchange"]["BTC"] == D("0.6")
