"""A lock of a file belongs to a process, and is free again however that ends."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from basis_strategy_v1.backends.live.file_lock import FileLock, HeldError

HOLDER = """
import sys, time
from pathlib import Path
from basis_strategy_v1.backends.live.file_lock import FileLock
lock = FileLock(Path(sys.argv[1]), "process 7 in /somewhere")
print("held", flush=True)
sys.stdin.read()
"""


def test_who_finds_it_held_is_told_by_whom(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    held = FileLock(path, "process 7 in /somewhere")
    with pytest.raises(HeldError) as caught:
        FileLock(path, "process 8")
    assert caught.value.holder == "process 7 in /somewhere"
    held.release()
    FileLock(path, "process 8").release()


def test_nothing_is_left_of_a_lock_that_was_let_go(tmp_path: Path) -> None:
    held = FileLock(tmp_path / "a.lock", "process 7")
    held.release()
    held.release()
    assert not list(tmp_path.iterdir())


def test_a_lock_that_was_let_go_between_opening_and_locking_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    path = tmp_path / "a.lock"
    lock_once = fcntl.flock
    gone: list[Path] = []

    def take_away_first(file: object, operation: int) -> None:
        if not gone:
            gone.append(path)
            path.unlink()
        lock_once(file, operation)  # type: ignore[arg-type]

    monkeypatch.setattr(fcntl, "flock", take_away_first)
    held = FileLock(path, "process 8")
    assert gone and path.read_text(encoding="utf-8") == "process 8"
    held.release()


def test_the_lock_of_a_process_that_was_killed_is_free(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        with pytest.raises(HeldError):
            FileLock(path, "process 8")
        process.send_signal(signal.SIGKILL)
        process.wait(30)
        FileLock(path, "process 8").release()
    finally:
        process.kill()
        process.wait(30)
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()


def test_a_lock_on_a_full_disk_is_held_and_let_go(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    # No file may grow: the holder's name cannot be written.
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        lock = FileLock(path, "me")
        with pytest.raises(HeldError):
            FileLock(path, "another")
        lock.release()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not path.exists()
    FileLock(path, "another").release()
