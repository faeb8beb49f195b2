"""Trades of a run's own orders that its books do not have: sold twice, or sold though the venue knew of no order.

In an exit they are booked as the trades they were, at the venue's price and fee, and are no money from outside.
"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from basis_strategy_v1.backends.live.journal_sql import open_journal
from basis_strategy_v1.core.domain.orders import OrderRequest
from basis_strategy_v1.core.engine.live_parts import LiveEnding
from basis_strategy_v1.core.execution.restore import RestoredState, restore
from basis_strategy_v1.sandbox.faults import FaultRule
from engine_runs import PerpSeries, Scene
from local_live import LocalVenues

ROWS, EXIT, HIDDEN = 20, 12, 1000
SELL = {"binance": "POST /api/v3/order", "okx": "POST /api/v5/trade/order"}
ROUNDS = "execution_settings.max_order_notional=5000"


def local(home: str, price: float = 50_000.0, rounds: str = ROUNDS) -> LocalVenues:
    """All is to be left at row ``EXIT`` in rounds, for a plan or, where the price has risen far, for a hard limit."""
    spot = np.full(ROWS, 50_000.0)
    spot[EXIT:] = price
    names = (home, "bybit" if home == "binance" else "binance")
    scene = Scene(spot=spot, perps={name: PerpSeries(price=spot, mark=spot, rates={}) for name in names})
    planned = ("strategy.exit_at='2024-01-01T12:00:00Z'",) if price == 50_000.0 else ()
    return LocalVenues(names, scene, rounds, *planned)


def at_the_exit(venues: LocalVenues, *rules: FaultRule) -> None:
    venues.happenings[EXIT] = lambda: venues.world.faults.add(rules)


def to_its_end(venues: LocalVenues, directory: Path) -> None:
    """Start again whenever a comparison has ended the process."""
    for _ in range(4):
        outcome = venues.run(directory)
        if outcome.ending is not LiveEnding.FAILED:
            break
    assert outcome.ending in (LiveEnding.DONE, LiveEnding.HALTED) and outcome.held == ""


def restored(directory: Path) -> RestoredState:
    journal = open_journal(str(directory / "journal.sqlite"), mode="btc_basis", environment="dev", exclusive=False)
    try:
        return restore(journal)
    finally:
        journal.close()


def check_books(venues: LocalVenues, directory: Path, home: str) -> None:
    """Every trade is booked, none of it as a flow, and P&L closes."""
    books = restored(directory)
    booked = {fill.trade_id for booking in books.bookings for fill in booking.fills if fill.venue == home}
    account = venues.world.venues[home].account
    assert len(booked) == len(account.trades())
    pnl = books.pnl
    assert pnl is not None and pnl.flows == 0
    assert pnl.nav == pnl.explained == pnl.initial_nav + sum(pnl.buckets.values(), Decimal(0))
    fees = sum(
        (fill.fee for booking in books.bookings for fill in booking.fills if fill.fee_asset == "USDT"), Decimal(0)
    )
    assert -pnl.buckets["fees"] >= fees
    assert not [item for item in books.bookings if item.booking_id.startswith("undeclared.")]


def sale_of(client_id: str) -> OrderRequest:
    return OrderRequest(
        client_order_id=client_id, symbol="BTCUSDT", trade_type="spot", side="sell", quantity=Decimal("0.1")
    )


def told(directory: Path, event_type: str = "error") -> list[str]:
    files = (directory / "logs" / "events").glob("**/*.jsonl")
    events: list[Any] = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return [str(event["data"]["message"]) for event in events if event["event_type"] == event_type]


@pytest.mark.parametrize("answer", ["first", "second"])
@pytest.mark.parametrize(("home", "price"), [("binance", 50_000.0), ("binance", 99_350.0), ("okx", 50_000.0)])
def test_a_sale_that_a_venue_makes_twice_in_an_exit_is_booked_twice_as_a_sale(
    tmp_path: Path, home: str, price: float, answer: str
) -> None:
    venues = local(home, price)
    options = {"answer": answer}
    at_the_exit(venues, FaultRule(kind="duplicate_delivery", endpoint=SELL[home], options=options))
    to_its_end(venues, tmp_path)
    check_books(venues, tmp_path, home)
    assert [line for line in told(tmp_path) if "booked as the trade it was" in line]


@pytest.mark.parametrize(
    ("home", "endpoint"),
    [("binance", SELL["binance"]), ("binance", "POST /fapi/v1/order"), ("okx", SELL["okx"])],
)
def test_an_order_in_an_exit_that_is_executed_and_then_refused_is_booked_as_a_trade(
    tmp_path: Path, home: str, endpoint: str
) -> None:
    """Delivered twice: for the second nothing is left, and its answer arrives."""
    venues = local(home, rounds="execution_settings.max_order_notional=1000000")
    at_the_exit(venues, FaultRule(kind="duplicate_delivery", endpoint=endpoint, options={"answer": "second"}))
    venues.run(tmp_path)
    to_its_end(venues, tmp_path)
    check_books(venues, tmp_path, home)
    assert [line for line in told(tmp_path) if "booked as the trade it was" in line]


@pytest.mark.parametrize("home", ["binance", "okx"])
def test_a_sale_that_was_taken_for_lost_in_an_exit_is_booked_as_a_sale(tmp_path: Path, home: str) -> None:
    """The venue knows of no order, so it is sent again; only later does the venue list the first as well."""
    venues = local(home)
    hidden = FaultRule(kind="lookup_lag", endpoint=SELL[home], options={"polls": HIDDEN})
    at_the_exit(venues, FaultRule(kind="lose_answer_after", endpoint=SELL[home]), hidden)
    outcome = venues.run(tmp_path)
    assert outcome.error is not None and outcome.error.error_code == "REC-001"
    account = venues.world.venues[home].account
    for _ in range(HIDDEN):
        account.orders()
    to_its_end(venues, tmp_path)
    check_books(venues, tmp_path, home)


def test_a_perpetual_that_a_venue_trades_twice_in_an_exit_does_not_keep_the_next_start_from_going_on(
    tmp_path: Path,
) -> None:
    venues = local("binance")
    at_the_exit(venues, FaultRule(kind="duplicate_delivery", endpoint="POST /fapi/v1/order"))
    to_its_end(venues, tmp_path)
    check_books(venues, tmp_path, "binance")
    assert [position.quantity for position in venues.world.venues["binance"].account.positions()] == []


@pytest.mark.parametrize("price", [50_000.0, 99_350.0])
@pytest.mark.parametrize("home", ["binance", "okx"])
def test_an_order_that_trades_again_before_an_exit_is_booked_by_the_process_that_runs(
    tmp_path: Path, home: str, price: float
) -> None:
    venues = local(home, price)
    account = venues.world.venues[home].account

    def again() -> None:
        known = [order.client_id for order in account.orders() if order.trade_type == "spot"]
        sale = sale_of(known[0])
        assert account.place(sale).filled == sale.quantity

    venues.happenings[EXIT] = again
    outcome = venues.run(tmp_path)
    assert outcome.error is None and outcome.ending in (LiveEnding.DONE, LiveEnding.HALTED)
    check_books(venues, tmp_path, home)
    assert [line for line in told(tmp_path) if "booked as the trade it was" in line]


def test_a_trade_of_somebody_else_is_none_of_the_runs_own(tmp_path: Path) -> None:
    venues = local("binance")
    account = venues.world.venues["binance"].account
    sale = sale_of("")
    venues.happenings[EXIT] = lambda: account.place(sale)
    assert venues.run(tmp_path).ending is LiveEnding.DONE
    assert [item for item in restored(tmp_path).bookings if item.booking_id.startswith("undeclared.")]


def test_a_venue_that_does_not_list_its_trades_keeps_no_exit_from_its_end(tmp_path: Path) -> None:
    venues = local("binance", 99_350.0)
    account = venues.world.venues["binance"].account

    def again() -> None:
        known = next(order.client_id for order in account.orders() if order.trade_type == "spot")
        account.place(sale_of(known))
        venues.world.faults.add([FaultRule(kind="close_before", endpoint="GET /api/v3/myTrades", last=0)])

    venues.happenings[EXIT] = again
    outcome = venues.run(tmp_path)
    assert outcome.error is None and outcome.ending is LiveEnding.HALTED
    flows = [item for item in restored(tmp_path).bookings if item.booking_id.startswith("undeclared.")]
    assert sorted(asset for item in flows for assets in item.changes.values() for asset in assets) == ["BTC", "USDT"]
    assert [line for line in told(tmp_path, "venue_unavailable") if "binance" in line]
