"""A file that one process holds. The lock belongs to the process: however that ends, it is free again."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import IO


class HeldError(Exception):
    """Another process holds it.

    Attributes:
        holder: what that process says of itself; empty where it says nothing.
    """

    def __init__(self, holder: str) -> None:
        super().__init__(holder)
        self.holder = holder


class FileLock:
    """Held from its making until ``release``.

    Args:
        path: of the file, in a folder that exists.
        text: what is told to those who find it held.

    Raises:
        HeldError: when another process holds it.
        OSError: when the file cannot be opened.
    """

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._file = _locked(path)
        with suppress(OSError):
            self._file.truncate(0)
            self._file.write(text)
            self._file.flush()

    def release(self) -> None:
        """Let another process have it."""
        if not self._file.closed:
            # While it is still held: who opens the path from here on makes a file of its own.
            self._path.unlink(missing_ok=True)
            # On a full disk the holder's name was never written; the lock ends all the same.
            with suppress(OSError):
                self._file.close()


def _locked(path: Path) -> IO[str]:
    import fcntl

    while True:
        file = path.open("a+", encoding="utf-8", errors="replace")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            holder = file.read().strip()
            file.close()
            raise HeldError(holder) from error
        if _is_at(file, path):
            return file
        # Its holder has taken it away between our opening and our locking.
        file.close()


def _is_at(file: IO[str], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
