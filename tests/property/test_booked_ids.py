"""A ledger that forgets all but its youngest ids books each delta once all the same."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from basis_strategy_v1.core.domain.bookings import Booking
from basis_strategy_v1.core.domain.ids import InstructionIds
from basis_strategy_v1.core.execution.booked_ids import BookedIds
from basis_strategy_v1.core.monitors.pnl_state import PnLState
from tight_loop import TightLoop, perp_fill

RUN = "run-of-the-test"


class Rows:
    """The bookings of a journal, and how often it was asked for one."""

    run_id = RUN

    def __init__(self) -> None:
        self.bookings: dict[str, Booking] = {}
        self.asked = 0

    def record_booking(self, booking: Booking, pnl: PnLState) -> None:
        assert booking.booking_id not in self.bookings, "a journal takes each id once"
        self.bookings[booking.booking_id] = booking

    def is_booked(self, booking_id: str) -> bool:
        self.asked += 1
        return booking_id in self.bookings


def process(rows: Rows, kept: int) -> TightLoop:
    """A process whose books are open, and which remembers ``kept`` ids."""
    loop = TightLoop()
    booked = BookedIds(rows, loop.ledger.applied, kept)
    for booking in rows.bookings.values():
        loop.ledger.apply(booking.booking_id, booking.changes)
    booked.replayed(rows.bookings.values())
    loop.handler.keep_booking, loop.handler.was_booked = booked.keep, booked.was_booked
    return loop


def deliver(loop: TightLoop, ids: Iterable[str]) -> None:
    for name in ids:
        loop.handler.handle_position_update(0, perp_fill(name, "-0.001", "50000"), more_follow=True)


def units(loop: TightLoop) -> Decimal:
    return sum((item.amount for item in loop.ledger.perps), Decimal(0))


def names(count: int) -> list[str]:
    """Ids of instructions, and of what comes beside them: later fills, funding, somebody else's ids."""
    drawn = InstructionIds(RUN)
    of_trades = [drawn.next(step // 3) for step in range(count)]
    others = [f"{of_trades[0]}.trade-1", "funding.binance.BTCUSDT.5", "f" * 32, f"{of_trades[-1]}.arrival"]
    return [*of_trades, *others]


@given(st.integers(1, 8), st.data())
def test_shuffled_and_repeated_deltas_are_booked_once_by_any_process_however_little_it_remembers(
    kept: int, data: st.DataObject
) -> None:
    known = names(data.draw(st.integers(1, 20)))
    rows = Rows()
    delivered: set[str] = set()
    for _ in range(data.draw(st.integers(1, 3))):
        loop = process(rows, kept)
        told = data.draw(st.lists(st.sampled_from(known), max_size=60))
        deliver(loop, told)
        delivered |= {*told}
        assert rows.bookings.keys() == delivered
        assert len(loop.ledger.applied - {"opening"}) <= kept
        assert units(loop) - units(TightLoop()) == Decimal("-0.001") * len(delivered)
        assert all(map(loop.handler.has_booked, delivered))
        assert not any(map(loop.handler.has_booked, {*known} - delivered))


@given(st.integers(1, 8), st.integers(1, 40))
def test_of_instructions_in_their_order_nobody_is_asked(kept: int, count: int) -> None:
    rows = Rows()
    drawn = InstructionIds(RUN)
    deliver(process(rows, kept), [drawn.next(step) for step in range(count)])
    assert len(rows.bookings) == count and rows.asked == 0
