"""Transfers of live backends: inside a venue, between venues, to nobody; with answers lost on the way."""

from __future__ import annotations

from decimal import Decimal

import pytest

from basis_strategy_v1.core.domain.deltas import Outcome
from basis_strategy_v1.core.domain.orders import PartialArrival, TransferArrival
from basis_strategy_v1.venues.registry import spec_for
from live_venues import LiveVenues
from venue_market import CEX, venue_market

INSIDE = {
    "binance": "POST /sapi/v1/asset/transfer",
    "okx": "POST /api/v5/asset/transfer",
    "hyperliquid": "POST /exchange usdClassTransfer",
}
WITHDRAW = {
    "binance": "POST /sapi/v1/capital/withdraw/apply",
    "bybit": "POST /v5/asset/withdraw/create",
    "okx": "POST /api/v5/asset/withdrawal",
    "hyperliquid": "POST /exchange withdraw3",
}
SOURCE = {"binance": "binance", "bybit": "bybit", "okx": "okx.funding", "hyperliquid": "hyperliquid"}


def _opened(*names: str) -> LiveVenues:
    balances = {
        location: {spec_for(name).margin_currency: Decimal(100_000)}
        for name in names
        for location in spec_for(name).locations
    }
    venues = LiveVenues(names, venue_market(names, 40), balances=balances)
    for exchange in venues.exchanges.values():
        exchange.start()
    return venues


def _held(venues: LiveVenues, name: str, location: str) -> Decimal:
    (report,) = [item for item in venues.exchanges[name].observe() if item.location == location]
    return report.balances.get(spec_for(name).margin_currency, Decimal(0))


@pytest.mark.parametrize("name", INSIDE)
@pytest.mark.parametrize("kind", ["lose_answer_after", "garbage_200_after", "http_5xx_after", "close_after"])
def test_a_move_whose_answer_is_lost_is_found(name: str, kind: str) -> None:
    venues = _opened(name)
    exchange, spec = venues.exchanges[name], spec_for(name)
    target = next(place for place in spec.locations if place != spec.margin_location)
    request = venues.move(spec.margin_location, target, "123.45", spec.margin_currency)
    venues.fault(kind, INSIDE[name], name)
    sent_at = venues.world.clock.now_ns()
    assert exchange.transfer(request).outcome is Outcome.UNKNOWN
    found = exchange.lookup_transfer(request, sent_at)
    assert found is not None and (found.outcome, found.received) == (Outcome.DONE, Decimal("123.45"))
    assert found.venue_transfer_id


@pytest.mark.parametrize("name", INSIDE)
@pytest.mark.parametrize("kind", ["lose_answer_before", "garbage_200_before", "close_before"])
def test_a_move_that_never_arrived_is_not_taken_for_an_earlier_one_alike(name: str, kind: str) -> None:
    venues = _opened(name)
    exchange, spec = venues.exchanges[name], spec_for(name)
    target = next(place for place in spec.locations if place != spec.margin_location)
    first = venues.move(spec.margin_location, target, "100", spec.margin_currency)
    second = venues.move(spec.margin_location, target, "100", spec.margin_currency)
    assert exchange.transfer(first).outcome is Outcome.DONE
    venues.fault(kind, INSIDE[name], name)
    sent_at = venues.world.clock.now_ns()
    assert exchange.transfer(second).outcome is Outcome.UNKNOWN
    assert exchange.lookup_transfer(second, sent_at) is None
    found = exchange.lookup_transfer(first, sent_at)
    assert found is not None and found.outcome is Outcome.DONE


@pytest.mark.parametrize("name", CEX)
def test_a_withdrawal_goes_to_an_address_on_the_list_and_arrives_there(name: str) -> None:
    receiver = "bybit" if name in ("binance", "okx") else "binance"
    venues = _opened(name, receiver)
    token = spec_for(name).margin_currency
    target = spec_for(receiver).deposit_location
    before = _held(venues, name, SOURCE[name])
    request = venues.move(SOURCE[name], target, "1000", token)
    report = venues.exchanges[name].transfer(request)
    assert (report.outcome, report.sent, report.received) == (Outcome.DONE, 1000, 1000 - report.fee)
    assert report.fee > 0 and report.venue_transfer_id
    assert report.arrives_at > venues.world.clock.now_ns()
    assert before - _held(venues, name, SOURCE[name]) == 1000
    venues.rows(2)
    venues.exchanges[name].poll_events()
    arrivals = [event for event in venues.exchanges[receiver].poll_events() if isinstance(event, TransferArrival)]
    assert [(item.client_transfer_id, item.location, item.token, item.amount) for item in arrivals] == [
        (request.client_transfer_id, target, token, report.received)
    ]


@pytest.mark.parametrize("name", CEX)
def test_a_withdrawal_to_an_address_that_is_not_on_the_list_never_leaves(name: str) -> None:
    venues = _opened(name)
    token = spec_for(name).margin_currency
    for fields in ({"address": "0x" + "9" * 40}, {}):
        report = venues.exchanges[name].transfer(venues.move(SOURCE[name], "wallet", "1000", token, **fields))
        assert (report.outcome, report.error_code, report.sent) == (Outcome.REJECTED, "EIM-012", 0)
    assert venues.requests_to(WITHDRAW[name]) == 0


@pytest.mark.parametrize("name", CEX)
def test_a_withdrawal_whose_answer_is_lost_is_found(name: str) -> None:
    receiver = "bybit" if name != "bybit" else "binance"
    venues = _opened(name, receiver)
    request = venues.move(SOURCE[name], spec_for(receiver).deposit_location, "1000", spec_for(name).margin_currency)
    venues.fault("lose_answer_after", WITHDRAW[name], name)
    sent_at = venues.world.clock.now_ns()
    assert venues.exchanges[name].transfer(request).outcome is Outcome.UNKNOWN
    found = venues.exchanges[name].lookup_transfer(request, sent_at)
    assert found is not None and (found.outcome, found.sent) == (Outcome.DONE, 1000)
    assert 990 < found.received < 1000


@pytest.mark.parametrize("name", CEX)
@pytest.mark.parametrize("days", [1, 20])
def test_a_withdrawal_that_nobody_asked_for_over_days_is_found(name: str, days: int) -> None:
    receiver = "bybit" if name != "bybit" else "binance"
    venues = _opened(name, receiver)
    request = venues.move(SOURCE[name], spec_for(receiver).deposit_location, "1000", spec_for(name).margin_currency)
    venues.fault("lose_answer_after", WITHDRAW[name], name)
    sent_at = venues.world.clock.now_ns()
    assert venues.exchanges[name].transfer(request).outcome is Outcome.UNKNOWN
    venues.world.clock.advance(days * 86_400)
    found = venues.open(name).lookup_transfer(request, sent_at)
    assert found is not None and (found.outcome, found.sent) == (Outcome.DONE, 1000)


@pytest.mark.parametrize("name", CEX)
def test_a_frozen_withdrawal_is_refused(name: str) -> None:
    receiver = "bybit" if name != "bybit" else "binance"
    venues = _opened(name, receiver)
    venues.fault("withdrawal_frozen", WITHDRAW[name], name)
    request = venues.move(SOURCE[name], spec_for(receiver).deposit_location, "1000", spec_for(name).margin_currency)
    report = venues.exchanges[name].transfer(request)
    assert (report.outcome, report.sent) == (Outcome.REJECTED, 0)
    assert report.error_code in ("EXI-003", "EXI-001")


@pytest.mark.parametrize("name", CEX)
def test_more_than_there_is_cannot_be_moved(name: str) -> None:
    receiver = "bybit" if name != "bybit" else "binance"
    venues = _opened(name, receiver)
    request = venues.move(SOURCE[name], spec_for(receiver).deposit_location, "1000000", spec_for(name).margin_currency)
    report = venues.exchanges[name].transfer(request)
    assert (report.outcome, report.error_code) == (Outcome.REJECTED, "EXI-006")


def test_a_place_that_the_venue_has_not_is_no_route() -> None:
    venues = _opened("bybit")
    report = venues.exchanges["bybit"].transfer(venues.move("bybit.funding", "bybit", "1"))
    assert (report.outcome, report.error_code) == (Outcome.REJECTED, "EIM-012")


def test_only_the_margin_currency_moves_on_hyperliquid_and_only_the_margin_account_withdraws() -> None:
    venues = _opened("hyperliquid", "binance")
    exchange = venues.exchanges["hyperliquid"]
    for request in (
        venues.move("hyperliquid", "hyperliquid.spot", "1", "BTC"),
        venues.move("hyperliquid", "binance", "100", "USDT"),
        venues.move("hyperliquid.spot", "binance", "100", "USDC"),
    ):
        report = exchange.transfer(request)
        assert (report.outcome, report.error_code) == (Outcome.REJECTED, "EIM-012")


def test_okx_withdraws_from_its_funding_account_only_and_more_than_the_fee() -> None:
    venues = _opened("okx", "binance")
    exchange = venues.exchanges["okx"]
    assert exchange.transfer(venues.move("okx", "binance", "100")).error_code == "EIM-012"
    assert exchange.transfer(venues.move("okx.funding", "binance", "0.5")).error_code == "EXI-001"


@pytest.mark.parametrize("name", CEX)
def test_a_withdrawal_that_was_taken_is_done_though_the_list_cannot_be_read(name: str) -> None:
    receiver = "bybit" if name != "bybit" else "binance"
    venues = _opened(name, receiver)
    lists = {
        "binance": "GET */withdraw/history",
        "bybit": "GET */withdraw/query-record",
        "okx": "GET */withdrawal-history",
        "hyperliquid": "*userNonFundingLedgerUpdates",
    }
    venues.fault("http_5xx_before", lists[name], name)
    request = venues.move(SOURCE[name], spec_for(receiver).deposit_location, "1000", spec_for(name).margin_currency)
    assert venues.exchanges[name].transfer(request).outcome is Outcome.DONE


def test_a_held_withdrawal_is_done_and_not_there_yet() -> None:
    venues = _opened("binance", "bybit")
    venues.fault("withdrawal_frozen", WITHDRAW["binance"], "binance", options={"mode": "held"})
    report = venues.exchanges["binance"].transfer(venues.move("binance", "bybit", "1000"))
    assert report.outcome is Outcome.DONE
    venues.rows(4)
    assert not venues.exchanges["binance"].poll_events() and not venues.exchanges["bybit"].poll_events()
    venues.world.venues["binance"].account.money.release()
    venues.rows(4)
    venues.exchanges["binance"].poll_events()
    (arrival,) = venues.exchanges["bybit"].poll_events()
    assert isinstance(arrival, TransferArrival) and arrival.amount == report.received


@pytest.mark.parametrize("name", ["binance", "bybit", "okx"])
def test_a_withdrawal_that_is_refused_after_it_was_accepted_is_told_as_back_where_it_came_from(name: str) -> None:
    receiver = "bybit" if name != "bybit" else "binance"
    venues = _opened(name, receiver)
    exchange, money = venues.exchanges[name], venues.world.venues[name].account.money
    before = _held(venues, name, SOURCE[name])
    venues.fault("withdrawal_frozen", WITHDRAW[name], name, options={"mode": "held"})
    request = venues.move(SOURCE[name], spec_for(receiver).deposit_location, "1000")
    assert exchange.transfer(request).outcome is Outcome.DONE
    venues.rows(1)
    assert not exchange.poll_events()
    money.give_back()
    (back,) = exchange.poll_events()
    assert isinstance(back, TransferArrival)
    assert (back.client_transfer_id, back.location, back.amount) == (request.client_transfer_id, SOURCE[name], 1000)
    assert _held(venues, name, SOURCE[name]) == before
    assert not exchange.poll_events() and not venues.exchanges[receiver].poll_events()


@pytest.mark.parametrize("receiver", ["binance", "bybit", "okx"])
def test_a_withdrawal_that_comes_in_two_deposits_is_told_as_a_part_and_the_rest(receiver: str) -> None:
    name = "bybit" if receiver != "bybit" else "binance"
    venues = _opened(name, receiver)
    venues.fault("withdrawal_astray", WITHDRAW[name], name, options={"mode": "split", "share": "0.7", "seconds": 7200})
    request = venues.move(SOURCE[name], spec_for(receiver).deposit_location, "1000")
    report = venues.exchanges[name].transfer(request)
    told = []
    for _ in range(5):
        venues.rows(1)
        venues.exchanges[name].poll_events()
        told += venues.exchanges[receiver].poll_events()
    part, rest = told
    assert isinstance(part, PartialArrival) and isinstance(rest, TransferArrival)
    assert {part.client_transfer_id, rest.client_transfer_id} == {request.client_transfer_id}
    assert part.amount + rest.amount == report.received and part.deposit_id != rest.deposit_id


def test_a_deposit_that_comes_before_its_sender_has_told_its_transaction_is_known_later() -> None:
    venues = _opened("binance", "bybit", "okx")
    for sender in ("binance", "okx"):
        venues.exchanges[sender].transfer(venues.move(SOURCE[sender], "bybit", "1000"))
    venues.fault("withdrawal_astray", WITHDRAW["binance"], "binance", options={"mode": "short", "amount": "100"})
    short = venues.move("binance", "bybit", "700")
    venues.exchanges["binance"].transfer(short)
    venues.rows(4)
    unknown = [event for event in venues.exchanges["bybit"].poll_events() if isinstance(event, TransferArrival)]
    assert any(event.client_transfer_id.startswith("deposit:") for event in unknown)
    for sender in ("binance", "okx"):
        venues.exchanges[sender].poll_events()
    (known,) = venues.exchanges["bybit"].poll_events()
    assert isinstance(known, PartialArrival) and known.client_transfer_id == short.client_transfer_id
