"""What the ledger was told, in the form in which it outlives the process."""

from __future__ import annotations

import msgspec

from basis_strategy_v1.core.domain.deltas import Changes, Fill


class Booking(msgspec.Struct, frozen=True, kw_only=True):
    """One change of the books. Bookings replayed in their order give the ledger again.

    ``order_id`` and ``fills`` say which of an order's fills are in it, so that none is ever booked twice. ``note`` says
    what else is worth keeping: the deposit that an arrival was, or why a person has booked it.
    """

    timestamp: int
    booking_id: str
    changes: Changes
    order_id: str = ""
    fills: tuple[Fill, ...] = ()
    note: str = ""
