"""The kill switch from the command line: through a journal elsewhere, and with what its exit status says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from basis_strategy_v1.bootstrap.live import care
from basis_strategy_v1.cli.live import RESTART
from basis_strategy_v1.cli.main import main
from basis_strategy_v1.core.engine.live_parts import LiveEnding
from basis_strategy_v1.sandbox.faults import FaultRule
from basis_strategy_v1.sandbox.server import serve
from live_orders import open_orders, rest
from local_live import LocalVenues, moving_scene
from postgres import postgres_server

REFUSED_CANCELS = FaultRule(kind="maintenance", venue="bybit", endpoint="POST *cancel*", last=0)
PASSWORD = "correct-horse-battery"


def local() -> LocalVenues:
    return LocalVenues(["bybit"], moving_scene(["bybit"], 48))


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with postgres_server() as url:
        if url is None:
            pytest.skip("no PostgreSQL on this machine")
        user, _, place = url.removeprefix("postgresql://").partition("@")
        yield f"postgresql://{user}:{PASSWORD}@{place}"


def basis(venues: LocalVenues, monkeypatch: pytest.MonkeyPatch, directory: Path, command: str, *more: str) -> int:
    for name, value in venues.environment().items():
        monkeypatch.setenv(name, value)
    with serve(venues.application, 0) as running:
        options = ["--sandbox", running.url, "--dir", str(directory), "--set", venues.overrides[0]]
        return main([command, "btc_basis", *options, *more])


def test_a_kill_after_which_orders_may_still_be_open_exits_with_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    venues = local()
    venues.run(tmp_path, 5)
    rest(venues, tmp_path, "bybit", "0" * 32)
    venues.world.faults.add([REFUSED_CANCELS])
    assert basis(venues, monkeypatch, tmp_path, "kill") == 1
    told = capsys.readouterr().err
    assert told.startswith("EXI-003: open orders may still be there: bybit (1 of 1 not canceled")
    assert told.count("\n") == 1
    venues.world.faults.clear()
    assert basis(venues, monkeypatch, tmp_path, "kill") == 0
    assert "bybit: 1 open orders canceled." in capsys.readouterr().out
    assert open_orders(venues, "bybit") == 0


def test_a_kill_of_a_run_that_is_not_there_is_bad_input_and_makes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert basis(local(), monkeypatch, tmp_path, "kill") == 2
    assert capsys.readouterr().err.startswith("CFG-003: there is no run in ")
    assert not list(tmp_path.iterdir())


def test_a_kill_reaches_the_process_of_a_run_from_where_only_its_journal_is(tmp_path: Path, database: str) -> None:
    venues = local()
    lines: list[str] = []

    def kill() -> None:
        rest(venues, tmp_path / "here", "bybit", "0" * 32)
        options = venues.options(tmp_path / "elsewhere", journal=database)
        lines.extend(care.kill(options, venues.environment(), "test", venues.live_world()))

    venues.happenings[5] = kill
    outcome = venues.run(tmp_path / "here", 20, journal=database)
    assert outcome.ending is LiveEnding.KILLED
    assert lines == ["The running process has been told: it cancels its orders and stops."]
    assert open_orders(venues, "bybit") == 0
    assert not (tmp_path / "elsewhere").exists()


def test_nothing_that_a_run_writes_has_the_password_of_its_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], database: str
) -> None:
    venues = local()
    monkeypatch.setenv("BASIS_JOURNAL_URL", database)
    until = ["--until", "2024-01-01T05:00Z", "--tick", "3600", "--label", "secret"]
    assert basis(venues, monkeypatch, tmp_path / "a", "live", *until) == 0
    assert basis(venues, monkeypatch, tmp_path / "a", "recover", "--label", "secret") == 0
    monkeypatch.setenv("BASIS_JOURNAL_URL", database.replace("/postgres?", "/absent?"))
    assert basis(venues, monkeypatch, tmp_path / "a", "live", *until) == RESTART
    monkeypatch.setenv("BASIS_JOURNAL_URL", f"postgresql://me:{PASSWORD}@home:and@host/name")
    assert basis(venues, monkeypatch, tmp_path / "a", "live", *until) == 2
    monkeypatch.setenv("BASIS_JOURNAL_URL", f"postgresql://me@127.0.0.1:1/name?password={PASSWORD}")
    assert basis(venues, monkeypatch, tmp_path / "a", "live", *until, "--debug") == RESTART
    shown = "".join(capfd.readouterr())
    assert "RES-001" in shown and "warning" not in shown
    assert PASSWORD not in shown
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files and not [path for path in files if PASSWORD.encode() in path.read_bytes()]
    assert PASSWORD not in repr(venues.options(tmp_path, journal=database))


@pytest.mark.parametrize("address", ["postgresql://me:{}@127.0.0.1:1/n", "postgresql://me@127.0.0.1:1/n?password={}"])
def test_a_password_on_the_command_line_is_warned_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], address: str
) -> None:
    assert basis(local(), monkeypatch, tmp_path, "recover", "--journal", address.format(PASSWORD)) == 2
    warning, refused = capsys.readouterr().err.splitlines()
    assert warning.startswith("warning: ") and "BASIS_JOURNAL_URL" in warning
    assert refused.startswith("RES-001") and PASSWORD not in warning + refused


def test_the_command_line_comes_before_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BASIS_JOURNAL_URL", "postgresql://me@127.0.0.1:1/environment")
    assert basis(local(), monkeypatch, tmp_path, "recover") == 2
    assert "environment" in capsys.readouterr().err
    assert basis(local(), monkeypatch, tmp_path, "recover", "--journal", "postgresql://me@127.0.0.1:1/line") == 2
    told: Any = capsys.readouterr().err
    assert "1/line" in told and "warning" not in told
