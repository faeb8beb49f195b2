"""A venue that is slow, or lists late, and not silent: what was begun is brought to its end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from basis_strategy_v1.backends.live.event_watch import EventWatch
from basis_strategy_v1.bootstrap.live.run import run_live
from basis_strategy_v1.bootstrap.live.world import LiveWorld
from basis_strategy_v1.core.engine.live_parts import LiveEnding
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
