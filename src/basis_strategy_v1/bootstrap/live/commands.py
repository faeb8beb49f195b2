"""How people talk to a running process: requests in its journal, which it looks at before each tick, and signals."""

from __future__ import annotations

import signal
import threading
from collections.abc import Sequence

from basis_strategy_v1.core.engine.live_parts import Command, DeclaredFlow, KillRequest, StopRequest
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.execution.journal import RunJournal

KILL = "kill"
"""The kind of request that is the kill switch."""


class ProcessCommands:
    """Collects what was asked since it was last looked at.

    Attributes:
        journal: where requests and declared flows are; None while it is not open, and on paper.
    """

    def __init__(self) -> None:
        self.journal: RunJournal | None = None
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
        if self.stop_requested:
            return True
        try:
            return self._kill_reason() is not None
        except ComponentError:
            # A journal that cannot be read ends the run, and the tick is where that is told.
            return True

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
        ending = self.pending()
        if ending is not None:
            return [ending]
        flows = self.journal.flows_unbooked() if self.journal is not None else ()
        new = [DeclaredFlow(flow_id, flow) for flow_id, flow in flows if flow_id not in self._declared]
        self._declared.update(flow.flow_id for flow in new)
        return new

    def pending(self) -> KillRequest | StopRequest | None:
        """See ``Commands``."""
        reason = self._kill_reason()
        if reason is not None:
            return KillRequest(reason or "by a person")
        return StopRequest() if self.stop_requested else None

    def _kill_reason(self) -> str | None:
        if self.journal is None:
            return None
        return next((request.text for request in self.journal.requests_open() if request.kind == KILL), None)


def request_kill(journal: RunJournal, now: int, reason: str) -> None:
    """Ask the process that runs on ``journal``, wherever it does, or the next one that starts, to stop trading."""
    journal.ask(now, KILL, reason)


def clear_kill(journal: RunJournal) -> bool:
    """Take the request back; whether there was one."""
    asked = [request for request in journal.requests_open() if request.kind == KILL]
    for request in asked:
        journal.request_done(request.sequence)
    return bool(asked)
