"""Which bookings are made already, in memory that does not grow with the run.

A booking's id that comes again changes nothing. What comes again is nearly always young; the journal knows the others.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Protocol

from basis_strategy_v1.core.domain.bookings import Booking
from basis_strategy_v1.core.domain.ids import ID_DIGITS, run_key
from basis_strategy_v1.core.monitors.pnl_state import PnLState

KEPT = 100


class BookingJournal(Protocol):
    """What of a run's journal is needed here."""

    run_id: str

    def record_booking(self, booking: Booking, pnl: PnLState) -> None: ...

    def is_booked(self, booking_id: str) -> bool: ...


class BookedIds:
    """Keeps the set of ids that a ledger has applied down to the ``kept`` youngest.

    Ids of a run's instructions grow, so of one beyond all that are booked nobody needs to be asked: so it is with
    nearly every instruction.

    Args:
        applied: the ledger's own set, which is made smaller from here.
    """

    def __init__(self, journal: BookingJournal, applied: set[str], kept: int = KEPT) -> None:
        self._journal = journal
        self._applied = applied
        self._kept = kept
        self._key = run_key(journal.run_id)
        self._latest = ""
        self._young: deque[str] = deque()

    def replayed(self, bookings: Iterable[Booking]) -> None:
        """Note bookings of earlier processes, which the ledger has applied."""
        for booking in bookings:
            self._note(booking.booking_id)

    def keep(self, booking: Booking, pnl: PnLState) -> None:
        """Make a booking durable (a handler's ``keep_booking``), which the ledger has applied.

        Raises:
            ComponentError: PUH-004 as ``RunJournal.record_booking``.
        """
        self._journal.record_booking(booking, pnl)
        self._note(booking.booking_id)

    def was_booked(self, booking_id: str) -> bool:
        """Of an id that the ledger's set does not have: whether it was booked before those that it has."""
        if booking_id > self._latest and self._is_instruction(booking_id):
            return False
        return self._journal.is_booked(booking_id)

    def _note(self, booking_id: str) -> None:
        if booking_id > self._latest and self._is_instruction(booking_id):
            self._latest = booking_id
        self._young.append(booking_id)
        if len(self._young) > self._kept:
            self._applied.discard(self._young.popleft())

    def _is_instruction(self, booking_id: str) -> bool:
        return len(booking_id) == ID_DIGITS and booking_id.startswith(self._key)
