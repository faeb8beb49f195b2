"""Orders of live backends: partial fills, changes of what is left, prices, leverage."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from basis_strategy_v1.backends.live.dialects.ccxt_calls import ccxt_symbol
from basis_strategy_v1.core.domain.deltas import Outcome
from basis_strategy_v1.core.domain.instructions import Side
from basis_strategy_v1.core.domain.orders import OrderReport, OrderStatus
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.venues.registry import spec_for
from live_venues import LiveVenues
from venue_market import CEX, venue_market

ID = "ab" * 16
SIDES: tuple[tuple[Side, str], ...] = (("buy", "asks"), ("sell", "bids"))


def _symbol(venue: str) -> str:
    return "BTC" if venue == "hyperliquid" else "BTCUSDT"


def _code(call: Callable[[], Any]) -> str:
    """The code with which a call fails; empty when it does not."""
    try:
        call()
    except ComponentError as error:
        return error.error_code
    return ""


def _rich(venue: str, prices: list[float] | None = None) -> LiveVenues:
    """An account that can ask for more than a row has to give."""
    spec = spec_for(venue)
    balances = {location: {spec.margin_currency: Decimal(50_000_000)} for location in spec.locations}
    moves = {"BTC": prices or [60_000.0] * 12, "ETH": [3_000.0] * 12}
    venues = LiveVenues([venue], venue_market([venue], 12, moves), balances=balances)
    venues.exchanges[venue].start()
    return venues


@pytest.mark.parametrize("venue", CEX)
@pytest.mark.parametrize("trade_type", ["spot", "perp"])
def test_a_change_of_a_partly_filled_order_keeps_what_was_filled(venue: str, trade_type: Any) -> None:
    venues = _rich(venue)
    exchange = venues.exchanges[venue]
    symbol = _symbol(venue)
    placed = venues.place(venue, symbol, trade_type, "buy", "100", price="60100", client_order_id=ID)
    assert placed.status is OrderStatus.PARTIALLY_FILLED and 80 < placed.filled < 84
    amended = exchange.amend_order(ID, Decimal(90), Decimal(59_000))
    assert (amended.quantity, amended.price, amended.filled) == (90, 59_000, placed.filled)
    assert amended.fills == placed.fills and amended.status is OrderStatus.PARTIALLY_FILLED
    assert exchange.open_orders() == (amended,)
    again = exchange.amend_order(ID, None, Decimal(58_000))
    assert (again.quantity, again.price, again.fills) == (90, 58_000, placed.fills)
    cancelled = exchange.cancel_order(ID)
    assert (cancelled.status, cancelled.filled, cancelled.fills) == (OrderStatus.CANCELED, placed.filled, placed.fills)
    assert venues.open(venue).lookup_order(ID) == cancelled


@pytest.mark.parametrize("venue", CEX)
@pytest.mark.parametrize("trade_type", ["spot", "perp"])
def test_a_changed_order_that_fills_later_is_told_once_with_all_its_fills(venue: str, trade_type: Any) -> None:
    venues = _rich(venue, [60_000.0] * 2 + [58_000.0] * 10)
    exchange = venues.exchanges[venue]
    placed = venues.place(venue, _symbol(venue), trade_type, "buy", "100", price="60100", client_order_id=ID)
    exchange.amend_order(ID, Decimal(90), Decimal(59_000))
    assert not exchange.poll_events()
    venues.rows(2)
    (report,) = [event for event in exchange.poll_events() if isinstance(event, OrderReport)]
    assert (report.client_order_id, report.status, report.filled) == (ID, OrderStatus.FILLED, 90)
    assert report.fills[: len(placed.fills)] == placed.fills
    assert sum(fill.quantity for fill in report.fills) == 90


@pytest.mark.parametrize("venue", CEX)
def test_an_order_that_goes_on_filling_while_it_rests_stays_as_large_as_it_was(venue: str) -> None:
    venues = _rich(venue)
    exchange = venues.exchanges[venue]
    first = venues.place(venue, _symbol(venue), "perp", "buy", "200", price="60100", client_order_id=ID)
    venues.rows(1)
    later = exchange.lookup_order(ID)
    assert later is not None and first.filled < later.filled < 200
    assert (later.quantity, later.status) == (200, OrderStatus.PARTIALLY_FILLED)
    assert exchange.open_orders() == (later,)
    venues.rows(2)
    ended = exchange.lookup_order(ID)
    assert ended is not None and (ended.quantity, ended.filled, ended.status) == (200, 200, OrderStatus.FILLED)


@pytest.mark.parametrize("venue", CEX)
def test_a_market_order_that_the_row_cannot_fill_ends_partly_filled(venue: str) -> None:
    venues = _rich(venue)
    report = venues.place(venue, _symbol(venue), "perp", "sell", "100")
    assert report.outcome is Outcome.DONE and not report.status.is_open
    assert 80 < report.filled < 84 and report.filled == -sum(fill.quantity for fill in report.fills)


@pytest.mark.parametrize("venue", CEX)
def test_a_refused_change_leaves_the_order_as_it_was(venue: str) -> None:
    venues = LiveVenues([venue])
    exchange = venues.exchanges[venue]
    placed = venues.place(venue, _symbol(venue), "perp", "sell", "0.1", price="70000", client_order_id=ID)
    refused = exchange.amend_order(ID, Decimal(5_000), None)
    assert refused.outcome is Outcome.REJECTED and refused.error_code == "EXI-006"
    if venue != "hyperliquid":  # it cancels before it looks at what is to come
        assert exchange.open_orders() == (placed,)
    assert exchange.amend_order("cd" * 16, None, Decimal(70_000)).error_code == "EXI-011"


@pytest.mark.parametrize("venue", CEX)
def test_a_change_to_what_is_there_already_is_none(venue: str) -> None:
    venues = LiveVenues([venue])
    placed = venues.place(venue, _symbol(venue), "perp", "sell", "0.1", price="70000", client_order_id=ID)
    assert venues.exchanges[venue].amend_order(ID, Decimal("0.1"), Decimal(70_000)) == placed


@pytest.mark.parametrize("venue", CEX)
def test_a_change_whose_answer_is_lost_is_found_out_by_a_lookup(venue: str) -> None:
    venues = LiveVenues([venue])
    exchange = venues.exchanges[venue]
    venues.place(venue, _symbol(venue), "perp", "sell", "0.1", price="70000", client_order_id=ID)
    endpoint = {"binance": "PUT *", "bybit": "*amend", "okx": "*amend-order", "hyperliquid": "*batchModify"}[venue]
    venues.fault("lose_answer_after", endpoint, venue)
    amended = exchange.amend_order(ID, None, Decimal(71_000))
    assert (amended.outcome, amended.price) == (Outcome.DONE, 71_000)
    venues.fault("close_before", endpoint, venue)
    assert exchange.amend_order(ID, None, Decimal(72_000)).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("venue", CEX)
def test_quotes_tell_both_sides_the_mark_and_the_next_funding(venue: str) -> None:
    venues = LiveVenues([venue])
    spec = spec_for(venue)
    venues.rows(spec.funding_interval_hours)
    quotes = venues.exchanges[venue].quotes()
    assert [(quote.symbol, quote.trade_type) for quote in quotes] == [
        (item.symbol, item.trade_type) for item in spec.instruments
    ]
    for quote in quotes:
        assert 0 < quote.bid < quote.ask and quote.bid <= quote.last <= quote.ask
        assert quote.bid_size > 0 and quote.ask_size > 0
        assert quote.observed_at == venues.world.clock.now
        if quote.trade_type == "perp":
            assert quote.mark in (60_000, 3_000) and quote.funding_rate == Decimal("0.0001")
            ahead = quote.next_funding_at - venues.world.clock.now
            assert ahead == spec.funding_interval_hours * 3_600 * 10**9
        else:
            assert (quote.mark, quote.funding_rate, quote.next_funding_at) == (None, None, 0)


@pytest.mark.parametrize("venue", CEX)
def test_an_order_book_has_the_levels_that_ccxt_reads(venue: str) -> None:
    exchange = LiveVenues([venue]).exchanges[venue]
    exchange.start()
    gateways = exchange._dialect.gateways
    for instrument in exchange.spec.instruments:
        client = gateways[-1 if instrument.trade_type == "perp" else 0].exchange
        symbol = ccxt_symbol(instrument)
        book, size = client.fetch_order_book(symbol, 50), client.market(symbol)["contractSize"] or 1
        for side, name in SIDES:
            levels = list(exchange._dialect.market.offers(instrument, side))
            expected = [(Decimal(str(level[0])), Decimal(str(level[1])) * Decimal(str(size))) for level in book[name]]
            assert levels == expected and len(levels) > 1
            assert exchange.mean_price(instrument, side, instrument.step) == levels[0][0]
            assert exchange.mean_price(instrument, side, Decimal(10**9)) is None


@pytest.mark.parametrize("venue", CEX)
@pytest.mark.parametrize("body", ["{}", '{"asks": [["?", "1"]], "result": {"a": [["?", "1"]]}, "data": [{}]}', "[]"])
def test_an_order_book_that_cannot_be_read_is_said_to_be_so(venue: str, body: str) -> None:
    venues = LiveVenues([venue])
    exchange = venues.exchanges[venue]
    exchange.start()
    venues.fault("garbage_200_before", "*", venue, options={"body": body}, nth=1, last=0)
    perpetual = next(item for item in exchange.spec.instruments if item.trade_type == "perp")
    assert _code(lambda: exchange.mean_price(perpetual, "buy", Decimal(1))) == "EXI-012"


MARKET_ORDER_REQUESTS = {"binance": 2, "bybit": 2, "okx": 2, "hyperliquid": 3}
"""The order and its executions; Hyperliquid is asked for the best price first, which its market orders need."""


@pytest.mark.parametrize("venue", CEX)
def test_a_market_order_that_fills_at_once_is_not_looked_up(venue: str) -> None:
    venues = LiveVenues([venue])
    exchange = venues.exchanges[venue]
    exchange.start()
    before = exchange.request_count()
    placed = venues.place(venue, _symbol(venue), "perp", "buy", "0.1", client_order_id=ID)
    assert exchange.request_count() - before == MARKET_ORDER_REQUESTS[venue]
    assert (placed.status, placed.filled) == (OrderStatus.FILLED, Decimal("0.1"))
    assert exchange.lookup_order(ID) == placed


@pytest.mark.parametrize("venue", CEX)
def test_leverage_can_be_set_again_and_not_beyond_what_there_is(venue: str) -> None:
    venues = LiveVenues([venue])
    exchange = venues.exchanges[venue]
    for _ in range(2):
        exchange.set_leverage(_symbol(venue), 3)
    for leverage, symbol in ((1_000, _symbol(venue)), (3, "NONE")):
        with pytest.raises(ComponentError) as refused:
            exchange.set_leverage(symbol, leverage)
        assert refused.value.error_code in ("EXI-001", "EXI-005")


@pytest.mark.parametrize("venue", CEX)
def test_an_instrument_that_the_venue_has_not_is_refused_without_a_request(venue: str) -> None:
    venues = LiveVenues([venue])
    report = venues.place(venue, "DOGEUSDT", "spot", "buy", "1")
    assert (report.outcome, report.error_code) == (Outcome.REJECTED, "EXI-005")


@pytest.mark.parametrize("venue", CEX)
def test_garbled_lookups_are_errors_with_a_code(venue: str) -> None:
    venues = LiveVenues([venue])
    exchange = venues.exchanges[venue]
    exchange.start()
    calls = (exchange.observe, exchange.open_orders, exchange.quotes, exchange.poll_events)
    for body in ("{}", "[]", "null", "<html>", '{"result": {}}', '{"data": [{}], "code": "0"}', '{"retCode": 0}'):
        for call in calls:
            venues.world.faults.clear()
            venues.fault("garbage_200_before", "*", venue, options={"body": body}, nth=1, last=0)
            assert _code(call) in ("", "EXI-003", "EXI-012"), (body, call)


def test_a_market_order_on_hyperliquid_stays_within_its_slippage() -> None:
    venues = _rich("hyperliquid")
    report = venues.place("hyperliquid", "BTC", "perp", "buy", "70", max_slippage=Decimal("0.0001"))
    assert report.outcome is not Outcome.UNKNOWN
    assert all(fill.price <= 60_001 * Decimal("1.0001") + 1 for fill in report.fills)


def test_an_order_of_anothers_making_is_listed_with_the_id_it_has() -> None:
    venues = LiveVenues(["binance"])
    exchange = venues.exchanges["binance"]
    exchange.start()
    gateway = exchange._dialect.gateways[1]
    foreign = {"symbol": "BTCUSDT", "side": "SELL", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.1"}
    with pytest.raises(Exception, match="nobody asked for"):
        gateway.tell(gateway.exchange.fapiPrivatePostOrder, {**foreign, "price": "70000", "newClientOrderId": "web-5"})
    venues.place("binance", "BTCUSDT", "perp", "sell", "0.1", price="70000", client_order_id=ID)
    assert [report.client_order_id for report in exchange.open_orders()] == [ID]
