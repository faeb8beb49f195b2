"""What evidence does to what is known of an order, whatever order it comes in."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from basis_strategy_v1.core.domain.deltas import Outcome
from basis_strategy_v1.core.domain.orders import OrderReport, OrderRequest, OrderStatus, TransferReport, TransferRequest
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.execution.order_state import (
    EDGES,
    ENDED,
    NOTHING_HAPPENED,
    OPEN,
    SENDABLE,
    UNCERTAIN,
    OrderState,
    Submission,
    moved,
    order_reported,
    sent,
    transfer_reported,
)

REQUEST = OrderRequest(client_order_id="a", symbol="BTCUSDT", trade_type="perp", side="buy", quantity=Decimal(4))
MOVE = TransferRequest(
    client_transfer_id="t", from_location="alpha", to_location="beta", token="USDT", amount=Decimal(10)
)


def order(state: OrderState, filled: int = 0) -> Submission:
    return Submission(client_id="a", venue="alpha", state=state, order=REQUEST, filled=Decimal(filled))


def report(status: OrderStatus, filled: int = 0, outcome: Outcome = Outcome.DONE) -> OrderReport:
    return OrderReport(
        client_order_id="a",
        symbol="BTCUSDT",
        trade_type="perp",
        side="buy",
        quantity=Decimal(4),
        status=status,
        filled=Decimal(filled),
        outcome=outcome,
    )


def moves(outcome: Outcome) -> TransferReport:
    return TransferReport(
        client_transfer_id="t", token="USDT", sent=Decimal(10), fee=Decimal(1), received=Decimal(9), outcome=outcome
    )


def test_every_state_has_its_edges_and_belongs_to_one_class() -> None:
    assert set(EDGES) == set(OrderState)
    classes = [ENDED, OPEN, UNCERTAIN, NOTHING_HAPPENED]
    assert all(sum(state in members for members in classes) == 1 for state in OrderState)


def test_only_what_provably_is_not_at_the_venue_may_be_sent() -> None:
    assert {state for state, following in EDGES.items() if OrderState.SENT in following} == SENDABLE
    for state in set(OrderState) - SENDABLE:
        with pytest.raises(ComponentError) as raised:
            sent(order(state), 1)
        assert raised.value.error_code == "PUH-010"


def test_sending_counts_attempts_and_notes_the_time() -> None:
    first = sent(order(OrderState.INTENDED), 5)
    again = sent(moved(first, OrderState.ABSENT, 7), 9)
    assert (first.attempts, first.sent_at, again.attempts, again.sent_at) == (1, 5, 2, 9)


def test_nothing_follows_a_complete_fill() -> None:
    filled = order(OrderState.FILLED, 4)
    for status in OrderStatus:
        assert order_reported(filled, report(status, 4), 1) is filled


def test_a_doubt_does_not_undo_evidence() -> None:
    known = order(OrderState.ACKNOWLEDGED)
    assert order_reported(known, report(OrderStatus.NEW, outcome=Outcome.UNKNOWN), 1) is known


@pytest.mark.parametrize("verdict", [OrderState.ABSENT, OrderState.REJECTED])
@pytest.mark.parametrize("status", [OrderStatus.NEW, OrderStatus.FILLED, OrderStatus.CANCELED])
def test_what_shows_up_at_the_venue_overrides_a_verdict(verdict: OrderState, status: OrderStatus) -> None:
    after = order_reported(order(verdict), report(status, 4 if status is OrderStatus.FILLED else 0), 1)
    assert after.state.value in ("acknowledged", "filled", "canceled")


def test_an_order_that_was_taken_for_absent_and_shows_in_part_is_uncertain_again() -> None:
    doubt = report(OrderStatus.NEW, outcome=Outcome.UNKNOWN)
    assert order_reported(order(OrderState.ABSENT), doubt, 1).state is OrderState.UNKNOWN
    assert order_reported(order(OrderState.REJECTED), doubt, 1).state is OrderState.REJECTED


def test_fills_that_come_to_light_after_a_cancellation_count() -> None:
    after = order_reported(order(OrderState.CANCELED, 1), report(OrderStatus.CANCELED, 3), 1)
    assert (after.state, after.filled) == (OrderState.CANCELED, 3)


def test_an_order_that_the_venue_refuses_after_it_took_it_is_rejected() -> None:
    refusal = report(OrderStatus.REJECTED, outcome=Outcome.REJECTED)
    assert order_reported(order(OrderState.ACKNOWLEDGED), refusal, 1).state is OrderState.REJECTED


def test_a_lost_cancellation_leaves_the_order_where_the_venue_says() -> None:
    pending = moved(order(OrderState.PARTIALLY_FILLED, 1), OrderState.CANCEL_SENT, 1)
    assert order_reported(pending, report(OrderStatus.PARTIALLY_FILLED, 1), 2).state is OrderState.PARTIALLY_FILLED
    assert order_reported(pending, report(OrderStatus.CANCELED, 1), 2).state is OrderState.CANCELED


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Outcome.DONE, OrderState.DONE),
        (Outcome.REJECTED, OrderState.REJECTED),
        (Outcome.UNKNOWN, OrderState.UNKNOWN),
    ],
)
def test_a_transfer_ends_as_its_report_says(outcome: Outcome, state: OrderState) -> None:
    on_its_way = Submission(client_id="t", venue="alpha", state=OrderState.SENT, transfer=MOVE)
    assert transfer_reported(on_its_way, moves(outcome), 1).state is state


def test_a_transfer_that_is_done_stays_done() -> None:
    done = Submission(client_id="t", venue="alpha", state=OrderState.DONE, transfer=MOVE)
    assert all(transfer_reported(done, moves(outcome), 1) is done for outcome in Outcome)


@st.composite
def lives(draw: st.DrawFn) -> list[OrderReport]:
    """The reports of one order's life at a venue, in the order in which they were true."""
    filled = sorted(draw(st.lists(st.integers(1, 3), max_size=3)))
    reports = [report(OrderStatus.NEW)]
    reports += [report(OrderStatus.PARTIALLY_FILLED, amount) for amount in filled]
    last = filled[-1] if filled else 0
    ends = [
        report(OrderStatus.FILLED, 4),
        report(OrderStatus.CANCELED, last),
        report(OrderStatus.EXPIRED, last),
    ]
    return [*reports, draw(st.sampled_from(ends))]


@given(lives(), st.data())
def test_whatever_order_reports_come_in_the_end_is_what_the_venue_said_last(
    life: list[OrderReport], data: st.DataObject
) -> None:
    doubts = [report(OrderStatus.NEW, outcome=Outcome.UNKNOWN)] * 2
    noise = data.draw(st.lists(st.sampled_from([*life, *doubts]), max_size=6))
    known = order(OrderState.SENT)
    most = Decimal(0)
    for heard in data.draw(st.permutations([*life, *noise])):
        after = order_reported(known, heard, 1)
        assert after is known or after.state in EDGES[known.state]
        assert after.filled >= most
        known, most = after, after.filled
    assert (known.state.value, known.filled) == (life[-1].status.value, life[-1].filled)


def test_a_report_changes_nothing_but_what_is_known() -> None:
    before = sent(order(OrderState.INTENDED), 3)
    after = order_reported(before, report(OrderStatus.NEW), 4)
    unchanged = msgspec.structs.replace(
        after, state=before.state, updated_at=before.updated_at, order_report=before.order_report
    )
    assert unchanged == before
