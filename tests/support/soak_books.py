"""After a day of mishaps: what the venues have done against what the journal says was asked for and booked."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from basis_strategy_v1.backends.live.client_ids import wire_id
from basis_strategy_v1.backends.live.journal_sql import SqlJournal
from basis_strategy_v1.bootstrap.live.care import prepare
from basis_strategy_v1.bootstrap.live.session import open_run
from basis_strategy_v1.core.domain.bookings import Booking
from basis_strategy_v1.core.domain.instructions import WalletTransfer
from basis_strategy_v1.core.execution.restore import RestoredState, restore
from basis_strategy_v1.core.interfaces.transfers_in_flight import ARRIVAL, WRITE_OFF
from basis_strategy_v1.core.monitors.pnl_state import PnLState
from basis_strategy_v1.core.strategies.strategy import TradingState
from basis_strategy_v1.sandbox.addresses import deposit_address
from local_live import LocalVenues
from soak_faults import LONGEST_LAG

ZERO = Decimal(0)
MINUTE_NS = 60_000_000_000


@dataclass
class SoakBooks:
    """What was counted, and what is wrong with it.

    Attributes:
        pnl: at the last booking.
        problems: a line each; none when the books are closed.
    """

    orders: int = 0
    fills: int = 0
    transfers: int = 0
    withdrawals: int = 0
    bookings: int = 0
    pnl: PnLState | None = None
    problems: list[str] = field(default_factory=list)


def read_books(venues: LocalVenues, directory: Path, expected: TradingState = TradingState.ACTIVE) -> SoakBooks:
    """Compare the journal in ``directory`` with everything that ``venues`` remember."""
    options = venues.options(directory)
    plan = prepare(options, venues.environment(), venues.live_world()).plan
    journal = open_run(options, plan, venues.world.clock.now_ns())
    try:
        books = SoakBooks()
        restored = restore(journal)
        books.pnl, books.bookings = restored.pnl, len(restored.bookings)
        now = venues.world.clock.now_ns() - MINUTE_NS
        travelling = {item.client_transfer_id for item in restored.transfers if item.arrives_at > now}
        _check_state(books, restored, expected)
        books.problems += [f"late: {item}" for item in restored.transfers if item.client_transfer_id not in travelling]
        _check_orders(books, venues, journal, restored.bookings)
        _check_transfers(books, venues, journal, restored.bookings, travelling)
        return books
    finally:
        journal.close()


def _check_state(books: SoakBooks, restored: RestoredState, expected: TradingState) -> None:
    problems = books.problems
    if restored.state.state is not expected:
        problems.append(f"the run is {restored.state}")
    left = (restored.unresolved, restored.unbooked, restored.never_sent, restored.resting)
    problems += [f"left open: {item}" for items in left for item in items]
    pnl = restored.pnl
    assert pnl is not None
    gap = pnl.nav - pnl.initial_nav - pnl.flows - sum(pnl.buckets.values(), ZERO)
    if gap or pnl.explained != pnl.nav:
        problems.append(f"P&L leaves {gap} unexplained, {pnl.explained} of {pnl.nav}")


def _check_orders(books: SoakBooks, venues: LocalVenues, journal: SqlJournal, bookings: tuple[Booking, ...]) -> None:
    """Each order at a venue has one instruction, and each of its fills is in one booking; and the other way round."""
    ordered = [booking.order_id for booking in bookings if booking.order_id]
    ours = {wire_id(order_id): order_id for order_id in ordered if order_id != "liquidation"}
    booked: dict[str, Decimal] = defaultdict(Decimal)
    trades: Counter[tuple[str, str]] = Counter()
    for booking in bookings:
        for fill in booking.fills:
            booked[wire_id(booking.order_id)] += abs(fill.quantity)
            trades[fill.venue, fill.trade_id] += 1
    books.problems += [f"booked {count} times: {trade}" for trade, count in trades.items() if count > 1]
    seen: Counter[str] = Counter()
    for venue, local in venues.world.venues.items():
        for _ in range(LONGEST_LAG):
            local.account.orders()
        orders = [order for order in local.account.orders() if not order.is_rejected and not order.is_liquidation]
        books.orders += len(orders)
        books.fills += len(local.account.trades())
        for order in orders:
            number = order.client_id.removeprefix("0x")
            seen[number] += 1
            if journal.instruction(ours.get(number, number)) is None:
                books.problems.append(f"{venue}: no instruction asked for {order}")
            if booked[number] != order.filled:
                books.problems.append(f"{venue}: {booked[number]} booked of {order}")
    books.problems += [f"{count} orders have the id {number}" for number, count in seen.items() if count > 1]
    books.problems += [f"booked and not at a venue: {number}" for number in ours if number not in seen]
    if sum(trades.values()) != books.fills:
        books.problems.append(f"{books.fills} fills at the venues, {sum(trades.values())} booked")


def _check_transfers(
    books: SoakBooks,
    venues: LocalVenues,
    journal: SqlJournal,
    bookings: tuple[Booking, ...],
    travelling: Container[str],
) -> None:
    """As many moves of an amount between two places as bookings of them, and what is not travelling has arrived."""
    asked: Counter[tuple[str, str, Decimal]] = Counter()
    identifiers = {booking.booking_id for booking in bookings}
    for identifier in identifiers:
        instruction = journal.instruction(identifier)
        if isinstance(instruction, WalletTransfer):
            asked[instruction.from_venue, instruction.to_venue.partition(".")[0], instruction.amount] += 1
            is_outside = instruction.from_venue.partition(".")[0] != instruction.to_venue.partition(".")[0]
            ended = {f"{identifier}{ARRIVAL}", f"{identifier}{WRITE_OFF}"}
            if is_outside and identifier not in travelling and not ended & identifiers:
                books.problems.append(f"withdrawn and not arrived: {instruction}")
    receivers = {deposit_address(venue): venue for venue in venues.world.venues}
    done: Counter[tuple[str, str, Decimal]] = Counter()
    for venue, local in venues.world.venues.items():
        for transfer in local.account.transfers():
            done[transfer.from_location, venue, transfer.amount] += 1
        books.transfers += len(local.account.transfers())
        for withdrawal in local.account.withdrawals():
            done[withdrawal.location, receivers[withdrawal.address], withdrawal.amount] += 1
        books.withdrawals += len(local.account.withdrawals())
    books.problems += [f"at the venues and not booked: {move} x {count}" for move, count in (done - asked).items()]
    books.problems += [f"booked and not at the venues: {move} x {count}" for move, count in (asked - done).items()]
