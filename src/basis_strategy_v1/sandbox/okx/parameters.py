"""A request's parameters, as query text or JSON; what the venue does not know it ignores."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from basis_strategy_v1.sandbox.numerals import decimal_number, whole_number
from basis_strategy_v1.sandbox.okx.errors import WireError, bad_parameter, empty_parameter
from basis_strategy_v1.sandbox.wire import UNREADABLE_JSON, Request


class Parameters:
    """Parameters by name. Readers raise ``WireError`` for what makes no sense; empty text is absent."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def text(self, name: str, default: str = "") -> str:
        """A text; numbers and booleans are taken as the text they print as."""
        value = self._values.get(name)
        if value is None or value == "":
            return default
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, (dict, list)):
            raise bad_parameter(name)
        return str(value)

    def required(self, name: str) -> str:
        """A text that must be there."""
        value = self.text(name)
        if not value:
            raise empty_parameter(name)
        return value

    def has_entries(self, name: str) -> bool:
        """Whether a list or an object that is not empty is there."""
        return bool(self._values.get(name))

    def flag(self, name: str) -> bool:
        """A boolean, false when absent."""
        text = self.text(name, "false").lower()
        if text not in ("true", "false"):
            raise bad_parameter(name)
        return text == "true"

    def decimal(self, name: str) -> Decimal | None:
        """A finite number above 0, or None when absent."""
        text = self.text(name)
        if not text:
            return None
        value = decimal_number(text)
        if not value:
            raise bad_parameter(name)
        return value

    def integer(self, name: str, default: int) -> int:
        """A whole number, 0 or above."""
        text = self.text(name)
        if not text:
            return default
        value = whole_number(text)
        if value is None:
            raise bad_parameter(name)
        return value


def parameters_of(request: Request) -> list[Parameters]:
    """The parameters of a request: one set, or one per entry where a POST sends an array.

    Raises:
        WireError: 50000 or 50002 for a body that is no JSON.
    """
    if request.method != "POST":
        return [Parameters(dict(parse_qsl(request.query, keep_blank_values=True)))]
    if not request.body:
        raise WireError("50000", "Body for POST request cannot be empty.", 400)
    try:
        body = msgspec.json.decode(request.body)
    except UNREADABLE_JSON:
        raise WireError("50002", "JSON syntax error", 400) from None
    entries = body if isinstance(body, list) else [body]
    if not entries or not all(isinstance(entry, dict) for entry in entries):
        raise WireError("50002", "JSON syntax error", 400)
    return [Parameters(entry) for entry in entries]
