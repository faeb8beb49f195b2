"""A venue that is slow, not silent: what was begun is brought to its end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from basis_strategy_v1.bootstrap.live.run import run_live
from basis_strategy_v1.bootstrap.live.world import LiveWorld
from basis_strategy_v1.core.engine.live_parts import LiveEnding
from basis_strategy_v1.sandbox.in_process import InProcessAdapter
from local_live import LocalTime, LocalVenues, moving_scene

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
