"""Requests and responses as they pass over the wire, and what a venue's wire module must offer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Protocol

import msgspec

Headers = tuple[tuple[str, str], ...]
RefusalKind = Literal["rate_limit_429", "banned_418", "http_5xx", "maintenance"]
UNREADABLE_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding a body raises that is no JSON, or JSON nested without end."""

JSON_TYPE = ("Content-Type", "application/json;charset=UTF-8")


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP request. ``headers`` have lower-case names; ``query`` is raw, without its question mark."""

    method: str
    host: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = {}
    body: bytes = b""


class Response(msgspec.Struct, frozen=True):
    """One HTTP answer."""

    status: int
    body: bytes
    headers: Headers = ()


class Dropped(msgspec.Struct, frozen=True):
    """No answer comes: the connection is closed, or hangs until the client gives up."""

    hangs: bool = False


class VenueWire(Protocol):
    """One venue's side of the wire.

    Attributes:
        venue: its name (``binance``).
        hosts: the host names it answers on (``api.binance.com``), without port.
        prefixes: path prefixes that are its own on a host nobody claims (``/fapi``); the longest match wins.
    """

    venue: str
    hosts: frozenset[str]
    prefixes: tuple[str, ...]

    def handle(self, request: Request) -> Response:
        """Answer a request: never raises for anything a client can send."""

    def endpoint(self, request: Request) -> str:
        """The name that fault rules match (``POST /fapi/v1/order``, ``POST /exchange order``)."""

    def refuse(self, kind: RefusalKind, options: Mapping[str, Any]) -> Response:
        """The venue's own answer for a scripted refusal: rate limit, ban, server error, maintenance.

        ``options`` may hold ``status``, ``retry_after`` (seconds) and ``message``.
        """


def json_response(status: int, value: Any, headers: Headers = ()) -> Response:
    """An answer with ``value`` as JSON; decimals are sent as text."""
    return Response(status, msgspec.json.encode(value), (JSON_TYPE, *headers))
