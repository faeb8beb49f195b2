"""``basis live``: what is wrong with an option is told by its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from basis_strategy_v1.cli.main import main
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
