"""Numbers and times as a reader sees them."""

from __future__ import annotations

from decimal import Decimal

from basis_strategy_v1.core.domain.timestamps import to_iso

MINUS = "\N{MINUS SIGN}"
ABSENT = "\N{EN DASH}"
_PLACES = {"USDT": 2, "USD": 2, "ETH": 6}


def money(value: Decimal | str, currency: str) -> str:
    """``-1234.567`` -> ``\N{MINUS SIGN}1,234.57`` (two places in USDT, six in ETH)."""
    return _signed(f"{Decimal(value):,.{_PLACES.get(currency, 4)}f}")


def short(value: Decimal | str) -> str:
    """``0.0000000000582076`` -> ``5.82e-11`` (three significant digits)."""
    return f"{float(value):.3g}"


def percent(fraction: float | None) -> str:
    """``0.0512`` -> ``5.12 %``."""
    return ABSENT if fraction is None else _signed(f"{fraction * 100:.2f}") + " %"


def ratio(value: float | None) -> str:
    """Two places."""
    return ABSENT if value is None else _signed(f"{value:.2f}")


def minute(timestamp: int | str) -> str:
    """``2024-05-12 08:00`` of ns UTC or ISO text."""
    text = timestamp if isinstance(timestamp, str) else to_iso(timestamp)
    return text[:16].replace("T", " ")


def day(timestamp: int | str) -> str:
    """``2024-05-12``."""
    return minute(timestamp)[:10]


def _signed(text: str) -> str:
    if not text.startswith("-"):
        return text
    is_zero = not text.strip("-0,.")
    return text[1:] if is_zero else MINUS + text[1:]
