"""A hard limit is broken while decisions are held: what reduces whatever happened does not wait."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from basis_strategy_v1.core.domain.orders import OrderRequest
from basis_strategy_v1.core.engine.live_parts import LiveEnding
from basis_strategy_v1.sandbox.faults import FaultRule
from engine_runs import PerpSeries, Scene
from local_live import HOUR_SECONDS, LocalVenues

ROWS = 40
MOVE, SPIKE, CLEARED = 8, 14, 24
HARD = "component_config.risk.margin_ratio_hard=0.1"
LIVELY = "strategy.position_deviation_threshold=0.005"


def scene(*, moves: bool) -> Scene:
    """A price that takes most of a short's margin away, before which it ``moves`` enough to be followed."""
    spot = np.full(ROWS, 50_000.0)
    if moves:
        spot[MOVE:] = 52_500.0
    spot[SPIKE:] = 97_500.0
    series = PerpSeries(price=spot, mark=spot, rates={})
    return Scene(spot=spot, perps={"binance": series, "bybit": series})


def local(*, moves: bool = True) -> LocalVenues:
    return LocalVenues(["binance", "bybit"], scene(moves=moves), HARD, LIVELY)


def silence(venues: LocalVenues, kind: Any, endpoint: str, *lookups: str) -> Callable[[], None]:
    """Orders to ``endpoint`` lose their answers, and cannot be looked up."""
    rules = [FaultRule(kind=kind, endpoint=endpoint, last=0)]
    rules += [FaultRule(kind="close_before", endpoint=lookup, last=0) for lookup in lookups]
    return lambda: venues.world.faults.add(rules)


def status(directory: Path) -> Any:
    return json.loads((directory / "status.json").read_text(encoding="utf-8"))


def told(directory: Path, component: str, event_type: str) -> list[Any]:
    days = sorted((directory / "logs" / "events").glob(f"{component}_events*.jsonl*"))
    events = [json.loads(line) for day in days for line in day.read_text(encoding="utf-8").splitlines()]
    return [event for event in events if event["event_type"] == event_type]


def short(venues: LocalVenues, venue: str) -> Decimal:
    return sum((-position.quantity for position in venues.world.venues[venue].account.positions()), Decimal(0))


def coins(venues: LocalVenues) -> Decimal:
    held = venues.world.venues["binance"].account.balances("binance").get("BTC")
    return Decimal(0) if held is None else held.total


@pytest.mark.parametrize("kind", ["lose_answer_after", "lose_answer_before"])
def test_a_hedge_of_unknown_outcome_does_not_keep_the_rest_from_its_exit(tmp_path: Path, kind: str) -> None:
    venues = local()
    happens = venues.happenings
    happens[MOVE - 1] = silence(venues, kind, "POST /v5/order/create", "GET /v5/order/*", "GET /v5/execution/*")
    seen: dict[str, Any] = {}

    def look() -> None:
        seen.update(status(tmp_path), binance=short(venues, "binance"), bybit=short(venues, "bybit"))
        seen["coins"] = coins(venues)

    happens[SPIKE - 1] = look
    calm: dict[str, Any] = {}
    happens[SPIKE - 1] = lambda: (look(), calm.update(seen))
    happens[CLEARED - 1] = look
    happens[CLEARED] = venues.world.faults.clear
    outcome = venues.run(tmp_path)
    assert "PUH-012" in calm["held"] and len(calm["uncertain"]) == 1
    low, high = map(Decimal, calm["net_exposure"])
    assert low < high
    assert calm["state"] == "active" and calm["binance"] > 0 and calm["coins"] > 0
    # Everything that no doubt touches was closed; the doubtful venue takes no order just now.
    assert seen["binance"] == 0 and seen["coins"] < Decimal("0.0001")
    assert seen["state"] == "reducing"
    # Once it can be asked, the exit is brought to its end.
    assert outcome.ending is LiveEnding.HALTED
    assert short(venues, "binance") == short(venues, "bybit") == 0
    assert any("reduces" in event["data"] for event in told(tmp_path, "risk_monitor", "risk_limit"))


def test_spot_of_unknown_outcome_does_not_keep_the_worst_account_from_being_relieved(tmp_path: Path) -> None:
    venues = local(moves=False)
    happens = venues.happenings
    happens[SPIKE - 1] = silence(
        venues, "lose_answer_after", "POST /api/v3/order", "GET /api/v3/*rder*", "GET /api/v3/myTrades"
    )
    seen: dict[str, Any] = {}
    happens[CLEARED - 1] = lambda: seen.update(binance=short(venues, "binance"), bybit=short(venues, "bybit"))
    happens[CLEARED] = venues.world.faults.clear
    outcome = venues.run(tmp_path)
    # The account nearest to liquidation is; more would leave more coins without a hedge, if they were not sold.
    assert seen["bybit"] == 0 and seen["binance"] > 0
    assert outcome.ending is LiveEnding.HALTED
    assert coins(venues) < Decimal("0.0001")


@pytest.mark.parametrize("reconcile", [HOUR_SECONDS, 24 * HOUR_SECONDS], ids=["compared", "not compared meanwhile"])
def test_no_order_follows_one_whose_outcome_is_unknown(tmp_path: Path, reconcile: float) -> None:
    names = ("binance", "bybit", "okx")
    spot = np.full(ROWS, 50_000.0)
    spot[MOVE:], spot[MOVE + 2 :] = 46_000.0, 43_000.0
    series = PerpSeries(price=spot, mark=spot, rates={})
    venues = LocalVenues(names, Scene(spot=spot, perps=dict.fromkeys(names, series)))
    counts: list[list[int]] = []

    def count() -> None:
        counts.append([len(venues.world.venues[name].account.orders()) for name in names])

    lost = silence(venues, "lose_answer_before", "POST /v5/order/create", "GET /v5/order/*", "GET /v5/execution/*")
    venues.happenings[MOVE - 1] = lambda: (lost(), count())
    venues.happenings[MOVE + 1] = count
    outcome = venues.run(tmp_path, MOVE + 5, reconcile_seconds=reconcile)
    count()
    before, in_doubt, after = counts
    assert "unknown" in outcome.held
    # Spot and the first hedge were filled; the second is in doubt, and the third is not sent beside it.
    assert [more - less for more, less in zip(in_doubt, before, strict=True)] == [2, 0, 0]
    assert after == in_doubt


def test_a_start_that_cannot_learn_of_an_order_in_doubt_is_to_be_tried_again_and_closes_nothing(tmp_path: Path) -> None:
    venues = local()
    venues.happenings[MOVE - 1] = silence(venues, "lose_answer_before", "POST /v5/order/create", "GET /v5/order/*")
    assert "unknown" in venues.run(tmp_path, MOVE + 1).held
    for _ in range(2):
        again = venues.run(tmp_path, MOVE + 2)
        assert again.ending is LiveEnding.FAILED
        assert again.error is not None and again.error.error_code == "REC-011"
    venues.world.faults.clear()
    outcome = venues.run(tmp_path, MOVE + 4)
    assert (outcome.ending, outcome.held) == (LiveEnding.DONE, "")
    assert abs(coins(venues) - short(venues, "binance") - short(venues, "bybit")) < Decimal("0.01")


def test_a_position_that_this_run_did_not_open_does_not_keep_its_own_from_being_closed(tmp_path: Path) -> None:
    venues = local(moves=False)
    foreign = OrderRequest(
        client_order_id="somebody", symbol="BTCUSDT", trade_type="perp", side="buy", quantity=Decimal("0.1")
    )
    account = venues.world.venues["bybit"].account
    venues.happenings[MOVE] = lambda: account.place(foreign)
    before: dict[str, Any] = {}
    venues.happenings[SPIKE - 1] = lambda: before.update(status(tmp_path), bybit=short(venues, "bybit"))
    outcome = venues.run(tmp_path, SPIKE + 6)
    assert before["bybit"] > Decimal("0.1")
    assert Decimal(before["uncertain"]["foreign bybit"]["bybit"]["BTCUSDT-PERP"]) == Decimal("0.1")
    assert outcome.ending is LiveEnding.DONE and "bybit" in outcome.held
    assert status(tmp_path)["state"] == "reducing"
    assert short(venues, "binance") == 0 and coins(venues) < Decimal("0.0001")
    # Bought back is what both sides agree on; nothing of what somebody else holds.
    assert short(venues, "bybit") == 0
    assert account.positions() == []


def test_below_the_hard_limit_everything_waits(tmp_path: Path) -> None:
    venues = local()
    venues.happenings[MOVE - 1] = silence(
        venues, "lose_answer_after", "POST /v5/order/create", "GET /v5/order/*", "GET /v5/execution/*"
    )
    sizes: list[tuple[Decimal, Decimal]] = []
    for row in (MOVE + 1, SPIKE - 1):
        venues.happenings[row] = lambda: sizes.append((short(venues, "binance"), coins(venues)))
    venues.run(tmp_path, SPIKE - 1)
    assert sizes[0] == sizes[1]


def test_a_venue_that_is_silent_keeps_its_hedge_and_the_others_are_left(tmp_path: Path) -> None:
    venues = local(moves=False)
    silent = FaultRule(kind="close_before", venue="bybit", last=0)
    venues.happenings[MOVE] = lambda: venues.world.faults.add([silent])
    outcome = venues.run(tmp_path, SPIKE + 6)
    assert outcome.ending is LiveEnding.DONE and status(tmp_path)["untradable"] == ["bybit"]
    assert short(venues, "binance") < Decimal("0.005") < short(venues, "bybit")
    assert abs(coins(venues) - short(venues, "bybit")) < Decimal("0.01")


def test_coins_are_kept_for_a_venue_that_is_silent_from_the_tick_of_the_hard_limit_on(tmp_path: Path) -> None:
    venues = local(moves=False)
    silent = FaultRule(kind="close_before", venue="bybit", last=0)
    venues.happenings[SPIKE] = lambda: venues.world.faults.add([silent])
    before: dict[str, Decimal] = {}
    venues.happenings[SPIKE - 1] = lambda: before.update(bybit=short(venues, "bybit"))
    exposed: list[Decimal] = []

    def look() -> None:
        exposed.append(coins(venues) - short(venues, "binance") - short(venues, "bybit"))

    for row in range(SPIKE + 1, SPIKE + 6):
        venues.happenings[row] = look
    outcome = venues.run(tmp_path, SPIKE + 6)
    assert before["bybit"] > 0 and short(venues, "bybit") == before["bybit"]
    assert outcome.ending is LiveEnding.DONE and status(tmp_path)["untradable"] == ["bybit"]
    assert short(venues, "binance") < Decimal("0.005")
    assert len(exposed) == 5 and max(map(abs, exposed)) < Decimal("0.01")
