"""Funding payments as venues report them: an amount, from which the quantity follows."""

from __future__ import annotations

from decimal import Decimal

from basis_strategy_v1.core.domain.conversions import float_from_decimal
from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.orders import FundingPayment
from basis_strategy_v1.core.domain.quantities import ZERO, divide_nearest


def funding_payment(
    instrument: Instrument,
    timestamp: int,
    amount: Decimal,
    rate: Decimal,
    mark: Decimal,
    quantity: Decimal | None = None,
) -> FundingPayment:
    """A payment; where the venue does not tell the quantity it is ``-amount / (mark x rate)`` to the step."""
    if quantity is None:
        quantity = divide_nearest(-amount, mark * rate, instrument.step) if mark and rate else ZERO
    return FundingPayment(
        timestamp=timestamp,
        venue=instrument.venue,
        symbol=instrument.symbol,
        rate=float_from_decimal(rate),
        mark_price=float_from_decimal(mark),
        quantity=quantity,
        amount=amount,
    )
