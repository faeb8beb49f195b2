"""A configuration key: what it means, what it takes in words, and how its value is read and written back."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any, get_args

import msgspec

from basis_strategy_v1.config.durations import DURATION_FORM, duration_text
from basis_strategy_v1.config.values import (
    Bound,
    Bounds,
    plain_number,
    plain_numbers,
    read_choice,
    read_duration,
    read_filled_text,
    read_flag,
    read_map,
    read_number,
    read_text,
    read_time,
    read_whole_number,
)
from basis_strategy_v1.core.domain.timestamps import to_iso

TIME_FORM = "an ISO time such as 2024-07-01T00:00Z"


def unchanged(value: Any) -> Any:
    """What is plain data already is written as it is."""
    return value


class Key(msgspec.Struct, frozen=True):
    """One key that holds a value.

    Attributes:
        meaning: what it is for.
        allowed: what it takes, in words: ``a number, 0 < value < 1``, ``swap or queue``.
        read: the checked value of what was given; raises NotTakenError.
        write: the plain value, which ``read`` takes again.
    """

    meaning: str
    allowed: str
    read: Callable[[Any], Any]
    write: Callable[[Any], Any] = unchanged


def number(
    meaning: str, *, gt: Bound | None = None, ge: Bound | None = None, lt: Bound | None = None, le: Bound | None = None
) -> Key:
    """A decimal in a range."""
    bounds = Bounds(gt=gt, ge=ge, lt=lt, le=le)
    return Key(meaning, _with_bounds("a number", bounds), partial(read_number, bounds=bounds), plain_number)


def whole_number(
    meaning: str, *, gt: int | None = None, ge: int | None = None, lt: int | None = None, le: int | None = None
) -> Key:
    """A whole number in a range."""
    bounds = Bounds(gt=gt, ge=ge, lt=lt, le=le)
    return Key(meaning, _with_bounds("a whole number", bounds), partial(read_whole_number, bounds=bounds))


def flag(meaning: str) -> Key:
    """true or false."""
    return Key(meaning, "true or false", read_flag)


def text(meaning: str) -> Key:
    """Text, which may be empty."""
    return Key(meaning, "text", read_text)


def filled_text(meaning: str) -> Key:
    """Text of at least one character."""
    return Key(meaning, "text", read_filled_text)


def choice(meaning: str, literal: Any) -> Key:
    """One of the words of a ``Literal``."""
    options: tuple[str, ...] = get_args(literal)
    return Key(meaning, " or ".join(options), partial(read_choice, options=options))


def time(meaning: str) -> Key:
    """Nanoseconds since the epoch, written as ISO text."""
    return Key(meaning, TIME_FORM, read_time, to_iso)


def duration(meaning: str, *, gt: int | None = None) -> Key:
    """Nanoseconds, written ``8h``."""
    return Key(meaning, DURATION_FORM, partial(read_duration, bounds=Bounds(gt=gt)), duration_text)


def numbers(meaning: str, allowed: str, *, ge: Bound | None = None) -> Key:
    """A map of names to decimals."""
    read = partial(read_number, bounds=Bounds(ge=ge))
    return Key(meaning, allowed, partial(read_map, read=read), plain_numbers)


def location_shares(meaning: str) -> Key:
    """A map of locations to parts of a whole; a single name is the whole."""
    allowed = "a location, or a map of location to share that sums to 1"
    return Key(meaning, allowed, _read_location_shares, plain_numbers)


def texts(meaning: str, allowed: str) -> Key:
    """A map of names to texts."""
    return Key(meaning, allowed, partial(read_map, read=read_text))


def sections(meaning: str) -> Key:
    """A list of sections, each of which is read as what it is."""
    return Key(meaning, "a list", unchanged)


def documents(meaning: str) -> Key:
    """A map of names to mappings that are checked elsewhere; null stands for an empty one."""
    return Key(meaning, "a mapping", partial(read_map, read=_document))


def _document(value: Any) -> Any:
    if value is None:
        return None
    return read_map(value, unchanged)


def _read_location_shares(value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        return {value: Decimal(1)}
    return read_map(value, partial(read_number, bounds=Bounds()))


def _with_bounds(words: str, bounds: Bounds) -> str:
    return f"{words}, {range_words}" if (range_words := bounds.in_words()) else words
