"""A venue that is slow, or lists late, and not silent: what was begun is brought to its end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from basis_strategy_v1.backends.live.event_watch import EventWatch
from basis_strategy_v1.bootstrap.live.run import run_live
from basis_strategy_v1.bootstrap.live.world import LiveWorld
from basis_strategy_v1.core.engine.live_parts import LiveEnding
from basis_strategy_v1.sandbox.faults import FaultRule
from basis_strategy_v1.sandbox.in_process import InProcessAdapter
from local_live import HOUR_SECONDS, LocalTime, LocalVenues, moving_scene

SLOW_SECONDS = 6.0


class SlowBalances(InProcessAdapter):
    """Lets time pass before balances are answered."""

    def __init__(self, venues: LocalVenues) -> None:
        super().__init__(venues.application)
        self._clock = venues.world.clock

    def send(self, request: Any, *arguments: Any, **options: Any) -> Any:
        if "wallet-balance" in request.url:
            self._clock.advance(SLOW_SECONDS)
        return super().send(request, *arguments, **options)


def test_a_slow_answer_between_two_legs_does_not_leave_the_first_without_the_second(tmp_path: Path) -> None:
    venues = LocalVenues(["bybit"], moving_scene(["bybit"], 24))
    clock = venues.world.clock
    world = LiveWorld(time=LocalTime(clock, venues.happenings), monotonic_ns=clock.now_ns, adapter=SlowBalances(venues))
    outcome = run_live(venues.options(tmp_path, 3), venues.environment(), world)
    assert outcome.ending is LiveEnding.DONE and outcome.error is None
    account = venues.world.venues["bybit"].account
    (position,) = account.positions()
    spot = account.balances("bybit")["BTC"].total
    assert abs(position.quantity + spot) < venues.settings.strategy.position_deviation_threshold * spot


class LaggingBalances(InProcessAdapter):
    """Shows balances and positions as they were, until ``seconds`` after the last order."""

    def __init__(self, venues: LocalVenues, seconds: float) -> None:
        super().__init__(venues.application)
        self._clock = venues.world.clock
        self._lag = int(seconds * 1e9)
        self._ordered_at = 0
        self._shown: dict[str, Any] = {}

    def send(self, request: Any, *arguments: Any, **options: Any) -> Any:
        path = request.url.partition("?")[0]
        if path.endswith(("wallet-balance", "position/list")):
            if path not in self._shown or self._clock.now_ns() - self._ordered_at >= self._lag:
                self._shown[path] = super().send(request, *arguments, **options)
            return self._shown[path]
        if path.endswith("order/create"):
            self._ordered_at = self._clock.now_ns()
        return super().send(request, *arguments, **options)


def test_balances_that_lag_some_seconds_behind_fills_do_not_stop_a_run(tmp_path: Path) -> None:
    venues = LocalVenues(["bybit"], moving_scene(["bybit"], 24))
    world = LiveWorld(time=LocalTime(venues.world.clock, {}), adapter=LaggingBalances(venues, 12.0))
    outcome = run_live(venues.options(tmp_path, 5), venues.environment(), world)
    assert outcome.ending is LiveEnding.DONE and outcome.error is None
    assert len(venues.world.venues["bybit"].account.positions()) == 1


def test_balances_that_lag_for_longer_than_the_timeout_stop_it(tmp_path: Path) -> None:
    venues = LocalVenues(["bybit"], moving_scene(["bybit"], 24), "component_config.reconciliation.timeout=8")
    world = LiveWorld(time=LocalTime(venues.world.clock, {}), adapter=LaggingBalances(venues, 600.0))
    outcome = run_live(venues.options(tmp_path, 5), venues.environment(), world)
    assert outcome.ending is LiveEnding.FAILED
    assert outcome.error is not None and outcome.error.error_code == "REC-001"


class LateRecords:
    """An event feed that lists each settlement only the second time it could, as venues do for a moment."""

    def __init__(self, feed: Any, asked: dict[int, int]) -> None:
        self._feed = feed
        self._asked = asked

    def settlements_since(self, since: int) -> list[Any]:
        listed = []
        for event in self._feed.settlements_since(since):
            self._asked[event.timestamp] = self._asked.get(event.timestamp, 0) + 1
            if self._asked[event.timestamp] > 1:
                listed.append(event)
        return listed

    def deposits_since(self, since: int) -> Any:
        return self._feed.deposits_since(since)


@pytest.fixture
def late_records(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[int, int] = {}
    make = EventWatch.__init__

    def make_late(watch: EventWatch, feed: Any, *arguments: Any) -> None:
        make(watch, LateRecords(feed, asked), *arguments)

    monkeypatch.setattr(EventWatch, "__init__", make_late)


@pytest.mark.usefixtures("late_records")
def test_funding_that_the_wallet_shows_before_the_records_do_stops_no_trade(tmp_path: Path) -> None:
    # So small a threshold that the run trades in the hours of funding too.
    venues = LocalVenues(["bybit"], moving_scene(["bybit"], 48), "strategy.position_deviation_threshold=0.0001")
    outcome = venues.run(tmp_path)
    assert outcome.ending is LiveEnding.DONE and outcome.held == ""


@pytest.mark.usefixtures("late_records")
def test_funding_that_is_listed_late_does_not_refuse_a_start(tmp_path: Path) -> None:
    venues = LocalVenues(["bybit"], moving_scene(["bybit"], 48))
    venues.run(tmp_path, 6)
    venues.world.clock.advance(2 * HOUR_SECONDS)
    outcome = venues.run(tmp_path, 12)
    assert outcome.ending is LiveEnding.DONE and outcome.held == ""


@pytest.mark.parametrize(("pause", "ending"), [(80, LiveEnding.DONE), (300, LiveEnding.FAILED)])
def test_a_ban_is_sat_out_where_it_ends_in_time(tmp_path: Path, pause: int, ending: LiveEnding) -> None:
    venues = LocalVenues(["binance"], moving_scene(["binance"], 24))
    banned = FaultRule(kind="banned_418", endpoint="GET /fapi/*/account", options={"retry_after": pause})
    venues.happenings[3] = lambda: venues.world.faults.add([banned])
    outcome = venues.run(tmp_path, 20, reconcile_seconds=80_000.0)
    assert venues.world.faults.struck == 1
    assert outcome.ending is ending
    if ending is LiveEnding.FAILED:
        assert outcome.error is not None and outcome.error.error_code == "REC-006"
        assert venues.run(tmp_path, 20).ending is LiveEnding.DONE


def test_a_short_maintenance_after_an_order_is_sat_out(tmp_path: Path) -> None:
    venues = LocalVenues(["bybit"], moving_scene(["bybit"], 24))
    rule = FaultRule(kind="maintenance", endpoint="GET /v5/account/wallet-balance", last=5)
    venues.happenings[1] = lambda: venues.world.faults.add([rule])
    outcome = venues.run(tmp_path, 12, reconcile_seconds=80_000.0)
    assert venues.world.faults.struck == 5
    assert outcome.ending is LiveEnding.DONE


def test_a_status_says_so_while_no_venue_gives_a_price(tmp_path: Path) -> None:
    venues = LocalVenues(["bybit"], moving_scene(["bybit"], 30))
    told: list[dict[str, Any]] = []

    def look() -> None:
        told.append(json.loads((tmp_path / "status.json").read_text(encoding="utf-8")))

    faults = venues.world.faults
    venues.happenings[10] = lambda: faults.add([FaultRule(kind="close_before", endpoint="*", last=0)])
    venues.happenings[16] = look
    venues.happenings[17] = faults.clear
    venues.happenings[24] = look
    assert venues.run(tmp_path).ending is LiveEnding.DONE
    silent, again = told
    assert silent["held"].startswith("no venue gives a price") and silent["timestamp"] >= "2024-01-01T15:00"
    assert again["held"] == "" and again["state"] == "active"
