"""Waiting in a process that is asked to stop."""

from __future__ import annotations

from typing import Any

import pytest

from basis_strategy_v1.backends.live import live_time
from basis_strategy_v1.backends.live.live_time import LONGEST_PAUSE, SHORTEST_LOOK, LocalVenueTime, SystemTime
from basis_strategy_v1.bootstrap.live.clock import VenuePace


class Machine:
    """Stands in for the module ``time``: sleeping moves its clock."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def time_ns(self) -> int:
        return int(self.seconds * 1e9)

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.mark.parametrize(
    ("stopping", "asked", "waited"),
    [(False, 30.0, 30.0), (True, 30.0, LONGEST_PAUSE), (False, LONGEST_PAUSE, LONGEST_PAUSE), (True, 0.5, 0.5)],
)
def test_only_a_wait_for_an_answer_is_waited_out_by_a_process_that_is_to_stop(
    stopping: bool, asked: float, waited: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine()
    monkeypatch.setattr(live_time, "time", machine)
    SystemTime(lambda: stopping).wait(asked)
    assert machine.seconds == pytest.approx(waited)


def test_a_request_to_stop_ends_a_wait_that_has_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine()
    monkeypatch.setattr(live_time, "time", machine)
    SystemTime(lambda: machine.seconds > 5.0).wait(30.0)
    assert 5.0 < machine.seconds <= 5.0 + SHORTEST_LOOK + 1e-9


def test_a_venue_that_differs_is_not_asked_without_pause_by_a_process_that_is_to_stop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine = Machine()
    monkeypatch.setattr(live_time, "time", machine)
    pace = VenuePace(SystemTime(lambda: True))
    looks = 0
    while pace.elapsed_ms() < 30_000.0:
        looks += 1
        assert looks < 100
        pace.wait(looks)


class Session:
    """A clock that is moved by hand, over HTTP."""

    def __init__(self) -> None:
        self.moved: list[float] = []

    def request(self, method: str, url: str, **options: Any) -> Any:
        if method == "POST":
            self.moved.append(options["json"]["seconds"])
        return self

    def raise_for_status(self) -> None: ...

    def json(self) -> dict[str, Any]:
        return {"mode": "manual", "now_ms": 5}


def test_so_it_is_on_the_clock_of_local_venues() -> None:
    session = Session()
    time = LocalVenueTime("http://127.0.0.1:1", session, lambda: True)
    for seconds in (0.0, 0.2, LONGEST_PAUSE, 3_600.0):
        time.wait(seconds)
    assert session.moved == [0.2, LONGEST_PAUSE, LONGEST_PAUSE]
    assert time.now() == 5_000_000
