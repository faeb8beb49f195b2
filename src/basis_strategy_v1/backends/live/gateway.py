"""One ccxt exchange object, and the edge where its exceptions become facts about what happened."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextvars import copy_context
from decimal import Context, setcontext
from typing import TYPE_CHECKING, Any, Literal

from basis_strategy_v1.backends.live.rate_limit import LimitReachedError
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.interfaces.error_table import ErrorTable, Verdict

if TYPE_CHECKING:
    from basis_strategy_v1.backends.live.clock_offset import ClockOffset
    from basis_strategy_v1.backends.live.outgoing_check import ExpectedOrder, OutgoingCheck
    from basis_strategy_v1.backends.live.transport import Traffic, VenueTransport

COMPONENT = "ExecutionInterfaces"
LONGEST_REASON = 300
TURNED_AWAY = (403, 418, 429)
SERVER_FAILED = 500
REDACTED = "[redacted]"
_QUERY = re.compile(r"\?[^\s'\")]+=[^\s'\")]*")

VenueVerdict = Verdict | Literal["not_sent"]

ReadError = Callable[["Traffic"], "tuple[str, str] | None"]
"""Reads the venue's own code and message out of an answer; None when it holds no error."""


class VenueError(Exception):
    """A request that did not succeed, and what that proves.

    Attributes:
        verdict: ``not_sent`` when no byte left, else as in the venue's error table.
        code: our error code.
        reason: the venue's words.
    """

    def __init__(self, verdict: VenueVerdict, code: str, reason: str) -> None:
        super().__init__(verdict, code, reason)
        self.verdict = verdict
        self.code = code
        self.reason = reason

    @property
    def is_definite(self) -> bool:
        """Whether it proves that nothing was executed."""
        return self.verdict in ("not_sent", "rejected", "clock", "retry_later")


class Gateway:
    """Calls one API of a venue through ccxt.

    Args:
        venue: its name, for messages.
        scope: which of the venue's APIs, as its error table names it.
        exchange: the ccxt exchange.
        transport: mounted on it.
        outgoing: looks at every request that leaves.
        clock: gives its timestamps.
        errors: what the venue's codes prove.
        read_error: reads code and message out of an answer.
        server_time: asks for the venue's time in ms.
        secrets: values that no text may hold; a venue's own words quote what it was sent.
    """

    def __init__(
        self,
        venue: str,
        scope: str,
        exchange: Any,
        transport: VenueTransport,
        outgoing: OutgoingCheck,
        clock: ClockOffset,
        errors: ErrorTable,
        read_error: ReadError,
        server_time: Callable[[], int],
        secrets: tuple[str, ...],
    ) -> None:
        self.venue = venue
        self.scope = scope
        self.exchange = exchange
        self.transport = transport
        self.clock = clock
        self._outgoing = outgoing
        self._errors = errors
        self._read_error = read_error
        self._server_time = server_time
        self._secrets = secrets
        # ccxt rounds in the decimal context it finds, and changes it: it has its own. The ledger's would trap.
        self._context = copy_context()
        self._context.run(setcontext, Context(prec=40))

    def synchronise(self) -> int:
        """Measure how far the venue's clock is from ours; ms.

        Raises:
            ComponentError: EXI-003 when the venue cannot be reached.
        """
        return self.clock.measure(self.venue_time)

    def venue_time(self) -> int:
        """The venue's time; ms.

        Raises:
            ComponentError: EXI-003 when the venue cannot be reached.
        """
        return int(self.ask(lambda: int(self._server_time())))

    def tell(self, call: Callable[..., Any], *arguments: Any, order: ExpectedOrder | None = None) -> Any:
        """Make a call that changes something at the venue; ``order`` is the one it may send.

        Raises:
            VenueError: with what is proven about it.
        """
        return self._run_on_time(order, call, arguments)

    def ask(self, call: Callable[..., Any], *arguments: Any) -> Any:
        """Make a call that changes nothing.

        Raises:
            ComponentError: EXI-003 unreachable, EXI-012 not understood, or the code of the venue's refusal.
        """
        try:
            return self._run_on_time(None, call, arguments)
        except VenueError as error:
            raise self._asked_in_vain(error) from error

    def look_up(self, call: Callable[..., Any], *arguments: Any) -> Any:
        """``ask`` for one thing; None where the venue says that it knows no such thing."""
        try:
            return self._run_on_time(None, call, arguments)
        except VenueError as error:
            if error.verdict == "not_found":
                return None
            raise self._asked_in_vain(error) from error

    def _asked_in_vain(self, error: VenueError) -> ComponentError:
        code = "EXI-003" if error.code == "EXI-007" else error.code
        return ComponentError(code, f"{self.venue}: {error.reason}", COMPONENT, original_exception=error)

    def _run_on_time(self, order: ExpectedOrder | None, call: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        try:
            return self._run(call, arguments) if order is None else self._run_expecting(order, call, arguments)
        except VenueError as error:
            if error.verdict != "clock":
                raise
        # Turned away for its timestamp alone, so it was not executed: correct the clock and say it once more.
        self.synchronise()
        self.clock.follow()
        return self._run(call, arguments) if order is None else self._run_expecting(order, call, arguments)

    def _run_expecting(self, order: ExpectedOrder, call: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        with self._outgoing.expecting(order):
            return self._run(call, arguments)

    def _run(self, call: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        self.transport.forget()
        try:
            return self._context.run(call, *arguments)
        except VenueError:
            raise
        except LimitReachedError as error:
            raise VenueError("not_sent", "EXI-002", str(error)) from error
        except Exception as error:  # noqa: BLE001
            # The edge: every failure of a foreign library ends here, and its text, which may quote a key, with it.
            raise self._redacted(self._understood(error)) from None

    def _redacted(self, error: VenueError) -> VenueError:
        reason = error.reason
        for secret in self._secrets:
            reason = reason.replace(secret, REDACTED)
        return VenueError(error.verdict, error.code, reason)

    def _understood(self, error: Exception) -> VenueError:
        """What a failed call proves: read from what went over the wire, not from the class of the exception."""
        traffic = self.transport.last
        words = f"{type(error).__name__}: {_short(error)}"
        if traffic is None:
            return VenueError("not_sent", "EXI-001", f"refused before it was sent: {words}")
        if traffic.failure == "not_sent":
            cause = _cause(error)
            code = str(getattr(cause, "code", "EXI-003"))
            return VenueError("not_sent", code, f"nothing was sent: {type(cause).__name__}: {_short(cause)}")
        if traffic.failure:
            return VenueError("unknown", "EXI-007", f"the answer was lost: {words}")
        found = self._read_error(traffic)
        if found is None and traffic.status in TURNED_AWAY:
            # The guard before the venue has turned the address away: Bybit and OKX ban with 403. What has a code of
            # its own comes from behind the guard: OKX says with 429 that its systems are busy, whatever they did.
            return VenueError("retry_later", "EXI-002", f"HTTP {traffic.status}: {traffic.body[:LONGEST_REASON]}")
        if found is None:
            code = "EXI-007" if traffic.status >= SERVER_FAILED else "EXI-012"
            return VenueError("unknown", code, f"HTTP {traffic.status} not understood: {words}")
        code, message = found
        rule = self._errors.rule(self.scope, code, message)
        reason = f"{self.venue} {code}: {message}"[:LONGEST_REASON]
        return VenueError(rule.verdict, rule.code, reason)


def _short(error: BaseException) -> str:
    """The text of an exception on one line, without query strings: they hold signatures."""
    return _QUERY.sub("", " ".join(str(error).split()))[:LONGEST_REASON]


def _cause(error: BaseException) -> BaseException:
    """The innermost cause, which says what failed; ccxt's own text only repeats the address."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error
