"""Which writes of an order's life are durable at once, and which wait for the next: a crash loses only the latter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from basis_strategy_v1.backends.live.journal_sql import SqlJournal, open_journal
from basis_strategy_v1.core.domain.bookings import Booking
from basis_strategy_v1.core.domain.deltas import ExecutionDeltas, Fill, Outcome
from basis_strategy_v1.core.domain.ids import InstructionIds
from basis_strategy_v1.core.domain.instructions import CexTrade
from basis_strategy_v1.core.domain.orders import OrderRequest
from basis_strategy_v1.core.execution.order_state import OrderState, Submission
from basis_strategy_v1.core.monitors.pnl_state import PnLState

HALF = Decimal("0.5")
TRADE = CexTrade(venue="binance", trade_type="perp", symbol="BTCUSDT", side="sell", amount=HALF, instruction_id="a1")
ORDER = OrderRequest(client_order_id="a1", symbol="BTCUSDT", trade_type="perp", side="sell", quantity=HALF)
FILL = Fill("t1", "binance", "BTCUSDT", "perp", -HALF, Decimal(60_000), Decimal("0.1"), "USDT")
BOOKING = Booking(timestamp=7, booking_id="a1", changes={}, order_id="a1", fills=(FILL,))
PNL = PnLState(
    buckets={},
    flows=Decimal(0),
    initial_nav=Decimal(1),
    nav=Decimal(1),
    explained=Decimal(1),
    reference=Decimal(1),
    prices={},
)

Opener = Callable[[], SqlJournal]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opener]:
    """Opens the same journal, any number of times; closing one gives up what waits, as a death does."""
    journals: list[SqlJournal] = []

    def open_it() -> SqlJournal:
        journals.append(open_journal(str(tmp_path / "journal.db"), mode="btc_basis", environment="dev"))
        return journals[-1]

    yield open_it
    for journal in journals:
        journal.close()


def submission(state: OrderState, filled: Decimal = Decimal(0)) -> Submission:
    return Submission(client_id="a1", venue="binance", state=state, order=ORDER, filled=filled)


def fill_it(journal: SqlJournal) -> None:
    """The trade is meant, sent and known to be filled."""
    journal.record_intent(1, TRADE)
    journal.record_submission(submission(OrderState.SENT))
    journal.record_submission(submission(OrderState.FILLED, HALF))
    deltas = ExecutionDeltas(instruction_id="a1", venue="binance", changes={}, fills=(FILL,))
    journal.record_outcome(2, "a1", Outcome.DONE, deltas, "")


def test_an_exchange_order_is_on_disk_with_its_intent_before_it_leaves(opened: Opener) -> None:
    journal = opened()
    journal.record_intent(1, TRADE)
    journal.record_submission(submission(OrderState.SENT))
    journal.close()
    ((entry, _),) = opened().instructions_unbooked()
    assert (entry.instruction, entry.sent) == (TRADE, True)


def test_an_order_that_never_got_as_far_as_being_sent_leaves_nothing_behind(opened: Opener) -> None:
    journal = opened()
    journal.record_intent(1, TRADE)
    journal.close()
    again = opened()
    assert (again.instruction("a1"), again.submission("a1")) == (None, None)


def test_a_death_before_an_order_is_booked_leaves_it_as_sent(opened: Opener) -> None:
    journal = opened()
    fill_it(journal)
    journal.close()
    again = opened()
    assert [item.state for item in again.open_submissions("binance")] == [OrderState.SENT]
    assert [entry.sent for entry in again.unresolved()] == [True]


def test_an_order_is_known_to_be_filled_as_soon_as_it_is_booked(opened: Opener) -> None:
    journal = opened()
    fill_it(journal)
    journal.record_booking(BOOKING, PNL)
    journal.close()
    again = opened()
    known = again.submission("a1")
    assert known is not None and known.state is OrderState.FILLED
    assert (again.submissions_unfinished(), again.instructions_unbooked()) == ([], [])


@pytest.mark.parametrize("state", [OrderState.UNKNOWN, OrderState.ACKNOWLEDGED, OrderState.NOT_SENT])
def test_what_a_venue_says_of_an_order_that_is_not_at_its_end_is_on_disk_at_once(
    opened: Opener, state: OrderState
) -> None:
    journal = opened()
    journal.record_intent(1, TRADE)
    journal.record_submission(submission(OrderState.SENT))
    journal.record_submission(submission(state))
    journal.close()
    known = opened().submission("a1")
    assert known is not None and known.state is state


def test_a_rejection_is_on_disk_at_once(opened: Opener) -> None:
    journal = opened()
    journal.record_intent(1, TRADE)
    journal.record_outcome(2, "a1", Outcome.REJECTED, None, "EXI-006")
    journal.close()
    again = opened()
    assert again.instruction("a1") == TRADE
    assert again.unresolved() == []


def test_the_end_of_an_order_that_somebody_asks_about_is_on_disk_at_once(opened: Opener) -> None:
    journal = opened()
    fill_it(journal)
    known = journal.submission("a1")
    assert known is not None and known.state is OrderState.FILLED
    journal.close()
    assert opened().submission("a1") == known


def test_an_order_takes_two_transactions(opened: Opener) -> None:
    journal = opened()
    driver = journal._database._connection.driver_connection
    commits: list[str] = []
    driver.set_trace_callback(lambda sql: commits.append(sql) if sql.startswith("COMMIT") else None)
    fill_it(journal)
    journal.record_booking(BOOKING, PNL)
    assert len(commits) == 2


def test_an_id_greater_than_all_before_it_is_not_looked_for(opened: Opener) -> None:
    journal = opened()
    ids = InstructionIds(journal.run_id)
    asked: list[str] = []
    driver = journal._database._connection.driver_connection
    driver.set_trace_callback(lambda sql: asked.append(sql) if sql.startswith("SELECT") else None)
    for step in (3, 4):
        journal.record_intent(step, msgspec.structs.replace(TRADE, instruction_id=ids.next(step)))
    assert asked == []
    journal.record_intent(5, msgspec.structs.replace(TRADE, instruction_id=ids.next(3)))
    assert len(asked) == 1


def test_an_id_of_an_earlier_process_is_known(opened: Opener) -> None:
    journal = opened()
    trade = msgspec.structs.replace(TRADE, instruction_id=InstructionIds(journal.run_id).next(3))
    journal.record_intent(1, trade)
    journal.record_outcome(1, trade.instruction_id, Outcome.UNKNOWN, None, "EXI-007")
    journal.close()
    again = opened()
    again.record_intent(2, trade)
    assert [entry.timestamp for entry in again.unresolved()] == [1]
