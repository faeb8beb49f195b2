"""How OKX writes numbers and times: everything is text."""

from __future__ import annotations

from decimal import Decimal

from basis_strategy_v1.core.domain.quantities import round_nearest

_MONEY_STEP = Decimal("1e-12")


def number(value: Decimal) -> str:
    """A number as plain digits without trailing zeros."""
    if not value:
        return "0"
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def money(value: Decimal) -> str:
    """An amount that is a result of divisions, to 1e-12."""
    return number(round_nearest(value, _MONEY_STEP))


def quotient(numerator: Decimal, denominator: Decimal) -> str:
    """A ratio that only informs; empty without a denominator."""
    if not denominator:
        return ""
    return number(round_nearest(Decimal(str(float(numerator) / float(denominator))), _MONEY_STEP))
