"""A PostgreSQL server of one's own, reached through a socket in its own folder; None where there is no PostgreSQL."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def _programs() -> Path | None:
    found = shutil.which("pg_ctl")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


@contextmanager
def postgres_server() -> Iterator[str | None]:
    """The address of a database, empty and without durability; the server ends with the block."""
    programs = _programs()
    # The server refuses to run as root; its package brings a user of its own.
    is_root = os.geteuid() == 0
    as_user: dict[str, Any] = {"user": "postgres", "group": "postgres", "extra_groups": []} if is_root else {}
    if programs is None:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    try:
        if is_root:
            shutil.chown(folder, "postgres")
        quiet: dict[str, Any] = {"capture_output": True, "cwd": folder, **as_user}
        data = folder / "data"
        subprocess.run([programs / "initdb", "--auth=trust", "--no-sync", "--pgdata", data], check=True, **quiet)
        options = f"-k {folder} -h '' -c fsync=off"
        control = [programs / "pg_ctl", "--pgdata", data, "-w"]
        subprocess.run([*control, "-o", options, "-l", folder / "log", "start"], check=True, **quiet)
        try:
            yield f"postgresql://{'postgres' if is_root else getpass.getuser()}@/postgres?host={folder}"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], check=True, **quiet)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
