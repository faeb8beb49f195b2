"""The value types of configuration fields: how they are read, written back and described."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer
from pydantic_core import PydanticCustomError

from basis_strategy_v1.config.durations import DURATION_FORM, duration_text, parse_duration
from basis_strategy_v1.core.domain.field_reader import to_decimal
from basis_strategy_v1.core.domain.timestamps import to_iso, to_nanoseconds

TIME_FORM = "an ISO time such as 2024-07-01T00:00Z"

NUMBER_SIZE = "number_size"
"""The type of error for a number that is too large or too fine."""


class Allowed:
    """Carries the text that describes the values a type takes; validation ignores it."""

    def __init__(self, text: str) -> None:
        self.text = text


class ConfigModel(BaseModel):
    """A frozen section of the configuration that knows all its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


def plain_number(value: Decimal) -> int | float | str:
    """``value`` as YAML writes it: whole, or the float that reads back as the same decimal, else text."""
    if value == value.to_integral_value():
        return int(value)
    as_float = float(value)
    return as_float if Decimal(repr(as_float)) == value else str(value)


def _bounded(value: Decimal) -> Decimal:
    # Beyond this, sums and products of amounts would leave the precision that keeps them exact.
    if to_decimal(value) is None:
        raise PydanticCustomError(NUMBER_SIZE, "below 1e21 and with at most 30 decimal places")
    return value


def _time(value: Any) -> int:
    if not isinstance(value, str | date | datetime):
        raise ValueError(f"not a time: {value!r}")
    return to_nanoseconds(value)


def _location_map(value: Any) -> Any:
    return {value: Decimal(1)} if isinstance(value, str) else value


Number = Annotated[Decimal, AfterValidator(_bounded), PlainSerializer(plain_number)]
"""A decimal, exact as written, below 1e21 and with at most 30 decimal places."""

Duration = Annotated[int, BeforeValidator(parse_duration), PlainSerializer(duration_text), Allowed(DURATION_FORM)]
"""Nanoseconds, written ``8h``."""

Time = Annotated[int, BeforeValidator(_time), PlainSerializer(to_iso), Allowed(TIME_FORM)]
"""Nanoseconds since the epoch, written as ISO text."""

Shares = Annotated[dict[str, Number], Allowed("a map of venue to share, each from 0 to 1, that sums to 1")]
"""Parts of a whole by venue or location."""

Fee = Annotated[Decimal, Field(ge=0), AfterValidator(_bounded), PlainSerializer(plain_number)]
"""An amount that is paid."""

LocationShares = Annotated[
    dict[str, Number],
    BeforeValidator(_location_map),
    Allowed("a location, or a map of location to share that sums to 1"),
]
"""Parts of a whole by location; a single name is the whole."""
