"""A hedge venue that is down while the market moves: the others take its share, and no spot is left without a hedge."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from basis_strategy_v1.bootstrap.live import care
from basis_strategy_v1.core.domain.orders import OrderRequest
from basis_strategy_v1.sandbox.faults import FaultRule
from engine_runs import PerpSeries, Scene
from local_live import HOUR_SECONDS, LocalVenues

VENUES = ("binance", "bybit")
DOWN, MOVES, BACK, MOVES_AGAIN, END = 4, 6, 9, 12, 15
PRICES = ("GET /v5/market/*",)
ACCOUNT = ("GET /v5/account/*", "GET /v5/position/*", "GET /v5/order/*", "GET /v5/execution/*", "POST *")


def local(*overrides: str) -> LocalVenues:
    """A price that falls twice by as much as makes the run buy and sell short more."""
    spot = np.full(20, 50_000.0)
    spot[MOVES:] = 47_000.0
    spot[MOVES_AGAIN:] = 44_000.0
    perps = {venue: PerpSeries(price=spot.copy(), mark=spot.copy(), rates={}) for venue in VENUES}
    return LocalVenues(VENUES, Scene(spot=spot, perps=perps), *overrides)


def goes_down(venues: LocalVenues, endpoints: tuple[str, ...] = ("*",)) -> None:
    rules = [FaultRule(kind="close_before", venue="bybit", endpoint=endpoint, last=0) for endpoint in endpoints]
    venues.happenings[DOWN] = lambda: venues.world.faults.add(rules)


def short(venues: LocalVenues, venue: str) -> Decimal:
    return sum((-position.quantity for position in venues.world.venues[venue].account.positions()), Decimal(0))


def naked(venues: LocalVenues) -> Decimal:
    coins = venues.world.venues["binance"].account.balances("binance")["BTC"].total
    return coins - short(venues, "binance") - short(venues, "bybit")


def status(directory: Path) -> Any:
    return json.loads((directory / "status.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("endpoints", [("*",), PRICES, ACCOUNT], ids=["all of it", "its prices", "its account"])
@pytest.mark.parametrize("reconcile", [HOUR_SECONDS, 20 * HOUR_SECONDS], ids=["compared", "not compared meanwhile"])
def test_the_others_take_its_share_until_it_is_back(
    tmp_path: Path, endpoints: tuple[str, ...], reconcile: float
) -> None:
    venues = local()
    goes_down(venues, endpoints)
    before, meanwhile, after = ({}, {}, {})  # type: tuple[dict[str, Any], dict[str, Any], dict[str, Any]]

    def look(seen: dict[str, Any]) -> None:
        shorts = {venue: short(venues, venue) for venue in VENUES}
        seen.update(status(tmp_path), **shorts, naked=naked(venues))

    venues.happenings[DOWN - 1] = lambda: look(before)
    venues.happenings[BACK - 1] = lambda: look(meanwhile)
    venues.happenings[BACK] = venues.world.faults.clear
    venues.happenings[END] = lambda: look(after)
    venues.run(tmp_path, END, reconcile_seconds=reconcile)
    assert before["bybit"] > Decimal("0.4") and before["untradable"] == []
    assert meanwhile["bybit"] == before["bybit"] and meanwhile["binance"] > before["binance"] + Decimal("0.04")
    assert (meanwhile["held"], meanwhile["untradable"]) == ("", ["bybit"])
    assert after["bybit"] > before["bybit"] + Decimal("0.06"), "it carries its share again"
    assert abs(after["bybit"] - after["binance"]) < Decimal("0.01") and after["untradable"] == []
    assert max(abs(seen["naked"]) for seen in (before, meanwhile, after)) < Decimal("0.002")


def test_one_that_takes_no_orders_passes_its_share_on_in_the_same_row(tmp_path: Path) -> None:
    venues = local()
    rules = [FaultRule(kind="maintenance", venue="bybit", endpoint="POST /v5/order/*", last=0)]
    venues.happenings[DOWN] = lambda: venues.world.faults.add(rules)
    seen: list[tuple[Decimal, Decimal, Decimal]] = []

    def look() -> None:
        seen.append((short(venues, "binance"), short(venues, "bybit"), naked(venues)))

    for row in (DOWN - 1, MOVES + 1, BACK - 1, END):
        venues.happenings[row] = look
    venues.happenings[BACK] = venues.world.faults.clear
    outcome = venues.run(tmp_path, END)
    before, moved, waiting, after = seen
    assert outcome.held == "" and moved == waiting
    assert moved[1] == before[1] and moved[0] > before[0] + Decimal("0.05")
    assert after[1] > before[1] + Decimal("0.06"), "it is asked again at the next trade"
    assert max(abs(item[2]) for item in seen) < Decimal("0.002")


@pytest.mark.parametrize("down", [("bybit", "POST /v5/order/*"), ("binance", "POST /fapi/v1/order")])
def test_what_the_others_have_taken_is_not_bought_back_while_it_takes_no_orders(
    tmp_path: Path, down: tuple[str, str]
) -> None:
    venues = local()
    rule = FaultRule(kind="maintenance", venue=down[0], endpoint=down[1], last=0)
    venues.happenings[DOWN] = lambda: venues.world.faults.add([rule])
    assert venues.run(tmp_path, MOVES_AGAIN - 1).held == ""
    trades = [trade for venue in VENUES for trade in venues.world.venues[venue].account.trades()]
    assert max(trade.time_ms for trade in trades) < venues.market.time(MOVES + 1) // 1_000_000
    assert "buy" not in [trade.side for trade in trades if trade.trade_type == "perp"]
    assert abs(naked(venues)) < Decimal("0.002")


@pytest.mark.parametrize("rounds", [(), ("execution_settings.max_order_notional=10000",)])
def test_an_exit_keeps_every_short_while_no_spot_can_be_sold(tmp_path: Path, rounds: tuple[str, ...]) -> None:
    venues = local("strategy.exit_at='2024-01-01T07:00:00Z'", *rounds)
    rule = FaultRule(kind="maintenance", venue="binance", endpoint="POST /api/v3/order", last=0)
    venues.happenings[MOVES + 1] = lambda: venues.world.faults.add([rule])
    seen: list[tuple[Decimal, Decimal]] = []
    venues.happenings[BACK - 1] = lambda: seen.append((short(venues, "bybit"), naked(venues)))
    venues.happenings[BACK] = venues.world.faults.clear
    assert venues.run(tmp_path, END).held == ""
    assert seen[0][0] > Decimal("0.4") and abs(seen[0][1]) < Decimal("0.002")
    assert short(venues, "binance") == short(venues, "bybit") == 0 and naked(venues) < Decimal("0.001")


def test_one_that_differed_before_it_went_silent_holds_decisions(tmp_path: Path) -> None:
    venues = local()
    foreign = OrderRequest(
        client_order_id="somebody", symbol="BTCUSDT", trade_type="perp", side="buy", quantity=Decimal("0.1")
    )
    venues.happenings[DOWN - 1] = lambda: venues.world.venues["bybit"].account.place(foreign)
    goes_down(venues)
    shorts = []
    venues.happenings[DOWN + 1] = lambda: shorts.append(short(venues, "binance"))
    outcome = venues.run(tmp_path, BACK)
    assert outcome.held == "bybit does not answer"
    assert shorts == [short(venues, "binance")]


def test_one_that_has_not_shown_declared_money_holds_decisions(tmp_path: Path) -> None:
    venues = local()
    goes_down(venues)
    shorts = []

    def declare() -> None:
        shorts.append(short(venues, "binance"))
        options, environment, world = venues.options(tmp_path), venues.environment(), venues.live_world()
        care.declare_flow(options, environment, Decimal(20_000), "USDT", "bybit", world, force=True)

    venues.happenings[DOWN + 1] = declare
    outcome = venues.run(tmp_path, BACK)
    assert outcome.held == "bybit does not answer"
    assert shorts == [short(venues, "binance")]
