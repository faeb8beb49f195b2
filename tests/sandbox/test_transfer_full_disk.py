"""A disk that fills while a person books the loss of a transfer: nothing is half done, and it can be done again."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from basis_strategy_v1.backends.live.journal_sql import SqlJournal, open_journal
from basis_strategy_v1.bootstrap.live import care
from basis_strategy_v1.bootstrap.live.session import open_run
from basis_strategy_v1.bootstrap.live.transfer_ends import TransferEnd
from basis_strategy_v1.core.engine.live_parts import LiveEnding
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.execution.restore import RestoredState, restore
from basis_strategy_v1.sandbox.faults import FaultRule
from local_live import LocalVenues, moving_scene

OVERDUE_ROW = 4
MORE_THAN_A_PAGE = "it was sent to a closed address; " * 600


@pytest.fixture
def venues(tmp_path: Path) -> LocalVenues:
    """A run whose margin for Bybit has been lost on its way."""
    made = LocalVenues(["binance", "bybit"], moving_scene(["binance", "bybit"], 48))
    lost = FaultRule(
        kind="withdrawal_astray", endpoint="POST /sapi/v1/capital/withdraw/apply", options={"mode": "lost"}
    )
    made.world.faults.add([lost])
    made.run(tmp_path, OVERDUE_ROW)
    return made


def restored(directory: Path) -> RestoredState:
    journal = open_journal(str(directory / "journal.sqlite"), mode="btc_basis", environment="dev", exclusive=False)
    try:
        return restore(journal)
    finally:
        journal.close()


def write_off(venues: LocalVenues, directory: Path, **options: Any) -> list[str]:
    number = restored(directory).withdrawals[0].client_id
    end = TransferEnd(transfer_id=number, amount=None, reason=MORE_THAN_A_PAGE)
    world, environment = venues.live_world(), venues.environment()
    return care.recover(venues.options(directory), environment, end=end, world=world, **options)


def test_a_loss_that_the_disk_does_not_take_is_not_booked_and_can_be_booked_later(
    venues: LocalVenues, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[SqlJournal] = []

    def opening(*arguments: Any, **named: Any) -> SqlJournal:
        opened.append(open_run(*arguments, **named))
        return opened[-1]

    def disk_is_full(lines: Sequence[str]) -> bool:
        connection = opened[-1]._database._connection.driver_connection
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
        return True

    monkeypatch.setattr(care, "open_run", opening)
    before = restored(tmp_path)
    with pytest.raises(ComponentError) as caught:
        write_off(venues, tmp_path, confirm=disk_is_full)
    assert caught.value.error_code == "RES-001" and "full" in caught.value.message and "\n" not in caught.value.line
    assert restored(tmp_path) == before and before.transfers
    assert write_off(venues, tmp_path) == ["Booked."]
    after = restored(tmp_path)
    assert not after.transfers and len(after.bookings) == len(before.bookings) + 1
    with pytest.raises(ComponentError) as caught:
        write_off(venues, tmp_path)
    assert caught.value.error_code == "CFG-003" and "was written off" in caught.value.message
    assert venues.run(tmp_path, OVERDUE_ROW + 2).ending is LiveEnding.DONE


def test_a_loss_that_is_booked_is_said_to_be_though_the_events_cannot_be_written(
    venues: LocalVenues, tmp_path: Path
) -> None:
    events = tmp_path / "logs" / "events"
    shutil.rmtree(events)
    events.write_text("in the way", encoding="utf-8")
    first, second = write_off(venues, tmp_path)
    assert first == "Booked." and second.startswith("It could not be put into the events as well: RES-001")
    assert not restored(tmp_path).transfers
