"""One live run, one process. The lock belongs to the process: however that ends, the lock is free again."""

from __future__ import annotations

import os
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import IO

from sqlalchemy import BigInteger, bindparam, func, select

from basis_strategy_v1.backends.live.journal_database import COMPONENT, JournalDatabase
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

_LOCK = select(func.pg_try_advisory_lock(bindparam("key", type_=BigInteger)))


class RunLock:
    """Held from its making until ``release``.

    A lock file beside a SQLite journal; an advisory lock of the session on PostgreSQL.

    Raises:
        ComponentError: RES-001 when another process holds it.
    """

    def __init__(self, database: JournalDatabase, run_id: str) -> None:
        self._file: IO[str] | None = None
        if database.file is not None:
            self._file = _locked_file(Path(f"{database.file}.{run_id}.lock"))
        elif database.url.get_backend_name() == "postgresql":
            _lock_session(database, run_id)

    def release(self) -> None:
        """Let another process have it. On PostgreSQL it ends with the connection."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _locked_file(path: Path) -> IO[str]:
    import fcntl

    file = path.open("a+", encoding="ascii")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.seek(0)
        holder = file.read().strip()
        file.close()
        raise _in_use(f"process {holder}" if holder else "another process") from error
    with suppress(OSError):
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
    return file


def _lock_session(database: JournalDatabase, run_id: str) -> None:
    key = int.from_bytes(blake2b(run_id.encode(), digest_size=8).digest(), "big", signed=True)
    with database.transaction() as transaction:
        if not transaction.scalar(_LOCK, {"key": key}):
            raise _in_use("another process")


def _in_use(holder: str) -> ComponentError:
    message = f"{holder} runs on this journal already"
    remedy = "Stop it first ('basis kill' or SIGTERM), or give this run a journal or a label of its own."
    return ComponentError("RES-001", message, COMPONENT, remedy=remedy)
