"""How people talk to a running process: files and journal entries it looks at before each tick, and signals."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from basis_strategy_v1.core.engine.live_parts import Command, DeclaredFlow, KillRequest, StopRequest

KILL_FILE = "kill"


class ProcessCommands:
    """Collects what was asked since it was last looked at.

    Args:
        directory: of the run; a file ``kill`` in it asks for the kill switch, its text says why.
        flows: declared flows that are not booked yet.
    """

    def __init__(self, directory: Path, flows: Callable[[], Sequence[DeclaredFlow]]) -> None:
        self._kill_file = directory / KILL_FILE
        self._flows = flows
        self._declared: set[str] = set()
        self.stop_requested = False
        self.restart_requested = False

    def request_stop(self, *_: object) -> None:
        """Ask for an orderly end; a signal handler."""
        self.stop_requested = True

    def request_restart(self, *_: object) -> None:
        """Ask for an orderly end after which a supervisor starts the process again: with the credentials of then."""
        self.restart_requested = True
        self.stop_requested = True

    def is_interrupted(self) -> bool:
        """Whether there is no time to wait for the next tick."""
        return self.stop_requested or self._kill_file.exists()

    def stop_on_signals(self) -> None:
        """Let SIGTERM and SIGINT ask for an orderly end, SIGHUP for one that begins anew.

        Nothing where this is not the process's main thread.
        """
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, self.request_stop)
            signal.signal(signal.SIGHUP, self.request_restart)

    def take(self) -> Sequence[Command]:
        """See ``Commands``: the kill switch comes before everything else."""
        if self._kill_file.exists():
            return [KillRequest(self._kill_file.read_text(encoding="utf-8").strip() or "by a person")]
        if self.stop_requested:
            return [StopRequest()]
        new = [flow for flow in self._flows() if flow.flow_id not in self._declared]
        self._declared.update(flow.flow_id for flow in new)
        return new


def request_kill(directory: Path, reason: str) -> None:
    """Ask the process that runs in ``directory``, or the next one that starts there, to stop trading."""
    (directory / KILL_FILE).write_text(reason + "\n", encoding="utf-8")


def clear_kill(directory: Path) -> None:
    """Take the request back."""
    (directory / KILL_FILE).unlink(missing_ok=True)
