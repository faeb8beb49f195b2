"""What is told to a venue once, and what is made of its answers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from basis_strategy_v1.core.domain.deltas import Outcome
from basis_strategy_v1.core.domain.orders import OrderReport, OrderRequest, OrderStatus
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.execution.order_state import Submission
from basis_strategy_v1.core.interfaces.not_sent import NotSentError
from exactly_once_desk import (
    BUSY,
    BUY,
    LOST,
    MOVE,
    NO_ANSWER,
    POLICY,
    REFUSED,
    RESTING,
    Desk,
    MemoryJournal,
    moved,
    order,
)

TAKEN = order(OrderStatus.NEW, Outcome.UNKNOWN, venue_order_id="7")


def test_an_order_is_in_the_journal_before_it_leaves() -> None:
    desk = Desk(place=[order()])
    assert desk.exchange.place_order(BUY) == order()
    assert (desk.venue.states, desk.journal.lines) == (["sent"], ["sent", "filled"])
    assert desk.exchange.unfinished == ()


@pytest.mark.parametrize("answer", [LOST, ValueError("<html>"), NO_ANSWER, order(client_order_id="b")])
def test_a_lost_or_garbled_answer_is_looked_up_and_not_sent_again(answer: Any) -> None:
    desk = Desk(place=[answer], lookup=[NO_ANSWER, None, order()])
    assert desk.exchange.place_order(BUY) == order()
    assert desk.venue.calls == ["place", "lookup", "lookup", "lookup"]
    assert desk.journal.lines == ["sent", "unknown", "filled"]


def test_what_the_venue_never_heard_of_is_rejected_and_may_be_sent_again() -> None:
    desk = Desk(place=[LOST, order()], lookup=[None])
    report = desk.exchange.place_order(BUY)
    assert (report.outcome, report.error_code) == (Outcome.REJECTED, "EXI-003")
    assert desk.time.seconds >= POLICY.window
    assert (desk.state, desk.venue.forgotten) == ("absent", ["a"])
    assert desk.exchange.place_order(BUY).outcome is Outcome.DONE
    assert desk.journal.kept["a"].attempts == 2


def test_silence_is_no_proof_before_its_time() -> None:
    desk = Desk(place=[LOST], lookup=[NO_ANSWER])
    report = desk.exchange.place_order(BUY)
    assert (report.outcome, report.error_code, desk.state) == (Outcome.UNKNOWN, "EXI-007", "unknown")
    assert [item.client_id for item in desk.exchange.uncertain] == ["a"]
    assert desk.exchange.place_order(BUY).outcome is Outcome.UNKNOWN
    assert desk.venue.calls.count("place") == 1


def test_an_unknown_order_is_asked_for_at_each_tick_until_it_is_proved_absent() -> None:
    desk = Desk(place=[LOST], lookup=[*[NO_ANSWER] * POLICY.patience, None])
    desk.exchange.place_order(BUY)
    answers = []
    for _ in range(3):
        answers.append(desk.exchange.lookup_order("a"))
        desk.time.wait(5.0)
    assert answers[:2] == [None, None]
    assert answers[2] is not None and answers[2].outcome is Outcome.REJECTED


def test_an_order_that_the_venue_has_taken_is_not_absent_because_it_is_not_listed() -> None:
    desk = Desk(place=[TAKEN], lookup=[None])
    assert desk.exchange.place_order(BUY).outcome is Outcome.UNKNOWN
    while desk.time.seconds < POLICY.listed_after - 60:
        assert desk.exchange.lookup_order("a") is None
        desk.time.wait(60)
    assert (desk.state, desk.venue.calls.count("place")) == ("unknown", 1)
    desk.venue.answers["lookup"] = [order()]
    assert desk.exchange.lookup_order("a") == order()


def test_an_order_that_was_taken_long_ago_and_is_not_listed_took_nothing() -> None:
    first = Desk(place=[TAKEN], lookup=[NO_ANSWER])
    first.exchange.place_order(BUY)
    desk = first.again(lookup=[None])
    desk.time.wait(POLICY.listed_after)
    assert desk.exchange.resolve() == () and desk.state == "absent"


def test_an_order_that_the_venue_has_shown_in_part_is_not_silently_absent() -> None:
    desk = Desk(place=[LOST], lookup=[None, None, LOST, None, None, order()])
    assert desk.exchange.place_order(BUY) == order()
    assert desk.venue.calls.count("place") == 1 and desk.state == "filled"


def test_what_provably_never_left_is_raised_and_may_be_sent_again() -> None:
    desk = Desk(place=[NotSentError("EXI-003", "refused"), order()])
    with pytest.raises(NotSentError):
        desk.exchange.place_order(BUY)
    assert desk.state == "not_sent"
    assert desk.exchange.place_order(BUY).outcome is Outcome.DONE


def test_a_refusal_ends_an_order() -> None:
    desk = Desk(place=[REFUSED], lookup=[None])
    assert desk.exchange.place_order(BUY) == REFUSED
    assert desk.exchange.place_order(BUY) == REFUSED
    assert (desk.venue.calls, desk.state) == (["place", "lookup"], "rejected")


def test_an_order_that_was_refused_and_shows_up_after_all_is_there() -> None:
    """The request was delivered twice: the first was executed, and the answer is that of the second."""
    desk = Desk(place=[REFUSED], lookup=[order()])
    assert desk.exchange.place_order(BUY) == REFUSED
    assert desk.exchange.lookup_order(BUY.client_order_id) == order()
    assert desk.state == "filled"


def test_an_order_turned_away_for_load_may_come_again() -> None:
    desk = Desk(place=[BUSY, order()])
    assert desk.exchange.place_order(BUY) == BUSY
    assert desk.exchange.place_order(BUY) == order()


def test_a_refusal_of_a_second_attempt_is_checked_against_the_first() -> None:
    desk = Desk(place=[LOST, REFUSED], lookup=[*[None] * 5, order()])
    while desk.exchange.place_order(BUY).error_code == "EXI-003":
        pass
    assert desk.state == "filled"


def test_a_refusal_of_a_second_attempt_is_no_end_where_the_venue_shows_the_first_in_part() -> None:
    desk = Desk(place=[LOST, REFUSED], lookup=[*[None] * 5, LOST, order()])
    while desk.exchange.place_order(BUY).error_code == "EXI-003":
        pass
    assert desk.state == "filled"


def test_an_order_that_shows_up_in_part_after_all_is_not_sent_again() -> None:
    desk = Desk(place=[LOST], lookup=[*[None] * 5, LOST])
    desk.exchange.place_order(BUY)
    assert desk.state == "absent"
    assert desk.exchange.lookup_order("a") is None
    assert desk.state == "unknown"
    desk.venue.answers["lookup"] = [order()]
    assert desk.exchange.place_order(BUY) == order()
    assert desk.venue.calls.count("place") == 1


def test_an_order_that_provably_never_arrived_is_told_so_again() -> None:
    desk = Desk(place=[LOST], lookup=[None])
    desk.exchange.place_order(BUY)
    again = desk.exchange.lookup_order("a")
    assert again is not None and again.error_code == "EXI-003"


def test_an_id_belongs_to_one_order() -> None:
    desk = Desk(place=[RESTING])
    desk.exchange.place_order(BUY)
    other = OrderRequest(client_order_id="a", symbol="BTCUSDT", trade_type="perp", side="sell", quantity=Decimal(1))
    with pytest.raises(ComponentError) as raised:
        desk.exchange.place_order(other)
    assert raised.value.error_code == "EXI-001"


def test_an_order_that_is_known_already_is_looked_up() -> None:
    desk = Desk(place=[RESTING], lookup=[order()])
    desk.exchange.place_order(BUY)
    assert desk.exchange.place_order(BUY) == order()
    desk.venue.answers["lookup"] = [None]
    assert desk.exchange.place_order(BUY) == order(), "what the venue has forgotten the journal still knows"


def test_a_start_looks_up_what_the_last_process_left_open() -> None:
    before = Desk(place=[LOST], lookup=[NO_ANSWER])
    before.exchange.place_order(BUY)
    desk = before.again(lookup=[order()])
    assert desk.venue.remembered == ["a"]
    assert desk.exchange.resolve() == ()
    assert desk.state == "filled"


def test_a_start_that_reaches_nobody_leaves_it_open() -> None:
    before = Desk(place=[RESTING], transfer=[moved(Outcome.UNKNOWN)], lookup_transfer=[NO_ANSWER])
    before.exchange.place_order(BUY)
    before.exchange.transfer(MOVE)
    desk = before.again(lookup=[NO_ANSWER], lookup_transfer=[NO_ANSWER])
    assert [item.client_id for item in desk.exchange.resolve()] == ["t"]


def test_an_order_of_unknown_origin_is_left_to_the_venue() -> None:
    desk = Desk(lookup=[RESTING], cancel=[order(OrderStatus.CANCELED)], amend=[RESTING])
    assert desk.exchange.lookup_order("z") == RESTING
    assert desk.exchange.cancel_order("z").status is OrderStatus.CANCELED
    assert desk.exchange.amend_order("z", None, Decimal(1)) == RESTING
    assert desk.journal.lines == []


CANCELED = order(OrderStatus.CANCELED)


@pytest.mark.parametrize(
    ("cancels", "lookups"),
    [
        ([CANCELED], []),
        ([LOST], [CANCELED]),
        ([NO_ANSWER, CANCELED], [RESTING]),
        ([ValueError("<html>"), LOST], [NO_ANSWER, order()]),
    ],
    ids=["confirmed", "answer lost", "never arrived", "filled meanwhile"],
)
def test_a_cancellation_is_repeated_until_the_order_has_ended(cancels: list[Any], lookups: list[Any]) -> None:
    desk = Desk(place=[RESTING], cancel=cancels, lookup=lookups or [None])
    desk.exchange.place_order(BUY)
    assert not desk.exchange.cancel_order("a").status.is_open
    assert desk.state in ("canceled", "filled")
    assert "cancel_sent" in desk.journal.lines


def test_a_refused_cancellation_leaves_the_order_as_it_is() -> None:
    desk = Desk(place=[RESTING], cancel=[REFUSED], lookup=[RESTING])
    desk.exchange.place_order(BUY)
    assert desk.exchange.cancel_order("a") == REFUSED
    assert desk.state == "acknowledged"


def test_a_cancellation_that_is_never_confirmed_is_unknown() -> None:
    desk = Desk(place=[RESTING], cancel=[LOST], lookup=[RESTING])
    desk.exchange.place_order(BUY)
    assert desk.exchange.cancel_order("a").outcome is Outcome.UNKNOWN


def test_cancelling_what_has_ended_or_is_uncertain_asks_first() -> None:
    ended = Desk(place=[order()], lookup=[order()])
    ended.exchange.place_order(BUY)
    assert ended.exchange.cancel_order("a") == order()
    uncertain = Desk(place=[LOST], lookup=[*[NO_ANSWER] * 6, RESTING], cancel=[CANCELED])
    uncertain.exchange.place_order(BUY)
    assert uncertain.exchange.cancel_order("a") == CANCELED
    absent = Desk(place=[LOST], lookup=[*[NO_ANSWER] * 6, None])
    absent.exchange.place_order(BUY)
    assert absent.exchange.cancel_order("a").outcome is Outcome.REJECTED


CHANGED = order(OrderStatus.NEW, quantity=Decimal(2), price=Decimal(9))


@pytest.mark.parametrize(
    ("answer", "lookups", "result"),
    [
        (CHANGED, [None], CHANGED),
        (LOST, [RESTING, NO_ANSWER, CHANGED], CHANGED),
        (ValueError("<html>"), [order()], order()),
        (REFUSED, [RESTING], REFUSED),
    ],
    ids=["confirmed", "answer lost", "filled meanwhile", "refused"],
)
def test_a_change_is_looked_up_where_its_answer_was_lost(answer: Any, lookups: list[Any], result: OrderReport) -> None:
    desk = Desk(place=[RESTING], amend=[answer], lookup=lookups)
    desk.exchange.place_order(BUY)
    assert desk.exchange.amend_order("a", Decimal(2), Decimal(9)) == result
    assert desk.venue.calls.count("amend") == 1
    assert desk.state in ("acknowledged", "filled")


def test_a_change_that_does_not_show_is_unknown_and_one_that_never_left_is_raised() -> None:
    desk = Desk(place=[RESTING], amend=[LOST, NotSentError("EXI-003", "refused")], lookup=[RESTING])
    desk.exchange.place_order(BUY)
    assert desk.exchange.amend_order("a", Decimal(2), None).outcome is Outcome.UNKNOWN
    with pytest.raises(NotSentError):
        desk.exchange.amend_order("a", Decimal(2), None)
    assert desk.state == "acknowledged"


def test_reports_that_come_by_themselves_are_noted() -> None:
    desk = Desk(place=[RESTING], open_orders=[[RESTING, order(client_order_id="z")]], poll_events=[[order()]])
    desk.exchange.place_order(BUY)
    assert len(desk.exchange.open_orders()) == 2
    assert desk.state == "acknowledged"
    assert desk.exchange.poll_events() == [order()]
    assert desk.state == "filled"
    assert "z" not in desk.journal.kept


def test_observing_and_leverage_pass_through() -> None:
    desk = Desk(observe=[["a report"]])
    assert desk.exchange.observe() == ["a report"]
    desk.exchange.set_leverage("BTCUSDT", 3)
    assert desk.venue.calls == ["observe", "leverage BTCUSDT 3"]


def test_a_journal_that_fails_stops_everything() -> None:
    class Broken(MemoryJournal):
        def record_submission(self, submission: Submission) -> None:
            if self.lines:
                raise ComponentError("RES-001", "disk full", "Journal", "CRITICAL")
            super().record_submission(submission)

    desk = Desk(Broken(), place=[order()], lookup=[order()])
    with pytest.raises(ComponentError):
        desk.exchange.place_order(BUY)
    with pytest.raises(ComponentError):
        desk.again(lookup=[order()]).exchange.resolve()


def test_credentials_that_are_refused_at_the_look_up_leave_an_order_unknown() -> None:
    refused = ComponentError("EXI-004", "the key is not valid")
    desk = Desk(place=[NO_ANSWER], lookup=[refused])
    assert desk.exchange.place_order(BUY).outcome is Outcome.UNKNOWN
    assert desk.state == "unknown"
    with pytest.raises(ComponentError):
        desk.exchange.lookup_order("a")


def test_a_journal_that_fails_while_an_order_is_looked_into_stops_everything() -> None:
    class Full(MemoryJournal):
        def record_submission(self, submission: Submission) -> None:
            if "unknown" in self.lines:
                raise ComponentError("RES-001", "disk full", "Journal", "CRITICAL")
            super().record_submission(submission)

    with pytest.raises(ComponentError):
        Desk(Full(), place=[LOST], lookup=[order()]).exchange.place_order(BUY)
    with pytest.raises(ComponentError):
        Desk(Full(), transfer=[moved(Outcome.UNKNOWN)], lookup_transfer=[moved()]).exchange.transfer(MOVE)
