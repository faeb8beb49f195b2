"""What bookings say of transfers between venues: what has arrived of each, and which deposits that were."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

import msgspec

from basis_strategy_v1.core.domain.bookings import Booking
from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.core.domain.timestamps import NANOSECONDS_PER_HOUR
from basis_strategy_v1.core.execution.order_state import OrderState, Submission
from basis_strategy_v1.core.interfaces.transfers_in_flight import (
    ARRIVAL,
    CREDITED_AS,
    DEPOSIT,
    IN_TRANSIT,
    WRITE_OFF,
    TransferInFlight,
)

LISTED_AGAIN = 200 * NANOSECONDS_PER_HOUR
"""For how long a venue may bring a deposit up again."""


class BookedDeposit(msgspec.Struct, frozen=True):
    """A deposit that is in the books: at which location, under which id of the venue's, when (ns UTC)."""

    location: str
    deposit_id: str
    timestamp: int


def deposits_booked(bookings: Iterable[Booking]) -> tuple[BookedDeposit, ...]:
    """Those that a venue may bring up again, by the time of the last booking."""
    found = []
    latest = 0
    for booking in bookings:
        latest = booking.timestamp
        if booking.note.startswith(CREDITED_AS) and (ARRIVAL in booking.booking_id or DEPOSIT in booking.booking_id):
            deposit_id = booking.note.removeprefix(CREDITED_AS).partition(" ")[0]
            places = [location for location in booking.changes if location != IN_TRANSIT]
            found += [BookedDeposit(location, deposit_id, booking.timestamp) for location in places]
    return tuple(item for item in found if latest - item.timestamp <= LISTED_AGAIN)


def transfers_open(submissions: Iterable[Submission], bookings: Iterable[Booking]) -> tuple[TransferInFlight, ...]:
    """Of ``submissions`` the booked transfers that have not arrived in full, and what is missing of each.

    What was written off is among them: it may arrive after all.
    """
    booked: set[str] = set()
    arrived: dict[str, dict[str, Decimal]] = {}
    for booking in bookings:
        booked.add(booking.booking_id)
        client_id, is_deposit, deposit_id = booking.booking_id.partition(DEPOSIT)
        if is_deposit:
            arrived.setdefault(client_id, {})[deposit_id] = _credited(booking)
    return tuple(
        _in_flight(item, arrived.get(item.client_id, {}), f"{item.client_id}{WRITE_OFF}" in booked)
        for item in submissions
        if item.client_id in booked and is_under_way(item)
    )


def is_under_way(submission: Submission) -> bool:
    """Whether it is a transfer that a venue has taken and that takes its time."""
    report = submission.transfer_report
    return submission.state is OrderState.DONE and report is not None and report.arrives_at > 0


def _credited(booking: Booking) -> Decimal:
    changes = (assets for location, assets in booking.changes.items() if location != IN_TRANSIT)
    return sum((amount for assets in changes for amount in assets.values()), ZERO)


def _in_flight(submission: Submission, arrived: Mapping[str, Decimal], is_written_off: bool) -> TransferInFlight:
    request, report = submission.transfer, submission.transfer_report
    assert request is not None and report is not None
    return TransferInFlight(
        client_transfer_id=submission.client_id,
        token=report.token,
        amount=report.received - sum(arrived.values(), ZERO),
        from_location=request.from_location,
        to_location=request.to_location,
        arrives_at=report.arrives_at,
        is_written_off=is_written_off,
        deposits=frozenset(arrived),
    )
