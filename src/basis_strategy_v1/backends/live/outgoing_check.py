"""What goes on the wire must be what was asked for: the last look at a request before it leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from operator import methodcaller
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import requests

from basis_strategy_v1.backends.live.transport import OutgoingRefusedError


class OutgoingOrder(msgspec.Struct, frozen=True):
    """An order, or a change of one, in a request.

    Attributes:
        quantity: in the venue's unit, as the request has it; None where it names none.
        wire_id: the client id, or the venue's id of the order that a change is of; empty where there is neither.
    """

    quantity: Any
    wire_id: str


class ExpectedOrder(msgspec.Struct, frozen=True):
    """The one order that a call may send, or change; see ``OutgoingOrder``."""

    quantity: Decimal | None
    wire_id: str


ReadOutgoing = Callable[[str, Mapping[str, Any]], OutgoingOrder | None]
"""Reads the order out of a request's path and fields; None where it orders nothing.

It must not overlook one: what names no id is an order without an id. Raises ``OutgoingRefusedError`` for what must
never leave.
"""
_PARTS_BEFORE_PATH = 3

_PARTED = methodcaller("partition", "=")

ASK_OR_CANCEL = ("GET", "DELETE")


class OutgoingCheck:
    """Looks at every request of a connection. An order leaves only when it is expected, as expected, and once."""

    __slots__ = ("_expected", "_read")

    def __init__(self, read: ReadOutgoing) -> None:
        self._read = read
        self._expected: ExpectedOrder | None = None

    def expecting(self, order: ExpectedOrder) -> OutgoingCheck:
        """Let ``order`` leave while the ``with`` lasts that this is said in."""
        self._expected = order
        return self

    def __enter__(self) -> None:
        return None

    def __exit__(self, *error: object) -> None:
        self._expected = None

    def __call__(self, request: requests.PreparedRequest) -> None:
        """Look at a request.

        Raises:
            OutgoingRefusedError: when it must not leave.
        """
        if request.method in ASK_OR_CANCEL:
            return
        found = self._read(_path(str(request.url)), fields_of(request))
        if found is None:
            return
        expected, self._expected = self._expected, None
        if expected is None:
            named = found.wire_id or "without an id"
            raise OutgoingRefusedError("EXI-001", f"an order {named} would leave that nobody asked for")
        if found.wire_id != expected.wire_id or not _same(found.quantity, expected.quantity):
            asked = f"{expected.quantity} as {expected.wire_id}"
            words = f"the order that would leave is {found.quantity} as {found.wire_id or 'nothing'}; asked was {asked}"
            raise OutgoingRefusedError("EXI-001", words)


def fields_of(request: requests.PreparedRequest) -> dict[str, Any]:
    """The fields of a request: of its JSON body, its form body or its query."""
    body: Any = request.body
    text = str(body.decode() if isinstance(body, bytes) else body or "")
    if text.startswith(("{", "[")):
        found = msgspec.json.decode(text)
        return found if isinstance(found, dict) else {"batch": found}
    return _pairs(text or str(request.url).partition("#")[0].partition("?")[2])


def _path(url: str) -> str:
    """The path of an absolute address, which is what a prepared request has."""
    parts = url.split("/", 3)
    return "/" + parts[3].partition("#")[0].partition("?")[0] if len(parts) > _PARTS_BEFORE_PATH else ""


def _pairs(text: str) -> dict[str, Any]:
    """``dict(parse_qsl(text))``, without the work where nothing is escaped."""
    if "%" in text or "+" in text:
        return dict(parse_qsl(text))
    return {name: value for name, _, value in map(_PARTED, text.split("&")) if value}


def _same(found: Any, quantity: Decimal | None) -> bool:
    if found is None or quantity is None:
        return found is quantity
    try:
        return Decimal(str(found)) == quantity
    except InvalidOperation:
        return False
