"""Reads a request's parameters as Binance does: from query and body, each known, none twice, each well formed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from urllib.parse import parse_qsl

from basis_strategy_v1.sandbox.binance.errors import BinanceError, missing
from basis_strategy_v1.sandbox.numerals import decimal_number, whole_number
from basis_strategy_v1.sandbox.wire import Request

_DECIMAL = r"^([0-9]{1,20})(\.[0-9]{1,20})?$"
_INTEGER = r"^[0-9]{1,20}$"
_SIGNING = ("timestamp", "recvWindow", "signature")


class Parameters:
    """The parameters of one request as text, read one by one."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)

    def names(self) -> list[str]:
        """All names, signing included."""
        return list(self._values)

    def check_known(self, known: Iterable[str], *, signed: bool) -> None:
        """Refuse parameters that the endpoint does not read.

        Raises:
            BinanceError: -1104.
        """
        readable = {*known, *(_SIGNING if signed else ())}
        read = sum(1 for name in self._values if name in readable)
        if read < len(self._values):
            words = f"Not all sent parameters were read; read '{read}' parameter(s) but was sent '{len(self._values)}'."
            raise BinanceError(-1104, words)

    def text(self, name: str) -> str | None:
        """A parameter's text, or None where it was not sent.

        Raises:
            BinanceError: -1105 when it was sent empty.
        """
        value = self._values.get(name)
        if value == "":
            raise BinanceError(-1105, f"Parameter '{name}' was empty.")
        return value

    def need(self, name: str) -> str:
        """A parameter's text.

        Raises:
            BinanceError: -1102 where it is missing or empty.
        """
        value = self._values.get(name)
        if not value:
            raise missing(name)
        return value

    def decimal(self, name: str) -> Decimal | None:
        """A positive number, or None.

        Raises:
            BinanceError: -1100.
        """
        value = self.text(name)
        if value is None:
            return None
        number = decimal_number(value)
        if number is None:
            raise illegal_characters(name, _DECIMAL)
        return number

    def need_decimal(self, name: str) -> Decimal:
        """A positive number.

        Raises:
            BinanceError: -1102, -1100.
        """
        self.need(name)
        value = self.decimal(name)
        assert value is not None
        return value

    def integer(self, name: str) -> int | None:
        """A whole number, or None.

        Raises:
            BinanceError: -1100.
        """
        value = self.text(name)
        if value is None:
            return None
        number = whole_number(value)
        if number is None:
            raise illegal_characters(name, _INTEGER)
        return number

    def flag(self, name: str) -> bool:
        """``true`` or ``false``; false where it was not sent.

        Raises:
            BinanceError: -1130.
        """
        value = (self.text(name) or "false").lower()
        if value not in ("true", "false"):
            raise BinanceError(-1130, f"Data sent for parameter '{name}' is not valid.")
        return value == "true"

    def choice(self, name: str, known: Iterable[str], error: BinanceError) -> str | None:
        """One of ``known``, or None where it was not sent.

        Raises:
            BinanceError: ``error``.
        """
        value = self.text(name)
        if value is not None and value not in known:
            raise error
        return value

    def limit(self, default: int, highest: int) -> int:
        """How many entries are wanted: the endpoint's default, and never more than its highest."""
        return min(self.integer("limit") or default, highest)


def read_parameters(request: Request) -> Parameters:
    """All parameters of ``request``; one that both query and body have is the query's.

    Raises:
        BinanceError: -1101 when either has one twice.
    """
    return Parameters(_single(request.body.decode("utf-8", "replace")) | _single(request.query))


def _single(text: str) -> dict[str, str]:
    pairs = parse_qsl(text, keep_blank_values=True)
    values = dict(pairs)
    if len(values) < len(pairs):
        raise BinanceError(-1101, "Duplicate values for a parameter detected.")
    return values


def response_type(parameters: Parameters, default: str) -> str:
    """How much an order's answer tells (``newOrderRespType``).

    Raises:
        BinanceError: -1130.
    """
    words = "Data sent for parameter 'newOrderRespType' is not valid."
    known = ("ACK", "RESULT", "FULL")
    return parameters.choice("newOrderRespType", known, BinanceError(-1130, words)) or default


def illegal_characters(name: str, pattern: str) -> BinanceError:
    """A parameter's text that the pattern does not match."""
    return BinanceError(-1100, f"Illegal characters found in parameter '{name}'; legal range is '{pattern}'.")
