"""Ctrl-C, a full disk, a read-only folder: a result is whole or not there."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from basis_strategy_v1.cli.main import main
from basis_strategy_v1.core.event_logger import EventLogger
from basis_strategy_v1.results import report, store
from small_dataset import ONE_VENUE, basis_columns, write_basis

WAITING_RUN = """
import sys
from basis_strategy_v1.bootstrap import runs
from basis_strategy_v1.cli.main import main
from basis_strategy_v1.results import store

stage = sys.argv.pop(1)

def say_and_wait(*arguments, **options):
    print("reached", flush=True)
    while True:
        sys.stdin.read(1)

if stage == "engine":
    whole = runs.assemble
    def assemble(*arguments, **options):
        assembly = whole(*arguments, **options)
        assembly.parts.strategy.decide = say_and_wait
        return assembly
    runs.assemble = assemble
else:
    store.write_instructions = say_and_wait
sys.exit(main())
"""


def command(data: Path, out: Path) -> list[str]:
    return ["backtest", "btc_basis", "--data", str(data), "--set", ONE_VENUE, "--out", str(out)]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_basis(tmp_path / "data", basis_columns())


@pytest.mark.parametrize("stage", ["engine", "writing"])
def test_control_c_leaves_nothing_behind_wherever_it_comes(stage: str, data: Path, tmp_path: Path) -> None:
    out = tmp_path / "runs"
    process = subprocess.Popen(
        [sys.executable, "-c", WAITING_RUN, stage, *command(data, out)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "reached\n"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.count("\n") == 1
    assert "Traceback" not in err
    assert not out.exists()


def test_control_c_keeps_what_earlier_runs_left(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "runs"
    assert main([*command(data, out), "--no-report"]) == 0
    before = sorted(path for path in out.rglob("*") if path.is_file())

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(store, "write_instructions", interrupt)
    assert main([*command(data, out), "--no-report"]) == 130
    assert sorted(path for path in out.rglob("*") if path.is_file()) == before


def full_disk(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize(
    ("owner", "writer"),
    [
        (store, "write_equity"),
        (store, "write_instructions"),
        (store, "write_config"),
        (EventLogger, "write_jsonl"),
        (EventLogger, "export_csv"),
        (report, "write_report"),
    ],
)
def test_a_full_disk_leaves_no_half_written_result(
    owner: object,
    writer: str,
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "runs"
    monkeypatch.setattr(owner, writer, full_disk)
    assert main(command(data, out)) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith("RES-001: ")
    assert captured.err.count("\n") == 1
    assert not out.exists()


def test_a_folder_that_may_not_be_written_to_is_refused_before_the_run(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Permissions do not bind a superuser, so the question itself is answered here.
    out = tmp_path / "runs"
    out.mkdir()
    allowed = os.access
    monkeypatch.setattr(
        os, "access", lambda path, mode: not (mode & os.W_OK and Path(path) == out) and allowed(path, mode)
    )
    assert main(command(data, out)) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("RES-001: ")
    assert "--out" in captured.err
    assert captured.err.count("\n") == 1
    assert list(out.iterdir()) == []
