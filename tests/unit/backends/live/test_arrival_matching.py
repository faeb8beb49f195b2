"""Which transfer a deposit is."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from basis_strategy_v1.backends.live.arrival_matching import LONGEST_WAY, ExpectedArrival, Match, match
from basis_strategy_v1.backends.live.dialects.venue_records import VenueDeposit
from basis_strategy_v1.backends.live.expected_arrivals import ExpectedArrivals

SENT = 1_700_000_000_000_000_000
MINUTE = 60_000_000_000


def expected(name: str, amount: str, **fields: Any) -> ExpectedArrival:
    values = {"location": "beta", "token": "USDT", "sender": "alpha", "fee": Decimal(1), "sent_at": SENT, **fields}
    return ExpectedArrival(client_transfer_id=name, amount=Decimal(amount), **values)


def deposit(amount: str, transaction: str = "", at: int = SENT + MINUTE, number: str = "d") -> VenueDeposit:
    return VenueDeposit(
        timestamp=at,
        deposit_id=number,
        transaction_id=transaction,
        location="beta",
        token="USDT",
        amount=Decimal(amount),
    )


def test_a_transaction_decides_before_an_amount() -> None:
    there = [expected("t1", "99"), expected("t2", "50", transaction_id="0xABC")]
    assert match(deposit("50", "abc"), there) == Match("t2")
    assert match(deposit("49.5", "0xabc"), there) == Match("t2")


def test_a_deposit_of_another_transaction_is_not_the_transfer_though_its_amount_is() -> None:
    assert match(deposit("99", "0xdef"), [expected("t1", "99", transaction_id="0xabc")]) is None
    assert match(deposit("99", "0xdef"), [expected("t1", "99")]) == Match("t1")
    assert match(deposit("99"), [expected("t1", "99", transaction_id="0xabc")]) == Match("t1")


def test_withdrawals_paid_in_one_transaction_are_told_apart_by_place_and_amount() -> None:
    arrivals = ExpectedArrivals()
    for number, place, amount in (("t1", "gamma", "99"), ("t2", "beta", "98"), ("t3", "beta", "99")):
        arrivals.expect(expected(number, amount, location=place))
        arrivals.identify(number, "0xabc")
    assert [arrivals.take(deposit(amount, "0xabc")) for amount in ("99", "97.5")] == [Match("t3"), Match("t2")]
    assert arrivals.take(deposit("99", "0xabc")) is None


def test_a_small_difference_is_recognised_where_one_transfer_alone_can_be_meant() -> None:
    assert match(deposit("999.4"), [expected("t1", "1000"), expected("t2", "2000")]) == Match("t1")
    assert match(deposit("999.4"), [expected("t1", "1000"), expected("t2", "999.8")]) is None
    assert match(deposit("998.9"), [expected("t1", "1000")]) is None
    assert match(deposit("99976"), [expected("t1", "100000")]) == Match("t1")
    assert match(deposit("99949"), [expected("t1", "100000")]) is None


def test_equal_transfers_of_one_sender_are_the_same_and_those_of_two_are_not() -> None:
    assert match(deposit("10"), [expected("t1", "10"), expected("t2", "10")]) == Match("t1")
    assert match(deposit("10"), [expected("t1", "10"), expected("t2", "10", sender="gamma")]) is None


def test_what_came_before_it_was_sent_or_much_later_is_another_unless_the_transaction_says_so() -> None:
    sent = expected("t1", "10")
    assert match(deposit("10", at=SENT - 2 * MINUTE), [sent]) is None
    assert match(deposit("10", at=SENT + LONGEST_WAY + 1), [sent]) is None
    known = expected("t1", "10", transaction_id="abc")
    assert match(deposit("10", "abc", at=SENT + 2 * LONGEST_WAY), [known]) == Match("t1")


def test_a_venue_may_credit_at_another_of_its_locations() -> None:
    assert match(deposit("10"), [expected("t1", "10", location="beta.funding")]) == Match("t1")
    assert match(deposit("10"), [expected("t1", "10", location="betamax")]) is None


def test_a_transfer_that_comes_in_parts_is_expected_until_all_of_it_is_there() -> None:
    arrivals = ExpectedArrivals()
    arrivals.expect(expected("t1", "1000"))
    arrivals.identify("t1", "abc", "done")
    assert arrivals.take(deposit("600", "abc")) == Match("t1", is_whole=False)
    left = arrivals.get("t1")
    assert left is not None and (left.amount, left.sender_state) == (400, "done")
    assert arrivals.take(deposit("500", "abc")) is None
    assert arrivals.take(deposit("399.5", "abc")) == Match("t1")
    assert arrivals.get("t1") is None


def test_what_a_sender_has_told_is_kept_when_a_transfer_is_expected_again() -> None:
    arrivals = ExpectedArrivals()
    arrivals.identify("t1", "abc")
    arrivals.expect(expected("t1", "1000"))
    arrivals.identify("t1", "abc")
    arrivals.expect(expected("t1", "400"))
    known = arrivals.get("t1")
    assert known is not None and (known.transaction_id, known.amount) == ("abc", 400)


@given(st.lists(st.integers(1, 60), min_size=1, max_size=6), st.lists(st.integers(1, 60), max_size=8))
def test_no_more_is_ever_taken_for_a_transfer_than_was_sent_but_for_what_is_tolerated(
    amounts: list[int], deposits: list[int]
) -> None:
    arrivals = ExpectedArrivals()
    for number, amount in enumerate(amounts):
        arrivals.expect(expected(f"t{number}", str(amount), transaction_id="abc" if number % 2 else ""))
    came = dict.fromkeys(range(len(amounts)), Decimal(0))
    for number, amount in enumerate(deposits):
        found = arrivals.take(deposit(str(amount), "abc" if number % 3 else "", number=str(number)))
        if found is not None:
            came[int(found.client_transfer_id[1:])] += amount
    assert all(came[number] <= amount + 1 for number, amount in enumerate(amounts))
