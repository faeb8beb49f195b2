"""Numbers as clients send them in text: plain ASCII digits, few enough for exact arithmetic.

``int`` and ``Decimal`` read more than a venue does: digits of other alphabets, ``1_000``, spaces, any exponent.
"""

from __future__ import annotations

import re
from decimal import Decimal

_WHOLE = re.compile(r"[0-9]{1,20}")
_DECIMAL = re.compile(r"[0-9]{1,20}(\.[0-9]{1,20})?")


def whole_number(text: str) -> int | None:
    """A whole number of at most 20 digits, or None."""
    return int(text) if _WHOLE.fullmatch(text) else None


def decimal_number(text: str) -> Decimal | None:
    """A number of at most 20 digits on either side of its point, without sign and exponent, or None."""
    return Decimal(text) if _DECIMAL.fullmatch(text) else None
