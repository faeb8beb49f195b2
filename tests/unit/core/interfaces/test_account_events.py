"""What happens to an exchange account by itself."""

from __future__ import annotations

from decimal import Decimal

import pytest

from basis_strategy_v1.core.domain.conservation import unexplained_assets
from basis_strategy_v1.core.domain.deltas import Fill
from basis_strategy_v1.core.domain.instructions import CexTrade
from basis_strategy_v1.core.domain.orders import FundingPayment, LiquidationReport, TransferArrival
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from execution_fakes import NOW, make_exchange

D = Decimal


def liquidation(**changes: object) -> LiquidationReport:
    fill = Fill("x", "exchange", "BTCUSDT", "perp", D(2), D(70000), D(70), "USDT")
    values: dict[str, object] = {
        "timestamp": NOW - 5,
        "venue": "exchange",
        "location": "exchange.derivatives",
        "fills": (fill,),
        "to_insurance": D(30),
        "quote": "USDT",
        "reason": "mark reached the liquidation price",
    }
    return LiquidationReport(**{**values, **changes})  # type: ignore[arg-type]


def test_funding_is_written_down_at_its_own_time_and_changes_nothing_here() -> None:
    interface = make_exchange()
    payment = FundingPayment(NOW - 3_600, "exchange", "BTCUSDT", 0.0001, 60000.0, D(-1), D(6))
    later = FundingPayment(NOW, "exchange", "BTCUSDT", 0.0001, 60000.0, D(-1), D(6))
    interface.backend.events = [payment, later]
    assert interface.update_state(NOW, "engine") == ()
    assert interface.event_logger.events == [
        (NOW - 3_600, "funding_settled", "ExecutionInterfaces", payment),
        (NOW, "funding_settled", "ExecutionInterfaces", later),
    ]


def test_funding_around_an_arrival_is_written_down_in_the_order_it_happened() -> None:
    interface = make_exchange()
    first, last = (FundingPayment(time, "exchange", "BTCUSDT", 0.0001, 60000.0, D(-1), D(6)) for time in (NOW - 2, NOW))
    interface.backend.events = [first, TransferArrival(NOW - 1, "stranger", "exchange", "USDT", D(5)), last]
    assert interface.update_state(NOW, "engine") == ()
    assert interface.event_logger.types() == ["funding_settled", "TRANSFER_ARRIVED", "funding_settled"]


def test_a_liquidation_closes_every_perpetual_and_costs_what_insurance_takes() -> None:
    interface = make_exchange()
    interface.backend.events = [liquidation()]
    (deltas,) = interface.update_state(NOW, "engine")
    assert deltas.to_dict() == {
        "exchange.derivatives": {"BTCUSDT-PERP": D(2), "BTCUSDT-PERP.quote": D(-140000), "USDT": D(-100)}
    }
    assert [(cost.bucket, cost.amount) for cost in deltas.costs] == [("liquidation", D(30))]
    assert (deltas.order_status, deltas.reason) == ("liquidated", "mark reached the liquidation price")
    assert unexplained_assets(deltas) == {}
    assert interface.event_logger.types() == ["liquidation"]


def test_a_liquidation_without_fee_that_leaves_insurance_nothing_costs_nothing() -> None:
    interface = make_exchange()
    fill = Fill("x", "exchange", "BTCUSDT", "perp", D(2), D(70000), D(0), "USDT")
    interface.backend.events = [liquidation(fills=(fill,), to_insurance=D(0))]
    (deltas,) = interface.update_state(NOW, "engine")
    assert deltas.to_dict() == {"exchange.derivatives": {"BTCUSDT-PERP": D(2), "BTCUSDT-PERP.quote": D(-140000)}}
    assert deltas.costs == ()


def test_an_arrival_that_this_run_did_not_send_is_written_down_and_not_booked() -> None:
    interface = make_exchange()
    interface.backend.events = [TransferArrival(NOW, "stranger", "exchange", "USDT", D(5))]
    assert interface.update_state(NOW, "engine") == ()
    assert interface.event_logger.types() == ["TRANSFER_ARRIVED"]


def lost(name: str) -> CexTrade:
    return CexTrade(venue="exchange", trade_type="perp", symbol="BTCUSDT", side="buy", amount=D(1), instruction_id=name)


def test_an_order_that_cannot_be_looked_up_hides_neither_events_nor_the_next_order() -> None:
    interface = make_exchange()
    interface.restore_orders([lost("one"), lost("two"), lost("three")], [])
    asked: list[str] = []

    def answer_all_but_two(client_order_id: str) -> None:
        asked.append(client_order_id)
        if client_order_id == "two":
            raise ComponentError("EXI-003", "no answer")

    interface.backend.lookup_order = answer_all_but_two
    interface.backend.events = [liquidation()]
    assert [deltas.order_status for deltas in interface.update_state(NOW, "engine")] == ["liquidated"]
    assert asked == ["one", "two", "three"]
    assert interface.event_logger.types() == ["venue_unavailable", "liquidation"]


def test_events_are_asked_for_before_orders_are_looked_up() -> None:
    interface = make_exchange()
    interface.restore_orders([lost("one")], [])
    calls: list[str] = []
    interface.backend.lookup_order = lambda client_order_id: calls.append("lookup")
    interface.backend.poll_events = lambda: calls.append("events") or []
    interface.update_state(NOW, "engine")
    assert calls == ["events", "lookup"]


def test_credentials_that_are_refused_at_a_look_up_are_not_passed_over() -> None:
    interface = make_exchange()
    interface.restore_orders([lost("one")], [])

    def refuse(client_order_id: str) -> None:
        raise ComponentError("EXI-004", "the key is not valid")

    interface.backend.lookup_order = refuse
    with pytest.raises(ComponentError):
        interface.update_state(NOW, "engine")
