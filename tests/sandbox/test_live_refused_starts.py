"""A start that is refused leaves word where there is a folder, and no folder where there is none."""

from __future__ import annotations

import errno
import json
from pathlib import Path
from typing import Any

import pytest

from basis_strategy_v1.core.engine.live_parts import LiveEnding
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.event_logger.files import cannot_write
from basis_strategy_v1.sandbox.faults import FaultRule
from live_orders import rest
from local_live import HOUR_SECONDS, LocalVenues, moving_scene

SILENT = FaultRule(kind="maintenance", venue="bybit", endpoint="*", last=0)


def local() -> LocalVenues:
    return LocalVenues(["bybit"], moving_scene(["bybit"], 48))


def status(directory: Path) -> Any:
    return json.loads((directory / "status.json").read_text(encoding="utf-8"))


def refusal(venues: LocalVenues, directory: Path, **changes: object) -> ComponentError:
    with pytest.raises(ComponentError) as caught:
        venues.run(directory, 12, **changes)
    return caught.value


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"overrides": ("initial_capital=5", "strategy.hedge_allocation={bybit: 1.0}")}, "REC-010"),
        ({"overrides": ("initial_capital=900000000", "strategy.hedge_allocation={bybit: 1.0}")}, "EXI-006"),
        ({"overrides": ("nonsense=5",)}, "CFG-002"),
        ({"environment": "prod"}, "EIF-012"),
        ({"paper": True, "overrides": ("nonsense=5",)}, "CFG-002"),
    ],
)
def test_a_first_start_that_is_refused_leaves_nothing_behind(
    changes: dict[str, Any], code: str, tmp_path: Path
) -> None:
    venues = local()
    environment = {name.replace("_DEV_", "_PROD_"): value for name, value in venues.environment().items()}
    venues.environment = lambda: {**environment, **LocalVenues.environment(venues)}  # type: ignore[method-assign]
    assert refusal(venues, tmp_path / "live" / "a", **changes).error_code == code
    assert not list(tmp_path.iterdir())


def test_a_first_start_at_a_silent_venue_leaves_nothing_behind_and_a_later_one_begins(tmp_path: Path) -> None:
    venues = local()
    venues.world.faults.add([SILENT])
    assert refusal(venues, tmp_path / "a").error_code == "EXI-003"
    assert not (tmp_path / "a").exists()
    venues.world.faults.clear()
    assert venues.run(tmp_path / "a", 4).ending is LiveEnding.DONE


def test_a_first_start_that_meets_somebodys_order_leaves_nothing_behind(tmp_path: Path) -> None:
    venues = local()
    rest(venues, tmp_path / "other", "bybit", "0" * 32)
    assert refusal(venues, tmp_path / "a").error_code == "REC-012"
    assert not (tmp_path / "a").exists()


def test_a_later_start_that_is_refused_says_so_where_people_look(tmp_path: Path) -> None:
    venues = local()
    venues.run(tmp_path, 4)
    assert status(tmp_path)["state"] == "active"
    venues.world.venues["bybit"].account.modes.is_hedged = True
    error = refusal(venues, tmp_path)
    told = status(tmp_path)
    assert (told["state"], told["code"], told["message"]) == ("refused", "EIF-008", error.message)
    assert told["remedy"] and told["timestamp"].endswith("Z")
    venues.world.venues["bybit"].account.modes.is_hedged = False
    venues.run(tmp_path, 8)
    assert status(tmp_path)["state"] == "active"


def test_a_later_start_that_is_to_be_tried_again_says_so(tmp_path: Path) -> None:
    venues = local()
    venues.run(tmp_path, 4)
    venues.world.faults.add([SILENT])
    assert venues.run(tmp_path, 8).ending is LiveEnding.FAILED
    assert (status(tmp_path)["state"], status(tmp_path)["code"]) == ("failed", "EXI-003")


@pytest.mark.parametrize("place", ["anywhere", "events"])
def test_a_start_on_a_full_disk_is_to_be_tried_again_once_the_run_has_begun(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    venues = local()

    def full(*given: object, **named: object) -> None:
        error = OSError(errno.ENOSPC, "No space left on device")
        raise cannot_write(tmp_path, error) if place == "events" else error

    with monkeypatch.context() as patched:
        patched.setattr("basis_strategy_v1.bootstrap.live.run.check_rights", full)
        first = refusal(venues, tmp_path / "a")
        assert first.error_code == "RES-001" and not (tmp_path / "a").exists()
    venues.run(tmp_path / "a", 4)
    with monkeypatch.context() as patched:
        patched.setattr("basis_strategy_v1.bootstrap.live.run.check_rights", full)
        outcome = venues.run(tmp_path / "a", 8)
    assert outcome.ending is LiveEnding.FAILED and outcome.error is not None
    assert outcome.error.error_code == "RES-001" and "No space left" in outcome.error.message
    assert venues.run(tmp_path / "a", 8).ending is LiveEnding.DONE


def test_lists_of_instruments_that_cannot_be_kept_are_asked_for_again(tmp_path: Path) -> None:
    venues = local()
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "markets").write_text("no folder")
    assert venues.run(tmp_path / "a", 4).ending is LiveEnding.DONE


def test_bad_input_beside_a_running_process_leaves_its_status_alone(tmp_path: Path) -> None:
    venues = local()
    seen: list[Any] = []

    def start_another() -> None:
        assert refusal(venues, tmp_path, overrides=("nonsense=5",)).error_code == "CFG-002"
        assert refusal(venues, tmp_path).error_code == "RES-001"
        seen.append(status(tmp_path))

    venues.happenings[5] = start_another
    assert venues.run(tmp_path, 8).ending is LiveEnding.DONE
    assert [told["state"] for told in seen] == ["active"]


def test_a_paper_run_that_is_refused_leaves_the_status_of_the_live_run_alone(tmp_path: Path) -> None:
    venues = local()
    venues.run(tmp_path, 4)
    before = status(tmp_path)
    assert refusal(venues, tmp_path, paper=True).error_code == "CFG-003"
    assert status(tmp_path) == before


@pytest.mark.parametrize("changes", [{"label": "other"}, {"label": "other", "overrides": ("nonsense=5",)}])
def test_another_run_leaves_the_folder_of_a_run_that_has_ended_alone(tmp_path: Path, changes: dict[str, Any]) -> None:
    venues = local()
    venues.run(tmp_path, 4)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert refusal(venues, tmp_path, **changes).error_code in ("RES-001", "CFG-002")
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    assert venues.run(tmp_path, 8).ending is LiveEnding.DONE


def test_a_folder_that_cannot_be_written_to_hides_no_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("basis_strategy_v1.bootstrap.live.run_folder.replace_file", full)
    assert refusal(local(), tmp_path, overrides=("nonsense=5",)).error_code == "CFG-002"


@pytest.mark.parametrize("changes", [{"paper": True}, {"label": "other"}])
def test_two_runs_do_not_keep_their_files_in_one_folder(tmp_path: Path, changes: dict[str, Any]) -> None:
    venues = local()
    refusals: list[ComponentError] = []
    venues.happenings[5] = lambda: refusals.append(refusal(venues, tmp_path / "a", **changes))
    journal = str(tmp_path / "journal.sqlite")
    assert venues.run(tmp_path / "a", 8, journal=journal).ending is LiveEnding.DONE
    assert [error.error_code for error in refusals] == ["RES-001"]
    assert status(tmp_path / "a")["state"] == "active"


def test_a_file_system_without_locks_is_no_reason_to_refuse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    lock = fcntl.flock

    def not_for_folders(file: Any, operation: int) -> None:
        if isinstance(file, int):
            raise OSError(37, "No locks available")
        lock(file, operation)

    monkeypatch.setattr(fcntl, "flock", not_for_folders)
    assert local().run(tmp_path / "a", 2).ending is LiveEnding.DONE


@pytest.mark.parametrize("paper", [False, True])
def test_a_run_that_would_end_in_the_past_is_refused_and_sends_nothing(tmp_path: Path, paper: bool) -> None:
    venues = LocalVenues(["bybit"], moving_scene(["bybit"], 12))
    venues.world.clock.advance(HOUR_SECONDS)
    with pytest.raises(ComponentError) as refused:
        venues.run(tmp_path / "run", until=venues.market.time(0), paper=paper)
    assert refused.value.error_code == "CFG-005" and not (tmp_path / "run").exists()
    assert not venues.world.venues["bybit"].account.orders()


def test_a_run_does_not_begin_anew_because_its_journal_is_not_named(tmp_path: Path) -> None:
    venues = local()
    elsewhere = str(tmp_path / "elsewhere.sqlite")
    assert venues.run(tmp_path / "a", 4, journal=elsewhere).ending is LiveEnding.DONE
    refused = refusal(venues, tmp_path / "a")
    assert refused.error_code == "RES-001" and "--journal" in refused.remedy
    assert venues.run(tmp_path / "a", 8, journal=elsewhere).ending is LiveEnding.DONE
    assert venues.run(tmp_path / "a", 12, adopt=True).ending is LiveEnding.DONE
