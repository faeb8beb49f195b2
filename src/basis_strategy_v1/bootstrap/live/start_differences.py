"""What books and venues may differ by at a start, because the run that follows deals with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from basis_strategy_v1.core.domain.bookings import Booking
from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.core.domain.settings import Flow
from basis_strategy_v1.core.reconciliation.compare import Difference
from basis_strategy_v1.core.reconciliation.outside_money import is_money

DECLARED = "flow."
"""How the ids of flows begin that a person has declared."""


def refused_differences(
    found: Sequence[Difference], bookings: Sequence[Booking], *, is_closing: bool
) -> Sequence[Difference]:
    """Those of ``found`` at one venue that no start goes on with.

    An exit takes money in or sets it aside, as it does in a process that runs. Declared money that its venue does not
    show holds decisions until it does, or until the contrary is declared.
    """
    if is_closing and is_money(found):
        return ()
    return [item for item in found if not unshown_flows(item, bookings)]


def unshown_flows(difference: Difference, bookings: Sequence[Booking]) -> Sequence[tuple[str, Flow]]:
    """The declared flow, or the last of them, that come to exactly what the books hold and the venue does not."""
    place, asset = difference.location, difference.asset
    missing = difference.expected - difference.actual
    summed, latest = ZERO, []
    for flow_id, flow in _declared(place, asset, bookings):
        if flow.amount == missing:
            return ((flow_id, flow),)
        latest.append((flow_id, flow))
        summed += flow.amount
        if summed == missing:
            return latest
    return ()


def _declared(place: str, asset: str, bookings: Sequence[Booking]) -> Iterable[tuple[str, Flow]]:
    """Booked flows of an asset at a place, the last one first."""
    for booking in reversed(bookings):
        amount = booking.changes.get(place, {}).get(asset)
        if booking.booking_id.startswith(DECLARED) and amount is not None:
            yield booking.booking_id, Flow(timestamp=booking.timestamp, amount=amount, asset=asset, location=place)
