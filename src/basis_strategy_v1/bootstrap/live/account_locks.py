"""One run to an account: two would take each other's orders and money for what nobody declared."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from hashlib import blake2b
from pathlib import Path
from urllib.parse import urlsplit

from basis_strategy_v1.backends.live.file_lock import FileLock, HeldError
from basis_strategy_v1.backends.live.journal_lock import own_name
from basis_strategy_v1.backends.live.journal_sql import SqlJournal
from basis_strategy_v1.bootstrap.live.options import LiveOptions
from basis_strategy_v1.bootstrap.live.plan import LivePlan
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.interfaces.credential_check import Secret

COMPONENT = "EventDrivenStrategyEngine"
LOCKS = Path("basis-strategy", "accounts")
NAMES_AN_ACCOUNT = ("api_key", "wallet_address")
"""How credentials end that tell one account from another."""


def hold_accounts(options: LiveOptions, plan: LivePlan, journal: SqlJournal, folder: Path | None) -> ExitStack:
    """Hold every account of a run, against all runs of this machine's user and all that share its PostgreSQL journal.

    Args:
        folder: of the lock files, None for accounts that live in this process alone.

    Returns:
        What lets them go again when it is closed.

    Raises:
        ComponentError: RES-001 when another run holds one, or no lock can be kept.
    """
    holder = own_name(options.run_directory)
    with ExitStack() as held:
        for spec in plan.specs:
            for name in account_names(spec.venue, plan.credentials_of(spec), options.sandbox):
                try:
                    if folder is not None:
                        held.callback(FileLock(folder / f"{name}.lock", holder).release)
                    journal.hold_account(name, holder)
                except HeldError as error:
                    raise _in_use(spec.venue, error.holder) from error
                except OSError as error:
                    message = f"{folder}: the lock of an account cannot be kept there: {error.strerror}"
                    remedy = "Set XDG_STATE_HOME to a folder that may be written to."
                    raise ComponentError("RES-001", message, COMPONENT, remedy=remedy) from error
        return held.pop_all()


def account_names(venue: str, credentials: Mapping[str, Secret], sandbox: str | None) -> tuple[str, ...]:
    """Names of an account that say nothing of its keys: hashes of venue, place and what the venue knows it by."""
    # Accounts of local venues all have the same keys; their port tells them apart.
    place = f"local {urlsplit(sandbox).port}" if sandbox is not None else ""
    known = sorted(
        {value.get_secret_value().lower() for name, value in credentials.items() if name.endswith(NAMES_AN_ACCOUNT)}
    )
    return tuple(blake2b(f"{venue}|{place}|{value}".encode(), digest_size=16).hexdigest() for value in known)


def locks_folder(environment: Mapping[str, str]) -> Path:
    """Where this machine's user keeps locks: below XDG_STATE_HOME, ~/.local/state, else where passing files go."""
    home = environment.get("HOME")
    state = environment.get("XDG_STATE_HOME") or (f"{home}/.local/state" if home else "")
    places = [Path(state)] if state else []
    folder = LOCKS
    for place in (*places, Path(tempfile.gettempdir()) / f"state-{os.getuid()}"):
        folder = place / LOCKS
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            break
    return folder


def _in_use(venue: str, holder: str) -> ComponentError:
    message = f"{holder or 'another process'} trades on this account of {venue} already"
    remedy = "Stop it first ('basis kill' or SIGTERM), or give this run a sub-account with keys of its own."
    return ComponentError("RES-001", message, COMPONENT, remedy=remedy)
