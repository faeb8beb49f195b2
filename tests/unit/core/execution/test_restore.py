"""What a start finds."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from basis_strategy_v1.backends.live.journal_sql import SqlJournal, open_journal
from basis_strategy_v1.core.domain.bookings import Booking
from basis_strategy_v1.core.domain.deltas import ExecutionDeltas, Fill, Outcome
from basis_strategy_v1.core.domain.instructions import CexTrade, SmartContractAction, WalletTransfer
from basis_strategy_v1.core.domain.orders import OrderRequest, TransferReport, TransferRequest
from basis_strategy_v1.core.execution.order_state import OrderState, Submission
from basis_strategy_v1.core.execution.restore import restore
from basis_strategy_v1.core.interfaces.transfers_in_flight import TransferInFlight
from basis_strategy_v1.core.monitors.pnl_state import PnLState

NOTHING = Decimal(0)
PNL = PnLState(
    buckets={}, flows=NOTHING, initial_nav=NOTHING, nav=NOTHING, explained=NOTHING, reference=NOTHING, prices={}
)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[SqlJournal]:
    opened = open_journal(str(tmp_path / "journal.db"), mode="btc_basis", environment="dev")
    yield opened
    opened.close()


def trade(instruction_id: str, venue: str = "alpha") -> CexTrade:
    return CexTrade(
        venue=venue, trade_type="perp", symbol="BTCUSDT", side="buy", amount=Decimal(1), instruction_id=instruction_id
    )


def begun(journal: SqlJournal, instruction: CexTrade, state: OrderState, filled: str = "0") -> None:
    """An instruction whose order is in ``state``."""
    client_id = instruction.instruction_id
    order = OrderRequest(
        client_order_id=client_id, symbol="BTCUSDT", trade_type="perp", side="buy", quantity=Decimal(1)
    )
    journal.record_intent(1, instruction)
    journal.record_submission(
        Submission(client_id=client_id, venue=instruction.venue, state=state, order=order, filled=Decimal(filled))
    )


def booked(journal: SqlJournal, booking_id: str, *fills: str) -> None:
    made = tuple(
        Fill(f"{booking_id}-{amount}", "alpha", "BTCUSDT", "perp", Decimal(amount), Decimal(1), NOTHING, "USDT")
        for amount in fills
    )
    changes: dict[str, Any] = {"alpha": {"USDT": Decimal(1)}}
    order_id = booking_id.partition(".")[0]
    journal.record_booking(
        Booking(timestamp=1, booking_id=booking_id, changes=changes, order_id=order_id, fills=made), PNL
    )


def test_the_first_start_finds_nothing(journal: SqlJournal) -> None:
    state = restore(journal)
    assert state.is_first_start
    assert state.run_id == journal.run_id
    assert (state.unresolved, state.resting, state.transfers, state.flows, state.next_step) == ((), (), (), (), 0)


def test_a_trade_is_unresolved_until_it_is_booked(journal: SqlJournal) -> None:
    begun(journal, trade("sent"), OrderState.SENT)
    begun(journal, trade("filled", "beta"), OrderState.FILLED, "1")
    begun(journal, trade("booked"), OrderState.FILLED, "1")
    booked(journal, "booked", "1")
    state = restore(journal)
    assert [item.instruction_id for item in state.unresolved_trades("alpha")] == ["sent"]
    assert [item.instruction_id for item in state.unresolved_trades("beta")] == ["filled"]
    assert not state.is_first_start


@pytest.mark.parametrize("state", [OrderState.ABSENT, OrderState.NOT_SENT])
def test_what_provably_never_arrived_is_set_apart(journal: SqlJournal, state: OrderState) -> None:
    begun(journal, trade("gone"), state)
    journal.record_intent(2, trade("meant"))
    found = restore(journal)
    assert [entry.instruction_id for entry in found.never_sent] == ["gone", "meant"]
    assert found.unresolved == ()


def test_a_booked_order_rests_while_it_is_open_or_has_fills_that_are_not_booked(journal: SqlJournal) -> None:
    for name, state, filled in (
        ("open", OrderState.PARTIALLY_FILLED, "0.4"),
        ("behind", OrderState.CANCELED, "0.7"),
        ("over", OrderState.CANCELED, "0.4"),
    ):
        begun(journal, trade(name), state, filled)
        booked(journal, name, "0.4")
    assert {item.instruction_id for item in restore(journal).resting_trades("alpha")} == {"open", "behind"}
    assert restore(journal).resting_trades("beta") == ()


def test_a_transfer_is_on_its_way_until_its_arrival_is_booked(journal: SqlJournal) -> None:
    request = TransferRequest(
        client_transfer_id="t", from_location="alpha.funding", to_location="beta", token="USDT", amount=Decimal(10)
    )
    report = TransferReport(
        client_transfer_id="t", token="USDT", sent=Decimal(10), fee=Decimal(1), received=Decimal(9), arrives_at=77
    )
    transfer = WalletTransfer(
        from_venue="alpha.funding", to_venue="beta", token="USDT", amount=Decimal(10), instruction_id="t"
    )
    journal.record_intent(1, transfer)
    journal.record_submission(
        Submission(client_id="t", venue="alpha", state=OrderState.DONE, transfer=request, transfer_report=report)
    )
    assert restore(journal).unresolved_transfers("alpha") == (transfer,)
    assert restore(journal).transfers == ()
    booked(journal, "t")
    expected = TransferInFlight(
        client_transfer_id="t",
        token="USDT",
        amount=Decimal(9),
        from_location="alpha.funding",
        to_location="beta",
        arrives_at=77,
    )
    assert restore(journal).transfers == (expected,)
    booked(journal, "t.arrival")
    assert restore(journal).transfers == ()


def test_an_outcome_of_a_chain_that_was_not_booked_is_handed_on_as_it_was(journal: SqlJournal) -> None:
    action = SmartContractAction(protocol="aave", action="supply", token="USDT", amount=Decimal(5), instruction_id="c")
    deltas = ExecutionDeltas(instruction_id="c", venue="aave", changes={"wallet": {"USDT": Decimal(-5)}})
    journal.record_intent(1, action)
    assert [entry.instruction_id for entry in restore(journal).unresolved] == ["c"]
    journal.record_outcome(2, "c", Outcome.DONE, deltas, "")
    assert (restore(journal).unbooked, restore(journal).unresolved) == ((deltas,), ())
