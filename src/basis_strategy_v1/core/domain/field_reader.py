"""Reads the fields of one instruction given as a mapping, and says precisely which one is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from reprlib import Repr
from typing import Any, NoReturn

from basis_strategy_v1.core.error_codes.exceptions import ComponentError

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?")
_MOST_DECIMAL_PLACES = 30
_HIGHEST_EXPONENT = 20
# More than any token needs, and few enough digits that amount times price stays exact in the ledger.
_LONGEST_SHOWN = 60
_shortener = Repr()
_shortener.maxlevel = 2
_shortener.maxstring = _shortener.maxother = _LONGEST_SHOWN


def shown(value: object) -> str:
    """``value`` as an error message shows it: on one line, shortened, however deep or long it is."""
    if isinstance(value, Decimal):
        text = str(value)
    elif isinstance(value, int) and value.bit_length() > _LONGEST_SHOWN:
        return f"a whole number of {value.bit_length()} bits"
    else:
        text = _shortener.repr(value)
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 3] + "..."


def refuse(where: str, problem: str) -> NoReturn:
    """Refuse an instruction for one of its fields (EIM-004)."""
    raise ComponentError("EIM-004", f"{where}: {problem}")


def to_decimal(value: object) -> Decimal | None:
    """``value`` as a finite Decimal, or None where it is no such number (or too large or too fine to be an amount).

    Decimal text, int and Decimal are taken as they are, a float through its shortest text. A bool is no number.
    """
    if isinstance(value, Decimal):
        number = value
    elif isinstance(value, bool):
        return None
    elif isinstance(value, int):
        if value.bit_length() > 4 * _HIGHEST_EXPONENT:
            return None
        number = Decimal(value)
    elif isinstance(value, float):
        number = Decimal(float.__repr__(value))
    elif isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        number = Decimal(value.strip())
    else:
        return None
    return number if _is_in_range(number) else None


def _is_in_range(number: Decimal) -> bool:
    if not number.is_finite():
        return False
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -_MOST_DECIMAL_PLACES and number.adjusted() <= _HIGHEST_EXPONENT


class FieldReader:
    """Takes fields out of a mapping one by one; ``finish`` refuses what nobody took.

    A field whose value is None counts as absent. Every refusal is a ``ComponentError`` EIM-004 that names the
    instruction, the field and the value.
    """

    __slots__ = ("_fields", "_known", "where")

    def __init__(self, fields: Mapping[Any, Any], where: str) -> None:
        self._fields = {name: value for name, value in fields.items() if value is not None}
        self._known: list[str] = []
        self.where = where

    def refuse(self, field: str, value: object, rule: str) -> NoReturn:
        """Refuse ``value`` of ``field``, which breaks ``rule``."""
        refuse(self.where, f"{field} = {shown(value)}: {rule}")

    def has(self, field: str) -> bool:
        """Whether the field is there and was not taken yet."""
        return field in self._fields

    def take(self, field: str) -> Any:
        """The raw value of ``field``, or None."""
        self._known.append(field)
        return self._fields.pop(field, None)

    def text(self, field: str, *, required: bool = False) -> str:
        """A text without surrounding blanks; ``""`` when absent."""
        value = self.take(field)
        if value is None:
            if required:
                refuse(self.where, f"{field} is missing")
            return ""
        if not isinstance(value, str) or not value.strip() or not value.isprintable():
            self.refuse(field, value, "must be a text that is not empty")
        return value.strip()

    def choice(self, field: str, choices: Mapping[str, str], *, default: str | None = None) -> str:
        """One of ``choices`` (lower-case spelling -> meaning), in any case; required without a default."""
        text = self.text(field, required=default is None)
        if not text:
            return default or ""
        meaning = choices.get(text.lower())
        if meaning is None:
            self.refuse(field, text, f"must be one of {', '.join(choices)}")
        return meaning

    def flag(self, field: str) -> bool:
        """A true or false; false when absent."""
        value = self.take(field)
        if value is not None and not isinstance(value, bool):
            self.refuse(field, value, "must be true or false")
        return bool(value)

    def whole_number(self, field: str, *, positive: bool) -> int | None:
        """A whole number, or None."""
        value = self.take(field)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or value.bit_length() > 63 or (positive and value < 1):
            self.refuse(field, value, f"must be a whole number{' above 0' if positive else ''}")
        return value

    def number(self, field: str) -> Decimal | None:
        """A finite number, or None."""
        value = self.take(field)
        return None if value is None else self.as_number(field, value)

    def as_number(self, field: str, value: object) -> Decimal:
        """``value`` of ``field`` as a finite number."""
        number = to_decimal(value)
        if number is None:
            self.refuse(field, value, "must be a finite number such as 1.5, below 1e21, with at most 30 decimal places")
        return number

    def positive(self, field: str) -> Decimal | None:
        """A number above zero, or None."""
        number = self.number(field)
        if number is not None and number <= 0:
            self.refuse(field, number, "must be above 0")
        return number

    def required_positive(self, field: str) -> Decimal:
        """A number above zero."""
        number = self.positive(field)
        if number is None:
            refuse(self.where, f"{field} is missing")
        return number

    def fraction(self, field: str) -> Decimal | None:
        """A number from 0 up to, but not including, 1; or None."""
        number = self.number(field)
        if number is not None and not 0 <= number < 1:
            self.refuse(field, number, "must be a fraction from 0 up to 1, such as 0.005")
        return number

    def estimated_deltas(self) -> dict[str, dict[str, Decimal]] | None:
        """The optional ``{location: {asset: amount}}`` (signed) that the instruction is expected to bring about."""
        field = "estimated_deltas"
        value = self.take(field)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            self.refuse(field, value, "must be {location: {asset: amount}}")
        deltas: dict[str, dict[str, Decimal]] = {}
        for location, assets in value.items():
            if not isinstance(location, str) or not isinstance(assets, Mapping):
                self.refuse(field, value, "must be {location: {asset: amount}}")
            named = ((asset, f"{field}.{location}.{asset}", amount) for asset, amount in assets.items())
            deltas[location] = {str(asset): self.as_number(path, amount) for asset, path, amount in named}
        return deltas

    def finish(self) -> None:
        """Refuse fields that nobody took."""
        for field in self._fields:
            if field in ("instruction_id", "purpose"):
                refuse(self.where, f"{field} is set by the engine and cannot be given")
            refuse(self.where, f"unknown field {shown(field)}{self._suggestion(field)}")

    def _suggestion(self, field: object) -> str:
        from difflib import get_close_matches

        matches = get_close_matches(str(field), self._known, n=1)
        return f"; did you mean {matches[0]!r}?" if matches else f"; known are {', '.join(dict.fromkeys(self._known))}"
