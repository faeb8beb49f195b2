"""What every backend of a centralised exchange promises, run against each of them.

A backend under test starts with 100,000 of the quote currency at each location, trades BTCUSDT spot and perpetual near
60,000, and has a clock that can be moved on by rows.
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
from simulated_market import CLASSIC, FEES, Venue, perp_columns


class Backend:
    """A backend with what a test needs around it."""

    def __init__(self, port: CEXBackend, move_to: Callable[[int], Any], spot: str, margin: str) -> None:
        self.port = port
        self.move_to = move_to
        self.spot = spot
        self.margin = margin

    def held(self, location: str, asset: str) -> Decimal:
        """A balance as the backend reports it."""
        for report in self.port.observe():
            if report.location == location:
                return report.balances.get(asset, Decimal(0))
        raise AssertionError(f"no report for {location}")


def _simulated() -> Backend:
    marks = [60_000.0, 60_000.0, 58_000.0]
    perps = {"BTCUSDT": perp_columns(CLASSIC, "BTCUSDT", marks, rates={1: "0.0001"})}
    venue = Venue(perps, marks, fees=FEES, model=fill_model("square_root"))
    return Backend(venue.exchange, venue.at, CLASSIC.spot_location, CLASSIC.margin_location)


@pytest.fixture(params=[_simulated], ids=["simulated"])
def backend(request: pytest.FixtureRequest) -> Backend:
    made: Backend = request.param()
    return made


def _order(client_order_id: str, side: Any, quantity: str, trade_type: Any, **fields: Any) -> OrderRequest:
    return OrderRequest(
        client_order_id=client_order_id,
        symbol="BTCUSDT",
        trade_type=trade_type,
        side=side,
        quantity=Decimal(quantity),
        **fields,
    )


@pytest.mark.parametrize("trade_type", ["spot", "perp"])
def test_a_filled_order_reports_fills_that_add_up(backend: Backend, trade_type: str) -> None:
    report = backend.port.place_order(_order("a", "buy", "0.5", trade_type))
    assert (report.outcome, report.status, report.filled) == (Outcome.DONE, OrderStatus.FILLED, Decimal("0.5"))
    assert sum(fill.quantity for fill in report.fills) == report.filled
    assert all(fill.fee > 0 and fill.fee_asset for fill in report.fills)
    assert backend.port.lookup_order("a") == report


def test_balances_change_by_what_the_fills_say(backend: Backend) -> None:
    (fill,) = backend.port.place_order(_order("a", "buy", "0.5", "spot")).fills
    assert backend.held(backend.spot, "USDT") == 100_000 - fill.quantity * fill.price
    assert backend.held(backend.spot, "BTC") == fill.quantity - fill.fee


def test_a_sold_perpetual_is_a_negative_position_at_its_cost(backend: Backend) -> None:
    (fill,) = backend.port.place_order(_order("a", "sell", "0.5", "perp")).fills
    (report,) = [report for report in backend.port.observe() if report.location == backend.margin]
    position = report.positions["BTCUSDT"]
    assert (position.quantity, position.entry_cost) == (fill.quantity, fill.quantity * fill.price)
    assert backend.held(backend.margin, "USDT") == 100_000 - fill.fee


def test_an_order_sent_twice_is_executed_once(backend: Backend) -> None:
    request = _order("a", "sell", "0.5", "perp")
    assert backend.port.place_order(request) == backend.port.place_order(request)
    assert backend.held(backend.margin, "USDT") > 100_000 - 2 * 15


def test_a_rejection_names_a_code_and_changes_nothing(backend: Backend) -> None:
    before = backend.port.observe()
    report = backend.port.place_order(_order("a", "buy", "5", "spot"))
    assert (report.outcome, report.status, report.error_code) == (Outcome.REJECTED, OrderStatus.REJECTED, "EXI-006")
    assert report.reason
    assert backend.port.observe() == before


def test_a_resting_order_is_open_until_cancelled(backend: Backend) -> None:
    placed = backend.port.place_order(_order("a", "buy", "0.5", "perp", order_type="limit", price=Decimal(50_000)))
    assert placed.status is OrderStatus.NEW
    assert [report.client_order_id for report in backend.port.open_orders()] == ["a"]
    assert backend.port.cancel_order("a").status is OrderStatus.CANCELED
    assert list(backend.port.open_orders()) == []


def test_an_amended_order_shows_its_new_terms(backend: Backend) -> None:
    backend.port.place_order(_order("a", "buy", "0.5", "perp", order_type="limit", price=Decimal(50_000)))
    amended = backend.port.amend_order("a", Decimal("0.4"), Decimal(51_000))
    assert (amended.quantity, amended.price) == (Decimal("0.4"), Decimal(51_000))
    assert [(report.quantity, report.price) for report in backend.port.open_orders()] == [(Decimal("0.4"), 51_000)]


def test_a_resting_fill_comes_as_an_event_once(backend: Backend) -> None:
    backend.port.place_order(_order("a", "buy", "0.5", "perp", order_type="limit", price=Decimal(59_000)))
    backend.move_to(2)
    (report,) = backend.port.poll_events()
    assert (report.client_order_id, report.status) == ("a", OrderStatus.FILLED)
    assert list(backend.port.poll_events()) == []


def test_funding_comes_as_an_event_that_the_balance_agrees_with(backend: Backend) -> None:
    backend.port.place_order(_order("a", "sell", "0.5", "perp"))
    before = backend.held(backend.margin, "USDT")
    backend.move_to(1)
    (payment,) = backend.port.poll_events()
    assert payment.amount == 3
    assert backend.held(backend.margin, "USDT") - before == payment.amount


def test_an_unknown_order_is_not_found(backend: Backend) -> None:
    assert backend.port.lookup_order("nothing") is None
    assert backend.port.cancel_order("nothing").error_code == "EXI-011"


def test_an_internal_transfer_moves_at_once_and_free(backend: Backend) -> None:
    request = TransferRequest(
        client_transfer_id="t",
        from_location=backend.spot,
        to_location=backend.margin,
        token="USDT",
        amount=Decimal(1_000),
    )
    report = backend.port.transfer(request)
    assert (report.outcome, report.fee, report.arrives_at) == (Outcome.DONE, 0, 0)
    assert (backend.held(backend.spot, "USDT"), backend.held(backend.margin, "USDT")) == (99_000, 101_000)


def test_a_lower_leverage_asks_for_more_margin(backend: Backend) -> None:
    backend.port.set_leverage("BTCUSDT", 1)
    assert backend.port.place_order(_order("a", "sell", "2", "perp")).error_code == "EXI-006"
    backend.port.set_leverage("BTCUSDT", 2)
    assert backend.port.place_order(_order("b", "sell", "2", "perp")).status is OrderStatus.FILLED
