"""Two runs do not trade on one account, whatever folders and journals they have."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from basis_strategy_v1.backends.live.file_lock import HeldError
from basis_strategy_v1.backends.live.journal_sql import SqlJournal, open_journal
from basis_strategy_v1.bootstrap.live import care
from basis_strategy_v1.bootstrap.live.account_locks import account_names, locks_folder
from basis_strategy_v1.bootstrap.live.options import LiveOutcome
from basis_strategy_v1.bootstrap.live.run import run_live
from basis_strategy_v1.core.engine.live_parts import LiveEnding
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.sandbox.credentials import CREDENTIALS
from basis_strategy_v1.sandbox.faults import FaultRule
from basis_strategy_v1.venues.registry import spec_for
from live_venues import secrets
from local_live import LocalVenues, moving_scene
from postgres import postgres_server
from venue_market import CEX


def local() -> LocalVenues:
    return LocalVenues(["bybit"], moving_scene(["bybit"], 48))


def run(venues: LocalVenues, directory: Path, locks: Path, last_row: int, **changes: object) -> LiveOutcome:
    world = dataclasses.replace(venues.live_world(), locks=locks)
    return run_live(venues.options(directory, last_row, **changes), venues.environment(), world)


def another_key(venues: LocalVenues) -> dict[str, str]:
    """The environment of somebody who has made further keys of the same accounts."""
    environment = venues.environment()
    for venue in venues.venues:
        known = CREDENTIALS[venue]
        changes = {value.key: another.key for value, another in zip(known.keys, known.further_keys, strict=True)}
        changes |= {value.secret: another.secret for value, another in zip(known.keys, known.further_keys, strict=True)}
        if known.private_key:
            changes[known.private_key] = known.agent_private_key
        environment = {name: changes.get(value, value) for name, value in environment.items()}
    return environment


@pytest.fixture
def locks(tmp_path: Path) -> Path:
    folder = tmp_path / "locks"
    folder.mkdir()
    return folder


def test_a_second_run_on_the_same_account_is_refused_before_any_order(tmp_path: Path, locks: Path) -> None:
    venues = local()
    refusals: list[ComponentError] = []

    def start_another() -> None:
        placed = len(venues.world.venues["bybit"].account.orders())
        with pytest.raises(ComponentError) as caught:
            run(venues, tmp_path / "second", locks, 12, adopt=True)
        refusals.append(caught.value)
        assert len(venues.world.venues["bybit"].account.orders()) == placed

    venues.happenings[5] = start_another
    assert run(venues, tmp_path / "first", locks, 10).ending is LiveEnding.DONE
    (error,) = refusals
    assert error.error_code == "RES-001" and "\n" not in error.line
    assert f"process {os.getpid()} on " in error.message and str(tmp_path / "first") in error.message
    assert not (tmp_path / "second").exists()
    assert not list(locks.iterdir())


def test_the_account_is_free_when_its_run_has_ended(tmp_path: Path, locks: Path) -> None:
    venues = local()
    run(venues, tmp_path / "first", locks, 4)
    with pytest.raises(ComponentError) as caught:
        run(venues, tmp_path / "second", locks, 8)
    assert caught.value.error_code == "REC-012"
    assert run(venues, tmp_path / "first", locks, 8).ending is LiveEnding.DONE


def test_a_lock_that_cannot_be_kept_ends_the_start(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    with pytest.raises(ComponentError) as caught:
        run(local(), tmp_path / "first", blocked, 4)
    assert caught.value.error_code == "RES-001" and "XDG_STATE_HOME" in caught.value.line


def test_a_paper_run_holds_no_account(tmp_path: Path, locks: Path) -> None:
    venues = local()
    endings: list[LiveEnding] = []
    venues.happenings[5] = lambda: endings.append(run(venues, tmp_path / "paper", locks, 5, paper=True).ending)
    run(venues, tmp_path / "first", locks, 10)
    assert endings == [LiveEnding.DONE]


@pytest.mark.parametrize("has_another_key", [False, True])
def test_orders_of_another_run_on_the_account_are_not_canceled_as_foreign(
    has_another_key: bool, tmp_path: Path, locks: Path
) -> None:
    venues = local()
    run(venues, tmp_path / "first", locks, 4)
    venues.world.clock.advance(3600.0)
    second = LocalVenues(["bybit"], venues.scene)
    refusals: list[ComponentError] = []

    def clean_up() -> None:
        world = dataclasses.replace(second.live_world(), locks=locks)
        keys = another_key(second) if has_another_key else venues.environment()
        with pytest.raises(ComponentError) as caught:
            care.recover(venues.options(tmp_path / "first"), keys, cancel_foreign=True, world=world)
        refusals.append(caught.value)

    second.happenings[5] = clean_up
    run(second, tmp_path / "second", locks, 8)
    assert [error.error_code for error in refusals] == ["RES-001"]


@pytest.mark.parametrize("venue", CEX)
def test_a_second_key_of_an_account_is_not_another_account(venue: str, tmp_path: Path, locks: Path) -> None:
    venues = LocalVenues([venue], moving_scene([venue], 48))
    keys = another_key(venues)
    assert {*keys.values()} != {*venues.environment().values()}
    refusals: list[ComponentError] = []

    def start_another() -> None:
        world = dataclasses.replace(venues.live_world(), locks=locks)
        before = len(venues.world.venues[venue].account.orders())
        with pytest.raises(ComponentError) as caught:
            run_live(venues.options(tmp_path / "second", 12, adopt=True), keys, world)
        assert len(venues.world.venues[venue].account.orders()) == before
        refusals.append(caught.value)

    venues.happenings[5] = start_another
    assert run(venues, tmp_path / "first", locks, 10).ending is LiveEnding.DONE
    assert [error.error_code for error in refusals] == ["RES-001"]
    assert not (tmp_path / "second").exists() and not list(locks.iterdir())


@pytest.mark.parametrize("venue", ["binance", "bybit", "okx"])
def test_an_answer_that_is_lost_does_not_keep_a_start_from_asking_whose_account_it_is(
    venue: str, tmp_path: Path, locks: Path
) -> None:
    venues = LocalVenues([venue], moving_scene([venue], 48))
    endpoint = {
        "binance": "GET /api/v3/account",
        "bybit": "GET /v5/user/query-api",
        "okx": "GET /api/v5/account/config",
    }[venue]
    rule = FaultRule(kind="http_5xx_before", venue=venue, endpoint=endpoint, nth=1, last=2)
    venues.world.faults.add([rule])
    held: list[int] = []
    venues.happenings[3] = lambda: held.append(len(list(locks.iterdir())))
    world = dataclasses.replace(venues.live_world(), locks=locks)
    run_live(venues.options(tmp_path / "first", 5), another_key(venues), world)
    assert held == [{"binance": 3}.get(venue, 2)]


@pytest.mark.parametrize("venue", CEX)
def test_an_account_is_named_without_its_keys(venue: str) -> None:
    given = secrets(spec_for(venue))
    names = account_names(venue, given, None)
    assert names and all(len(name) == 32 for name in names)
    assert not [secret for secret in given.values() if secret.get_secret_value() in "".join(names)]
    elsewhere = account_names(venue, given, "http://127.0.0.1:8801")
    assert not {*names} & {*elsewhere}
    assert elsewhere == account_names(venue, given, "http://localhost:8801/")


def test_locks_are_kept_where_the_user_keeps_state(tmp_path: Path) -> None:
    home, state = tmp_path / "home", tmp_path / "state"
    assert locks_folder({"HOME": str(home)}) == home / ".local/state/basis-strategy/accounts"
    assert locks_folder({"HOME": str(home), "XDG_STATE_HOME": str(state)}) == state / "basis-strategy/accounts"
    assert (state / "basis-strategy" / "accounts").is_dir()
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    assert locks_folder({"XDG_STATE_HOME": str(blocked)}).is_dir()
    assert locks_folder({}).is_dir()


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with postgres_server() as url:
        if url is None:
            pytest.skip("no PostgreSQL on this machine")
        yield url


def journal_of(url: str, label: str) -> SqlJournal:
    return open_journal(url, mode="btc_basis", environment="dev", label=label)


def test_runs_that_share_a_database_hold_an_account_across_machines(database: str) -> None:
    first, second = journal_of(database, "first"), journal_of(database, "second")
    first.hold_account("abc", "process 7 on alpha in /runs/live/btc_basis-prod")
    first.hold_account("def", "process 7 on alpha in /runs/live/btc_basis-prod")
    with pytest.raises(HeldError) as caught:
        second.hold_account("abc", "process 8 on beta")
    assert caught.value.holder == "process 7 on alpha in /runs/live/btc_basis-prod"
    second.hold_account("ghi", "process 8 on beta")
    first.close()
    second.hold_account("abc", "process 8 on beta")
    second.close()


def test_a_long_folder_is_told_by_its_end(database: str) -> None:
    first, second = journal_of(database, "third"), journal_of(database, "fourth")
    first.hold_account("abc", f"process 7 on alpha in /{'long/' * 20}btc_basis-prod")
    with pytest.raises(HeldError) as caught:
        second.hold_account("abc", "process 8 on beta")
    assert caught.value.holder.startswith("process 7 on alpha in ..")
    assert caught.value.holder.endswith("long/btc_basis-prod")
    first.close()
    second.close()


def test_a_second_process_on_a_database_is_told_who_has_the_run(database: str) -> None:
    first = journal_of(database, "fifth")
    with pytest.raises(ComponentError) as caught:
        journal_of(database, "fifth")
    assert caught.value.error_code == "RES-001" and f"process {os.getpid()} on " in caught.value.message
    first.close()
