"""Trades on a run's account that it did not make: a start refuses them, a person has them booked, and it goes on."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from adopted_trades import LAST, STOPPED, TRADED, TWO, adopt, books, local, net, refusal, trade
from basis_strategy_v1.backends.live.ccxt_exchange import CcxtExchange
from basis_strategy_v1.bootstrap.live import care
from basis_strategy_v1.bootstrap.live.plan import make_plan
from basis_strategy_v1.bootstrap.live.session import open_run
from basis_strategy_v1.core.domain.orders import OrderRequest
from basis_strategy_v1.core.engine.live_parts import LiveEnding
from basis_strategy_v1.core.engine.venue_comparison import LATE_LOOKS
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.interfaces.cex_execution_interface import CEXExecutionInterface
from basis_strategy_v1.sandbox.records import Refusal
from live_orders import send_and_die
from local_live import LocalVenues


@pytest.mark.parametrize(
    ("names", "venue", "trade_type", "side", "quantity", "code"),
    [
        (TWO, "bybit", "perp", "buy", "0.2", "REC-012"),
        (TWO, "bybit", "perp", "buy", "0.5", "REC-012"),
        (TWO, "binance", "perp", "buy", "0.2", "REC-012"),
        (TWO, "binance", "spot", "sell", "0.3", "REC-010"),
        (("okx",), "okx", "perp", "buy", "0.3", "REC-012"),
        (("hyperliquid",), "hyperliquid", "perp", "buy", "0.3", "REC-012"),
    ],
)
def test_a_trade_of_somebody_else_is_refused_until_a_person_has_it_booked(
    tmp_path: Path, names: tuple[str, ...], venue: str, trade_type: str, side: str, quantity: str, code: str
) -> None:
    venues = local(names)
    made: list[Any] = []
    venues.happenings[TRADED] = lambda: made.append(trade(venues, venue, trade_type, side, quantity))
    assert venues.run(tmp_path, STOPPED).held.startswith(f"{code} at {venue}")
    for changes in ({}, {"adopt": True}):
        error = refusal(venues, tmp_path, **changes)
        assert error.error_code == code and "'basis recover btc_basis --adopt'" in error.remedy
    before = books(venues, tmp_path)
    assert adopt(venues, tmp_path, answer=False)[0] == ["Nothing was booked."]
    assert books(venues, tmp_path).bookings == before.bookings
    said, shown = adopt(venues, tmp_path)
    assert said == ["Booked."] and len(shown) == 1 and "as the venue lists it" in shown[0]
    assert adopt(venues, tmp_path) == (["Books and venues agree: there is nothing to book."], [])
    booking = books(venues, tmp_path).bookings[len(before.bookings)]
    (fill,) = booking.fills
    (listed,) = venues.world.venues[venue].account.trades_of(made[0].order_id)
    assert (abs(fill.quantity), fill.price, fill.fee) == (listed.quantity, listed.price, listed.fee)
    outcome = venues.run(tmp_path, LAST)
    assert outcome.ending is LiveEnding.DONE and outcome.held == "" and abs(net(venues)) < Decimal("0.01")


def test_what_the_market_moved_until_then_is_delta_and_the_buckets_close(tmp_path: Path) -> None:
    venues = local(TWO)
    venues.happenings[TRADED] = lambda: trade(venues, "bybit", "perp", "buy", "0.5")
    venues.run(tmp_path, STOPPED)
    before = books(venues, tmp_path).pnl
    adopt(venues, tmp_path)
    restored = books(venues, tmp_path)
    after = restored.pnl
    assert before is not None and after is not None
    (fill,) = restored.bookings[-1].fills
    gained = {name: after.buckets[name] - before.buckets[name] for name in after.buckets}
    assert gained["fees"] == -fill.fee and gained["slippage"] == 0
    assert abs(gained["delta"]) > 10 and sum(gained.values()) == after.nav - before.nav
    assert after.nav == after.explained


def test_a_settlement_without_a_trade_is_booked_from_position_and_wallet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    venues = local(TWO)
    venues.happenings[TRADED] = lambda: trade(venues, "bybit", "perp", "buy", "0.3")
    venues.run(tmp_path, STOPPED)
    monkeypatch.setattr(CcxtExchange, "trades_since", lambda exchange, timestamp: [])
    said, shown = adopt(venues, tmp_path)
    assert said == ["Booked."] and "from its position and wallet" in shown[0]
    outcome = venues.run(tmp_path, LAST)
    assert outcome.ending is LiveEnding.DONE and outcome.held == "" and abs(net(venues)) < Decimal("0.01")


def test_money_that_came_beside_a_settlement_is_not_taken_for_its_price(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    venues = local(TWO)
    venues.happenings[TRADED] = lambda: trade(venues, "bybit", "perp", "buy", "0.3")
    venues.run(tmp_path, STOPPED)
    venues.world.venues["bybit"].account.deposit("bybit", "USDT", Decimal(10_000), "")
    monkeypatch.setattr(CcxtExchange, "trades_since", lambda exchange, timestamp: [])
    with pytest.raises(ComponentError) as refused:
        adopt(venues, tmp_path)
    assert refused.value.error_code == "REC-012"


def test_money_that_came_beside_a_trade_stays_to_be_declared(tmp_path: Path) -> None:
    venues = local(TWO)
    venues.happenings[TRADED] = lambda: trade(venues, "bybit", "perp", "buy", "0.3")
    venues.run(tmp_path, STOPPED)
    venues.world.venues["bybit"].account.deposit("bybit", "USDT", Decimal(500), "")
    with pytest.raises(ComponentError) as refused:
        adopt(venues, tmp_path)
    assert refused.value.error_code == "REC-010" and "'basis flow btc_basis'" in refused.value.remedy
    options = venues.options(tmp_path)
    care.declare_flow(options, venues.environment(), Decimal(500), "USDT", "bybit", venues.live_world())
    assert venues.run(tmp_path, LAST).held == ""


def test_several_trades_are_booked_together(tmp_path: Path) -> None:
    venues = local(TWO)
    orders = (("perp", "buy", "0.2"), ("spot", "sell", "0.1"), ("spot", "buy", "0.05"))
    venues.happenings[TRADED] = lambda: [trade(venues, "binance", *order) for order in orders]
    venues.run(tmp_path, STOPPED)
    said, shown = adopt(venues, tmp_path)
    assert said == ["Booked."] and len(shown) == 3
    assert venues.run(tmp_path, LAST).held == ""


def test_a_liquidation_that_the_booking_start_is_told_of_ends_the_run_in_the_next(tmp_path: Path) -> None:
    venues = local(TWO)
    venues.run(tmp_path, STOPPED)
    venues.world.venues["binance"].account.liquidate()
    assert adopt(venues, tmp_path)[0] == ["Books and venues agree: there is nothing to book."]
    assert venues.run(tmp_path, LAST).ending is LiveEnding.HALTED
    assert abs(net(venues)) < Decimal("0.01")


def fill(venues: LocalVenues, order_id: str) -> None:
    """An order of the run's own that rests at Bybit is executed."""
    account = venues.world.venues["bybit"].account
    (resting,) = [order for order in account.orders() if order.client_id == order_id]
    assert not isinstance(account.amend(resting.order_id, None, Decimal(70_000)), Refusal)
    (filled,) = [order for order in account.orders() if order.client_id == order_id]
    assert filled.filled == filled.quantity


def booked_trades(venues: LocalVenues, directory: Path) -> list[str]:
    fills = [fill for booking in books(venues, directory).bookings for fill in booking.fills]
    return [fill.trade_id for fill in fills if fill.venue == "bybit"]


def an_open_order_beside_a_trade(directory: Path) -> tuple[LocalVenues, str]:
    """A run that died behind an order of its own, at a venue where somebody has traded since; the order's id."""
    venues = local(TWO)
    venues.run(directory, STOPPED)
    order_id = send_and_die(venues, directory, "bybit", "perp")
    trade(venues, "bybit", "perp", "buy", "0.2")
    return venues, order_id


def check_each_is_booked_once(venues: LocalVenues, directory: Path) -> None:
    outcome = venues.run(directory, LAST)
    assert (outcome.ending, outcome.held, outcome.error) == (LiveEnding.DONE, "", None)
    booked = booked_trades(venues, directory)
    assert not [trade_id for trade_id in booked if trade_id.startswith("adopted.")]
    assert len(booked) == len(set(booked)) == len(venues.world.venues["bybit"].account.trades())


@pytest.mark.replaces_parts
def test_an_order_of_the_runs_own_that_fills_meanwhile_is_not_booked_as_somebody_elses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    venues, order_id = an_open_order_beside_a_trade(tmp_path)
    listed = CcxtExchange.trades_since

    def fill_and_list(exchange: CcxtExchange, timestamp: int) -> Any:
        if exchange.spec.venue == "bybit":
            fill(venues, order_id)
        return listed(exchange, timestamp)

    monkeypatch.setattr(CcxtExchange, "trades_since", fill_and_list)
    with pytest.raises(ComponentError) as refused:
        adopt(venues, tmp_path)
    # What is booked is somebody else's; the order's own trade differs until the next start, which books it.
    assert refused.value.error_code == "REC-012"
    monkeypatch.setattr(CcxtExchange, "trades_since", listed)
    assert adopt(venues, tmp_path) == (["Books and venues agree: there is nothing to book."], [])
    check_each_is_booked_once(venues, tmp_path)


@pytest.mark.replaces_parts
def test_an_order_of_the_runs_own_that_filled_before_it_was_listed_is_left_to_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    venues, order_id = an_open_order_beside_a_trade(tmp_path)
    update = CEXExecutionInterface.update_state
    updates: list[str] = []

    def update_and_fill(interface: CEXExecutionInterface, *arguments: Any) -> Any:
        learned = update(interface, *arguments)
        updates.append(interface.venue)
        if updates.count("bybit") == 1 + LATE_LOOKS and interface.venue == "bybit":
            fill(venues, order_id)
        return learned

    monkeypatch.setattr(CEXExecutionInterface, "update_state", update_and_fill)
    with pytest.raises(ComponentError) as refused:
        adopt(venues, tmp_path)
    assert refused.value.error_code == "REC-012"
    said, shown = adopt(venues, tmp_path)
    assert said == ["Booked."] and len(shown) == 1 and "0.2 of perp" in shown[0]
    check_each_is_booked_once(venues, tmp_path)


def test_a_trade_that_an_order_of_the_runs_own_has_made_twice_is_shown_as_such(tmp_path: Path) -> None:
    venues = local(TWO)
    venues.run(tmp_path, STOPPED)
    account = venues.world.venues["bybit"].account
    own = account.orders()[-1].client_id
    again = OrderRequest(client_order_id=own, symbol="BTCUSDT", trade_type="perp", side="buy", quantity=Decimal("0.2"))
    account.place(again)
    said, shown = adopt(venues, tmp_path)
    assert said == ["Booked."] and f"of this run's own order {own}" in shown[0]
    check_each_is_booked_once(venues, tmp_path)


@pytest.mark.parametrize(
    ("kept", "ends_with"), [("exit_at", "liquidation during exit_at"), ("hard_limit", "hard_limit")]
)
def test_a_liquidation_that_it_is_told_of_in_an_exit_is_not_forgotten(
    tmp_path: Path, kept: str, ends_with: str
) -> None:
    venues = local(TWO)
    venues.run(tmp_path, STOPPED)
    venues.keep_closing(tmp_path, kept)
    venues.world.venues["binance"].account.liquidate()
    adopt(venues, tmp_path)
    assert books(venues, tmp_path).state.closing == ends_with
    assert venues.run(tmp_path, LAST).ending is LiveEnding.HALTED
    assert abs(net(venues)) < Decimal("0.01")


def test_a_halt_outlasts_a_liquidation_that_it_is_told_of_which_is_acted_on_once_it_is_lifted(tmp_path: Path) -> None:
    venues = local(TWO)
    venues.run(tmp_path, STOPPED)
    options, environment = venues.options(tmp_path), venues.environment()
    care.kill(options, environment, "test", venues.live_world())
    venues.world.venues["binance"].account.liquidate()
    adopt(venues, tmp_path)
    assert refusal(venues, tmp_path).error_code == "EIM-013"
    care.recover(options, environment, resume=True, world=venues.live_world())
    assert venues.run(tmp_path, LAST).ending is LiveEnding.HALTED
    assert abs(net(venues)) < Decimal("0.01")


def test_a_run_without_books_adopts_nothing(tmp_path: Path) -> None:
    venues = local(TWO)
    options = venues.options(tmp_path)
    open_run(options, make_plan(options, venues.environment()), 0).close()
    with pytest.raises(ComponentError) as refused:
        adopt(venues, tmp_path)
    assert refused.value.error_code == "CFG-003"


def test_the_command_books_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    from basis_strategy_v1.cli.main import main
    from basis_strategy_v1.sandbox.server import serve

    venues = local(TWO)
    venues.happenings[TRADED] = lambda: trade(venues, "bybit", "perp", "buy", "0.2")
    venues.run(tmp_path, STOPPED)
    for name, value in venues.environment().items():
        monkeypatch.setenv(name, value)
    with serve(venues.application, 0) as running:
        where = ["--sandbox", running.url, "--dir", str(tmp_path), "--set", venues.overrides[0]]
        assert main(["recover", "btc_basis", "--adopt", *where]) == 0
    told = capsys.readouterr().out
    assert "bybit: 0.2 of perp BTCUSDT bought at" in told and "Booked." in told
    events = (tmp_path / "logs" / "events").rglob("*.jsonl")
    noted = [json.loads(line) for path in events for line in path.read_text(encoding="utf-8").splitlines()]
    assert [item for item in noted if "booked by a person" in str(item["data"])]


def test_money_is_not_passed_over_by_an_adoption_in_the_middle_of_an_exit(tmp_path: Path) -> None:
    venues = local(TWO)
    venues.run(tmp_path, STOPPED)
    venues.keep_closing(tmp_path, "hard_limit")
    venues.world.venues["binance"].account.deposit("binance", "USDT", Decimal(5), "")
    with pytest.raises(ComponentError) as refused:
        adopt(venues, tmp_path)
    assert refused.value.error_code == "REC-010"


@pytest.mark.replaces_parts
def test_a_trade_that_was_booked_from_position_and_wallet_hides_no_later_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The venue lists it after all, and would list it for a week beside whatever else is traded."""
    venues = local(TWO)
    venues.happenings[TRADED] = lambda: trade(venues, "binance", "perp", "buy", "0.2")
    venues.run(tmp_path, STOPPED)
    listed = CcxtExchange.trades_since
    monkeypatch.setattr(CcxtExchange, "trades_since", lambda exchange, timestamp: [])
    assert "from its position and wallet" in adopt(venues, tmp_path)[1][0]
    monkeypatch.setattr(CcxtExchange, "trades_since", listed)
    venues.happenings[STOPPED + 2] = lambda: trade(venues, "binance", "spot", "sell", "0.1")
    venues.run(tmp_path, STOPPED + 4)
    said, shown = adopt(venues, tmp_path)
    assert said == ["Booked."] and len(shown) == 1 and "0.1 of spot" in shown[0]
    assert venues.run(tmp_path, LAST).held == ""


def test_coins_that_were_declared_as_money_hide_no_later_trade(tmp_path: Path) -> None:
    venues = local(TWO)
    made: list[Any] = []
    venues.happenings[TRADED] = lambda: made.append(trade(venues, "binance", "spot", "sell", "0.1"))
    venues.run(tmp_path, STOPPED)
    (sold,) = venues.world.venues["binance"].account.trades_of(made[0].order_id)
    options, environment = venues.options(tmp_path), venues.environment()
    paid = sold.quantity * sold.price - sold.fee
    for amount, asset in ((-sold.quantity, "BTC"), (paid, "USDT")):
        care.declare_flow(options, environment, amount, asset, "binance", venues.live_world(), force=True)
    assert venues.run(tmp_path, STOPPED + 2).held == ""
    venues.happenings[STOPPED + 4] = lambda: trade(venues, "binance", "spot", "sell", "0.05")
    venues.run(tmp_path, STOPPED + 6)
    said, shown = adopt(venues, tmp_path)
    assert said == ["Booked."] and len(shown) == 1 and "0.05 of spot" in shown[0]
    assert venues.run(tmp_path, LAST).held == ""
