"""What a live run is given of the world outside its venues."""

from __future__ import annotations

import time as machine
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from basis_strategy_v1.backends.live.live_time import LocalVenueTime, SystemTime
from basis_strategy_v1.core.engine.live_parts import LiveTime


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveWorld:
    """Time, and how venues are reached.

    Attributes:
        adapter: a ``requests`` transport adapter in the place of sockets.
    """

    time: LiveTime
    monotonic_ns: Callable[[], int] = machine.monotonic_ns
    adapter: Any = None


def world_of(sandbox: str | None, is_stopping: Callable[[], bool]) -> LiveWorld:
    """This machine's time and sockets; the time of the local venues where there are some."""
    if sandbox is None:
        return LiveWorld(time=SystemTime(is_stopping))
    import requests

    session = requests.Session()
    session.trust_env = False  # they are on this machine: no proxy, and no look for one at each call
    return LiveWorld(time=LocalVenueTime(sandbox, session, is_stopping))
