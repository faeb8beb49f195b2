"""All local venues behind one door: finds the venue of a request, lets faults strike, and keeps a log."""

from __future__ import annotations

import threading
import traceback
from decimal import localcontext

from basis_strategy_v1.core.domain.quantities import LEDGER_CONTEXT
from basis_strategy_v1.sandbox.administration import ADMINISTRATION_PREFIX, Administration
from basis_strategy_v1.sandbox.fault_injection import answer_with_faults
from basis_strategy_v1.sandbox.wire import Dropped, Request, Response, json_response
from basis_strategy_v1.sandbox.world import SandboxVenue, SandboxWorld

FAILURES_KEPT = 100


class SandboxApplication:
    """Answers requests one at a time; needs no socket.

    A venue is found by the request's host, else by the longest path prefix that a venue claims. Paths under
    ``/sandbox/`` steer the sandbox itself.

    Attributes:
        failures: traces of defects in the sandbox itself (answered as a 500); a test may demand that there are none.
    """

    def __init__(self, world: SandboxWorld) -> None:
        self.world = world
        self.failures: list[str] = []
        self._lock = threading.RLock()
        self._administration = Administration(world)
        self._by_host = {host: venue for venue in world.venues.values() for host in venue.wire.hosts}
        prefixes = [(prefix, venue) for venue in world.venues.values() for prefix in venue.wire.prefixes]
        self._by_prefix = sorted(prefixes, key=lambda item: -len(item[0]))

    def handle(self, request: Request) -> Response | Dropped:
        """Answer ``request``; ``Dropped`` when a fault keeps the answer back."""
        with self._lock, localcontext(LEDGER_CONTEXT):
            try:
                return self._answer(request)
            except Exception as error:  # noqa: BLE001 - the sandbox's edge: a defect must not kill the server
                return self._fail(request, error)

    def _answer(self, request: Request) -> Response | Dropped:
        if request.path.startswith(ADMINISTRATION_PREFIX):
            return self._administration.handle(request)
        venue = self._venue(request)
        if venue is None:
            return json_response(404, {"error": f"no local venue answers {request.host}{request.path}"})
        endpoint = venue.wire.endpoint(request)
        struck = self.world.faults.due(venue.spec.venue, endpoint)
        answer = answer_with_faults(venue, request, struck)
        status = answer.status if isinstance(answer, Response) else 0
        kinds = tuple(rule.kind for rule in struck)
        self.world.requests.note(self.world.clock.now_ms(), venue.spec.venue, endpoint, status, kinds)
        return answer

    def _venue(self, request: Request) -> SandboxVenue | None:
        host = request.host.rpartition(":")[0] if ":" in request.host else request.host
        found = self._by_host.get(host.lower())
        if found is not None:
            return found
        for prefix, venue in self._by_prefix:
            if request.path.startswith(prefix):
                return venue
        return None

    def _fail(self, request: Request, error: Exception) -> Response:
        if len(self.failures) < FAILURES_KEPT:
            self.failures.append("".join(traceback.format_exception(error)))
        what = f"{request.method} {request.path}: {type(error).__name__}: {error}"
        return json_response(500, {"sandbox_failure": what})
