"""What each kind of fault can be told, checked when the rule is scripted rather than when it strikes."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec

from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.sandbox.mishaps import Mishap, mishap_of

_REFUSAL = ("status", "message")
_OPTIONS: dict[str, tuple[str, ...]] = {
    "http_5xx_before": _REFUSAL,
    "http_5xx_after": _REFUSAL,
    "maintenance": _REFUSAL,
    "rate_limit_429": (*_REFUSAL, "retry_after"),
    "banned_418": (*_REFUSAL, "retry_after"),
    "garbage_200_before": ("body",),
    "garbage_200_after": ("body",),
    "lookup_lag": ("polls",),
    "duplicate_delivery": ("answer",),
    "partial_then_cancel": ("share",),
    "clock_skew": ("ms",),
    "withdrawal_frozen": ("mode",),
    "withdrawal_astray": Mishap.__struct_fields__,
}
_TYPES: dict[str, Any] = {
    "status": Annotated[int, msgspec.Meta(ge=200, le=599)],
    "message": str,
    "retry_after": Annotated[float, msgspec.Meta(ge=0, le=86_400)],
    "body": str,
    "polls": Annotated[int, msgspec.Meta(ge=0)],
    "answer": Literal["first", "second"],
    "share": Decimal,
    "ms": Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)],
    "mode": Literal["refused", "held"],
}


def check_options(kind: str, options: Mapping[str, Any]) -> None:
    """Refuse options that a fault of this kind has not, and values that make no sense.

    Raises:
        ComponentError: CFG-003.
    """
    known = _OPTIONS.get(kind, ())
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise ComponentError("CFG-003", f"{kind} has no options {unknown}", remedy=f"Known: {', '.join(known) or '-'}.")
    if kind == "withdrawal_astray":
        mishap_of(options)
        return
    for name, value in options.items():
        _check(kind, name, value)


def _check(kind: str, name: str, value: Any) -> None:
    remedy = f"Mend {name} in the rule's options."
    try:
        read = msgspec.convert(value, _TYPES[name])
    except msgspec.ValidationError as error:
        raise ComponentError("CFG-003", f"{kind}: {name}: {error}", remedy=remedy) from error
    if name == "share" and not (read.is_finite() and 0 <= read <= 1):
        raise ComponentError("CFG-003", f"{kind}: a share is from 0 to 1, not {value}", remedy=remedy)
