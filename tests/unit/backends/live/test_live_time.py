"""Waiting in a process that is asked to stop."""

from __future__ import annotations

from typing import Any

import pytest

from basis_strategy_v1.backends.live import live_time
from basis_strategy_v1.backends.live.live_time import LONGEST_PAUSE, LocalVenueTime, SystemTime


class Machine:
    """Stands in for the module ``time``: sleeping moves its clock."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.mark.parametrize(
    ("stopping", "asked", "waited"),
    [(False, 30.0, 30.0), (True, 30.0, 0.0), (False, LONGEST_PAUSE, LONGEST_PAUSE), (True, 0.5, 0.5)],
)
def test_only_a_wait_for_an_answer_is_waited_out_by_a_process_that_is_to_stop(
    stopping: bool, asked: float, waited: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine()
    monkeypatch.setattr(live_time, "time", machine)
    SystemTime(lambda: stopping).wait(asked)
    assert machine.seconds == pytest.approx(waited)


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
    assert session.moved == [0.2, LONGEST_PAUSE]
    assert time.now() == 5_000_000
