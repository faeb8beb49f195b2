"""``basis live``: what is wrong with an option is told by its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from basis_strategy_v1.backends.live.account_check import AccountCheck, Finding
from basis_strategy_v1.bootstrap.live.options import LiveOptions
from basis_strategy_v1.cli.main import main
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.sandbox.credentials import environment_variables

VENUES = ("binance", "bybit", "okx")


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["live", "btc_basis", *arguments]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    return told


def test_a_time_that_is_none_is_told_by_its_option(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = refused(capsys, "--dir", str(tmp_path / "a"), "--until", "garbage")
    assert told.startswith("CFG-005: --until garbage is not a time")


@pytest.mark.parametrize("folder", ["/proc/x", "file/x", "file"])
def test_a_folder_that_cannot_be_made_is_bad_input(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in environment_variables(VENUES).items():
        monkeypatch.setenv(name, value)
    (tmp_path / "file").write_text("")
    told = refused(capsys, "--sandbox", "http://127.0.0.1:1", "--dir", str(tmp_path / folder))
    assert told.startswith("RES-001") and "--dir" in told
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("label", ["../../x", "a/b", " ", "-x", ".."])
def test_a_label_that_would_lead_out_of_the_folder_of_runs_is_refused(
    label: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    told = refused(capsys, f"--label={label}")
    assert told.startswith("CFG-003: --label is")


def named_run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> LiveOptions:
    """What ``basis live`` is asked for, before anything is looked at."""
    asked: list[LiveOptions] = []

    def run_live(options: LiveOptions, environment: object, **others: object) -> None:
        asked.append(options)
        raise ComponentError("CFG-003", "seen enough")

    monkeypatch.setattr("basis_strategy_v1.bootstrap.live.run.run_live", run_live)
    assert main(["live", "btc_basis", *arguments]) == 2
    return asked[0]


@pytest.mark.parametrize(
    ("arguments", "variable", "environment"),
    [
        ((), "", "dev"),
        ((), "production", "prod"),
        (("--env", "production"), "", "prod"),
        (("--env", "Staging"), "prod", "staging"),
        (("--env", "dev"), "prod", "dev"),
    ],
)
def test_one_environment_has_one_name_and_comes_from_the_command_line_first(
    arguments: tuple[str, ...], variable: str, environment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BASIS_ENVIRONMENT", variable)
    options = named_run(monkeypatch, *arguments)
    assert options.environment == environment
    assert options.run_directory == Path("live", f"btc_basis-{environment}")


def test_an_unknown_environment_is_told_by_where_it_was_given(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refused(capsys, "--env", "qa").startswith("EIF-005: --env is qa")
    monkeypatch.setenv("BASIS_ENVIRONMENT", "qa")
    assert refused(capsys).startswith("EIF-005: BASIS_ENVIRONMENT is qa")


def test_local_venues_are_found_at_an_address_with_a_slash_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert named_run(monkeypatch, "--sandbox", "http://127.0.0.1:8765/").sandbox == "http://127.0.0.1:8765"


def test_a_run_in_dev_without_local_venues_is_told_how_to_name_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in environment_variables(VENUES).items():
        monkeypatch.setenv(name, value)
    told = refused(capsys, "--dir", str(tmp_path / "a"))
    assert told.startswith("EIF-012: binance: dev reaches local venues") and "--sandbox" in told


def test_a_check_of_local_venues_that_do_not_answer_finds_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in environment_variables(VENUES).items():
        monkeypatch.setenv(name, value)
    assert main(["check", "btc_basis", "--sandbox", "http://127.0.0.1:1"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("EXI-003: the local venues do not answer") and told.count("\n") == 1


def found_by(monkeypatch: pytest.MonkeyPatch, *checks: AccountCheck) -> int:
    monkeypatch.setattr("basis_strategy_v1.bootstrap.live.care.check_accounts", lambda options, environment: checks)
    return main(["check", "btc_basis"])


def test_nothing_is_said_of_a_venue_that_was_not_reached_but_that_and_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    why = Finding("EXI-003", "binance: nothing was sent", "Check your connection.")
    assert found_by(monkeypatch, AccountCheck(venue="binance", findings=(why,))) == 2
    assert capsys.readouterr() == (
        "binance: not reached\n",
        "EXI-003: binance: nothing was sent. Check your connection.\n",
    )


def test_a_clock_that_is_years_away_is_told_in_days(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    local = AccountCheck(venue="okx", reachable=True, clock_offset_ms=-91_201_780_655, round_trip_ms=4)
    near = AccountCheck(venue="bybit", reachable=True, clock_offset_ms=-12, round_trip_ms=4)
    assert found_by(monkeypatch, local, near) == 0
    told = capsys.readouterr().out
    assert "clock -1055.6 days, round trip 4 ms" in told and "clock -12 ms" in told


def test_a_credential_that_is_refused_is_told_with_where_to_look(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    refusal = Finding("EXI-004", "binance -2015: Invalid API-key, IP, or permissions for action.")
    assert found_by(monkeypatch, AccountCheck(venue="binance", reachable=True, findings=(refusal,))) == 2
    told = capsys.readouterr().err
    assert "action. Set" in told and "'basis venues'" in told
