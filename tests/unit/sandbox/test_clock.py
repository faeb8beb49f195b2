"""The time of the local venues."""

from __future__ import annotations

import pytest

from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.sandbox.clock import SandboxClock, VenueClock

SECOND = 1_000_000_000
HOUR = 3_600 * SECOND
ROWS = [HOUR, 2 * HOUR, 3 * HOUR]


class Machine:
    """A machine whose clocks a test moves."""

    def __init__(self) -> None:
        self.monotonic = 5 * SECOND
        self.wall = 1_000_000 * HOUR

    def run(self, seconds: float) -> None:
        self.monotonic += int(seconds * SECOND)
        self.wall += int(seconds * SECOND)

    def clock(self, *arguments: object, **options: object) -> SandboxClock:
        return SandboxClock(
            ROWS,
            *arguments,  # type: ignore[arg-type]
            monotonic_ns=lambda: self.monotonic,
            wall_ns=lambda: self.wall,
            **options,  # type: ignore[arg-type]
        )


def test_a_clock_moved_by_hand_stands_still_between_moves() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.run(100)
    assert (clock.now, clock.row) == (HOUR, 0)
    clock.advance(1_800)
    assert (clock.now_ms(), clock.row) == (1_500 * 3_600, 0)
    clock.advance(1_800)
    assert (clock.now, clock.row) == (2 * HOUR, 1)


def test_a_scaled_clock_follows_real_time() -> None:
    machine = Machine()
    clock = machine.clock("scaled", 60.0)
    machine.run(30)
    assert (clock.now, clock.row) == (HOUR + HOUR // 2, 0)
    machine.run(30)
    assert clock.row == 1
    clock.advance(3_600)
    assert clock.row == 2


def test_rows_are_passed_by_number_and_end_with_the_data() -> None:
    clock = Machine().clock(start_row=1)
    clock.advance_rows(1)
    assert clock.now == 3 * HOUR
    clock.advance_rows(5)
    assert (clock.now, clock.row) == (3 * HOUR, 2)
    clock.advance(7_200)
    assert (clock.now, clock.row, clock.last_row) == (5 * HOUR, 2, 2)


def test_a_running_clock_may_be_moved_although_it_runs_meanwhile() -> None:
    ticks = iter(range(0, 10**15, SECOND))
    clock = SandboxClock(ROWS, "scaled", 600.0, monotonic_ns=lambda: next(ticks))
    clock.advance(0)
    clock.advance_rows(0)
    while clock.row < 2:
        clock.advance_rows(1)
    before = clock.now
    clock.advance_rows(1)
    assert clock.now > before >= 3 * HOUR


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan")])
def test_an_impossible_speed_is_refused(speed: float) -> None:
    with pytest.raises(ComponentError, match="CFG-003"):
        Machine().clock("scaled", speed)


def test_time_never_goes_back() -> None:
    clock = Machine().clock()
    for move in (lambda: clock.advance(-1), lambda: clock.advance_rows(-1), lambda: clock.move_to(0)):
        with pytest.raises(ComponentError, match="CFG-003"):
            move()
    assert clock.now == HOUR


def test_a_client_may_sign_with_the_venues_time_or_the_machines() -> None:
    machine = Machine()
    venue = VenueClock(machine.clock())
    machine.run(3)
    for now_ms in (HOUR // 10**6 + 3_000, machine.wall // 10**6):
        assert venue.accepts(now_ms, 5_000)
        assert venue.accepts(now_ms - 5_000, 5_000)
        assert not venue.accepts(now_ms - 5_001, 5_000)
        assert venue.accepts(now_ms + 999, 5_000)
        assert not venue.accepts(now_ms + 1_000, 5_000)


def test_a_fast_clock_widens_the_window_as_requests_take_real_time() -> None:
    machine = Machine()
    venue = VenueClock(machine.clock("scaled", 3_600.0))
    asked_ms = venue.now_ms()
    machine.run(4)
    assert venue.accepts(asked_ms, 5_000)
    machine.run(2)
    assert not venue.accepts(asked_ms, 5_000)


def test_a_skewed_venue_disagrees_with_the_machine_until_it_is_asked() -> None:
    machine = Machine()
    venue = VenueClock(machine.clock())
    venue.skew_ms = 7_000
    assert not venue.accepts(machine.wall // 10**6, 5_000)
    assert venue.accepts(venue.now_ms(), 5_000)
    assert venue.now_ns() == HOUR
    assert venue.is_behind(machine.wall // 10**6 + 10_000)
    assert not venue.is_behind(machine.wall // 10**6)
