"""A process that has everything imported and forks clients, which are killed with SIGKILL where they are told to be.

Run as a program, it reads orders, one a line, from its standard input: ``{path, url, venue, story, death}``. It forks a
client that lives one life against the server at ``url``, and writes a line when that has ended: ``{killed, status}``.
With ``death`` above 0 the client sends itself SIGKILL at that point of its life: nothing of it runs afterwards, no
handler, no ``finally``, no flush.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

SUPPORT = Path(__file__).resolve().parent


class KilledClients:
    """The process, from the side of the test that orders deaths."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).resolve())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(SUPPORT), str(SUPPORT.parent.parent)])},
        )
        self.kills = 0

    def live(self, path: Path, url: str, venue: str, story: str, death: int = 0) -> bool:
        """Let a client live once; whether it was killed before it had done everything."""
        order = {"path": str(path), "url": url, "venue": venue, "story": story, "death": death}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the process that forks clients has ended"
        ended = json.loads(answer)
        assert ended["killed"] or not ended["status"], "a client failed; its traceback is on standard error"
        self.kills += ended["killed"]
        return bool(ended["killed"])

    def stop(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


class ServerTime:
    """The clock of the server's venues; waiting moves it."""

    def __init__(self, url: str) -> None:
        import requests

        self._clock = f"{url}/sandbox/clock"
        self._session = requests.Session()
        self._session.trust_env = False

    def now(self) -> int:
        return int(self._session.get(self._clock, timeout=30).json()["now_ms"]) * 1_000_000

    def wait(self, seconds: float) -> None:
        self._session.post(f"{self._clock}/advance", json={"seconds": seconds}, timeout=30).raise_for_status()


class DeadlyPoints:
    """Counts the moments of one life and kills the process at one of them."""

    def __init__(self, death: int) -> None:
        self._death = death
        self.passed = 0

    def __call__(self, name: str) -> None:
        self.passed += 1
        if self.passed == self._death:
            os.kill(os.getpid(), signal.SIGKILL)


class CommitPoints:
    """A driver's connection with a point between the statements of a transaction and its commit."""

    def __init__(self, connection: Any, point: DeadlyPoints) -> None:
        self._connection = connection
        self._point = point

    def commit(self) -> None:
        if self._connection.driver_connection.in_transaction:
            self._point("before commit")
        self._connection.commit()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def live_once(order: dict[str, Any]) -> None:
    """One life of a client, from the opening of its journal on."""
    from ccxt_lives import ServerAdapter, home_of, stories_of
    from crash_lives import Life, reopened

    path = Path(order["path"])
    point = DeadlyPoints(order["death"])
    home = home_of(order["venue"], lambda: ServerAdapter(order["url"]), ServerTime(order["url"]), path.parent)
    journal = reopened(path)
    journal._database._connection = CommitPoints(journal._database._connection, point)
    Life(journal, home, point).run(stories_of(order["venue"])[order["story"]])
    journal.close()


def _forked(order: dict[str, Any]) -> int:
    """The wait status of a client."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    status = 1
    try:
        live_once(order)
        status = 0
    except BaseException:  # noqa: BLE001 - the end of a forked process, whatever ended it
        import traceback

        traceback.print_exc()
    finally:
        os._exit(status)


def main() -> None:
    import ccxt  # noqa: F401 - imported once for all clients

    import ccxt_lives  # noqa: F401 - imported once for all clients
    import crash_lives  # noqa: F401 - imported once for all clients

    for line in sys.stdin:
        status = _forked(json.loads(line))
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        sys.stdout.write(json.dumps({"killed": killed, "status": status}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
