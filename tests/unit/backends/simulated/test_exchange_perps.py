"""Perpetual trades and funding on a simulated exchange, against closed forms."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from basis_strategy_v1.backends.simulated.exchange import SimulatedExchange
from basis_strategy_v1.backends.simulated.fills import fill_model
from basis_strategy_v1.backends.simulated.network import SimulatedNetwork
from basis_strategy_v1.core.domain.clock import SimulationClock
from basis_strategy_v1.core.domain.deltas import Outcome
from basis_strategy_v1.core.domain.orders import FundingPayment, OrderStatus, PerpPosition
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from simulated_market import CLASSIC, FEES, HOUR, Venue, perp_columns, perp_venue


def test_a_market_order_fills_at_the_row_price_and_pays_the_taker_fee() -> None:
    venue = perp_venue([60_000.0], price=[60_010.0], fees=FEES)
    report = venue.order("sell", "0.5")
    assert (report.status, report.outcome, report.filled) == (OrderStatus.FILLED, Outcome.DONE, Decimal("0.5"))
    fill = report.fills[0]
    assert (fill.trade_id, fill.quantity, fill.price) == ("order1-1", Decimal("-0.5"), Decimal(60_010))
    assert (fill.fee, fill.fee_asset) == (Decimal("15.0025"), "USDT")
    assert venue.report("alpha.derivatives").positions == {"BTCUSDT": PerpPosition(Decimal("-0.5"), Decimal(-30_005))}
    assert venue.balance("alpha.derivatives") == Decimal("99984.9975")


def test_constant_price_and_rate_pay_a_short_exactly_quantity_price_rate_and_count() -> None:
    rates = dict.fromkeys(range(8, 81, 8), "0.0001")
    venue = perp_venue([60_000.0] * 90, rates=rates)
    venue.order("sell", "1.234")
    venue.at(89)
    payments = venue.exchange.poll_events()
    assert len(payments) == 10
    assert venue.balance("alpha.derivatives") == 100_000 + Decimal("1.234") * 60_000 * Decimal("0.0001") * 10


def test_a_settlement_says_when_at_which_rate_and_mark_and_on_what() -> None:
    venue = perp_venue([60_000.0, 61_000.0], rates={1: "-0.0003"})
    venue.order("sell", "2")
    venue.at(1)
    assert venue.exchange.poll_events() == [
        FundingPayment(HOUR, "alpha", "BTCUSDT", -0.0003, 61_000.0, Decimal(-2), Decimal("-36.6"))
    ]
    assert venue.exchange.poll_events() == ()


def test_funding_belongs_to_the_position_held_before_the_trades_of_its_row() -> None:
    venue = perp_venue([60_000.0] * 3, rates={1: "0.0001"})
    venue.at(1).order("sell", "1")
    assert venue.at(2).exchange.poll_events() == ()
    closing = perp_venue([60_000.0] * 3, rates={1: "0.0001"})
    closing.order("sell", "1")
    closing.at(1).order("buy", "1")
    assert [event.amount for event in closing.exchange.poll_events()] == [Decimal(6)]


def test_a_rate_of_zero_is_a_settlement_of_zero() -> None:
    venue = perp_venue([60_000.0] * 2, rates={1: "0"})
    venue.order("buy", "1")
    (payment,) = venue.at(1).exchange.poll_events()
    assert str(payment.amount) == "0"


def test_settlements_of_two_perpetuals_come_in_order_of_time() -> None:
    btc = perp_columns(CLASSIC, "BTCUSDT", [60_000.0] * 9, rates={2: "0.0001", 6: "0.0001"})
    eth = perp_columns(CLASSIC, "ETHUSDT", [3_000.0] * 9, rates={2: "0.0001", 4: "0.0001"})
    venue = Venue({"BTCUSDT": btc, "ETHUSDT": eth})
    venue.order("sell", "1")
    venue.order("sell", "10", symbol="ETHUSDT")
    events = venue.at(8).exchange.poll_events()
    assert [(event.timestamp // HOUR, event.symbol) for event in events] == [
        (2, "BTCUSDT"), (2, "ETHUSDT"), (4, "ETHUSDT"), (6, "BTCUSDT"),
    ]  # fmt: skip


def test_reducing_moves_the_realised_profit_into_the_wallet() -> None:
    venue = perp_venue([60_000.0, 66_000.0])
    venue.order("buy", "1")
    venue.at(1).order("sell", "0.25")
    assert venue.balance("alpha.derivatives") == 100_000 + Decimal("0.25") * 6_000
    assert venue.report("alpha.derivatives").positions["BTCUSDT"] == PerpPosition(Decimal("0.75"), Decimal(45_000))


def test_reversing_closes_the_old_side_and_opens_the_new_one_at_the_fill_price() -> None:
    venue = perp_venue([60_000.0, 57_000.0])
    venue.order("sell", "1")
    venue.at(1).order("buy", "1.5")
    assert venue.balance("alpha.derivatives") == 103_000
    assert venue.report("alpha.derivatives").positions["BTCUSDT"] == PerpPosition(Decimal("0.5"), Decimal(28_500))


def test_closing_in_full_leaves_no_position_and_no_entry_cost() -> None:
    venue = perp_venue([60_000.0, 60_100.1, 59_900.7])
    venue.order("buy", "0.007")
    venue.at(1).order("buy", "0.003")
    venue.at(2).order("sell", "0.003")
    venue.order("sell", "0.007")
    report = venue.report("alpha.derivatives")
    assert report.positions == {}
    earned = Decimal("0.010") * Decimal("59900.7") - Decimal("0.007") * 60_000 - Decimal("0.003") * Decimal("60100.1")
    assert report.balances["USDT"] == 100_000 + earned


def test_an_order_beyond_the_available_margin_is_rejected_and_changes_nothing() -> None:
    venue = perp_venue([60_000.0], balances={"alpha.derivatives": {"USDT": 1_000}})
    report = venue.order("sell", "0.167")
    assert (report.outcome, report.status, report.error_code) == (Outcome.REJECTED, OrderStatus.REJECTED, "EXI-006")
    assert "short of 2" in report.reason
    assert venue.report("alpha.derivatives").positions == {}
    assert venue.order("sell", "0.166").status is OrderStatus.FILLED


def test_a_reduction_needs_no_margin() -> None:
    venue = perp_venue([60_000.0, 62_500.0], balances={"alpha.derivatives": {"USDT": 1_000}}, leverage={"BTCUSDT": 50})
    venue.order("sell", "0.3")
    assert venue.at(1).order("sell", "0.01").error_code == "EXI-006"
    assert venue.order("buy", "0.1").status is OrderStatus.FILLED


def test_leverage_sets_what_an_order_needs() -> None:
    venue = perp_venue([60_000.0], balances={"alpha.derivatives": {"USDT": 1_000}})
    venue.exchange.set_leverage("BTCUSDT", 20)
    assert venue.order("sell", "0.333").status is OrderStatus.FILLED


def test_a_large_notional_is_held_to_the_leverage_of_its_tier() -> None:
    venue = perp_venue([60_000.0], balances={"alpha.derivatives": {"USDT": 60_000}}, leverage={"BTCUSDT": 50})
    assert venue.order("sell", "20").error_code == "EXI-006"
    assert venue.order("sell", "10").status is OrderStatus.FILLED


def test_two_positions_share_one_margin() -> None:
    btc = perp_columns(CLASSIC, "BTCUSDT", [60_000.0])
    eth = perp_columns(CLASSIC, "ETHUSDT", [3_000.0])
    venue = Venue({"BTCUSDT": btc, "ETHUSDT": eth}, balances={"alpha.derivatives": {"USDT": 1_000}})
    assert venue.order("sell", "0.1").status is OrderStatus.FILLED
    assert venue.order("sell", "1.334", symbol="ETHUSDT").error_code == "EXI-006"
    assert venue.order("sell", "1.333", symbol="ETHUSDT").status is OrderStatus.FILLED


@pytest.mark.parametrize(("leverage", "code"), [(0, "EXI-001"), (51, "EXI-001")])
def test_a_leverage_that_the_venue_does_not_offer_is_refused(leverage: int, code: str) -> None:
    venue = perp_venue([60_000.0])
    with pytest.raises(ComponentError) as caught:
        venue.exchange.set_leverage("BTCUSDT", leverage)
    assert caught.value.error_code == code


def test_leverage_cannot_fall_below_what_open_positions_need() -> None:
    venue = perp_venue([60_000.0], balances={"alpha.derivatives": {"USDT": 1_000}})
    venue.order("sell", "0.15")
    with pytest.raises(ComponentError) as caught:
        venue.exchange.set_leverage("BTCUSDT", 5)
    assert caught.value.error_code == "EXI-006"
    assert venue.order("sell", "0.016").status is OrderStatus.FILLED


def test_leverage_of_an_unknown_perpetual_is_unsupported() -> None:
    with pytest.raises(ComponentError) as caught:
        perp_venue([60_000.0]).exchange.set_leverage("DOGEUSDT", 5)
    assert caught.value.error_code == "EXI-005"


def test_margin_state_gives_balance_and_maintenance_at_the_mark() -> None:
    venue = perp_venue([60_000.0, 61_000.0])
    venue.order("sell", "1")
    assert venue.at(1).exchange.margin_state() == (Decimal(99_000), Decimal(610))


def test_tampered_books_show_in_what_the_venue_reports() -> None:
    venue = perp_venue([60_000.0])
    venue.exchange.books.add("alpha.derivatives", "USDT", Decimal("-0.01"))
    assert venue.balance("alpha.derivatives") == Decimal("99999.99")


def test_what_a_caller_does_to_a_report_never_reaches_the_books() -> None:
    venue = perp_venue([60_000.0])
    venue.report("alpha.derivatives").balances["USDT"] = Decimal(0)
    assert venue.balance("alpha.derivatives") == 100_000


def test_a_perpetual_without_a_funding_series_pays_none() -> None:
    perp = perp_columns(CLASSIC, "BTCUSDT", [60_000.0] * 3)
    perp.funding = None
    venue = Venue({"BTCUSDT": perp})
    venue.order("sell", "1")
    assert venue.at(2).exchange.poll_events() == ()
    assert venue.balance("alpha.derivatives") == 100_000


def test_a_venue_without_a_fee_schedule_cannot_be_simulated() -> None:
    spec = msgspec.structs.replace(CLASSIC, fees=None)
    market = perp_venue([60_000.0]).market
    with pytest.raises(ComponentError) as caught:
        SimulatedExchange(spec, market, SimulationClock(), fill_model("none"), SimulatedNetwork(), {})
    assert caught.value.error_code == "EIF-008"


def test_fees_withdrawal_fees_and_fee_currency_are_the_venue_s_own_unless_given() -> None:
    market = perp_venue([60_000.0]).market
    opening = {"alpha.derivatives": {"USDT": 100_000}}
    venue = Venue.on(market, CLASSIC, opening, fees=None)
    assert venue.order("sell", "1").fills[0].fee == 30
    assert venue.send("alpha.derivatives", "wallet", "10").fee == 1
    dear = Venue.on(market, CLASSIC, opening, fees=None, withdrawal_fees={"USDT": Decimal(4)})
    assert dear.send("alpha.derivatives", "wallet", "10").fee == 4
