"""What a venue lists of an order, as a report."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from basis_strategy_v1.backends.live.dialects.venue_records import VenueOrder, decimal, plain
from basis_strategy_v1.backends.live.gateway import VenueError
from basis_strategy_v1.backends.live.order_keeper import REMEMBERED, OrderKeeper
from basis_strategy_v1.backends.live.order_reports import (
    acknowledged,
    is_complete,
    is_settled,
    mean_price,
    order_report,
)
from basis_strategy_v1.core.domain.deltas import Fill, Outcome
from basis_strategy_v1.core.domain.orders import OrderRequest, OrderStatus
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.venues.registry import spec_for

SPEC = spec_for("binance")
PERP = SPEC.instruments[2]
ORDER = VenueOrder(
    instrument=PERP,
    wire_id="ab" * 16,
    venue_order_id="1",
    side="buy",
    quantity=Decimal(1),
    filled=Decimal(0),
    status=OrderStatus.NEW,
    price=Decimal(50_000),
)
REQUEST = OrderRequest(client_order_id="ab" * 16, symbol="BTCUSDT", trade_type="perp", side="buy", quantity=Decimal(1))


def _fill(quantity: str, price: str) -> Fill:
    return Fill(
        f"{quantity}@{price}", "binance", "BTCUSDT", "perp", Decimal(quantity), Decimal(price), Decimal(0), "USDT"
    )


def _order(**changed: Any) -> VenueOrder:
    return msgspec.structs.replace(ORDER, **changed)


class Desk:
    """A venue that lists what it is told to, and refuses what it is told to."""

    def __init__(self, order: VenueOrder | None = None) -> None:
        self.order = order
        self.listed: tuple[Fill, ...] = ()
        self.refusal: VenueError | None = None
        self.acknowledges = False
        self.finds = 0

    def place(self, request: OrderRequest, instrument: Any, wire_id: str) -> VenueOrder | None:
        self._refuse()
        return acknowledged(request, instrument, wire_id, "1") if self.acknowledges else None

    def cancel(self, order: VenueOrder) -> None:
        self._refuse()

    def amend(self, order: VenueOrder, quantity: Decimal, price: Decimal) -> None:
        self._refuse()

    def find(self, instrument: Any, wire_id: str) -> VenueOrder | None:
        self.finds += 1
        return self.order if self.order is not None and instrument == self.order.instrument else None

    def fills(self, order: VenueOrder) -> tuple[Fill, ...]:
        return self.listed

    def open_orders(self) -> list[VenueOrder]:
        return [] if self.order is None else [self.order]

    def _refuse(self) -> None:
        if self.refusal is not None:
            raise self.refusal


def _keeper(desk: Desk) -> OrderKeeper:
    return OrderKeeper(SPEC, desk, 3, lambda seconds: None)


def test_the_mean_price_weighs_by_quantity() -> None:
    assert mean_price(()) is None
    assert mean_price((_fill("1", "10.50"),)) == Decimal("10.50")
    assert mean_price((_fill("1", "10"), _fill("3", "20"))) == Decimal("17.5")
    assert mean_price((_fill("-1", "10"), _fill("-2", "11"))) == Decimal("10.666666666667")


def test_a_market_order_has_the_price_it_got() -> None:
    order = _order(order_type="market", price=None, filled=Decimal(1), status=OrderStatus.FILLED)
    assert order_report("a", order, (_fill("1", "10"),)).price == 10


@pytest.mark.parametrize(
    ("changed", "outcome"),
    [
        ({"status": OrderStatus.REJECTED}, Outcome.REJECTED),
        ({"status": OrderStatus.CANCELED, "killed_for": "it would have taken"}, Outcome.REJECTED),
        ({"status": OrderStatus.CANCELED}, Outcome.DONE),
        ({"status": OrderStatus.CANCELED, "killed_for": "no more", "filled": Decimal(1)}, Outcome.DONE),
        ({"status": OrderStatus.EXPIRED}, Outcome.DONE),
    ],
)
def test_an_order_killed_before_it_took_anything_is_rejected(changed: dict[str, Any], outcome: Outcome) -> None:
    assert order_report("a", _order(**changed), ()).outcome is outcome


def test_only_a_limit_that_may_rest_is_settled_while_it_is_open() -> None:
    assert is_settled(ORDER)
    assert not is_settled(_order(time_in_force="ioc"))
    assert not is_settled(_order(order_type="market"))
    assert is_settled(_order(order_type="market", status=OrderStatus.FILLED))


def test_an_order_is_complete_when_all_its_fills_are_listed() -> None:
    half = _order(filled=Decimal("0.5"))
    assert not is_complete(half, ())
    assert is_complete(half, (_fill("-0.2", "1"), _fill("-0.3", "1")))


def test_an_order_whose_fills_are_not_listed_yet_stays_unknown_until_they_are() -> None:
    desk = Desk(_order(filled=Decimal(1), status=OrderStatus.FILLED))
    keeper = _keeper(desk)
    report = keeper.place(REQUEST)
    assert (report.outcome, report.error_code) == (Outcome.UNKNOWN, "EXI-007")
    assert keeper.lookup("ab" * 16).outcome is Outcome.UNKNOWN  # type: ignore[union-attr]
    desk.listed = (_fill("1", "50000"),)
    assert keeper.lookup("ab" * 16).outcome is Outcome.DONE  # type: ignore[union-attr]


def test_a_market_order_whose_executions_are_all_of_it_is_not_looked_up() -> None:
    desk = Desk()
    desk.acknowledges = True
    desk.listed = (_fill("0.4", "50000"), _fill("0.6", "50010"))
    report = _keeper(desk).place(REQUEST)
    assert desk.finds == 0
    assert (report.outcome, report.status, report.filled) == (Outcome.DONE, OrderStatus.FILLED, 1)
    assert (report.venue_order_id, report.price, report.fills) == ("1", Decimal(50_006), desk.listed)


@pytest.mark.parametrize("listed", [(), ("0.4",), ("0.5", "0.5")])
def test_a_market_order_whose_executions_are_not_all_of_it_once_each_is_looked_up(listed: tuple[str, ...]) -> None:
    filled = sum((Decimal(one) for one in set(listed)), Decimal(0))
    desk = Desk(_order(filled=filled, status=OrderStatus.EXPIRED, order_type="market"))
    desk.acknowledges = True
    desk.listed = tuple(_fill(one, "50000") for one in listed)
    _keeper(desk).place(REQUEST)
    assert desk.finds


def test_an_order_that_may_rest_is_looked_up_though_it_was_acknowledged() -> None:
    desk = Desk(ORDER)
    desk.acknowledges = True
    limit = msgspec.structs.replace(REQUEST, order_type="limit", price=Decimal(50_000))
    assert _keeper(desk).place(limit).status is OrderStatus.NEW
    assert desk.finds == 1


def test_an_order_whose_executions_cannot_be_asked_for_is_looked_up() -> None:
    class SilentOnce(Desk):
        def fills(self, order: VenueOrder) -> tuple[Fill, ...]:
            if not self.finds:
                raise ComponentError("EXI-003", "no answer", "ExecutionInterfaces")
            return self.listed

    desk = SilentOnce(_order(filled=Decimal(1), status=OrderStatus.FILLED, order_type="market"))
    desk.acknowledges = True
    desk.listed = (_fill("1", "50000"),)
    assert _keeper(desk).place(REQUEST).status is OrderStatus.FILLED


def test_an_order_that_was_sent_and_is_not_listed_is_unknown_when_asked_for_again() -> None:
    desk = Desk()
    keeper = _keeper(desk)
    assert keeper.place(REQUEST).outcome is Outcome.UNKNOWN
    again = keeper.place(REQUEST)
    assert again.outcome is Outcome.UNKNOWN and "sent before" in again.reason


def test_a_duplicate_that_the_venue_does_not_list_is_unknown() -> None:
    desk = Desk()
    desk.refusal = VenueError("duplicate", "EXI-001", "there is one")
    assert _keeper(desk).place(REQUEST).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("verdict", ["rejected", "retry_later", "clock"])
def test_a_definite_refusal_of_a_change_or_a_cancellation_is_a_rejection(verdict: Any) -> None:
    desk = Desk(ORDER)
    desk.refusal = VenueError(verdict, "EXI-002", "no")
    keeper = _keeper(desk)
    assert keeper.cancel("ab" * 16).outcome is Outcome.REJECTED
    assert keeper.amend("ab" * 16, None, Decimal(1)).outcome is Outcome.REJECTED


def test_an_order_that_ended_while_it_was_being_cancelled_is_reported_as_it_ended() -> None:
    desk = Desk(_order(filled=Decimal(1), status=OrderStatus.FILLED))
    desk.listed = (_fill("1", "50000"),)
    assert _keeper(desk).cancel("ab" * 16).status is OrderStatus.FILLED


def test_a_market_order_cannot_be_given_a_limit() -> None:
    desk = Desk(_order(price=None))
    assert _keeper(desk).amend("ab" * 16, Decimal(2), None).error_code == "EXI-001"


def test_a_known_order_is_asked_for_at_its_instrument_alone() -> None:
    desk = Desk()
    keeper = _keeper(desk)
    keeper.lookup("ab" * 16)
    assert desk.finds == len(SPEC.instruments)
    keeper.remember("ab" * 16, PERP)
    desk.finds = 0
    keeper.lookup("ab" * 16)
    assert desk.finds == 1


def test_what_is_remembered_of_orders_is_bounded() -> None:
    keeper = _keeper(Desk())
    for number in range(REMEMBERED + 10):
        keeper.remember(f"{number:032x}", PERP)
    assert len(keeper._instruments) == REMEMBERED


def test_numbers_lose_their_trailing_zeros_and_nothing_else() -> None:
    for text in ("100000.00000000", "0.10", "1e-8", "-3.50", "1000", "0"):
        assert decimal(text) == Decimal(text)
    assert str(decimal("100000.00000000")) == "100000"
    assert str(plain(Decimal("1.500") * Decimal("2.0"))) == "3"
    assert decimal(None) == decimal("") == 0
