"""What goes on the wire must be what was asked for: the last look at an order before it leaves."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from basis_strategy_v1.backends.live.gateway import CheckOutgoing
from basis_strategy_v1.backends.live.transport import OutgoingRefusedError

ReadOutgoing = Callable[[str, Mapping[str, Any]], "tuple[str, str] | None"]
"""Reads ``(quantity in the venue's unit, client id)`` out of a request's path and fields; None where it is no order."""


def fields_of(request: requests.PreparedRequest) -> dict[str, Any]:
    """The fields of a request: of its JSON body, its form body or its query."""
    body: Any = request.body
    text = str(body.decode() if isinstance(body, bytes) else body or "")
    if text.startswith(("{", "[")):
        found = json.loads(text)
        return dict(found[0] if isinstance(found, list) else found)
    return dict(parse_qsl(text or urlsplit(str(request.url)).query))


def expect_order(read: ReadOutgoing, quantity: Decimal, wire_id: str) -> CheckOutgoing:
    """A guard that lets out one order of this quantity and id, and nothing that orders anything else."""
    left = False

    def check(request: requests.PreparedRequest) -> None:
        nonlocal left
        found = read(urlsplit(str(request.url)).path, fields_of(request))
        if found is None:
            return
        amount, client_id = found
        if left:
            raise OutgoingRefusedError(f"order {wire_id} would leave twice in one call")
        if not _same(amount, quantity) or client_id != wire_id:
            wanted = f"{quantity} as {wire_id}"
            raise OutgoingRefusedError(f"the order that would leave is {amount} as {client_id}, asked was {wanted}")
        left = True

    return check


def _same(amount: str, quantity: Decimal) -> bool:
    try:
        return Decimal(amount) == quantity
    except InvalidOperation:
        return False
