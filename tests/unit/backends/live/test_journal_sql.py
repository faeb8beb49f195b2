"""What is in the journal is there after everything else is gone, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from basis_strategy_v1.backends.live.journal_database import JournalDatabase
from basis_strategy_v1.backends.live.journal_sql import SqlJournal, open_journal
from basis_strategy_v1.core.domain.bookings import Booking
from basis_strategy_v1.core.domain.deltas import Cost, ExecutionDeltas, Fill, Outcome
from basis_strategy_v1.core.domain.ids import InstructionIds
from basis_strategy_v1.core.domain.instructions import (
    AtomicBlock,
    CexTrade,
    FromStep,
    SmartContractAction,
    WalletTransfer,
)
from basis_strategy_v1.core.domain.orders import OrderReport, OrderRequest, OrderStatus
from basis_strategy_v1.core.domain.settings import Flow
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.execution.journal import KeptState
from basis_strategy_v1.core.execution.order_state import OrderState, Submission
from basis_strategy_v1.core.monitors.pnl_state import PnLState
from basis_strategy_v1.core.strategies.strategy import TradingState
from postgres import postgres_server

LABELS = itertools.count()
PNL = PnLState(
    buckets={"fees": Decimal("-1.25"), "delta": Decimal("0.1234567890123456789012345")},
    flows=Decimal(0),
    initial_nav=Decimal(100_000),
    nav=Decimal("99998.75"),
    explained=Decimal("99998.75"),
    reference=Decimal(60_000),
    prices={"binance": {"BTC": Decimal("60000.1")}},
)
TRADE = CexTrade(
    venue="binance",
    trade_type="perp",
    symbol="BTCUSDT",
    side="sell",
    amount=Decimal("0.500"),
    order_type="limit",
    price=Decimal("60000.10"),
    post_only=True,
    instruction_id="a1",
    purpose="rebalance",
)
ORDER = OrderRequest(client_order_id="a1", symbol="BTCUSDT", trade_type="perp", side="sell", quantity=Decimal("0.5"))

Opener = Callable[..., SqlJournal]


@pytest.fixture(scope="session")
def postgres() -> Iterator[str | None]:
    with postgres_server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return str(tmp_path / "journal.db")
    address: str | None = request.getfixturevalue("postgres")
    if address is None:
        pytest.skip("no PostgreSQL on this machine")
    return address


@pytest.fixture
def opened(url: str) -> Iterator[Opener]:
    """Opens the same run's journal, any number of times."""
    label = f"test {next(LABELS)}"
    journals: list[SqlJournal] = []

    def open_it(**options: Any) -> SqlJournal:
        journals.append(open_journal(url, mode="btc_basis", environment="dev", label=label, **options))
        return journals[-1]

    yield open_it
    for journal in journals:
        journal.close()


def fill(trade_id: str, quantity: str = "-0.5") -> Fill:
    return Fill(trade_id, "binance", "BTCUSDT", "perp", Decimal(quantity), Decimal("60000.1"), Decimal("0.1"), "USDT")


def booking(booking_id: str, *fills: Fill, timestamp: int = 7) -> Booking:
    changes = {"binance.derivatives": {"BTCUSDT-PERP": Decimal("-0.5"), "USDT": Decimal("1E-8")}}
    return Booking(
        timestamp=timestamp, booking_id=booking_id, changes=changes, order_id=booking_id.partition(".")[0], fills=fills
    )


def submission(state: OrderState, client_id: str = "a1", **fields: Any) -> Submission:
    return Submission(client_id=client_id, venue="binance", state=state, order=ORDER, **fields)


def code_of(call: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(ComponentError) as raised:
        call()
    return raised.value.error_code, raised.value.severity


def test_a_run_keeps_the_id_that_its_first_start_drew(opened: Opener) -> None:
    first = opened()
    drawn = first.run_id
    assert first.is_new
    first.close()
    again = opened()
    assert (again.run_id, again.is_new) == (drawn, False)
    assert drawn.startswith("btc_basis-dev-")


def test_two_runs_in_one_journal_do_not_meet(opened: Opener, url: str) -> None:
    here = opened()
    there = open_journal(url, mode="btc_basis", environment="staging", label=here.run_id)
    here.record_submission(submission(OrderState.SENT))
    assert there.run_id != here.run_id
    assert there.submission("a1") is None
    there.close()


def test_a_second_process_is_refused_while_the_first_one_runs(opened: Opener) -> None:
    first = opened()
    assert code_of(opened)[0] == "RES-001"
    looking_on = opened(exclusive=False)
    assert looking_on.run_id == first.run_id
    first.close()
    opened()


def test_only_a_start_makes_a_run(opened: Opener) -> None:
    assert code_of(lambda: opened(exclusive=False))[0] == "RES-001"


@pytest.mark.parametrize(
    "instruction",
    [
        TRADE,
        WalletTransfer(
            from_venue="binance",
            to_venue="bybit",
            token="USDT",
            amount=Decimal("250.10"),
            network="ETH",
            address="0xabc",
            instruction_id="b",
        ),
        SmartContractAction(protocol="aave", action="supply", token="USDT", amount="all", instruction_id="c"),
        AtomicBlock(
            steps=(
                SmartContractAction(protocol="aave", action="withdraw", token="USDT", amount=Decimal(5)),
                SmartContractAction(protocol="aave", action="supply", token="USDT", amount=FromStep(0)),
            ),
            instruction_id="d",
        ),
    ],
    ids=["trade", "transfer", "action", "atomic"],
)
def test_an_instruction_comes_back_as_it_was(opened: Opener, instruction: Any) -> None:
    journal = opened()
    journal.record_intent(5, instruction)
    journal.record_outcome(5, instruction.instruction_id, Outcome.UNKNOWN, None, "EXI-007")
    journal.record_intent(6, instruction)
    journal.close()
    again = opened()
    assert again.instruction(instruction.instruction_id) == instruction
    assert [entry.timestamp for entry in again.unresolved()] == [5]


def test_an_unknown_instruction_is_none(opened: Opener) -> None:
    assert opened().instruction("never") is None


def test_an_exchange_order_was_sent_once_it_is_submitted_and_a_chain_action_perhaps_from_its_intent_on(
    opened: Opener,
) -> None:
    journal = opened()
    journal.record_intent(1, TRADE)
    journal.record_intent(
        2, SmartContractAction(protocol="aave", action="supply", token="USDT", amount=Decimal(5), instruction_id="c")
    )
    journal.record_intent(
        3, WalletTransfer(from_venue="wallet", to_venue="binance", token="USDT", amount=Decimal(1), instruction_id="w")
    )
    assert {entry.instruction_id: entry.sent for entry in journal.unresolved()} == {"a1": False, "c": True, "w": True}
    journal.record_submission(submission(OrderState.SENT))
    assert {entry.instruction_id: entry.sent for entry in journal.unresolved()}["a1"] is True
    journal.record_submission(submission(OrderState.ABSENT))
    assert {entry.instruction_id: entry.sent for entry in journal.unresolved()}["a1"] is False


def test_an_outcome_stays_open_until_it_is_booked(opened: Opener) -> None:
    journal = opened()
    journal.record_intent(
        1, SmartContractAction(protocol="aave", action="supply", token="USDT", amount=Decimal(5), instruction_id="c")
    )
    journal.record_sent(2, "c")
    cost = (Cost("gas", "ETH", Decimal("0.001")),)
    deltas = ExecutionDeltas(instruction_id="c", venue="aave", changes={"wallet": {"USDT": Decimal(-1)}}, costs=cost)
    journal.record_outcome(3, "c", Outcome.DONE, deltas, "")
    assert journal.instructions_unbooked()[0][1] == deltas
    assert journal.unresolved() == []
    journal.record_booking(booking("c"), PNL)
    assert journal.instructions_unbooked() == []


def test_a_rejection_closes_an_instruction_unless_the_venue_shows_it_after_all(opened: Opener) -> None:
    journal = opened()
    journal.record_intent(1, TRADE)
    journal.record_submission(submission(OrderState.ABSENT))
    journal.record_outcome(2, "a1", Outcome.REJECTED, None, "EXI-003")
    assert journal.unresolved() == []
    journal.record_submission(submission(OrderState.FILLED, filled=Decimal("0.5")))
    assert [entry.instruction_id for entry in journal.unresolved()] == ["a1"]


def test_a_submission_keeps_its_request_and_the_latest_report(opened: Opener) -> None:
    report = OrderReport(
        client_order_id="a1",
        symbol="BTCUSDT",
        trade_type="perp",
        side="sell",
        quantity=Decimal("0.5"),
        status=OrderStatus.PARTIALLY_FILLED,
        filled=Decimal("0.20"),
        fills=(fill("t1", "-0.20"),),
    )
    after = submission(OrderState.PARTIALLY_FILLED, filled=Decimal("0.20"), order_report=report, attempts=1, sent_at=9)
    journal = opened()
    journal.record_submission(submission(OrderState.SENT, sent_at=9))
    journal.record_submission(after)
    journal.close()
    again = opened()
    assert again.submission("a1") == after
    assert again.open_submissions("binance") == [after]
    assert again.open_submissions("bybit") == []


def test_an_order_is_unfinished_until_every_fill_is_booked(opened: Opener) -> None:
    journal = opened()
    journal.record_intent(1, TRADE)
    journal.record_submission(submission(OrderState.FILLED, filled=Decimal("0.50")))
    journal.record_booking(booking("a1", fill("t1", "-0.2")), PNL)
    assert [item.client_id for item in journal.submissions_unfinished()] == ["a1"]
    journal.record_booking(booking("a1.t2", fill("t2", "-0.30")), PNL)
    assert journal.submissions_unfinished() == []


def test_transfers_that_are_done_are_found_by_venue_and_time(opened: Opener) -> None:
    journal = opened()
    for name, sent_at, state in (("t1", 5, OrderState.DONE), ("t2", 9, OrderState.DONE), ("t3", 9, OrderState.SENT)):
        journal.record_submission(submission(state, name, sent_at=sent_at))
    assert [item.client_id for item in journal.transfers_done("binance", 6)] == ["t2"]
    assert journal.transfers_done("bybit", 0) == []


def test_bookings_and_pnl_come_back_exactly_and_in_their_order(opened: Opener) -> None:
    bookings = [booking("opening"), booking("a1", fill("t1")), booking("a0", fill("t2"))]
    journal = opened()
    assert journal.latest_pnl() is None
    for item in bookings:
        journal.record_booking(item, PNL)
    journal.close()
    again = opened()
    assert (again.bookings(), again.latest_pnl()) == (bookings, PNL)
    again.record_booking(booking("a9", timestamp=9), PNL)
    assert [item.booking_id for item in again.bookings()] == ["opening", "a1", "a0", "a9"]
    assert [again.last_booked(beginning) for beginning in ("a", "a1", "9")] == [9, 7, 0]


@pytest.mark.parametrize("twice", [booking("a1"), booking("a2", fill("t1"))], ids=["the booking", "a fill in it"])
def test_nothing_is_booked_twice(opened: Opener, twice: Booking) -> None:
    journal = opened()
    journal.record_booking(booking("a1", fill("t1")), PNL)
    assert code_of(lambda: journal.record_booking(twice, PNL)) == ("PUH-004", "CRITICAL")
    journal.close()
    journal = opened()
    assert len(journal.bookings()) == 1 and journal.is_booked("a1") and not journal.is_booked("a2")


def test_after_a_failure_nothing_more_is_written(opened: Opener) -> None:
    journal = opened()
    journal.record_booking(booking("a1"), PNL)
    code_of(lambda: journal.record_booking(booking("a1"), PNL))
    assert code_of(lambda: journal.record_intent(1, TRADE)) == ("RES-001", "CRITICAL")


def test_ids_go_on_after_the_last_step_that_was_used(opened: Opener) -> None:
    journal = opened()
    assert journal.next_step() == 0
    ids = InstructionIds(journal.run_id)
    for step in (3, 41, 7):
        journal.record_intent(1, CexTrade(**{**_fields(TRADE), "instruction_id": ids.next(step)}))
    assert journal.next_step() == 42


def test_a_flow_that_is_taken_back_is_declared_no_more(opened: Opener) -> None:
    journal = opened()
    flow = Flow(timestamp=2, amount=Decimal(5), asset="USDT", location="binance")
    assert [journal.declare_flow(name, flow) for name in ("f1", "f2", "f1")] == [True, True, False]
    assert journal.cancel_flow(3, "f1")
    assert [flow_id for flow_id, _ in opened(exclusive=False).flows_unbooked()] == ["f2"]
    assert journal.requests_open() == []
    assert not journal.cancel_flow(4, "f1") and not journal.cancel_flow(4, "f3")
    assert journal.flows_declared(0) == [flow]
    journal.record_booking(Booking(timestamp=4, booking_id="f2", changes={}), PNL)
    assert not journal.cancel_flow(5, "f2")
    assert not journal.declare_flow("f1", flow)


def _fields(trade: CexTrade) -> dict[str, Any]:
    return {name: getattr(trade, name) for name in trade.__struct_fields__}


def test_cursors_states_requests_and_flows_are_kept(opened: Opener) -> None:
    journal = opened()
    assert journal.kept_state() == KeptState()
    journal.set_cursor("binance", "1")
    journal.set_cursor("binance", "2")
    halted = KeptState(5, TradingState.HALTED, "hard limit", 4, "margin ratio")
    journal.keep_state(KeptState(3, TradingState.REDUCING))
    journal.keep_state(halted)
    other = opened(exclusive=False)
    other.ask(6, "kill", "now")
    other.declare_flow("f1", Flow(timestamp=2, amount=Decimal("-50.5"), asset="USDT", location="binance"))
    other.declare_flow("f1", Flow(timestamp=3, amount=Decimal(9), asset="USDT", location="binance"))
    assert journal.cursors() == {"binance": "2"}
    assert journal.kept_state() == halted
    (request,) = journal.requests_open()
    assert (request.kind, request.text) == ("kill", "now")
    journal.request_done(request.sequence)
    assert journal.requests_open() == []
    ((flow_id, flow),) = journal.flows_unbooked()
    assert (flow_id, flow.amount) == ("f1", Decimal("-50.5"))
    journal.record_booking(booking("f1"), PNL)
    assert journal.flows_unbooked() == [] and journal.flows_declared(2) == [flow] and not journal.flows_declared(3)


def test_sqlite_is_in_wal_and_waits_for_the_disk(tmp_path: Path) -> None:
    database = JournalDatabase(f"sqlite:///{tmp_path / 'journal.db'}")
    driver = database._connection.driver_connection
    assert driver.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert driver.execute("PRAGMA synchronous").fetchone() == (2,)
    database.close()


@pytest.mark.parametrize(
    "address",
    [
        "/nowhere/at/all/journal.db",
        "postgresql://me:secret-word@127.0.0.1:1/none",
        "nonsense://x",
        "sqlite://///",
        "no address: at://all",
    ],
)
def test_a_journal_that_cannot_be_opened_is_one_error_without_the_password(address: str) -> None:
    with pytest.raises(ComponentError) as raised:
        open_journal(address, mode="btc_basis", environment="dev")
    assert raised.value.error_code == "RES-001"
    assert "secret-word" not in raised.value.line


def test_a_file_that_is_no_journal_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    path.write_bytes(b"something else entirely, and long enough to be looked at" * 40)
    assert code_of(lambda: open_journal(str(path), mode="btc_basis", environment="dev")) == ("RES-001", "CRITICAL")


def test_a_journal_of_another_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    open_journal(str(path), mode="btc_basis", environment="dev").close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE runs SET schema_version = 99")
    connection.close()
    assert code_of(lambda: open_journal(str(path), mode="btc_basis", environment="dev"))[0] == "RES-001"


def test_a_full_disk_is_a_critical_error(tmp_path: Path) -> None:
    journal = open_journal(str(tmp_path / "journal.db"), mode="btc_basis", environment="dev")
    pages = journal._database._connection.driver_connection.execute("PRAGMA page_count").fetchone()[0]
    journal._database._connection.driver_connection.execute(f"PRAGMA max_page_count = {pages}")

    def fill_up() -> None:
        for number in range(1000):
            journal.record_booking(booking(f"b{number}"), PNL)

    assert code_of(fill_up) == ("RES-001", "CRITICAL")
    journal.close()
