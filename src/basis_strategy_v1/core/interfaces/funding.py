"""A funding payment as deltas, where funding is known by the venue's records alone."""

from __future__ import annotations

from basis_strategy_v1.core.domain.deltas import Cost, ExecutionDeltas
from basis_strategy_v1.core.domain.orders import FundingPayment
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec


def funding_deltas(payment: FundingPayment, spec: VenueSpec) -> ExecutionDeltas:
    """What the venue exchanged at one settlement; a settlement that is told twice has the same id."""
    currency = spec.margin_currency
    return ExecutionDeltas(
        instruction_id=f"funding.{payment.venue}.{payment.symbol}.{payment.timestamp}",
        venue=payment.venue,
        changes={spec.margin_location: {currency: payment.amount}},
        costs=(Cost("funding", currency, -payment.amount),),
        order_status="settled",
    )
