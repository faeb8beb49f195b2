"""The time requests are signed with."""

from __future__ import annotations

from basis_strategy_v1.backends.live.clock_offset import ClockOffset

MILLISECOND = 1_000_000


class Machine:
    def __init__(self) -> None:
        self.now = 1_700_000_000_000 * MILLISECOND

    def __call__(self) -> int:
        return self.now


def test_a_drift_is_measured_at_the_middle_of_the_round_trip_and_corrected() -> None:
    machine = Machine()
    clock = ClockOffset(machine)

    def server_time() -> int:
        machine.now += 200 * MILLISECOND
        return 1_700_000_000_000 + 7_100

    assert clock.measure(server_time) == 7_000
    assert (clock.drift_ms, clock.round_trip_ms) == (7_000, 200)
    assert clock.milliseconds() == machine.now // MILLISECOND + 7_000


def test_a_venue_that_lives_in_another_year_is_signed_for_with_the_machines_time() -> None:
    machine = Machine()
    clock = ClockOffset(machine)
    clock.measure(lambda: 1_600_000_000_000)
    assert clock.drift_ms == 0
    assert clock.milliseconds() == machine.now // MILLISECOND


def test_a_venue_that_refuses_our_time_is_followed() -> None:
    machine = Machine()
    clock = ClockOffset(machine)
    clock.measure(lambda: 1_600_000_000_000)
    clock.follow()
    assert clock.milliseconds() == 1_600_000_000_000
    machine.now += 5 * MILLISECOND
    assert clock.milliseconds() == 1_600_000_000_005


def test_a_nonce_is_never_given_twice() -> None:
    clock = ClockOffset(Machine(), strictly_increasing=True)
    given = [clock.milliseconds() for _ in range(100)]
    assert given == sorted(set(given))
