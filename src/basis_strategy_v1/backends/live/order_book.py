"""What taking a quantity would cost, from a venue's order book."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from basis_strategy_v1.backends.live.dialects.venue_records import Level
from basis_strategy_v1.core.domain.quantities import ZERO, divide_nearest

PRICE_STEP = Decimal("1e-8")


def mean_price(offers: Iterable[Level], quantity: Decimal) -> Decimal | None:
    """The mean price of taking ``quantity`` from ``offers``; None when they do not hold as much."""
    left, value = quantity, ZERO
    for price, available in offers:
        taken = min(left, available)
        value += taken * price
        left -= taken
        if not left:
            return divide_nearest(value, quantity, PRICE_STEP)
    return None
