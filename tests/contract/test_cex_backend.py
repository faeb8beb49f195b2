"""What every backend of a centralised exchange promises, run against each of them.

A backend under test starts with 100,000 of the quote currency where it trades, trades bitcoin spot and perpetual near
60,000, and has a clock that can be moved on. The live ones speak to local venues through ccxt.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from basis_strategy_v1.backends.simulated.fills import fill_model
from basis_strategy_v1.core.domain.deltas import Outcome
from basis_strategy_v1.core.domain.orders import OrderRequest, OrderStatus, TransferRequest
from basis_strategy_v1.core.interfaces.ports import CEXBackend
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec
from basis_strategy_v1.venues.registry import spec_for
from live_venues import LiveVenues
from simulated_market import CLASSIC, FEES, Venue, perp_columns
from venue_market import CEX, venue_market


class Backend:
    """A backend with what a test needs around it.

    Attributes:
        settle, fall: move the clock to the first funding settlement, and to where prices fall to 58,000.
        spot, margin, other: its locations; ``other`` is one that ``margin`` is not, empty where there is none.
    """

    def __init__(
        self,
        port: CEXBackend,
        settle: Callable[[], Any],
        fall: Callable[[], Any],
        spec: VenueSpec,
        symbol: str = "BTCUSDT",
    ) -> None:
        self.port = port
        self.settle = settle
        self.fall = fall
        self.spot = spec.spot_location
        self.margin = spec.margin_location
        self.other = next((place for place in spec.locations if place != spec.margin_location), "")
        self.symbol = symbol
        self.currency = spec.margin_currency

    def held(self, location: str, asset: str = "") -> Decimal:
        """A balance as the backend reports it; of the margin currency where no asset is named."""
        for report in self.port.observe():
            if report.location == location:
                return report.balances.get(asset or self.currency, Decimal(0))
        raise AssertionError(f"no report for {location}")

    def order(self, client_order_id: str, side: Any, quantity: str, trade_type: Any, **fields: Any) -> OrderRequest:
        """A request for the instrument under test."""
        return OrderRequest(
            client_order_id=client_order_id,
            symbol=self.symbol,
            trade_type=trade_type,
            side=side,
            quantity=Decimal(quantity),
            **fields,
        )


def _simulated() -> Backend:
    marks = [60_000.0, 60_000.0, 58_000.0]
    perps = {"BTCUSDT": perp_columns(CLASSIC, "BTCUSDT", marks, rates={1: "0.0001"})}
    venue = Venue(perps, marks, fees=FEES, model=fill_model("square_root"))
    return Backend(venue.exchange, lambda: venue.at(1), lambda: venue.at(2), CLASSIC)


def _live(name: str) -> Callable[[], Backend]:
    def make() -> Backend:
        spec = spec_for(name)
        prices = {"BTC": [60_000.0] * 9 + [58_000.0] * 3, "ETH": [3_000.0] * 12}
        venues = LiveVenues([name], venue_market([name], 12, prices))
        settlement = spec.funding_interval_hours
        symbol = "BTC" if name == "hyperliquid" else "BTCUSDT"
        return Backend(venues.exchanges[name], lambda: venues.rows(settlement), lambda: venues.rows(9), spec, symbol)

    return make


BACKENDS = {"simulated": _simulated, **{f"live-{name}": _live(name) for name in CEX}}


@pytest.fixture(params=BACKENDS.values(), ids=BACKENDS)
def backend(request: pytest.FixtureRequest) -> Backend:
    made: Backend = request.param()
    return made


@pytest.mark.parametrize("trade_type", ["spot", "perp"])
def test_a_filled_order_reports_fills_that_add_up(backend: Backend, trade_type: str) -> None:
    report = backend.port.place_order(backend.order("a", "buy", "0.5", trade_type))
    assert (report.outcome, report.status, report.filled) == (Outcome.DONE, OrderStatus.FILLED, Decimal("0.5"))
    assert sum(fill.quantity for fill in report.fills) == report.filled
    assert all(fill.fee > 0 and fill.fee_asset for fill in report.fills)
    assert backend.port.lookup_order("a") == report


def test_balances_change_by_what_the_fills_say(backend: Backend) -> None:
    (fill,) = backend.port.place_order(backend.order("a", "buy", "0.5", "spot")).fills
    assert backend.held(backend.spot) == 100_000 - fill.quantity * fill.price
    assert backend.held(backend.spot, "BTC") == fill.quantity - fill.fee


def test_a_sold_perpetual_is_a_negative_position_at_its_cost(backend: Backend) -> None:
    (fill,) = backend.port.place_order(backend.order("a", "sell", "0.5", "perp")).fills
    (report,) = [report for report in backend.port.observe() if report.location == backend.margin]
    position = report.positions[backend.symbol]
    assert (position.quantity, position.entry_cost) == (fill.quantity, fill.quantity * fill.price)
    assert backend.held(backend.margin) == 100_000 - fill.fee


def test_an_order_sent_twice_is_executed_once(backend: Backend) -> None:
    request = backend.order("a", "sell", "0.5", "perp")
    assert backend.port.place_order(request) == backend.port.place_order(request)
    assert backend.held(backend.margin) > 100_000 - 2 * 15


def test_a_rejection_names_a_code_and_changes_nothing(backend: Backend) -> None:
    before = backend.port.observe()
    report = backend.port.place_order(backend.order("a", "buy", "5", "spot"))
    assert (report.outcome, report.status, report.error_code) == (Outcome.REJECTED, OrderStatus.REJECTED, "EXI-006")
    assert report.reason
    assert backend.port.observe() == before


def test_a_resting_order_is_open_until_cancelled(backend: Backend) -> None:
    placed = backend.port.place_order(
        backend.order("a", "buy", "0.5", "perp", order_type="limit", price=Decimal(50_000))
    )
    assert placed.status is OrderStatus.NEW
    assert [report.client_order_id for report in backend.port.open_orders()] == ["a"]
    assert backend.port.cancel_order("a").status is OrderStatus.CANCELED
    assert list(backend.port.open_orders()) == []


def test_an_amended_order_shows_its_new_terms(backend: Backend) -> None:
    backend.port.place_order(backend.order("a", "buy", "0.5", "perp", order_type="limit", price=Decimal(50_000)))
    amended = backend.port.amend_order("a", Decimal("0.4"), Decimal(51_000))
    assert (amended.quantity, amended.price) == (Decimal("0.4"), Decimal(51_000))
    assert [(report.quantity, report.price) for report in backend.port.open_orders()] == [(Decimal("0.4"), 51_000)]


def test_a_resting_fill_comes_as_an_event_once(backend: Backend) -> None:
    backend.port.place_order(backend.order("a", "buy", "0.5", "perp", order_type="limit", price=Decimal(59_000)))
    backend.fall()
    (report,) = backend.port.poll_events()
    assert (report.client_order_id, report.status) == ("a", OrderStatus.FILLED)
    assert list(backend.port.poll_events()) == []


def test_funding_comes_as_an_event_that_the_balance_agrees_with(backend: Backend) -> None:
    backend.port.place_order(backend.order("a", "sell", "0.5", "perp"))
    before = backend.held(backend.margin)
    backend.settle()
    (payment,) = backend.port.poll_events()
    assert payment.amount == 3
    assert backend.held(backend.margin) - before == payment.amount


def test_an_unknown_order_is_not_found(backend: Backend) -> None:
    assert backend.port.lookup_order("nothing") is None
    assert backend.port.cancel_order("nothing").error_code == "EXI-011"


def test_an_internal_transfer_moves_at_once_and_free(backend: Backend) -> None:
    if not backend.other:
        pytest.skip("a venue with one location has nothing to move inside")
    before = backend.held(backend.other)
    request = TransferRequest(
        client_transfer_id="t",
        from_location=backend.margin,
        to_location=backend.other,
        token=backend.currency,
        amount=Decimal(1_000),
    )
    report = backend.port.transfer(request)
    assert (report.outcome, report.fee, report.arrives_at) == (Outcome.DONE, 0, 0)
    assert (backend.held(backend.margin), backend.held(backend.other) - before) == (99_000, 1_000)


def test_a_lower_leverage_asks_for_more_margin(backend: Backend) -> None:
    backend.port.set_leverage(backend.symbol, 1)
    assert backend.port.place_order(backend.order("a", "sell", "2", "perp")).error_code == "EXI-006"
    backend.port.set_leverage(backend.symbol, 2)
    assert backend.port.place_order(backend.order("b", "sell", "2", "perp")).status is OrderStatus.FILLED
