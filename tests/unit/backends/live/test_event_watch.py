"""What is told of an account, from a feed that repeats itself, comes late and changes its mind."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from basis_strategy_v1.backends.live.dialects.venue_records import VenueDeposit, VenueTransfer
from basis_strategy_v1.backends.live.event_cursor import EventCursor, decoded
from basis_strategy_v1.backends.live.event_watch import EventWatch
from basis_strategy_v1.backends.live.expected_arrivals import ExpectedArrivals
from basis_strategy_v1.backends.live.transfer_keeper import TransferKeeper
from basis_strategy_v1.backends.live.transfer_watch import UNDECLARED, TransferWatch
from basis_strategy_v1.core.domain.deltas import Outcome
from basis_strategy_v1.core.domain.orders import FundingPayment, TransferReport, TransferRequest
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec

MS = 1_000_000
START = 1_700_000_000_000
SPEC = VenueSpec(
    venue="alpha", family="CEX", description="", capabilities=frozenset(), locations=("alpha", "alpha.derivatives")
)
REQUEST = TransferRequest(
    client_transfer_id="t1", from_location="alpha", to_location="beta", token="USDT", amount=Decimal(100), address="0x1"
)


class Feed:
    """Tells what it is given, again and again."""

    def __init__(self) -> None:
        self.settlements: list[FundingPayment] = []
        self.deposits: list[VenueDeposit] = []
        self.asked: list[int] = []
        self.is_silent = False

    def settlements_since(self, since: int) -> Sequence[FundingPayment]:
        self.asked.append(since)
        return [item for item in self.settlements if item.timestamp >= since * MS]

    def deposits_since(self, since: int) -> Sequence[VenueDeposit]:
        if self.is_silent:
            raise ComponentError("EXI-003", "no answer")
        return list(self.deposits)


class Desk:
    """Lists one withdrawal in a state that can be changed."""

    def __init__(self) -> None:
        self.transfer = VenueTransfer(venue_transfer_id="7", token="USDT", amount=Decimal(100), state="pending")

    def find_transfers(self, request: TransferRequest, wire_id: str, since: int) -> Sequence[VenueTransfer]:
        return [self.transfer]


class Orders:
    def client_id(self, order: Any) -> str:
        return str(order)

    def listed_open(self) -> list[Any]:
        return []

    def lookup(self, client_order_id: str) -> None:
        return None


def _watch(
    feed: Feed, desk: Desk | None = None, arrivals: ExpectedArrivals | None = None, cursor: EventCursor | None = None
) -> EventWatch:
    transfers = TransferKeeper(SPEC, desk or Desk(), (), 60.0, lambda: START * MS, lambda now: now // MS)  # type: ignore[arg-type]
    start = cursor or EventCursor(origin_ms=START, polled_ms=START)
    watch = TransferWatch(SPEC.locations, transfers, arrivals or ExpectedArrivals())
    return EventWatch(feed, Orders(), watch, start)  # type: ignore[arg-type]


def _funding(minute: int, symbol: str = "BTCUSDT") -> FundingPayment:
    return FundingPayment((START + minute * 60_000) * MS, "alpha", symbol, 0.0001, 1.0, Decimal(1), Decimal(minute))


def _deposit(number: str, amount: str, transaction: str = "") -> VenueDeposit:
    return VenueDeposit(
        timestamp=(START + 60_000) * MS,
        deposit_id=number,
        transaction_id=transaction,
        location="beta",
        token="USDT",
        amount=Decimal(amount),
    )


@given(st.lists(st.tuples(st.integers(1, 10_000), st.sampled_from(["BTCUSDT", "ETHUSDT"])), max_size=40), st.data())
def test_each_event_is_told_once_however_often_and_late_it_is_listed(
    moments: list[tuple[int, str]], data: st.DataObject
) -> None:
    feed = Feed()
    watch = _watch(feed)
    told: list[FundingPayment] = []
    now = START
    for minute, symbol in sorted(moments):
        now = max(now, START + minute * 60_000 + data.draw(st.integers(0, 3_000_000)))
        feed.settlements.append(_funding(minute, symbol))
        told += watch.poll(now)  # type: ignore[arg-type]
        if data.draw(st.booleans()):
            watch = _watch(feed, cursor=decoded(watch.cursor.encoded()))
    assert len(told) == len({(event.timestamp, event.symbol) for event in told})
    assert len(told) == len(set(moments))


def test_nothing_counts_as_told_while_a_venue_leaves_one_question_open() -> None:
    feed = Feed()
    watch = _watch(feed)
    feed.settlements, feed.is_silent = [_funding(1)], True
    with pytest.raises(ComponentError):
        watch.poll(START + 600_000)
    feed.is_silent = False
    assert watch.poll(START + 660_000) == (_funding(1),)


def test_events_come_in_the_order_they_happened() -> None:
    feed = Feed()
    feed.settlements = [_funding(3), _funding(1)]
    feed.deposits = [_deposit("1", "5")]
    events = _watch(feed).poll(START + 600_000)
    assert [event.timestamp for event in events] == sorted(event.timestamp for event in events)  # type: ignore[union-attr]


def test_a_cursor_asks_no_further_back_than_it_must() -> None:
    feed = Feed()
    watch = _watch(feed)
    for hour in range(1, 200):
        watch.poll(START + hour * 3_600_000)
    assert feed.asked[0] == START
    assert feed.asked[-1] == START + 197 * 3_600_000


def test_what_was_told_long_ago_is_forgotten() -> None:
    feed = Feed()
    watch = _watch(feed)
    for hour in range(1, 3_000):
        feed.settlements = [_funding(hour * 60)]
        watch.poll(START + hour * 3_600_000)
    assert len(watch.cursor.told) < 1_100


def test_a_withdrawal_that_the_venue_gives_back_arrives_where_it_came_from() -> None:
    desk, arrivals = Desk(), ExpectedArrivals()
    watch = _watch(Feed(), desk, arrivals)
    report = TransferReport(
        client_transfer_id="t1",
        token="USDT",
        sent=Decimal(100),
        fee=Decimal(1),
        received=Decimal(99),
        arrives_at=START * MS,
    )
    watch._transfers._addressed = lambda request: request  # type: ignore[method-assign]
    watch.sent(REQUEST, report, START * MS)
    assert not watch.poll(START + 1)
    resumed = _watch(Feed(), desk, arrivals)
    resumed.resume(decoded(watch.cursor.encoded()))
    resumed._transfers._addressed = lambda request: request  # type: ignore[method-assign]
    desk.transfer = msgspec.structs.replace(desk.transfer, state="failed")
    (back,) = resumed.poll(START + 2)
    assert (back.client_transfer_id, back.location, back.amount) == ("t1", "alpha", 100)  # type: ignore[union-attr]
    assert not resumed.poll(START + 3)
    assert arrivals.take(_deposit("1", "99")) is None


def test_an_unknown_transfer_is_not_expected() -> None:
    arrivals = ExpectedArrivals()
    watch = _watch(Feed(), arrivals=arrivals)
    nothing = TransferReport(
        client_transfer_id="t1",
        token="USDT",
        sent=Decimal(0),
        fee=Decimal(0),
        received=Decimal(0),
        outcome=Outcome.UNKNOWN,
    )
    watch.sent(REQUEST, nothing, START * MS)
    assert not watch.cursor.withdrawals and arrivals.take(_deposit("1", "0")) is None


def test_a_deposit_that_nobody_sent_says_so() -> None:
    feed = Feed()
    feed.deposits = [_deposit("d1", "5")]
    (arrival,) = _watch(feed).poll(START + 600_000)
    assert arrival.client_transfer_id == f"{UNDECLARED}d1"  # type: ignore[union-attr]
