"""Flows wait for their time, and redemptions for their cash."""

from __future__ import annotations

from decimal import Decimal

from basis_strategy_v1.core.domain.settings import Flow
from basis_strategy_v1.core.engine.flow_queue import FlowQueue


def flow(timestamp: int, amount: int, location: str = "binance") -> Flow:
    return Flow(timestamp=timestamp, amount=Decimal(amount), asset="USDT", location=location)


def test_a_subscription_is_taken_once_when_it_is_due() -> None:
    queue = FlowQueue((flow(20, 5), flow(10, 7)))
    assert queue.next_time() == 10
    assert queue.take_due(9) == []
    assert [taken.amount for _, taken in queue.take_due(10)] == [7]
    assert queue.next_time() == 20
    assert [taken.amount for _, taken in queue.take_due(99)] == [5]
    assert queue.next_time() is None
    assert queue.take_due(99) == []


def test_redemptions_wait_by_location_until_they_are_paid() -> None:
    queue = FlowQueue((flow(1, -3), flow(2, -4), flow(2, -5, "bybit")))
    assert queue.take_due(2) == []
    assert queue.waiting() == {"binance": 7, "bybit": 5}
    first, *_ = queue.redemptions()
    queue.paid(first[0])
    assert queue.waiting() == {"binance": 4, "bybit": 5}


def test_flows_of_one_time_keep_their_order_and_have_ids_of_their_own() -> None:
    queue = FlowQueue((flow(1, 3), flow(1, 4)))
    taken = queue.take_due(1)
    assert [entry.amount for _, entry in taken] == [3, 4]
    assert len({flow_id for flow_id, _ in taken}) == 2


def test_money_that_has_moved_is_due_now_though_it_was_declared_on_a_clock_that_is_ahead() -> None:
    queue = FlowQueue(())
    queue.declare("declared", flow(10**19, 5))
    due = queue.next_time()
    assert due is not None and due <= 1
    assert [flow_id for flow_id, _ in queue.take_due(1)] == ["declared"]
