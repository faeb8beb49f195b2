"""What goes on the wire must be what was asked for: the last look at a request before it leaves."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import requests

from basis_strategy_v1.backends.live.transport import OutgoingRefusedError


class OutgoingOrder(msgspec.Struct, frozen=True):
    """An order in a request: its quantity in the venue's unit, as text, and its client id."""

    quantity: str
    wire_id: str


class ExpectedOrder(msgspec.Struct, frozen=True):
    """The one order that a call may send."""

    quantity: Decimal
    wire_id: str


ReadOutgoing = Callable[[str, Mapping[str, Any]], OutgoingOrder | None]
"""Reads the order out of a request's path and fields; None where it orders nothing.

Raises ``OutgoingRefusedError`` for what must never leave.
"""


class OutgoingCheck:
    """Looks at every request of a connection. An order leaves only when it is expected, as expected, and once."""

    def __init__(self, read: ReadOutgoing) -> None:
        self._read = read
        self._expected: ExpectedOrder | None = None

    @contextmanager
    def expecting(self, order: ExpectedOrder | None) -> Iterator[None]:
        """Let ``order`` leave while this lasts."""
        self._expected = order
        try:
            yield
        finally:
            self._expected = None

    def __call__(self, request: requests.PreparedRequest) -> None:
        """Look at a request.

        Raises:
            OutgoingRefusedError: when it must not leave.
        """
        if request.method == "GET":
            return
        found = self._read(_path(str(request.url)), fields_of(request))
        if found is None:
            return
        expected, self._expected = self._expected, None
        if expected is None:
            raise OutgoingRefusedError("EXI-001", f"an order {found.wire_id} would leave that nobody asked for")
        if found.wire_id != expected.wire_id or not _same(found.quantity, expected.quantity):
            asked = f"{expected.quantity} as {expected.wire_id}"
            words = f"the order that would leave is {found.quantity} as {found.wire_id}; asked was {asked}"
            raise OutgoingRefusedError("EXI-001", words)


def fields_of(request: requests.PreparedRequest) -> dict[str, Any]:
    """The fields of a request: of its JSON body, its form body or its query."""
    body: Any = request.body
    text = str(body.decode() if isinstance(body, bytes) else body or "")
    if text.startswith(("{", "[")):
        found = json.loads(text)
        return found if isinstance(found, dict) else {"batch": found}
    return _pairs(text or str(request.url).partition("#")[0].partition("?")[2])


def _path(url: str) -> str:
    """The path of an absolute address, which is what a prepared request has."""
    host_and_path = url.partition("://")[2].partition("#")[0].partition("?")[0]
    _, slash, path = host_and_path.partition("/")
    return slash + path


def _pairs(text: str) -> dict[str, Any]:
    """``dict(parse_qsl(text))``, without the work where nothing is escaped."""
    if "%" in text or "+" in text:
        return dict(parse_qsl(text))
    pairs = (pair.partition("=") for pair in text.split("&"))
    return {name: value for name, _, value in pairs if value}


def _same(text: str, quantity: Decimal) -> bool:
    try:
        return Decimal(text) == quantity
    except InvalidOperation:
        return False
