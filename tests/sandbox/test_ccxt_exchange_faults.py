"""What a live backend says of an order when things go wrong on the way, at each venue."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from basis_strategy_v1.core.domain.deltas import Outcome
from basis_strategy_v1.core.domain.orders import OrderStatus
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from live_venues import LiveVenues
from venue_market import CEX

SYMBOLS = {"binance": "BTCUSDT", "bybit": "BTCUSDT", "okx": "BTCUSDT", "hyperliquid": "BTC"}
PLACE = {
    "binance": "POST /fapi/v1/order",
    "bybit": "POST /v5/order/create",
    "okx": "POST /api/v5/trade/order",
    "hyperliquid": "POST /exchange order",
}
CANCEL = {
    "binance": "DELETE /fapi/v1/order",
    "bybit": "POST /v5/order/cancel",
    "okx": "POST /api/v5/trade/cancel-order",
    "hyperliquid": "POST /exchange cancel",
}
ID = "ab" * 16


class At:
    """One venue with a live backend."""

    def __init__(self, venue: str) -> None:
        self.venue = venue
        self.venues = LiveVenues([venue])
        self.exchange = self.venues.exchanges[venue]
        self.exchange.start()
        self.symbol = SYMBOLS[venue]

    def sell(self, quantity: str = "0.1", **fields: Any) -> Any:
        fields.setdefault("client_order_id", ID)
        return self.venues.place(self.venue, self.symbol, "perp", "sell", quantity, **fields)

    def fault(self, kind: Any, **fields: Any) -> None:
        self.venues.fault(kind, fields.pop("endpoint", PLACE[self.venue]), self.venue, **fields)

    def position(self) -> Decimal:
        (report,) = [item for item in self.exchange.observe() if item.positions] or [None]
        return Decimal(0) if report is None else report.positions[self.symbol].quantity

    @property
    def sent(self) -> int:
        return self.venues.requests_to(PLACE[self.venue])


@pytest.fixture(params=CEX)
def at(request: pytest.FixtureRequest) -> At:
    return At(request.param)


@pytest.mark.parametrize("kind", ["lose_answer_after", "close_after", "http_5xx_after", "garbage_200_after"])
def test_an_order_whose_answer_is_lost_is_unknown_and_found_by_its_id(at: At, kind: str) -> None:
    at.fault(kind)
    report = at.sell()
    assert (report.outcome, report.error_code) == (Outcome.UNKNOWN, "EXI-007")
    found = at.exchange.lookup_order(ID)
    assert found is not None and (found.outcome, found.status) == (Outcome.DONE, OrderStatus.FILLED)
    assert at.position() == Decimal("-0.1") and at.sent == 1


@pytest.mark.parametrize("kind", ["lose_answer_before", "close_before", "http_5xx_before", "garbage_200_before"])
def test_an_order_that_may_have_arrived_is_unknown_though_it_did_not(at: At, kind: str) -> None:
    at.fault(kind)
    report = at.sell()
    assert report.outcome is Outcome.UNKNOWN and not report.venue_order_id
    assert at.exchange.lookup_order(ID) is None
    assert at.position() == 0


def test_an_order_that_was_sent_is_not_sent_again_under_its_id(at: At) -> None:
    at.fault("lose_answer_before")
    at.sell()
    assert at.sell().outcome is Outcome.UNKNOWN and at.sent == 1
    at.exchange.forget_order(ID)
    assert at.sell().outcome is Outcome.DONE and at.sent == 2


def test_a_rate_limit_is_a_rejection_that_may_be_tried_again(at: At) -> None:
    at.fault("rate_limit_429", options={"retry_after": 1})
    report = at.sell()
    assert (report.outcome, report.error_code) == (Outcome.REJECTED, "EXI-002")
    assert at.position() == 0


def test_a_ban_is_waited_for_or_refused_without_a_request(at: At) -> None:
    at.fault("banned_418", options={"retry_after": 600})
    report = at.sell()
    assert (report.outcome, report.error_code) == (Outcome.REJECTED, "EXI-002")
    if at.venue == "binance":
        at.exchange.forget_order(ID)
        with pytest.raises(ComponentError) as refused:
            at.sell()
        assert refused.value.error_code == "EXI-002" and at.sent == 1


def test_a_wrong_clock_is_corrected_and_the_order_sent_once_more(at: At) -> None:
    at.fault("clock_skew", options={"ms": 10_000_000_000})
    report = at.sell()
    assert report.outcome is Outcome.DONE
    assert at.position() == Decimal("-0.1")


def test_an_order_that_a_lookup_does_not_see_yet_is_asked_for_again(at: At) -> None:
    at.fault("lookup_lag", options={"polls": 3})
    assert at.sell().status is OrderStatus.FILLED
    assert at.sent == 1


def test_an_order_that_stays_out_of_sight_is_unknown_until_it_shows(at: At) -> None:
    if at.venue == "binance":
        pytest.skip("its acknowledgement tells all of the order")
    at.fault("lookup_lag", options={"polls": 30})
    report = at.sell()
    assert report.outcome is Outcome.UNKNOWN and report.venue_order_id
    for _ in range(30):
        found = at.exchange.lookup_order(ID)
    assert found is not None and found.outcome is Outcome.DONE


def test_a_duplicate_delivery_has_one_effect(at: At) -> None:
    at.fault("duplicate_delivery")
    report = at.sell(price="70000", post_only=True)
    assert report.outcome is Outcome.DONE
    assert len(at.exchange.open_orders()) == 1


@pytest.mark.parametrize("answer", ["first", "second"])
def test_the_answer_to_a_refused_duplicate_is_settled_by_a_lookup(at: At, answer: str) -> None:
    if at.venue == "hyperliquid":
        pytest.skip("it is not documented to refuse a client id that is taken")
    at.fault("duplicate_delivery", options={"answer": answer})
    report = at.sell(price="70000")
    assert (report.outcome, report.status) == (Outcome.DONE, OrderStatus.NEW)
    assert len(at.exchange.open_orders()) == 1


def test_a_partial_fill_whose_rest_is_cancelled_reports_what_was_filled(at: At) -> None:
    at.fault("partial_then_cancel", options={"share": "0.4"})
    report = at.sell()
    assert report.outcome is Outcome.DONE and not report.status.is_open
    assert report.filled == -sum(fill.quantity for fill in report.fills) == Decimal("0.04")


def test_maintenance_leaves_nothing_done(at: At) -> None:
    at.fault("maintenance")
    assert at.sell().outcome is not Outcome.DONE
    assert at.position() == 0


@pytest.mark.parametrize("kind", ["lose_answer_after", "http_5xx_after", "garbage_200_after"])
def test_a_cancellation_whose_answer_is_lost_is_found_out_by_a_lookup(at: At, kind: str) -> None:
    at.sell(price="70000")
    at.fault(kind, endpoint=CANCEL[at.venue])
    assert at.exchange.cancel_order(ID).status is OrderStatus.CANCELED


def test_a_cancellation_that_never_arrived_is_unknown(at: At) -> None:
    at.sell(price="70000")
    at.fault("close_before", endpoint=CANCEL[at.venue])
    assert at.exchange.cancel_order(ID).outcome is Outcome.UNKNOWN
    assert at.exchange.cancel_order(ID).status is OrderStatus.CANCELED


@pytest.mark.parametrize(
    ("quantity", "fields", "code"),
    [
        ("0.00000001", {}, "EXI-001"),
        ("50", {}, "EXI-006"),
        ("0.1", {"reduce_only": True}, "EXI-001"),
        ("0.1", {"price": "50000", "post_only": True}, "EXI-001"),
    ],
)
def test_what_the_venue_refuses_is_a_rejection_with_our_code(
    at: At, quantity: str, fields: dict[str, Any], code: str
) -> None:
    if quantity == "0.00000001":
        with pytest.raises(ComponentError) as refused:
            at.sell(quantity, **fields)
        assert refused.value.error_code == code and at.sent == 0
        return
    report = at.sell(quantity, **fields)
    assert (report.outcome, report.error_code, report.filled) == (Outcome.REJECTED, code, 0)
    assert report.reason and at.position() == 0
