"""What happened weeks before a run comes back is found: venues list a week or some months to a request at most."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from basis_strategy_v1.core.domain.orders import LiquidationReport, OrderStatus, TransferArrival
from basis_strategy_v1.venues.registry import spec_for
from live_venues import LiveVenues
from venue_market import CEX, venue_market

HOUR_NS = 3_600_000_000_000


@pytest.fixture(params=CEX)
def venue(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def _venues(venue: str, days: int) -> LiveVenues:
    rows = 24 * days + 1
    venues = LiveVenues([venue], venue_market([venue], rows, {"BTC": [60_000.0] * rows, "ETH": [3_000.0] * rows}))
    venues.exchanges[venue].start()
    return venues


def _symbol(venue: str) -> str:
    return "BTC" if venue == "hyperliquid" else "BTCUSDT"


def _of(kind: Any, events: Any) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def test_executions_of_three_weeks_are_listed_each_once(venue: str) -> None:
    venues = _venues(venue, 22)
    start, own = venues.world.clock.now_ns(), []
    for _ in range(3):
        own += venues.place(venue, _symbol(venue), "perp", "sell", "0.02").fills
        venues.rows(7 * 24)
    listed = venues.open(venue).trades_since(start - HOUR_NS)
    assert [trade.fill for trade in listed] == own and len(own) == 3


def test_a_liquidation_of_two_weeks_ago_is_told_with_its_fills(venue: str) -> None:
    venues = _venues(venue, 15)
    venues.place(venue, _symbol(venue), "perp", "sell", "0.5")
    venues.rows(24)
    venues.world.venues[venue].account.liquidate()
    venues.rows(14 * 24)
    (report,) = _of(LiquidationReport, venues.exchanges[venue].poll_events())
    assert sum(fill.quantity for fill in report.fills) == Decimal("0.5")


def test_a_deposit_of_a_hundred_days_ago_is_told(venue: str) -> None:
    venues = _venues(venue, 102)
    spec = spec_for(venue)
    venues.rows(24)
    account = venues.world.venues[venue].account
    account.money.deposit(spec.deposit_location, spec.margin_currency, Decimal(7), "somebody")
    venues.rows(100 * 24)
    account.money.deposit(spec.deposit_location, spec.margin_currency, Decimal(8), "somebody")
    assert [event.amount for event in _of(TransferArrival, venues.exchanges[venue].poll_events())] == [7, 8]


def test_an_order_that_was_filled_ten_days_ago_is_looked_up_with_its_fills(venue: str) -> None:
    rows = 24 * 11
    rising = {"BTC": [60_000.0] * 2 + [62_000.0] * (rows - 2), "ETH": [3_000.0] * rows}
    venues = LiveVenues([venue], venue_market([venue], rows, rising))
    venues.exchanges[venue].start()
    venues.place(venue, _symbol(venue), "perp", "sell", "0.02", price="61000", client_order_id="ab" * 16)
    venues.rows(10 * 24)
    report = venues.open(venue).lookup_order("ab" * 16)
    assert report is not None and report.status is OrderStatus.FILLED
    assert sum(fill.quantity for fill in report.fills) == Decimal("-0.02")
