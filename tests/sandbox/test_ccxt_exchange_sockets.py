"""Live backends over real sockets: redirected by the transport, at every venue of one server."""

from __future__ import annotations

import time
from collections.abc import Iterator
from decimal import Decimal

import pytest

from basis_strategy_v1.backends.live.connect import connect
from basis_strategy_v1.core.domain.deltas import Outcome
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.sandbox.server import Running, serve
from basis_strategy_v1.venues.registry import spec_for
from live_venues import LiveVenues, secrets
from venue_market import CEX


@pytest.fixture(scope="module")
def venues() -> LiveVenues:
    return LiveVenues(CEX)


@pytest.fixture(scope="module")
def running(venues: LiveVenues) -> Iterator[Running]:
    server = serve(venues.application)
    yield server
    server.stop()


@pytest.mark.parametrize("venue", CEX)
def test_an_order_goes_through_the_redirected_connection(venues: LiveVenues, running: Running, venue: str) -> None:
    venues.exchanges[venue] = connect(
        spec_for(venue), secrets(spec_for(venue)), venues.options(venue, adapter=None, host=running.url)
    )
    symbol = "BTC" if venue == "hyperliquid" else "BTCUSDT"
    report = venues.place(venue, symbol, "perp", "sell", "0.1")
    assert (report.outcome, report.filled) == (Outcome.DONE, Decimal("0.1"))
    exchange = venues.exchanges[venue]
    assert exchange.account_check().credentials_valid
    urls = [gateway.transport.last.url for gateway in exchange._dialect.gateways if gateway.transport.last]
    assert urls and not [url for url in urls if "127.0.0.1" in url]


@pytest.mark.parametrize("venue", CEX)
def test_a_server_that_is_gone_was_sent_nothing(venues: LiveVenues, running: Running, venue: str) -> None:
    spec = spec_for(venue)
    exchange = connect(spec, secrets(spec), venues.options(venue, adapter=None, host=running.url))
    exchange.start()
    for gateway in exchange._dialect.gateways:
        gateway.transport._redirect = "http://127.0.0.1:9"
    venues.exchanges[venue] = exchange
    symbol = "BTC" if venue == "hyperliquid" else "BTCUSDT"
    with pytest.raises(ComponentError) as refused:
        venues.place(venue, symbol, "perp", "sell", "0.1")
    assert refused.value.error_code == "EXI-003"


def test_a_lost_answer_over_a_socket_is_unknown(venues: LiveVenues, running: Running) -> None:
    spec = spec_for("binance")
    options = venues.options("binance", adapter=None, host=running.url, timeout=0.5, wait=time.sleep)
    venues.exchanges["binance"] = connect(spec, secrets(spec), options)
    venues.exchanges["binance"].start()
    venues.fault("close_after", "POST /fapi/v1/order", "binance")
    report = venues.place("binance", "BTCUSDT", "perp", "sell", "0.1", client_order_id="cd" * 16)
    assert report.outcome is Outcome.UNKNOWN
    found = venues.exchanges["binance"].lookup_order("cd" * 16)
    assert found is not None and found.outcome is Outcome.DONE
