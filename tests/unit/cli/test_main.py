"""The process entry: exit codes when a run is interrupted, and when nobody reads any more."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from io import TextIOWrapper
from pathlib import Path

import pytest

from basis_strategy_v1.cli import application
from basis_strategy_v1.cli.main import INTERRUPTED, main


def unread_pipe() -> TextIOWrapper:
    """A stream into a pipe whose reader has gone."""
    reader, writer = os.pipe()
    os.close(reader)
    return os.fdopen(writer, "w", encoding="utf-8")


def test_control_c_before_a_command_has_begun_is_one_line_and_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(application, "application", interrupt)
    assert main(["modes"]) == INTERRUPTED == 130
    captured = capsys.readouterr()
    assert captured.err == "Interrupted: nothing half-written was left behind.\n"
    assert captured.out == ""


@pytest.mark.parametrize("command", ["errors", "venues", "--help"])
def test_output_that_nobody_reads_any_more_is_no_failure(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stream = unread_pipe()
    monkeypatch.setattr(sys, "stdout", stream)
    assert main([command]) == 0
    # What is still buffered is thrown away when the process ends, without a word.
    stream.write("more")
    stream.close()
    assert capsys.readouterr().err == ""


def run_in_shell(redirection: str) -> subprocess.CompletedProcess[str]:
    line = f'"{sys.executable}" -m basis_strategy_v1.cli.main modes {redirection}'
    return subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)


FAILS = """
import sys
from pathlib import Path
from basis_strategy_v1.bootstrap.live import run
from basis_strategy_v1.bootstrap.live.options import LiveOutcome
from basis_strategy_v1.cli.main import main
from basis_strategy_v1.core.engine.live_parts import LiveEnding
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

error = ComponentError("RES-001", "the journal cannot be used")
run.run_live = lambda *given, **named: LiveOutcome(
    ending=LiveEnding.FAILED, ticks=3, nav="1", directory=Path(), error=error, held="something"
)
sys.exit(main(["live", "btc_basis"]))
"""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("output", ["> /dev/full", "2> /dev/full", "> /dev/full 2>&1"])
def test_a_supervisor_is_told_to_start_again_though_the_disk_behind_the_output_is_full(output: str) -> None:
    line = f"exec \"{sys.executable}\" -c '{FAILS}' {output}"
    assert subprocess.run(["sh", "-c", line], capture_output=True, check=False).returncode == 75


def test_a_supervisor_is_told_to_start_again_though_nobody_reads_the_output() -> None:
    with unread_pipe() as stream:
        command = [sys.executable, "-c", FAILS]
        assert subprocess.run(command, stdout=stream, stderr=stream, check=False).returncode == 75


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_refusal_is_one_though_the_disk_behind_its_line_is_full() -> None:
    line = f'"{sys.executable}" -m basis_strategy_v1.cli.main modes nowhere 2> /dev/full'
    assert subprocess.run(["sh", "-c", line], check=False).returncode == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_behind_the_output_is_one_line_and_a_failure() -> None:
    finished = run_in_shell("> /dev/full")
    assert finished.returncode == 1
    assert finished.stderr.startswith("RES-001: cannot use")
    assert "No space left on device" in finished.stderr
    assert finished.stderr.count("\n") == 1


def test_a_closed_output_is_one_line_and_a_failure() -> None:
    finished = run_in_shell(">&-")
    assert finished.returncode == 1
    assert finished.stderr.startswith("RES-001: cannot use standard output: it is closed. ")
    assert finished.stderr.count("\n") == 1


def test_the_module_runs_as_a_program(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["basis", "errors", "EXI-006"])
    monkeypatch.delitem(sys.modules, "basis_strategy_v1.cli.main")
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("basis_strategy_v1.cli.main", run_name="__main__")
    assert ended.value.code == 0
    assert "EXI-006" in capsys.readouterr().out
