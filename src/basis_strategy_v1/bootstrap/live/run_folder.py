"""The folder of a run while it starts: a refused start leaves word where there is a folder, and no new folder."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from basis_strategy_v1.bootstrap.live.keeper import STATUS, replace_file
from basis_strategy_v1.core.domain.timestamps import to_iso
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

COMPONENT = "EventDrivenStrategyEngine"
REFUSED = "refused"
FAILED = "failed"
NAME = "run.txt"
"""The file that names the run whose folder it is."""


class RunFolder:
    """Where a run keeps its files.

    Its process holds it as long as it lives, and only who holds it writes of a start that failed: another process
    that is refused there would overwrite the status of the one that runs. Nor does a run write into the folder of
    another one that has ended.

    Args:
        name: of the run, as no other run in this folder has it.
    """

    def __init__(self, path: Path, name: str) -> None:
        self._path = path
        self._name = name
        self._new = [folder for folder in (path, *path.parents) if not _is_there(folder)]
        self._held = _hold(path)

    def make(self) -> None:
        """Make it where it is missing.

        Raises:
            ComponentError: RES-001 where it cannot be made, or is the folder of another run.
        """
        owner = self._owner()
        if owner != self._name:
            message = f"{self._path} is the folder of {owner}, and this run is {self._name}"
            raise ComponentError("RES-001", message, COMPONENT, remedy="Give this run a folder of its own with --dir.")
        try:
            self._path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            message = f"cannot make the folder {self._path}: {error.strerror}"
            remedy = "Name one that can be written to with --dir."
            raise ComponentError("RES-001", message, COMPONENT, original_exception=error, remedy=remedy) from error
        if self._held is None:
            self._held = _hold(self._path)

    def refuse_shared(self) -> None:
        """Raise RES-001 where another process keeps its files here."""
        if self._held is None:
            message = f"another process keeps the files of its run in {self._path}"
            raise ComponentError("RES-001", message, COMPONENT, remedy="Give this run a folder of its own with --dir.")

    def keep(self) -> None:
        """The run has started: its folder bears its name, and from now on nothing in it is taken away."""
        self._new.clear()
        with suppress(OSError):
            replace_file(self._path / NAME, f"{self._name}\n".encode())

    def bears_name(self) -> bool:
        """Whether this run has started here before."""
        return (self._path / NAME).exists() and self._owner() == self._name

    def _owner(self) -> str:
        """The run whose folder it is: this one where no other has begun there."""
        try:
            return (self._path / NAME).read_text(encoding="utf-8").strip()
        except (OSError, ValueError):
            return self._name

    def tell(self, state: str, error: ComponentError) -> None:
        """Write down why a start did not succeed, on this machine's clock."""
        if self._held is None or self._owner() != self._name:
            return
        document = {
            "timestamp": to_iso(time.time_ns()),
            "state": state,
            "code": error.error_code,
            "message": error.message,
            "remedy": error.remedy,
        }
        with suppress(OSError):
            replace_file(self._path / STATUS, msgspec.json.format(msgspec.json.encode(document), indent=2))

    def remove(self) -> bool:
        """Take away what this start has made; False where the folder is older, or held by another process."""
        if not self._new or self._held is None:
            return False
        shutil.rmtree(self._path, ignore_errors=True)
        for folder in self._new[1:]:
            with suppress(OSError):
                folder.rmdir()
        return True

    def let_go(self) -> None:
        """Let another process have it."""
        if self._held is not None:
            os.close(self._held)
            self._held = None


@contextmanager
def run_folder(path: Path, name: str) -> Iterator[RunFolder]:
    """The folder of a run that starts; whoever is refused within leaves word, or no trace."""
    folder = RunFolder(path, name)
    try:
        yield folder
    except ComponentError as error:
        if not folder.remove():
            folder.tell(REFUSED, error)
        raise
    finally:
        folder.let_go()


def _is_there(path: Path) -> bool:
    """Whether there is such a file or folder; one that may not be looked at is there."""
    try:
        return path.exists()
    except OSError:
        return True


def _hold(path: Path) -> int | None:
    """A descriptor whose lock ends with the process; None where another has it, or there is no such folder."""
    import fcntl

    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except OSError:
        # A file system without locks: nobody can be told apart there, and a run is not refused for that.
        return descriptor
    return descriptor
