"""Starts after a process that died where it had hardly begun, or with an order at a venue that nobody had heard of."""

from __future__ import annotations

from pathlib import Path

import pytest

from basis_strategy_v1.bootstrap.live import care
from basis_strategy_v1.bootstrap.live.journal_keeper import JournalKeeper
from basis_strategy_v1.bootstrap.live.options import LiveOutcome
from basis_strategy_v1.bootstrap.live.run import run_live
from basis_strategy_v1.bootstrap.live.world import LiveWorld
from basis_strategy_v1.core.domain.timestamps import NANOSECONDS_PER_SECOND
from basis_strategy_v1.core.engine.live_parts import LiveEnding, Tick
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.sandbox.in_process import InProcessAdapter
from live_orders import send_and_die
from local_live import HOUR_SECONDS, LocalTime, LocalVenues, moving_scene


class Death(BaseException):
    """The process is gone."""


def local() -> LocalVenues:
    return LocalVenues(["bybit"], moving_scene(["bybit"], 96))


def test_funding_paid_after_a_death_in_the_first_tick_is_booked_by_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(keeper: JournalKeeper, tick: Tick) -> None:
        raise Death

    venues = local()
    with monkeypatch.context() as patch:
        patch.setattr(JournalKeeper, "keep_tick", die)
        with pytest.raises(Death):
            venues.run(tmp_path)
    assert venues.world.venues["bybit"].account.positions()
    venues.world.clock.advance(10 * 3600.0)
    outcome = venues.run(tmp_path, 20)
    assert outcome.ending is LiveEnding.DONE and outcome.held == ""


def test_an_order_found_resting_after_a_death_is_known_for_its_own_and_given_up_in_time(tmp_path: Path) -> None:
    venues = local()
    venues.run(tmp_path, 5)
    order_id = send_and_die(venues, tmp_path, "bybit", "spot")
    account = venues.world.venues["bybit"].account
    resting = []

    def look() -> None:
        resting.append([order.client_id for order in account.orders() if order.is_open])

    look()
    venues.happenings[6] = look
    outcome = venues.run(tmp_path, 8, overrides=(*venues.overrides, "execution_settings.order_timeout=5400"))
    assert outcome.ending is LiveEnding.DONE and outcome.held == ""
    look()
    # Seen at rows 5 and 6 it has rested for an hour, and at row 7 for two.
    assert resting == [[order_id], [order_id], []]


@pytest.mark.parametrize(("last_row", "held"), [(0, "on its way to bybit"), (8, "BTCUSDT-PERP at bybit")])
def test_a_venue_at_which_the_run_holds_something_cannot_be_left_out(tmp_path: Path, last_row: int, held: str) -> None:
    names = ["binance", "bybit"]
    venues = LocalVenues(names, moving_scene(names, 48))
    venues.run(tmp_path, last_row)
    with pytest.raises(ComponentError) as caught:
        venues.run(tmp_path, 12, overrides=("strategy.hedge_allocation={binance: 1.0}",))
    assert caught.value.error_code == "CFG-003"
    assert held in caught.value.message


class WrongTime(LocalTime):
    """A machine's clock that is not the venues'."""

    ahead = 0.0

    def now(self) -> int:
        return super().now() + int(self.ahead * NANOSECONDS_PER_SECOND)


@pytest.mark.parametrize("ahead", [3600.0, 90_000.0, -7200.0])
def test_a_clock_that_is_hours_off_is_told_by_every_start_and_check(tmp_path: Path, ahead: float) -> None:
    venues = LocalVenues(["bybit", "binance"], moving_scene(["bybit", "binance"], 24))
    time = WrongTime(venues.world.clock, venues.happenings)
    world = LiveWorld(time=time, adapter=InProcessAdapter(venues.application))
    venues.world.clock.advance(3 * HOUR_SECONDS)

    def live() -> LiveOutcome:
        until = time.now() + 2 * 3600 * NANOSECONDS_PER_SECOND
        return run_live(venues.options(tmp_path / "run", until=until), venues.environment(), world)

    time.ahead = ahead
    with pytest.raises(ComponentError) as refused:
        live()
    assert refused.value.error_code == "DAT-005" and not (tmp_path / "run").exists()
    checks = care.check_accounts(venues.options(tmp_path), venues.environment(), world)
    assert [finding.error_code for finding in checks[0].findings] == ["DAT-005"]
    time.ahead = 0.0
    assert venues.run(tmp_path / "run", 8).ending is LiveEnding.DONE
    time.ahead = ahead
    again = live()
    assert again.ending is LiveEnding.FAILED and again.error is not None and again.error.error_code == "DAT-005"
    time.ahead = 90.0
    assert care.check_accounts(venues.options(tmp_path), venues.environment(), world)[0].findings == ()
