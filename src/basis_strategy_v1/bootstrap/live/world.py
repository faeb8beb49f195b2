"""What a live run is given of the world outside its venues."""

from __future__ import annotations

import sys
import time as machine
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from basis_strategy_v1.backends.live.live_time import LocalVenueTime, SystemTime
from basis_strategy_v1.bootstrap.live.account_locks import locks_folder
from basis_strategy_v1.core.engine.live_parts import LiveTime


def _keep_silent(line: str) -> None:
    """Of a world that nobody looks at."""


def _go_on() -> None:
    """Of a process that nothing is settled for."""


def _warn(line: str) -> None:
    # A full disk behind the output is no reason to end.
    with suppress(OSError):
        sys.stderr.write(f"warning: {line}\n")
        sys.stderr.flush()


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveWorld:
    """Time, and how venues are reached.

    Attributes:
        adapter: a ``requests`` transport adapter in the place of sockets.
        locks: where the locks of accounts are kept, None for accounts that live in this process alone.
        tell: shows a line to whoever has started the run.
        begun: called once, when all that lasts as long as the process is made and the first tick is next.
    """

    time: LiveTime
    monotonic_ns: Callable[[], int] = machine.monotonic_ns
    adapter: Any = None
    locks: Path | None = None
    tell: Callable[[str], None] = _keep_silent
    begun: Callable[[], object] = _go_on


def world_of(
    sandbox: str | None,
    is_stopping: Callable[[], bool],
    environment: Mapping[str, str],
    begun: Callable[[], object] = _go_on,
) -> LiveWorld:
    """This machine's time and sockets; the time of the local venues where there are some."""
    locks = locks_folder(environment)
    if sandbox is None:
        return LiveWorld(time=SystemTime(is_stopping), locks=locks, tell=_warn, begun=begun)
    import requests

    session = requests.Session()
    session.trust_env = False  # they are on this machine: no proxy, and no look for one at each call
    time = LocalVenueTime(sandbox, session, is_stopping)
    return LiveWorld(time=time, locks=locks, tell=_warn, begun=begun)
