"""Bookings that a person makes while nothing runs: of ledger and P&L the same change as a running engine makes."""

from __future__ import annotations

from basis_strategy_v1.core.domain.bookings import Booking
from basis_strategy_v1.core.domain.deltas import ExecutionDeltas
from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.core.interfaces.transfers_in_flight import IN_TRANSIT
from basis_strategy_v1.core.monitors.pnl_state import PnLState


def booked_by_hand(deltas: ExecutionDeltas, pnl: PnLState, timestamp: int, note: str) -> tuple[Booking, PnLState]:
    """What has become of a transfer as a booking, and P&L after it, at the prices that holdings were last valued at.

    Args:
        deltas: of one token; costs are what they lose.
        pnl: after the last booking, which knows the token's price, for it was on its way.
        note: kept with the booking.
    """
    buckets = dict(pnl.buckets)
    prices = {location: dict(assets) for location, assets in pnl.prices.items()}
    gained = ZERO
    for location, assets in deltas.changes.items():
        for asset, amount in assets.items():
            price = pnl.prices[IN_TRANSIT][asset]
            prices.setdefault(location, {}).setdefault(asset, price)
            gained += amount * price
    for cost in deltas.costs:
        buckets[cost.bucket] -= cost.amount * pnl.prices[IN_TRANSIT][cost.asset]
    booking = Booking(timestamp=timestamp, booking_id=deltas.instruction_id, changes=deltas.changes, note=note)
    after = PnLState(
        buckets=buckets,
        flows=pnl.flows,
        initial_nav=pnl.initial_nav,
        nav=pnl.nav + gained,
        explained=pnl.explained + gained,
        reference=pnl.reference,
        prices=prices,
    )
    return booking, after
