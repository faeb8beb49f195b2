"""Which run a journal is of. A run's id is drawn once, so that its client ids never meet another run's."""

from __future__ import annotations

import secrets
from typing import Any

from basis_strategy_v1.backends.live.journal_database import COMPONENT, JournalDatabase, RepeatedEntryError
from basis_strategy_v1.backends.live.journal_statements import ADD_RUN, FIND_RUN
from basis_strategy_v1.backends.live.journal_tables import SCHEMA_VERSION
from basis_strategy_v1.core.error_codes.exceptions import ComponentError


def run_of(
    database: JournalDatabase,
    mode: str,
    environment: str,
    label: str,
    config_sha256: str,
    now: int,
    *,
    create: bool,
) -> tuple[str, bool]:
    """The id of the run so named, and whether it was drawn just now.

    Raises:
        ComponentError: RES-001 when there is none and none is to be made, or another version of this program wrote it.
    """
    names = {"of_mode": mode, "of_environment": environment, "of_label": label}
    rows = []
    if database.has_tables():
        with database.transaction() as transaction:
            rows = transaction.rows(FIND_RUN, names)
    for row in rows:
        if row.schema_version != SCHEMA_VERSION:
            message = f"the journal {database.shown} has version {row.schema_version}, this program {SCHEMA_VERSION}"
            raise ComponentError("RES-001", message, COMPONENT)
        return str(row.run_id), False
    described = f"live run {mode} in {environment}{f' named {label}' if label else ''}"
    if not create:
        remedy = "Name the journal, mode and environment with which 'basis live' was started."
        raise ComponentError("RES-001", f"the journal {database.shown} has no {described}", COMPONENT, remedy=remedy)
    named = {"mode": mode, "environment": environment, "label": label}
    return _drawn(database, {**named, "config_sha256": config_sha256, "created_at": now}, described), True


def _drawn(database: JournalDatabase, named: dict[str, Any], described: str) -> str:
    """Draw a run's id and write it down."""
    run_id = f"{named['mode']}-{named['environment']}-{secrets.token_hex(8)}"
    # The run's row comes last: where it is, all tables are.
    database.create_tables()
    try:
        with database.transaction() as transaction:
            transaction.run(ADD_RUN, {**named, "run_id": run_id, "schema_version": SCHEMA_VERSION})
    except RepeatedEntryError as error:
        raise ComponentError("RES-001", f"another process starts the {described} now", COMPONENT) from error
    return run_id
