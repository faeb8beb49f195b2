"""Transfers are told to a venue once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from basis_strategy_v1.core.domain.deltas import Outcome
from basis_strategy_v1.core.domain.orders import TransferRequest
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.execution.order_state import OrderState
from basis_strategy_v1.core.interfaces.not_sent import NotSentError
from exactly_once_desk import MOVE, NO_ANSWER, Desk, moved


def test_a_transfer_is_sent_once() -> None:
    desk = Desk(transfer=[moved()])
    assert desk.exchange.transfer(MOVE) == moved()
    assert desk.exchange.transfer(MOVE) == moved()
    assert desk.exchange.lookup_transfer("t") == moved()
    assert (desk.venue.calls, desk.journal.lines) == (["transfer"], ["sent", "done"])


@pytest.mark.parametrize("answer", [moved(Outcome.UNKNOWN), OSError("reset"), moved(client_transfer_id="x")])
def test_a_transfer_whose_answer_was_lost_is_looked_up(answer: Any) -> None:
    desk = Desk(transfer=[answer], lookup_transfer=[NO_ANSWER, None, moved(Outcome.UNKNOWN), moved()])
    assert desk.exchange.transfer(MOVE) == moved()
    assert desk.venue.calls.count("transfer") == 1


def test_a_transfer_that_never_arrived_may_be_sent_again() -> None:
    desk = Desk(transfer=[moved(Outcome.UNKNOWN), moved()], lookup_transfer=[None])
    assert desk.exchange.transfer(MOVE).error_code == "EXI-003"
    never = desk.exchange.lookup_transfer("t")
    assert never is not None and never.error_code == "EXI-003"
    assert desk.exchange.transfer(MOVE) == moved()


def test_a_transfer_refused_at_its_second_attempt_is_checked_against_the_first() -> None:
    refused = moved(Outcome.REJECTED, "EXI-006")
    desk = Desk(transfer=[moved(Outcome.UNKNOWN), refused], lookup_transfer=[*[None] * 5, moved()])
    while desk.exchange.transfer(MOVE).error_code == "EXI-003":
        pass
    assert desk.journal.kept["t"].state is OrderState.DONE


def test_the_venue_is_told_which_transfers_are_known_before_it_looks_for_one_like_them() -> None:
    desk = Desk(transfer=[moved(), moved(Outcome.UNKNOWN, client_transfer_id="u")], lookup_transfer=[NO_ANSWER])
    desk.exchange.transfer(MOVE)
    assert desk.venue.claimed == []
    like_it = TransferRequest(
        client_transfer_id="u", from_location="alpha", to_location="beta", token="USDT", amount=Decimal(10)
    )
    desk.exchange.transfer(like_it)
    assert set(desk.venue.claimed) == {"t"}


def test_transfers_that_are_refused_wait_or_never_left() -> None:
    busy, refused = moved(Outcome.REJECTED, "EXI-002"), moved(Outcome.REJECTED, "EXI-006")
    desk = Desk(transfer=[NotSentError("EXI-003", "refused"), busy, refused])
    with pytest.raises(NotSentError):
        desk.exchange.transfer(MOVE)
    assert desk.exchange.transfer(MOVE) == busy
    assert desk.exchange.transfer(MOVE) == refused
    assert desk.exchange.transfer(MOVE) == refused
    assert desk.venue.calls == ["transfer"] * 3


def test_a_transfer_that_nobody_can_be_asked_about_stays_unknown() -> None:
    desk = Desk(transfer=[moved(Outcome.UNKNOWN)], lookup_transfer=[NO_ANSWER])
    assert desk.exchange.transfer(MOVE).outcome is Outcome.UNKNOWN
    assert desk.exchange.transfer(MOVE).outcome is Outcome.UNKNOWN
    assert desk.exchange.lookup_transfer("never heard of") is None


def test_an_id_belongs_to_one_transfer() -> None:
    desk = Desk(transfer=[moved()])
    desk.exchange.transfer(MOVE)
    with pytest.raises(ComponentError):
        desk.exchange.transfer(
            TransferRequest(
                client_transfer_id="t", from_location="alpha", to_location="beta", token="USDT", amount=Decimal(11)
            )
        )


def test_credentials_that_are_refused_at_the_look_up_leave_a_transfer_unknown() -> None:
    desk = Desk(transfer=[OSError("reset")], lookup_transfer=[ComponentError("EXI-004", "the key is not valid")])
    assert desk.exchange.transfer(MOVE).outcome is Outcome.UNKNOWN
    with pytest.raises(ComponentError):
        desk.exchange.lookup_transfer("t")
