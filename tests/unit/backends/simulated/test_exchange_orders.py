"""Filters, limit orders and their kin, the depth of a row, idempotence."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from basis_strategy_v1.backends.simulated.fills import FillModel, ImpactCurve, fill_model
from basis_strategy_v1.core.domain.deltas import Outcome
from basis_strategy_v1.core.domain.orders import OrderStatus
from simulated_market import CLASSIC, FEES, HOUR, Venue, perp_columns, perp_venue


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"quantity": "0.0005"}, "LOT_SIZE of perp BTCUSDT: quantity 0.0005 is not a multiple of 0.001"),
        ({"quantity": "0"}, "LOT_SIZE of perp BTCUSDT: quantity 0 is below the minimum 0.001"),
        ({"quantity": "-1"}, "quantity -1 is below the minimum"),
        ({"quantity": "0.001"}, "MIN_NOTIONAL of perp BTCUSDT: notional 60.0000 is below the minimum 100"),
        ({"quantity": "1", "price": "60000.05"}, "PRICE_FILTER of perp BTCUSDT: price 60000.05 is not a multiple"),
        ({"quantity": "1", "price": "-1"}, "needs a price above 0"),
        ({"quantity": "1", "order_type": "limit"}, "needs a price above 0, got None"),
        ({"quantity": "0.001", "price": "50000"}, "MIN_NOTIONAL"),
        (
            {"quantity": "1", "price": "50000", "post_only": True, "time_in_force": "ioc"},
            "post-only order is a resting",
        ),
        ({"quantity": "1", "post_only": True}, "post-only order is a resting"),
    ],
)
def test_a_filter_rejects_and_says_which_and_why(fields: dict[str, Any], words: str) -> None:
    venue = perp_venue([60_000.0])
    report = venue.order("buy", **fields)
    assert (report.outcome, report.error_code, report.filled) == (Outcome.REJECTED, "EXI-001", 0)
    assert words in report.reason
    assert venue.exchange.open_orders() == ()
    assert venue.report("alpha.derivatives").positions == {}


def test_what_the_venue_does_not_offer_is_unsupported() -> None:
    spec = msgspec.structs.replace(CLASSIC, capabilities=CLASSIC.capabilities - {"fok"})
    report = perp_venue([60_000.0], spec=spec).order("buy", "1", price="60000", time_in_force="fok")
    assert (report.error_code, report.reason) == ("EXI-005", "this venue does not offer fok orders")
    spot = Venue(spot_prices=[60_000.0]).order("sell", "1", "spot", reduce_only=True)
    assert spot.error_code == "EXI-005"


def test_a_resting_buy_fills_at_its_limit_as_maker_when_the_price_comes_down() -> None:
    venue = perp_venue([60_000.0, 59_500.0, 58_900.0], fees=FEES)
    assert venue.order("buy", "1", price="59000").status is OrderStatus.NEW
    assert venue.at(1).exchange.poll_events() == ()
    (report,) = venue.at(2).exchange.poll_events()
    assert (report.status, report.fills[0].price, report.fills[0].fee) == (OrderStatus.FILLED, 59_000, Decimal("11.8"))
    assert venue.exchange.open_orders() == ()
    assert venue.exchange.lookup_order("order1") == report


def test_a_resting_sell_fills_when_the_price_comes_up_to_it() -> None:
    venue = perp_venue([60_000.0, 61_000.0])
    venue.order("sell", "1", price="61000")
    assert venue.at(1).exchange.poll_events()[0].fills[0].quantity == -1


def test_rows_between_two_calls_are_not_missed_by_a_resting_order() -> None:
    venue = perp_venue([60_000.0, 58_000.0, 60_000.0, 60_000.0])
    venue.order("buy", "1", price="59000")
    (report,) = venue.at(3).exchange.poll_events()
    assert report.status is OrderStatus.FILLED


def test_a_crossing_limit_order_takes_at_the_row_price() -> None:
    report = perp_venue([60_000.0], fees=FEES).order("buy", "1", price="61000")
    assert (report.status, report.fills[0].price, report.fills[0].fee) == (OrderStatus.FILLED, 60_000, 30)


def test_a_post_only_order_that_would_cross_is_rejected_and_one_that_does_not_rests() -> None:
    venue = perp_venue([60_000.0])
    crossing = venue.order("buy", "1", price="60000", post_only=True)
    assert (crossing.error_code, crossing.filled) == ("EXI-001", 0)
    assert venue.order("buy", "1", price="59999.9", post_only=True).status is OrderStatus.NEW


def _steep() -> FillModel:
    """1 bp per million of notional."""
    return FillModel(name="steep", curves={}, fallback={"perp": ImpactCurve(0.0, 1e-6, 1.0), "spot": ImpactCurve(0.0)})


def test_an_immediate_or_cancel_order_takes_what_its_limit_allows_and_the_rest_expires() -> None:
    venue = perp_venue([50_000.0], model=_steep(), balances={"alpha.derivatives": {"USDT": 10_000_000}})
    report = venue.order("buy", "80", price="50010", time_in_force="ioc")
    assert (report.status, report.filled, report.fills[0].price) == (OrderStatus.EXPIRED, Decimal("40.000"), 50_010)
    assert venue.exchange.open_orders() == ()


def test_a_fill_or_kill_order_fills_whole_or_not_at_all() -> None:
    venue = perp_venue([50_000.0], model=_steep(), balances={"alpha.derivatives": {"USDT": 10_000_000}})
    killed = venue.order("buy", "80", price="50010", time_in_force="fok")
    assert (killed.status, killed.filled, killed.outcome) == (OrderStatus.EXPIRED, 0, Outcome.DONE)
    assert venue.order("buy", "40", price="50010", time_in_force="fok").status is OrderStatus.FILLED


def test_an_immediate_order_that_does_not_cross_expires_unfilled() -> None:
    report = perp_venue([60_000.0]).order("buy", "1", price="59000", time_in_force="ioc")
    assert (report.status, report.filled, report.outcome) == (OrderStatus.EXPIRED, 0, Outcome.DONE)


def test_a_limit_order_rests_with_what_the_row_could_not_fill() -> None:
    venue = perp_venue([60_000.0] * 3, volume=[20.0, 10.0, 100.0])
    report = venue.order("buy", "2", price="60000")
    assert (report.status, report.filled) == (OrderStatus.PARTIALLY_FILLED, 1)
    partial, final = venue.at(2).exchange.poll_events()
    assert (partial.filled, final.filled, final.status) == (Decimal("1.5"), 2, OrderStatus.FILLED)
    assert [fill.trade_id for fill in final.fills] == ["order1-1", "order1-2", "order1-3"]


def test_a_market_order_beyond_the_depth_fills_the_cap_and_the_rest_expires() -> None:
    venue = perp_venue([60_000.0], volume=[20.0])
    report = venue.order("sell", "1.5")
    assert (report.status, report.outcome, report.filled) == (OrderStatus.EXPIRED, Outcome.DONE, 1)
    assert venue.report("alpha.derivatives").positions["BTCUSDT"].quantity == -1
    nothing = venue.order("sell", "0.5")
    assert (nothing.error_code, nothing.filled) == ("EXI-001", 0)
    assert "no liquidity" in nothing.reason


@pytest.mark.parametrize("volume", [None, [None, 1.0], [0.0, 1.0]])
def test_where_volume_is_unknown_a_row_fills_five_million(volume: Any) -> None:
    series = {} if volume is None else {"volume": volume}
    venue = perp_venue([50_000.0] * 2, balances={"alpha.derivatives": {"USDT": 100_000_000}}, **series)
    assert venue.order("sell", "150").filled == 100


def test_a_new_row_has_its_own_depth() -> None:
    venue = perp_venue([60_000.0] * 2, volume=[20.0, 20.0])
    venue.order("sell", "1")
    assert venue.at(1).order("sell", "1").status is OrderStatus.FILLED


def test_a_reduce_only_order_is_capped_at_the_position_and_refused_without_one() -> None:
    venue = perp_venue([60_000.0])
    assert venue.order("buy", "1", reduce_only=True).error_code == "EXI-001"
    venue.order("sell", "1")
    assert venue.order("sell", "1", reduce_only=True).error_code == "EXI-001"
    report = venue.order("buy", "1.5", reduce_only=True)
    assert (report.filled, report.status) == (1, OrderStatus.EXPIRED)
    assert venue.report("alpha.derivatives").positions == {}


def test_a_reduce_only_order_is_free_from_the_minimum_notional() -> None:
    venue = perp_venue([60_000.0])
    venue.order("sell", "1")
    assert venue.order("buy", "0.001", reduce_only=True).status is OrderStatus.FILLED


def test_a_resting_reduce_only_order_ends_when_its_position_is_gone() -> None:
    venue = perp_venue([60_000.0, 58_000.0])
    venue.order("sell", "1")
    venue.order("buy", "1", price="59000", reduce_only=True)
    venue.order("buy", "1")
    (report,) = venue.at(1).exchange.poll_events()
    assert (report.status, report.filled) == (OrderStatus.EXPIRED, 0)


def test_a_market_order_beyond_its_slippage_bound_is_rejected_and_executes_nothing() -> None:
    venue = perp_venue([50_000.0], model=fill_model("fixed_bps", Decimal(10)))
    report = venue.order("buy", "1", max_slippage=Decimal("0.0009"))
    assert (report.error_code, report.outcome) == ("EXI-008", Outcome.REJECTED)
    assert venue.report("alpha.derivatives").positions == {}
    assert venue.order("buy", "1", max_slippage=Decimal("0.001")).fills[0].price == 50_050


def test_the_same_order_twice_is_one_order_and_another_under_its_id_is_refused() -> None:
    venue = perp_venue([60_000.0] * 2)
    first = venue.order("sell", "1", client_order_id="x")
    assert venue.at(1).order("sell", "1", client_order_id="x") == first
    assert venue.report("alpha.derivatives").positions["BTCUSDT"].quantity == -1
    other = venue.order("sell", "2", client_order_id="x")
    assert (other.error_code, "duplicate" in other.reason) == ("EXI-001", True)
    assert venue.exchange.lookup_order("x") == first


def test_cancelling_frees_what_the_order_had_locked() -> None:
    venue = Venue(spot_prices=[60_000.0], balances={"alpha": {"USDT": 60_000}})
    venue.order("buy", "1", "spot", price="59000")
    assert venue.order("buy", "0.1", "spot").error_code == "EXI-006"
    report = venue.exchange.cancel_order("order1")
    assert (report.status, report.filled) == (OrderStatus.CANCELED, 0)
    assert venue.order("buy", "0.1", "spot").status is OrderStatus.FILLED
    assert venue.exchange.cancel_order("order1") == report


def test_a_resting_sell_locks_its_coins() -> None:
    venue = Venue(spot_prices=[60_000.0], balances={"alpha": {"BTC": 1}})
    venue.order("sell", "0.6", "spot", price="61000")
    assert venue.order("sell", "0.5", "spot").error_code == "EXI-006"
    assert venue.order("sell", "0.4", "spot").status is OrderStatus.FILLED


def test_a_resting_perpetual_order_locks_its_margin() -> None:
    venue = perp_venue([60_000.0], balances={"alpha.derivatives": {"USDT": 1_000}})
    venue.order("sell", "0.1", price="61000")
    assert venue.order("sell", "0.1").error_code == "EXI-006"
    assert venue.order("sell", "0.06").status is OrderStatus.FILLED


@pytest.mark.parametrize(("side", "price"), [("buy", "30000"), ("sell", "90000")])
def test_a_resting_order_far_from_the_market_is_no_profit_before_it_fills(side: str, price: str) -> None:
    venue = perp_venue([60_000.0], balances={"alpha.derivatives": {"USDT": 1_000}})
    assert venue.order(side, "1", price=price).error_code == "EXI-006"
    assert venue.order(side, "0.1", price=price).status is OrderStatus.NEW


def test_an_unknown_order_is_not_found() -> None:
    exchange = perp_venue([60_000.0]).exchange
    assert exchange.cancel_order("nothing").error_code == "EXI-011"
    assert exchange.amend_order("nothing", Decimal(1), None).error_code == "EXI-011"
    assert exchange.lookup_order("nothing") is None


def test_amending_moves_an_order_and_a_refused_amendment_leaves_it() -> None:
    venue = perp_venue([60_000.0, 59_400.0])
    venue.order("buy", "1", price="59000", post_only=True)
    refused = venue.exchange.amend_order("order1", None, Decimal(60_000))
    assert (refused.error_code, venue.exchange.open_orders()[0].price) == ("EXI-001", 59_000)
    amended = venue.exchange.amend_order("order1", Decimal(2), Decimal(59_500))
    assert (amended.status, amended.quantity, amended.price) == (OrderStatus.NEW, 2, 59_500)
    (report,) = venue.at(1).exchange.poll_events()
    assert (report.filled, report.fills[0].price) == (2, 59_500)


def test_an_amended_order_keeps_its_fills_and_cannot_shrink_below_them() -> None:
    venue = perp_venue([60_000.0, 60_000.0], volume=[20.0, 20.0])
    venue.order("buy", "2", price="60000")
    assert venue.exchange.amend_order("order1", Decimal(1), None).error_code == "EXI-001"
    venue.exchange.amend_order("order1", Decimal("1.5"), None)
    (report,) = venue.at(1).exchange.poll_events()
    assert (report.status, report.filled, len(report.fills)) == (OrderStatus.FILLED, Decimal("1.5"), 2)


def test_a_resting_order_expires_when_its_time_is_over() -> None:
    venue = perp_venue([60_000.0] * 4, expire_after=2 * HOUR)
    venue.order("buy", "1", price="59000")
    assert venue.exchange.next_expiry() == 2 * HOUR
    assert venue.at(1).exchange.poll_events() == ()
    (report,) = venue.at(3).exchange.poll_events()
    assert report.status is OrderStatus.EXPIRED
    assert venue.exchange.next_expiry() is None


def test_a_resting_order_waits_while_its_instrument_cannot_trade() -> None:
    perp = perp_columns(CLASSIC, "BTCUSDT", [60_000.0, 58_000.0, 58_000.0], price=[60_000.0, None, 58_000.0])
    venue = Venue({"BTCUSDT": perp})
    venue.order("buy", "1", price="59000")
    assert venue.at(1).exchange.poll_events() == ()
    assert venue.at(2).exchange.poll_events()[0].status is OrderStatus.FILLED
