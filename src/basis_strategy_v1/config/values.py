"""Values of configuration: how each kind is read, checked and written back as plain data."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from basis_strategy_v1.config.durations import parse_duration
from basis_strategy_v1.core.domain.field_reader import to_decimal
from basis_strategy_v1.core.domain.timestamps import to_nanoseconds

Bound = Decimal | int


class NotTakenError(ValueError):
    """A value that its key does not take.

    Attributes:
        value: what was given.
        path: where it lies below the key: the names of a map, the numbers of a list.
        limit: what is asked of it beside what the key says, in words.
    """

    def __init__(self, value: object, path: tuple[str | int, ...] = (), limit: str = "") -> None:
        super().__init__(repr(value))
        self.value = value
        self.path = path
        self.limit = limit

    def below(self, name: str | int) -> NotTakenError:
        """The same, seen from one level further up."""
        return NotTakenError(self.value, (name, *self.path), self.limit)


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """The range of a number: greater than, at least, less than, at most."""

    gt: Bound | None = None
    ge: Bound | None = None
    lt: Bound | None = None
    le: Bound | None = None

    def hold(self, number: Bound) -> bool:
        """Whether ``number`` lies in the range."""
        return (
            (self.gt is None or number > self.gt)
            and (self.ge is None or number >= self.ge)
            and (self.lt is None or number < self.lt)
            and (self.le is None or number <= self.le)
        )

    def in_words(self) -> str:
        """``0 < value <= 1``, or empty where there is no bound."""
        low = f"{self.gt} < " if self.gt is not None else f"{self.ge} <= " if self.ge is not None else ""
        high = f" < {self.lt}" if self.lt is not None else f" <= {self.le}" if self.le is not None else ""
        return f"{low}value{high}" if low or high else ""


def read_number(value: Any, bounds: Bounds) -> Decimal:
    """A decimal, exact as written, below 1e21 and with at most 30 decimal places."""
    number = to_decimal(value)
    if number is not None and bounds.hold(number):
        return number
    # Beyond this, sums and products of amounts would leave the precision that keeps them exact.
    is_size = number is None and _is_number_within(value, bounds)
    raise NotTakenError(value, limit="below 1e21 and with at most 30 decimal places" if is_size else "")


def read_whole_number(value: Any, bounds: Bounds) -> int:
    """A whole number; 3.0 is one."""
    number = to_decimal(value)
    if number is None or number != number.to_integral_value() or not bounds.hold(number):
        raise NotTakenError(value)
    return int(number)


def read_flag(value: Any) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise NotTakenError(value)
    return value


def read_text(value: Any) -> str:
    """Text, which may be empty."""
    if not isinstance(value, str):
        raise NotTakenError(value)
    return value


def read_filled_text(value: Any) -> str:
    """Text of at least one character."""
    if not read_text(value):
        raise NotTakenError(value)
    return str(value)


def read_choice(value: Any, options: tuple[str, ...]) -> str:
    """One of ``options``."""
    if not isinstance(value, str) or value not in options:
        raise NotTakenError(value)
    return value


def read_time(value: Any) -> int:
    """Nanoseconds since the epoch of an ISO text, a date or a datetime."""
    if not isinstance(value, str | date | datetime):
        raise NotTakenError(value)
    try:
        return to_nanoseconds(value)
    except (ValueError, OverflowError) as error:
        raise NotTakenError(value) from error


def read_duration(value: Any, bounds: Bounds) -> int:
    """Nanoseconds of ``8h``."""
    try:
        duration = parse_duration(value)
    except ValueError as error:
        raise NotTakenError(value) from error
    if not bounds.hold(duration):
        raise NotTakenError(value)
    return duration


def read_map(value: Any, read: Callable[[Any], Any]) -> dict[str, Any]:
    """A map of names to values, each as ``read`` takes it."""
    if not isinstance(value, dict):
        raise NotTakenError(value)
    found = {}
    for name, inner in value.items():
        if not isinstance(name, str):
            raise NotTakenError(name, (str(name),))
        try:
            found[name] = read(inner)
        except NotTakenError as error:
            raise error.below(name) from None
    return found


def plain_number(value: Decimal) -> int | float | str:
    """``value`` as YAML writes it: whole, or the float that reads back as the same decimal, else text."""
    if value == value.to_integral_value():
        return int(value)
    as_float = float(value)
    return as_float if Decimal(repr(as_float)) == value else str(value)


def plain_numbers(values: dict[str, Decimal]) -> dict[str, int | float | str]:
    """Every number of a map as YAML writes it."""
    return {name: plain_number(value) for name, value in values.items()}


def _is_number_within(value: Any, bounds: Bounds) -> bool:
    if isinstance(value, bool):
        return False
    try:
        number = Decimal(value)
    except (InvalidOperation, TypeError, ValueError):
        return False
    return number.is_finite() and bounds.hold(number)
