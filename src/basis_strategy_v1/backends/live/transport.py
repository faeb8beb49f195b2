"""The one door to a venue: a ``requests`` adapter under ccxt that redirects, guards and remembers.

URLs stay the venue's own, because ccxt chooses error tables by them; only the connection is led elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec
import requests
from requests.adapters import BaseAdapter, HTTPAdapter

from basis_strategy_v1.core.error_codes.exceptions import ComponentError

_AFTER_SCHEME = len("https://")


class Traffic(msgspec.Struct, frozen=True):
    """One request and what came back. ``failure`` is ``not_sent`` or ``lost`` when nothing did, else empty."""

    method: str
    url: str
    status: int = 0
    body: str = ""
    failure: str = ""


class OutgoingRefusedError(requests.exceptions.RequestException):
    """A request that must not leave: a host out of bounds, or an order that is not what was asked for.

    Attributes:
        code: our error code.
    """

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code


class VenueTransport(HTTPAdapter):
    """Carries every request of a connection.

    Args:
        allowed: hosts that may be connected to; loopback is reached through ``redirect`` only.
        redirect: base address of local venues, or None.
        delegate: another adapter that carries the requests, in the place of sockets.
        required_headers: header names and values without which nothing leaves.
        guard: looks at each request before it leaves; raises ``OutgoingRefusedError``.
        observer: told status and headers (names in any case) of every answer.

    Attributes:
        count: requests carried.
    """

    def __init__(
        self,
        allowed: frozenset[str],
        redirect: str | None,
        delegate: BaseAdapter | None,
        required_headers: Mapping[str, str],
        guard: Callable[[requests.PreparedRequest], None],
        observer: Callable[[int, Mapping[str, str]], None],
    ) -> None:
        super().__init__(max_retries=0)
        self._allowed = allowed
        self._redirect = redirect.rstrip("/") if redirect else None
        self._delegate = delegate
        self._required_headers = required_headers
        self._guard = guard
        self._observer = observer
        self._within_bounds: set[str] = set()
        self._is_direct = redirect is None and delegate is None
        self._ended: tuple[str | None, str, int, bytes, str] | None = None
        self.count = 0

    @property
    def last(self) -> Traffic | None:
        """The last request, put together when it is asked for: nearly none ever is. None since ``forget``."""
        ended = self._ended
        if ended is None:
            return None
        method, url, status, body, failure = ended
        return Traffic(str(method), url, status, body.decode(errors="replace"), failure)

    def forget(self) -> None:
        """Forget the last request."""
        self._ended = None

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Carry a request; see ``HTTPAdapter.send``.

        Raises:
            OutgoingRefusedError: when it may not leave.
        """
        url = str(request.url)
        self.count += 1
        try:
            self._guard(request)
            if self._is_direct:
                self._check_host(request, url)
            response, body = self._carry(request, url, *args, **kwargs)
        except Exception as error:
            self._ended = request.method, url, 0, b"", "not_sent" if _never_left(error) else "lost"
            raise
        status = response.status_code
        # The response itself would keep its connection's objects alive, and have us take them apart.
        self._ended = request.method, url, status, body, ""
        self._observer(status, response.headers)
        return response

    def _check_host(self, request: requests.PreparedRequest, url: str) -> None:
        # Up to the slash after the host an address says where it leads, and nothing behind it changes that.
        origin = url[: url.find("/", _AFTER_SCHEME) + 1]
        if origin not in self._within_bounds:
            host = urlsplit(url).hostname or ""
            if host not in self._allowed:
                raise OutgoingRefusedError("EIF-012", f"{host} must not be reached in this environment")
            if origin:
                self._within_bounds.add(origin)
        if not self._required_headers:
            return
        missing = [name for name, value in self._required_headers.items() if request.headers.get(name) != value]
        if missing:
            raise OutgoingRefusedError("EIF-012", f"{origin} must not be reached without {', '.join(missing)}")

    def _carry(
        self, request: requests.PreparedRequest, url: str, *args: Any, **kwargs: Any
    ) -> tuple[requests.Response, bytes]:
        """The answer and its body, read to its end, so that one that is cut off counts as a lost answer."""
        response = self._answer(request, url, *args, **kwargs)
        # Never guess how it is encoded.
        response.encoding = "utf-8"
        return response, response.content

    def _answer(self, request: requests.PreparedRequest, url: str, *args: Any, **kwargs: Any) -> requests.Response:
        if self._delegate is not None:
            return self._delegate.send(request, *args, **kwargs)
        if self._redirect is None:
            return super().send(request, *args, **kwargs)
        _, _, host, path = url.split("/", 3)
        # The server tells venues apart by the host that the request was for.
        request.headers["Host"] = host
        request.url = f"{self._redirect}/{path}"
        kwargs["proxies"] = {}
        response = super().send(request, *args, **kwargs)
        response.url = url
        return response


def _never_left(error: Exception) -> bool:
    """Whether no byte can have reached the venue: refused by us, or no connection was made."""
    if isinstance(error, OutgoingRefusedError | requests.exceptions.ConnectTimeout):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return type(reason).__name__ in ("NewConnectionError", "NameResolutionError", "ConnectTimeoutError")


def mount(exchange: Any, transport: VenueTransport) -> None:
    """Make ``transport`` the only way out of a ccxt exchange.

    Raises:
        ComponentError: EIF-012 when the exchange has no session to guard.
    """
    session = exchange.session
    if session is None:
        raise ComponentError("EIF-012", f"{exchange.id} has no session that could be guarded")
    # No venue sends anybody elsewhere. What was sent first would be forgotten over the request that follows.
    session.max_redirects = 0
    session.adapters.clear()
    session.mount("https://", transport)
    session.mount("http://", transport)
