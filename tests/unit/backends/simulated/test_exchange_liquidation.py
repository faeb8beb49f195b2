"""Liquidation: when it is due, at which price, and what is left."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import numpy as np

from basis_strategy_v1.core.domain.market import InstrumentColumns, MarketColumns
from basis_strategy_v1.core.domain.orders import LiquidationReport, OrderStatus
from simulated_market import CLASSIC, HOUR, UNIFIED, Venue, column, perp_columns, perp_venue


def _short(marks: list[float], **options: Any) -> Venue:
    """Short 1 BTC at 60,000 with 6,600 of margin: liquidated where 66,600 - P = 0.01 P, at 65,940.59..."""
    venue = perp_venue(marks, balances={"alpha.derivatives": {"USDT": 6_600}}, **options)
    venue.order("sell", "1")
    return venue


def _liquidations(venue: Venue) -> list[LiquidationReport]:
    return [event for event in venue.exchange.poll_events() if isinstance(event, LiquidationReport)]


def test_a_short_is_liquidated_when_the_mark_reaches_maintenance_margin() -> None:
    venue = _short([60_000.0, 65_940.0, 65_941.0])
    assert _liquidations(venue.at(1)) == []
    (report,) = _liquidations(venue.at(2))
    assert (report.timestamp, report.venue, report.location, report.quote) == (
        2 * HOUR, "alpha", "alpha.derivatives", "USDT",
    )  # fmt: skip
    (fill,) = report.fills
    assert (fill.symbol, fill.trade_type, fill.quantity, fill.price, fill.fee) == ("BTCUSDT", "perp", 1, 65_941, 0)
    assert report.to_insurance == 659
    assert venue.report("alpha.derivatives").positions == {}
    assert venue.balance("alpha.derivatives") == 0


def test_an_extreme_between_two_rows_closes_where_margin_meets_maintenance() -> None:
    venue = _short([60_000.0, 60_000.0], high=[70_000.0, 60_000.0], low=[60_000.0, 60_000.0])
    (report,) = _liquidations(venue.at(1))
    assert report.fills[0].price == Decimal("65940.6")
    assert report.to_insurance == Decimal("659.4")
    assert report.timestamp == HOUR


def test_the_extreme_of_a_row_is_not_known_at_that_row() -> None:
    venue = _short([60_000.0] * 3, high=[60_000.0, 70_000.0, 60_000.0], low=[60_000.0] * 3)
    assert _liquidations(venue.at(1)) == []
    assert len(_liquidations(venue.at(2))) == 1


def test_a_low_does_not_liquidate_a_short_but_a_long() -> None:
    series = {"high": [60_000.0] * 2, "low": [50_000.0] * 2}
    assert _liquidations(_short([60_000.0] * 2, **series).at(1)) == []
    venue = perp_venue([60_000.0] * 2, balances={"alpha.derivatives": {"USDT": 6_600}}, **series)
    venue.order("buy", "1")
    (report,) = _liquidations(venue.at(1))
    assert report.fills[0].price == Decimal("53939.3")


def test_funding_of_the_row_comes_after_its_extremes_and_before_its_mark() -> None:
    paid = _short([60_000.0, 65_900.0], rates={1: "-0.001"})
    payment, liquidation = paid.at(1).exchange.poll_events()
    assert (payment.amount, liquidation.to_insurance) == (Decimal("-65.9"), Decimal("634.1"))
    received = _short([60_000.0, 65_941.0], rates={1: "0.001"})
    assert len(received.at(1).exchange.poll_events()) == 1
    too_late = _short([60_000.0, 60_000.0], rates={1: "0.1"}, high=[66_000.0, 60_000.0], low=[60_000.0, 60_000.0])
    (liquidation,) = too_late.at(1).exchange.poll_events()
    assert isinstance(liquidation, LiquidationReport)


def test_a_gap_beyond_bankruptcy_is_borne_by_insurance() -> None:
    venue = _short([60_000.0, 70_000.0])
    (report,) = _liquidations(venue.at(1))
    assert (report.to_insurance, venue.balance("alpha.derivatives")) == (-3_400, 0)


def test_rows_between_two_calls_are_not_missed() -> None:
    venue = _short([60_000.0, 70_000.0, 50_000.0, 50_000.0], rates={3: "0.001"})
    (report,) = venue.at(3).exchange.poll_events()
    assert (report.timestamp, report.fills[0].price) == (HOUR, 70_000)


def test_all_perpetuals_of_the_account_close_and_resting_orders_are_cancelled() -> None:
    btc = perp_columns(CLASSIC, "BTCUSDT", [60_000.0, 66_030.0])
    eth = perp_columns(CLASSIC, "ETHUSDT", [3_000.0, 3_000.0])
    venue = Venue({"BTCUSDT": btc, "ETHUSDT": eth}, balances={"alpha.derivatives": {"USDT": 6_700}})
    venue.order("sell", "1")
    venue.order("buy", "0.5", symbol="ETHUSDT")
    venue.order("buy", "0.01", price="50000")
    cancelled, report = venue.at(1).exchange.poll_events()
    assert cancelled.status is OrderStatus.CANCELED
    assert [(fill.symbol, fill.quantity) for fill in report.fills] == [("BTCUSDT", 1), ("ETHUSDT", Decimal("-0.5"))]
    assert venue.report("alpha.derivatives").positions == {}


def test_the_spot_wallet_of_a_classic_venue_is_untouched() -> None:
    venue = perp_venue([60_000.0, 70_000.0], balances={"alpha": {"USDT": 5}, "alpha.derivatives": {"USDT": 6_600}})
    venue.order("sell", "1")
    venue.at(1)
    assert (venue.balance("alpha"), venue.balance("alpha.derivatives")) == (5, 0)


def test_on_a_unified_venue_collateral_is_sold_for_what_the_wallet_owes() -> None:
    perp = {"BTCUSDT": perp_columns(UNIFIED, "BTCUSDT", [60_000.0, 66_000.0])}
    venue = Venue(perp, [60_000.0, 60_000.0], spec=UNIFIED, balances={"alpha": {"BTC": "0.1", "USDT": 1_000}})
    venue.order("sell", "1")
    (report,) = _liquidations(venue.at(1))
    close, sale = report.fills
    assert (close.trade_type, sale.trade_type, sale.quantity, sale.price) == (
        "perp",
        "spot",
        Decimal("-0.08334"),
        60_000,
    )
    assert report.to_insurance == Decimal("0.4")
    assert venue.report("alpha").balances == {"BTC": Decimal("0.01666")}


def test_collateral_keeps_an_account_alive() -> None:
    perp = {"BTCUSDT": perp_columns(UNIFIED, "BTCUSDT", [60_000.0, 66_000.0])}
    venue = Venue(perp, [60_000.0, 66_000.0], spec=UNIFIED, balances={"alpha": {"BTC": 1, "USDT": 100}})
    venue.order("sell", "1")
    assert _liquidations(venue.at(1)) == []


def test_an_account_without_positions_is_never_liquidated() -> None:
    venue = perp_venue([60_000.0, 90_000.0], balances={"alpha": {"USDT": 1}})
    assert _liquidations(venue.at(1)) == []


def test_funding_that_is_paid_back_later_still_liquidates_when_it_is_due() -> None:
    venue = _short([60_000.0] * 4, rates={1: "-0.1", 2: "0.1"})
    payment, report = venue.at(3).exchange.poll_events()
    assert (payment.amount, report.timestamp, report.to_insurance) == (-6_000, HOUR, 600)


def _coins_without_a_market_here(marks: list[float]) -> Venue:
    """A unified venue that holds bitcoin; only another venue's spot market is in the data."""
    perp = perp_columns(UNIFIED, "BTCUSDT", marks)
    of = UNIFIED.instrument("BTCUSDT", "spot")
    assert of is not None
    elsewhere = InstrumentColumns(msgspec.structs.replace(of, venue="beta"), column("spot", [60_000.0, 60_000.0]))
    times = np.arange(2, dtype=np.int64) * HOUR
    market = MarketColumns(times, None, {("beta", "BTCUSDT"): elsewhere}, {("alpha", "BTCUSDT"): perp})
    return Venue.on(market, UNIFIED, {"alpha": {"BTC": "0.5", "USDT": 1_000}})


def test_coins_are_collateral_even_where_only_another_venue_has_a_price() -> None:
    venue = _coins_without_a_market_here([60_000.0, 66_000.0])
    venue.order("sell", "1")
    assert _liquidations(venue.at(1)) == []


def test_coins_pay_the_debt_of_a_liquidation_at_the_price_of_another_venue() -> None:
    venue = _coins_without_a_market_here([60_000.0, 100_000.0])
    venue.order("sell", "1")
    (report,) = _liquidations(venue.at(1))
    sale = report.fills[-1]
    assert (sale.venue, sale.symbol, sale.quantity, sale.price) == ("alpha", "BTCUSDT", Decimal("-0.5"), 60_000)
    assert report.to_insurance == -9_000
