"""Transfers inside a venue and out of it, arrivals, deposits and redemptions."""

from __future__ import annotations

from decimal import Decimal

import pytest

from basis_strategy_v1.core.domain.deltas import Outcome
from basis_strategy_v1.core.domain.orders import TransferArrival
from basis_strategy_v1.core.domain.timestamps import NANOSECONDS_PER_MINUTE
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from simulated_market import CLASSIC, HOUR, UNIFIED, Venue, perp_columns, perp_venue


def test_between_wallets_of_one_venue_a_transfer_is_free_and_instant() -> None:
    venue = perp_venue([60_000.0])
    report = venue.send("alpha", "alpha.derivatives", "40000")
    assert (report.sent, report.fee, report.received, report.arrives_at) == (40_000, 0, 40_000, 0)
    assert (venue.balance("alpha"), venue.balance("alpha.derivatives")) == (60_000, 140_000)


def test_a_withdrawal_pays_the_fee_and_is_in_flight_until_it_arrives() -> None:
    venue = perp_venue([60_000.0] * 2)
    report = venue.send("alpha", "wallet", "1000")
    assert (report.sent, report.fee, report.received) == (1_000, 1, 999)
    assert report.arrives_at == 15 * NANOSECONDS_PER_MINUTE
    assert venue.balance("alpha") == 99_000
    (transfer,) = venue.network.in_flight()
    assert (transfer.amount, transfer.to_location) == (999, "wallet")


def test_a_token_without_a_fee_in_the_table_leaves_free() -> None:
    venue = perp_venue([60_000.0], balances={"alpha": {"ETH": 2}})
    assert venue.send("alpha", "wallet", "2", token="ETH").fee == 0


def test_an_arrival_is_credited_at_the_first_row_at_or_after_its_time() -> None:
    venue = perp_venue([60_000.0] * 3)
    venue.network.send("t", "USDT", Decimal(5), "wallet", "alpha.derivatives", 1)
    assert venue.balance("alpha.derivatives") == 100_000
    assert venue.at(1).exchange.poll_events() == [TransferArrival(HOUR, "t", "alpha.derivatives", "USDT", Decimal(5))]
    assert venue.balance("alpha.derivatives") == 100_005


def test_an_arrival_for_the_bare_venue_is_credited_where_it_takes_deposits() -> None:
    venue = perp_venue([60_000.0] * 2, spec=UNIFIED, balances={"alpha": {"USDT": 1}})
    venue.network.send("t", "USDT", Decimal(5), "wallet", "alpha", 0)
    venue.at(1)
    assert (venue.balance("alpha.funding"), venue.balance("alpha")) == (5, 1)


def test_an_arrival_missed_between_two_calls_carries_the_time_of_its_row() -> None:
    venue = perp_venue([60_000.0] * 5)
    venue.network.send("t", "USDT", Decimal(5), "wallet", "alpha", HOUR)
    (arrival,) = venue.at(4).exchange.poll_events()
    assert arrival.timestamp == 2 * HOUR


def test_more_than_there_is_does_not_leave() -> None:
    venue = perp_venue([60_000.0])
    report = venue.send("alpha", "alpha.derivatives", "100001")
    assert (report.outcome, report.error_code, report.sent) == (Outcome.REJECTED, "EXI-006", 0)
    assert "100000 may leave" in report.reason
    assert venue.balance("alpha") == 100_000


def test_margin_that_positions_need_does_not_leave() -> None:
    venue = perp_venue([60_000.0, 61_000.0])
    venue.order("sell", "10")
    assert venue.at(1).send("alpha.derivatives", "alpha", "29000.01").error_code == "EXI-006"
    assert venue.send("alpha.derivatives", "alpha", "29000").outcome is Outcome.DONE


def test_unrealised_profit_does_not_leave() -> None:
    venue = perp_venue([60_000.0, 50_000.0])
    venue.order("sell", "1")
    assert venue.at(1).send("alpha.derivatives", "alpha", "100000.01").error_code == "EXI-006"
    assert venue.send("alpha.derivatives", "alpha", "100000").outcome is Outcome.DONE


def test_collateral_leaves_only_as_far_as_margin_allows() -> None:
    perp = {"BTCUSDT": perp_columns(UNIFIED, "BTCUSDT", [60_000.0])}
    venue = Venue(perp, [60_000.0], spec=UNIFIED, balances={"alpha": {"BTC": 1}})
    venue.order("sell", "4.5")
    assert venue.send("alpha", "alpha.funding", "0.50000001", token="BTC").error_code == "EXI-006"
    assert venue.send("alpha", "alpha.funding", "0.5", token="BTC").outcome is Outcome.DONE


def test_what_a_resting_order_has_locked_does_not_leave() -> None:
    venue = Venue(spot_prices=[60_000.0], balances={"alpha": {"USDT": 60_000}})
    venue.order("buy", "1", "spot", price="50000")
    assert venue.send("alpha", "alpha.derivatives", "10000.01").error_code == "EXI-006"
    assert venue.send("alpha", "alpha.derivatives", "10000").outcome is Outcome.DONE


@pytest.mark.parametrize(
    ("source", "target"), [("alpha", "gamma"), ("alpha", "alpha"), ("beta", "alpha"), ("wallet", "alpha")]
)
def test_an_unsupported_route_moves_nothing(source: str, target: str) -> None:
    venue = perp_venue([60_000.0])
    assert venue.send(source, target, "10").error_code == "EIM-012"
    assert venue.balance("alpha") == 100_000


@pytest.mark.parametrize("amount", ["1", "0", "-5"])
def test_a_withdrawal_must_exceed_its_fee(amount: str) -> None:
    assert perp_venue([60_000.0]).send("alpha", "wallet", amount).error_code == "EXI-001"


def test_the_same_transfer_twice_moves_once_and_another_under_its_id_is_refused() -> None:
    venue = perp_venue([60_000.0])
    first = venue.send("alpha", "alpha.derivatives", "10", transfer_id="x")
    assert venue.send("alpha", "alpha.derivatives", "10", transfer_id="x") == first
    assert venue.balance("alpha") == 99_990
    assert venue.send("alpha", "alpha.derivatives", "11", transfer_id="x").error_code == "EXI-001"


def test_a_refused_transfer_may_be_tried_again_when_there_is_enough() -> None:
    venue = perp_venue([60_000.0], balances={"alpha": {"USDT": 5}})
    assert venue.send("alpha", "alpha.derivatives", "10", transfer_id="x").outcome is Outcome.REJECTED
    venue.exchange.credit("alpha", "USDT", Decimal(5))
    assert venue.send("alpha", "alpha.derivatives", "10", transfer_id="x").outcome is Outcome.DONE


def test_subscriptions_and_redemptions_change_the_balance() -> None:
    venue = perp_venue([60_000.0])
    venue.exchange.credit("alpha", "USDT", Decimal(50_000))
    venue.exchange.credit("alpha", "USDT", Decimal(-20_000))
    assert venue.balance("alpha") == 130_000


@pytest.mark.parametrize(("location", "amount", "code"), [("alpha", -100_001, "EXI-006"), ("beta", 5, "EIM-012")])
def test_a_flow_that_cannot_be_is_an_error(location: str, amount: int, code: str) -> None:
    with pytest.raises(ComponentError) as caught:
        perp_venue([60_000.0]).exchange.credit(location, "USDT", Decimal(amount))
    assert caught.value.error_code == code


def test_a_classic_venue_keeps_its_wallets_apart() -> None:
    assert CLASSIC.spot_location != CLASSIC.margin_location
    assert [report.location for report in perp_venue([1.0]).exchange.observe()] == ["alpha", "alpha.derivatives"]
