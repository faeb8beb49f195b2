"""What a live backend tells of by itself: funding, liquidations, arrivals, resting fills; each once, over restarts."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest

from basis_strategy_v1.backends.live.transfer_watch import UNDECLARED
from basis_strategy_v1.core.domain.orders import (
    FundingPayment,
    LiquidationReport,
    OrderReport,
    OrderStatus,
    TransferArrival,
)
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.venues.registry import spec_for
from live_venues import LiveVenues
from venue_market import CEX, venue_market

ROWS = 40


def _symbol(venue: str) -> str:
    return "BTC" if venue == "hyperliquid" else "BTCUSDT"


def _venues(venue: str, prices: list[float] | None = None, **options: Any) -> LiveVenues:
    moves = {"BTC": prices or [60_000.0] * ROWS, "ETH": [3_000.0] * ROWS}
    venues = LiveVenues([venue], venue_market([venue], ROWS, moves), **options)
    venues.exchanges[venue].start()
    return venues


def _cash(exchange: Any) -> Decimal:
    """The margin wallet less what positions cost."""
    (report,) = [item for item in exchange.observe() if item.location == exchange.spec.margin_location]
    held = report.balances.get(exchange.spec.margin_currency, Decimal(0))
    return held - sum((item.entry_cost for item in report.positions.values()), Decimal(0))


@pytest.fixture(params=CEX)
def venue(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_funding_is_told_with_its_rate_mark_and_quantity(venue: str) -> None:
    venues = _venues(venue)
    venues.place(venue, _symbol(venue), "perp", "sell", "0.5")
    venues.rows(spec_for(venue).funding_interval_hours)
    (payment,) = venues.exchanges[venue].poll_events()
    assert isinstance(payment, FundingPayment)
    assert (payment.quantity, payment.amount, payment.rate, payment.mark_price) == (Decimal("-0.5"), 3, 0.0001, 60_000)


def test_a_long_pays_funding(venue: str) -> None:
    venues = _venues(venue)
    venues.place(venue, _symbol(venue), "perp", "buy", "0.5")
    venues.rows(spec_for(venue).funding_interval_hours)
    (payment,) = venues.exchanges[venue].poll_events()
    assert isinstance(payment, FundingPayment)
    assert (payment.quantity, payment.amount, payment.rate) == (Decimal("0.5"), -3, 0.0001)


def test_another_process_goes_on_where_the_first_one_stopped(venue: str) -> None:
    venues = _venues(venue)
    interval = spec_for(venue).funding_interval_hours
    first = venues.exchanges[venue]
    venues.place(venue, _symbol(venue), "perp", "sell", "0.5")
    venues.place(venue, _symbol(venue), "perp", "sell", "0.1", price="70000", client_order_id="ab" * 16)
    venues.rows(interval)
    assert len(first.poll_events()) == 1
    venues.rows(interval)
    second = venues.open(venue)
    second.import_cursor(first.export_cursor())
    second.cancel_order("ab" * 16)
    told = [event for event in second.poll_events() if isinstance(event, FundingPayment)]
    assert [payment.timestamp for payment in told] == [venues.world.clock.now]


def test_a_resting_fill_is_told_by_the_process_that_finds_it(venue: str) -> None:
    venues = _venues(venue, [60_000.0] * 2 + [58_000.0] * (ROWS - 2))
    first = venues.exchanges[venue]
    venues.place(venue, _symbol(venue), "perp", "buy", "0.1", price="59000", client_order_id="ab" * 16)
    second = venues.open(venue)
    second.import_cursor(first.export_cursor())
    venues.rows(2)
    (report,) = [event for event in second.poll_events() if isinstance(event, OrderReport)]
    assert (report.client_order_id, report.status, report.filled) == ("ab" * 16, OrderStatus.FILLED, Decimal("0.1"))
    assert [fill.price for fill in report.fills] == [59_000]


def test_what_is_no_cursor_is_refused(venue: str) -> None:
    with pytest.raises(ComponentError) as refused:
        _venues(venue).exchanges[venue].import_cursor('{"origin_ms": "soon"}')
    assert refused.value.error_code == "EXI-012"


def test_an_order_cancelled_by_somebody_else_is_told(venue: str) -> None:
    venues = _venues(venue)
    venues.place(venue, _symbol(venue), "perp", "buy", "0.1", price="50000", client_order_id="ab" * 16)
    venues.open(venue).cancel_order("ab" * 16)
    (report,) = venues.exchanges[venue].poll_events()
    assert isinstance(report, OrderReport)
    assert (report.client_order_id, report.status) == ("ab" * 16, OrderStatus.CANCELED)
    assert not venues.exchanges[venue].poll_events()


def test_a_liquidation_is_told_with_its_fills(venue: str) -> None:
    venues = _venues(venue)
    exchange = venues.exchanges[venue]
    venues.place(venue, _symbol(venue), "perp", "sell", "0.5")
    venues.rows(1)
    exchange.poll_events()
    before = _cash(exchange)
    venues.fault("liquidation", "*", venue)
    exchange.observe()
    events = [event for event in exchange.poll_events() if isinstance(event, LiquidationReport)]
    (report,) = events
    assert report.location == spec_for(venue).margin_location
    assert sum(fill.quantity for fill in report.fills) == Decimal("0.5")
    paid = sum(fill.quantity * fill.price + fill.fee for fill in report.fills)
    assert report.to_insurance > 0 and _cash(exchange) == before - paid - report.to_insurance
    assert not [event for event in exchange.poll_events() if isinstance(event, LiquidationReport)]


def test_a_venue_that_goes_on_closing_is_told_of_each_time_with_what_it_closed_then(venue: str) -> None:
    venues = _venues(venue)
    exchange = venues.exchanges[venue]
    told: list[LiquidationReport] = []
    spec = spec_for(venue)
    for quantity in ("0.5", "0.3"):
        venues.world.venues[venue].account.deposit(
            spec.margin_location, spec.margin_currency, Decimal(50_000), quantity
        )
        venues.place(venue, _symbol(venue), "perp", "sell", quantity)
        venues.rows(1)
        venues.fault("liquidation", "*", venue)
        exchange.observe()
        new = [event for event in exchange.poll_events() if isinstance(event, LiquidationReport)]
        assert len(new) == 1 and sum(fill.quantity for fill in new[0].fills) == Decimal(quantity)
        told += new
    assert len({fill.trade_id for report in told for fill in report.fills}) == sum(len(item.fills) for item in told)
    again = venues.open(venue)
    again.import_cursor(again.export_cursor())
    assert [event for event in again.poll_events() if isinstance(event, LiquidationReport)] == []


def test_trades_are_listed_whoever_made_them(venue: str) -> None:
    venues = _venues(venue)
    instruments = venues.exchanges[venue].spec.instruments
    own = []
    for item in instruments:
        if item.base == "BTC":
            side = "buy" if item.trade_type == "spot" else "sell"
            own += venues.place(venue, item.symbol, item.trade_type, side, "0.02").fills
    exchange = venues.open(venue)
    listed = exchange.trades_since(venues.world.clock.now_ns() - 10**9)
    assert [trade.fill for trade in listed] == own and len(own) == 2
    ordered = [trade.client_id.removeprefix("0x") for trade in venues.world.venues[venue].account.trades()]
    assert [exchange.ordered_as(trade) for trade in listed] == ordered
    venues.world.clock.advance(60)
    assert not venues.open(venue).trades_since(venues.world.clock.now_ns())


def test_a_deposit_of_nobody_is_told_as_such_once(venue: str) -> None:
    venues = _venues(venue)
    spec = spec_for(venue)
    venues.rows(1)
    account = venues.world.venues[venue].account
    account.money.deposit(spec.deposit_location, spec.margin_currency, Decimal(250), "somebody")
    exchange = venues.exchanges[venue]
    (arrival,) = exchange.poll_events()
    assert isinstance(arrival, TransferArrival)
    assert arrival.client_transfer_id.startswith(UNDECLARED)
    assert (arrival.location, arrival.token, arrival.amount) == (spec.deposit_location, spec.margin_currency, 250)
    assert not exchange.poll_events()


def test_what_happened_before_the_first_start_is_none_of_ours(venue: str) -> None:
    venues = _venues(venue)
    venues.place(venue, _symbol(venue), "perp", "sell", "0.5")
    venues.rows(spec_for(venue).funding_interval_hours)
    venues.rows(1)
    later = venues.open(venue)
    later.start()
    assert not later.poll_events()


def test_events_that_cannot_be_asked_for_now_are_told_later(venue: str) -> None:
    venues = _venues(venue)
    exchange = venues.exchanges[venue]
    venues.place(venue, _symbol(venue), "perp", "sell", "0.5")
    venues.rows(spec_for(venue).funding_interval_hours)
    venues.fault("http_5xx_before", "*", venue)
    with pytest.raises(ComponentError) as refused:
        exchange.poll_events()
    assert refused.value.error_code == "EXI-003"
    assert len(exchange.poll_events()) == 1


def test_weeks_without_a_poll_are_told_in_full(venue: str) -> None:
    days = 40
    hours = 24 * days
    prices = {"BTC": [60_000.0] * (hours + 1), "ETH": [3_000.0] * (hours + 1)}
    venues = LiveVenues([venue], venue_market([venue], hours + 1, prices))
    spec = spec_for(venue)
    exchange = venues.exchanges[venue]
    exchange.start()
    venues.place(venue, _symbol(venue), "perp", "sell", "0.1")
    account = venues.world.venues[venue].account
    for day in range(days):
        venues.rows(24)
        if day % 10 == 0:
            account.money.deposit(spec.deposit_location, spec.margin_currency, Decimal(day + 1), "somebody")
    events = exchange.poll_events()
    settled = [event for event in events if isinstance(event, FundingPayment)]
    assert len(settled) == hours // spec.funding_interval_hours
    assert sum(payment.amount for payment in settled) == len(settled) * Decimal("0.6")
    arrived = [event.amount for event in events if isinstance(event, TransferArrival)]
    assert arrived == [1, 11, 21, 31]
    assert not exchange.poll_events()


def test_whichever_request_of_a_poll_fails_each_event_is_told_once(venue: str) -> None:
    spec = spec_for(venue)
    for failing in range(1, 12):
        venues = _venues(venue, [60_000.0] * 2 + [58_000.0] * (ROWS - 2))
        exchange = venues.exchanges[venue]
        venues.place(venue, _symbol(venue), "perp", "sell", "0.5")
        venues.place(venue, _symbol(venue), "perp", "buy", "0.1", price="59000", client_order_id="ab" * 16)
        venues.rows(spec.funding_interval_hours)
        venues.rows(2)
        account = venues.world.venues[venue].account
        account.money.deposit(spec.deposit_location, spec.margin_currency, Decimal(250), "somebody")
        venues.fault("http_5xx_before", "*", venue, nth=failing)
        told = _told_in_the_end(exchange)
        kinds = sorted(type(event).__name__ for event in told)
        settled = [event for event in told if isinstance(event, FundingPayment)]
        assert kinds.count("OrderReport") == kinds.count("TransferArrival") == 1, failing
        assert len({event.timestamp for event in settled}) == len(settled) > 0, failing


def _told_in_the_end(exchange: Any) -> list[Any]:
    told: list[Any] = []
    for _ in range(3):
        with suppress(ComponentError):
            told += exchange.poll_events()
    return told
