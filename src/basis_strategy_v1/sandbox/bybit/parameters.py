"""A request's parameters, as query text or JSON; what the venue does not know it ignores."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from basis_strategy_v1.sandbox.bybit.errors import bad_parameter
from basis_strategy_v1.sandbox.numerals import decimal_number, whole_number
from basis_strategy_v1.sandbox.wire import UNREADABLE_JSON, Request

KEY_HEADER = "x-bapi-api-key"
CATEGORIES = ("spot", "linear", "inverse", "option")


class Parameters:
    """Parameters by name. Every reader raises ``WireError`` 10001 for what makes no sense; empty text is absent.

    Attributes:
        key: the API key that asks; empty where nothing is signed.
    """

    __slots__ = ("_values", "key")

    def __init__(self, values: Mapping[str, Any], key: str = "") -> None:
        self._values = values
        self.key = key

    @classmethod
    def of(cls, request: Request) -> Parameters:
        """Those of a request: the query of a GET, the JSON body of a POST."""
        key = request.headers.get(KEY_HEADER, "")
        if request.method != "POST":
            return cls(dict(parse_qsl(request.query, keep_blank_values=True)), key)
        try:
            body = msgspec.json.decode(request.body or b"{}")
        except UNREADABLE_JSON:
            raise bad_parameter("not a JSON body") from None
        if not isinstance(body, dict):
            raise bad_parameter("the body is no JSON object")
        return cls(body, key)

    def text(self, name: str, default: str = "") -> str:
        """A text; numbers are taken as the text they print as."""
        value = self._values.get(name)
        if value is None or value == "":
            return default
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, (dict, list)):
            raise bad_parameter(f"{name} is invalid")
        return str(value)

    def required(self, name: str) -> str:
        """A text that must be there."""
        value = self.text(name)
        if not value:
            raise bad_parameter(f"{name} is required")
        return value

    def flag(self, name: str) -> bool:
        """A boolean, false when absent."""
        text = self.text(name, "false").lower()
        if text not in ("true", "false"):
            raise bad_parameter(f"{name} is invalid")
        return text == "true"

    def decimal(self, name: str) -> Decimal | None:
        """A finite number above 0, or None when absent; the venue takes numbers as text only."""
        value = self._values.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise bad_parameter(f"{name} must be a string")
        number = decimal_number(value)
        if not number:
            raise bad_parameter(f"{name} is invalid")
        return number

    def integer(self, name: str, default: int, lowest: int = 0, highest: int = 2**63) -> int:
        """A whole number from ``lowest`` to ``highest``."""
        text = self.text(name)
        if not text:
            return default
        value = whole_number(text)
        if value is None or not lowest <= value <= highest:
            raise bad_parameter(f"{name} is out of range")
        return value

    def moment(self, name: str) -> int | None:
        """A time in ms, or None when absent."""
        return self.integer(name, 0) if self.text(name) else None

    def category(self) -> str:
        """The product type."""
        category = self.required("category")
        if category not in CATEGORIES:
            raise bad_parameter("Illegal category")
        return category
