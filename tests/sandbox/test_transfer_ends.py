"""Every end that a transfer between venues can have: it arrives short, in parts, late, comes back, or is lost.

After each, P&L closes and a start rebuilds the same books from the journal.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from basis_strategy_v1.backends.live.journal_sql import SqlJournal, open_journal
from basis_strategy_v1.bootstrap.live.transfer_ends import TransferEnd
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.sandbox.faults import FaultRule
from transfer_way import Way, closes, fee, fees

OVERDUE_ROW = 4


def test_a_transfer_that_arrives_a_little_short_is_closed_and_the_difference_is_a_cost(tmp_path: Path) -> None:
    way = Way(tmp_path, mode="short", amount="0.5")
    way.run(3)
    assert way.in_transit() == 0
    assert way.transfer_cost() == fee(way) + Decimal("0.5")
    assert any("0.50 USDT less than expected" in message for message in way.events("REC-001"))
    closes(way, 6)


def test_a_transfer_that_arrives_much_too_short_keeps_the_rest_open_and_says_what_to_do(tmp_path: Path) -> None:
    way = Way(tmp_path, mode="short", amount="500")
    way.run(OVERDUE_ROW)
    assert (way.in_transit(), way.transfer_cost()) == (500, fee(way))
    (line,) = way.status()["attention"]
    assert line.startswith("REC-011") and "500" in line and "basis recover btc_basis" in line
    closes(way, 6)
    assert way.in_transit() == 500
    assert way.end(reason="kept by the network")[-1] == "Booked."
    assert (way.in_transit(), way.transfer_cost()) == (0, fee(way) + 500)
    closes(way, 8)


def test_a_transfer_in_two_deposits_is_booked_as_they_come(tmp_path: Path) -> None:
    way = Way(tmp_path, mode="split", share="0.6", seconds=7200)
    way.run(2)
    assert 0 < way.in_transit() < 25_000 * Decimal("0.41")
    way.run(3)
    assert (way.in_transit(), way.transfer_cost()) == (0, fee(way))
    closes(way, 6)


def test_parts_that_a_venue_tells_again_after_a_crash_are_booked_once(tmp_path: Path) -> None:
    way = Way(tmp_path, mode="split", share="0.3", seconds=7200)
    way.run(0)
    journal = open_journal(str(tmp_path / "journal.sqlite"), mode="btc_basis", environment="dev")
    cursors = dict(journal.cursors())
    journal.close()
    way.run(2)
    left = way.in_transit()
    journal = open_journal(str(tmp_path / "journal.sqlite"), mode="btc_basis", environment="dev")
    for venue, cursor in cursors.items():
        journal.set_cursor(venue, cursor)
    journal.close()
    closes(way, 2)
    assert way.in_transit() == left > 0
    closes(way, 6)
    assert way.in_transit() == 0


def test_a_withdrawal_that_is_refused_after_it_was_accepted_comes_back(tmp_path: Path) -> None:
    way = Way(tmp_path, "withdrawal_frozen", mode="held")
    way.venues.happenings[2] = way.venues.world.venues["binance"].account.money.give_back
    way.run(5)
    assert way.venues.world.venues["binance"].account.withdrawals()[0].status == "failed"
    assert way.transfer_cost() == sum(
        (item.fee for item in way.venues.world.venues["binance"].account.withdrawals()[1:]), Decimal(0)
    )
    assert any("came back" in message for message in way.events("EXI-001"))
    closes(way, 8)


def test_a_transfer_that_never_arrives_is_told_once_and_shown_until_it_is_written_off(tmp_path: Path) -> None:
    way = Way(tmp_path, mode="lost")
    assert way.run(2).held == ""
    assert way.status()["attention"] == []
    way.run(8)
    (line,) = way.status()["attention"]
    assert line.startswith("REC-011") and way.number in line and "binance has sent it in transaction" in line
    assert len(way.events("REC-011")) == 1
    lost = way.in_transit()
    shown: list[str] = []
    end = TransferEnd(transfer_id=way.number, reason="sent to a closed address")
    lines = way.recover(end=end, confirm=lambda preview: bool(shown.extend(preview)) or False)
    assert lines == ["Nothing was booked."] and way.in_transit() == lost
    assert f"{lost} USDT are written off" in shown[0]
    way.end(reason="sent to a closed address")
    assert (way.in_transit(), way.transfer_cost()) == (0, fee(way) + lost)
    closes(way, 10)
    assert way.status()["attention"] == []
    described = "\n".join(way.recover())
    assert "written off on" in described and "sent to a closed address" in described


def test_what_arrives_after_it_was_written_off_is_a_loss_recovered(tmp_path: Path) -> None:
    way = Way(tmp_path, "withdrawal_frozen", mode="held")
    way.run(2)
    way.end(force=True)
    closes(way, 4)
    way.venues.world.venues["binance"].account.money.release()
    closes(way, 8)
    # What was written off was missing at Bybit, so margin was sent once more.
    assert (way.in_transit(), way.transfer_cost()) == (0, fees(way))
    assert any("written off, has come after all" in message for message in way.events("REC-010"))
    assert way.restored().written_off == ()
    closes(way, 10)


def test_what_comes_back_after_it_was_written_off_is_a_loss_recovered(tmp_path: Path) -> None:
    way = Way(tmp_path, "withdrawal_frozen", mode="held")
    way.run(2)
    way.end(force=True)
    way.venues.world.venues["binance"].account.money.give_back()
    closes(way, 3)
    others = way.venues.world.venues["binance"].account.withdrawals()[1:]
    assert way.transfer_cost() == sum((item.fee for item in others), Decimal(0))


def test_an_arrival_that_could_not_be_matched_is_booked_by_a_person_once(tmp_path: Path) -> None:
    way = Way(tmp_path, mode="short", amount="500", untraced=True)
    way.run(2)
    assert way.in_transit() > 24_000
    (line,) = way.status()["attention"]
    assert line.startswith("REC-001") and way.number in line and "--arrived" in line
    (deposit,) = way.venues.world.venues["bybit"].account.deposits()
    with pytest.raises(ComponentError) as own:
        way.flow(deposit.amount)
    assert own.value.error_code == "CFG-003" and way.number in own.value.message
    assert way.end(str(deposit.amount))[-1] == "Booked."
    assert way.in_transit() == 500
    with pytest.raises(ComponentError) as again:
        way.end(str(deposit.amount), force=True)
    assert again.value.error_code == "CFG-003"
    closes(way, 4)
    assert way.in_transit() == 500
    way.end(reason="gone")
    closes(way, 6)


def test_a_start_that_such_a_deposit_stands_in_the_way_of_names_the_transfer(tmp_path: Path) -> None:
    way = Way(tmp_path, mode="short", amount="500", untraced=True)
    way.run(2)
    with pytest.raises(ComponentError) as refused:
        way.run(4)
    assert refused.value.error_code == "REC-010"
    assert "--arrived ID --amount AMOUNT" in refused.value.line and way.number in refused.value.line
    (deposit,) = way.venues.world.venues["bybit"].account.deposits()
    way.end(str(deposit.amount))
    closes(way, 6)


def test_a_person_books_no_arrival_that_the_receiver_does_not_list_unless_told_to(tmp_path: Path) -> None:
    way = Way(tmp_path, mode="lost")
    way.run(OVERDUE_ROW)
    with pytest.raises(ComponentError, match="lists no deposit") as refused:
        way.end("24000")
    assert refused.value.error_code == "CFG-003"
    with pytest.raises(ComponentError, match="cannot be what came"):
        way.end("26000", force=True)
    assert way.in_transit() > 24_000


@pytest.mark.parametrize(
    ("number", "words"), [("nothing", "no transfer 'nothing' is on its way"), ("", "may still arrive")]
)
def test_what_cannot_be_written_off_is_refused(tmp_path: Path, number: str, words: str) -> None:
    way = Way(tmp_path, mode="lost")
    way.run(1)
    way.number = number or way.number
    with pytest.raises(ComponentError, match=words) as refused:
        way.end()
    assert refused.value.error_code == "CFG-003"
    assert way.in_transit() > 24_000


@pytest.mark.parametrize("arrives", [True, False])
def test_a_transfer_that_has_ended_cannot_be_written_off(tmp_path: Path, arrives: bool) -> None:
    way = Way(tmp_path, mode="short" if arrives else "lost")
    way.run(0)
    way.run(OVERDUE_ROW)
    if not arrives:
        way.end()
    words = "arrived on" if arrives else "was written off on"
    with pytest.raises(ComponentError, match=words):
        way.end(force=True)


def test_what_is_open_is_described_with_its_age_and_what_can_be_done(tmp_path: Path) -> None:
    way = Way(tmp_path, mode="lost")
    way.run(1)
    early = "\n".join(way.recover())
    assert "sent 59 min" in early and "Nothing to do" in early and "OVERDUE" not in early
    way.run(OVERDUE_ROW)
    late = "\n".join(way.recover())
    assert "OVERDUE" in late and f"--write-off {way.number}" in late and f"--arrived {way.number}" in late


def _die(*_: Any) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_crash_while_a_loss_is_booked_leaves_it_booked_once_or_not_at_all(
    tmp_path: Path, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    way = Way(tmp_path, mode="lost")
    way.run(OVERDUE_ROW)
    lost = way.in_transit()
    record: Callable[..., None] = SqlJournal.record_booking

    def dying(*arguments: Any) -> None:
        if when == "after":
            record(*arguments)
        _die()

    monkeypatch.setattr(SqlJournal, "record_booking", dying)
    with pytest.raises(KeyboardInterrupt):
        way.end()
    monkeypatch.undo()
    assert way.in_transit() == (lost if when == "before" else 0)
    if when == "before":
        way.end()
    else:
        with pytest.raises(ComponentError, match="was written off"):
            way.end()
    assert (way.in_transit(), way.transfer_cost()) == (0, fee(way) + lost)
    closes(way, 6)


def test_a_transfer_that_was_found_and_not_booked_before_the_process_died_is_known_when_it_arrives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    way = Way(tmp_path, "lose_answer_after")
    faults = way.venues.world.faults
    faults.add([FaultRule(kind="close_before", endpoint="GET */withdraw/history", last=0)])
    way.venues.happenings[2] = faults.clear
    record: Callable[..., None] = SqlJournal.record_booking

    def dying(journal: SqlJournal, booking: Any, pnl: Any) -> None:
        if "in_transit" in booking.changes:
            _die()
        record(journal, booking, pnl)

    monkeypatch.setattr(SqlJournal, "record_booking", dying)
    with pytest.raises(KeyboardInterrupt):
        way.run(3)
    monkeypatch.undo()
    assert way.restored().withdrawals and not way.restored().transfers
    closes(way, 6)
    assert (way.in_transit(), way.transfer_cost()) == (0, fee(way))


def test_what_is_open_is_shown_beside_a_process_that_runs_and_nothing_is_mended_there(tmp_path: Path) -> None:
    way = Way(tmp_path, mode="lost")
    way.run(OVERDUE_ROW)
    running = open_journal(str(tmp_path / "journal.sqlite"), mode="btc_basis", environment="dev")
    try:
        assert any("OVERDUE" in line for line in way.recover())
        with pytest.raises(ComponentError) as in_use:
            way.end()
        assert in_use.value.error_code == "RES-001"
    finally:
        running.close()
    assert way.in_transit() > 0
