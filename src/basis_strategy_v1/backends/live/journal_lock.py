"""One live run, one process, and one run to an account, as far as those reach who share a journal."""

from __future__ import annotations

import os
import socket
from hashlib import blake2b
from pathlib import Path

from sqlalchemy import BigInteger, String, bindparam, cast, column, func, literal_column, select, table

from basis_strategy_v1.backends.live.file_lock import FileLock, HeldError
from basis_strategy_v1.backends.live.journal_database import COMPONENT, JournalDatabase
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

POSTGRESQL = "postgresql"
LONGEST_NAME = 63
"""Bytes that PostgreSQL keeps of what a session calls itself."""
_HALF = 1 << 32

_ACTIVITY = table("pg_stat_activity", column("pid"), column("application_name"))
_LOCKS = table("pg_locks", column("pid"), column("locktype"), column("classid"), column("objid"), column("granted"))
_LOCK = select(func.pg_try_advisory_lock(bindparam("key", type_=BigInteger)))
_NAME = select(
    func.set_config(literal_column("'application_name'"), bindparam("name", type_=String), literal_column("false"))
)
_HOLDER = (
    select(_ACTIVITY.c.application_name)
    .select_from(_ACTIVITY.join(_LOCKS, _ACTIVITY.c.pid == _LOCKS.c.pid))
    .where(
        _LOCKS.c.locktype == bindparam("kind", type_=String),
        cast(_LOCKS.c.classid, BigInteger) == bindparam("high", type_=BigInteger),
        cast(_LOCKS.c.objid, BigInteger) == bindparam("low", type_=BigInteger),
        _LOCKS.c.granted,
    )
)


def own_name(folder: Path | None = None) -> str:
    """What this process says of itself to those who find a lock held."""
    where = f" in {folder.resolve()}" if folder is not None else ""
    return f"process {os.getpid()} on {socket.gethostname()}{where}"


class RunLock:
    """Held from its making until ``release``.

    A lock file beside a SQLite journal; an advisory lock of the session on PostgreSQL.

    Raises:
        ComponentError: RES-001 when another process holds it.
    """

    def __init__(self, database: JournalDatabase, run_id: str) -> None:
        self._file: FileLock | None = None
        try:
            if database.file is not None:
                self._file = FileLock(Path(f"{database.file}.{run_id}.lock"), own_name())
            else:
                lock_session(database, run_id, own_name())
        except HeldError as error:
            message = f"{error.holder or 'another process'} runs on this journal already"
            remedy = "Stop it first ('basis kill MODE' or SIGTERM), or give this run a journal or a label of its own."
            raise ComponentError("RES-001", message, COMPONENT, remedy=remedy) from error

    def release(self) -> None:
        """Let another process have it. On PostgreSQL it ends with the connection."""
        if self._file is not None:
            self._file.release()
            self._file = None


def lock_session(database: JournalDatabase, name: str, holder: str) -> None:
    """Hold ``name`` for as long as the connection lasts; nothing on a database that is a file of this machine.

    Raises:
        HeldError: when another session holds it.
    """
    if database.url.get_backend_name() != POSTGRESQL:
        return
    key = int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)
    high, low = divmod(key % (_HALF * _HALF), _HALF)
    with database.transaction() as transaction:
        if not transaction.scalar(_LOCK, {"key": key}):
            found = transaction.scalar(_HOLDER, {"kind": "advisory", "high": high, "low": low})
            raise HeldError(str(found or ""))
        transaction.rows(_NAME, {"name": _shortened(holder)})


def _shortened(holder: str) -> str:
    """As much as a session's name holds: process, machine, and the end of the folder."""
    if len(holder.encode()) <= LONGEST_NAME:
        return holder
    start, _, folder = holder.partition(" in ")
    room = max(LONGEST_NAME - len(f"{start} in ..".encode()), 0)
    tail = folder.encode()[-room:].decode(errors="ignore") if room else ""
    return f"{start} in ..{tail}".encode()[:LONGEST_NAME].decode(errors="ignore")
