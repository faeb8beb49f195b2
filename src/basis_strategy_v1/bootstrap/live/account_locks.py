"""One run to an account: two would take each other's orders and money for what nobody declared."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
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


class AccountLocks:
    """The accounts that a run holds, against all runs of this machine's user and all that share its PostgreSQL journal.

    Args:
        folder: of the lock files, None for accounts that live in this process alone.
        held: lets the files go again.
    """

    def __init__(self, options: LiveOptions, journal: SqlJournal, folder: Path | None, held: ExitStack) -> None:
        self._holder = own_name(options.run_directory)
        self._sandbox = options.sandbox
        self._journal = journal
        self._folder = folder
        self._held = held

    def hold_keys(self, venue: str, credentials: Mapping[str, Secret]) -> None:
        """Hold an account by its keys, before it is asked anything.

        Raises:
            ComponentError: RES-001 when another run holds it, or no lock can be kept.
        """
        for name in account_names(venue, credentials, self._sandbox):
            self._hold(venue, name)

    def hold_account(self, venue: str, account: str) -> None:
        """Hold an account by the venue's own id of it, which all its keys share; empty where the venue tells none.

        Raises:
            ComponentError: as ``hold_keys``.
        """
        if account:
            self._hold(venue, _hashed(venue, self._sandbox, f"account {account}"))

    def _hold(self, venue: str, name: str) -> None:
        try:
            if self._folder is not None:
                self._held.callback(FileLock(self._folder / f"{name}.lock", self._holder).release)
            self._journal.hold_account(name, self._holder)
        except HeldError as error:
            raise _in_use(venue, error.holder) from error
        except OSError as error:
            message = f"{self._folder}: the lock of an account cannot be kept there: {error.strerror}"
            remedy = "Set XDG_STATE_HOME to a folder that may be written to."
            raise ComponentError("RES-001", message, COMPONENT, remedy=remedy) from error


@contextmanager
def hold_accounts(
    options: LiveOptions, plan: LivePlan, journal: SqlJournal, folder: Path | None
) -> Iterator[AccountLocks]:
    """Hold every account of a run by its keys; the ids of accounts are added once venues have told them.

    Raises:
        ComponentError: RES-001 when another run holds one, or no lock can be kept.
    """
    with ExitStack() as held:
        locks = AccountLocks(options, journal, folder, held)
        for spec in plan.specs:
            locks.hold_keys(spec.venue, plan.credentials_of(spec))
        yield locks


def account_names(venue: str, credentials: Mapping[str, Secret], sandbox: str | None) -> tuple[str, ...]:
    """Names of an account that say nothing of its keys: hashes of venue, place and what the venue knows it by."""
    known = sorted(
        {value.get_secret_value().lower() for name, value in credentials.items() if name.endswith(NAMES_AN_ACCOUNT)}
    )
    return tuple(_hashed(venue, sandbox, value) for value in known)


def _hashed(venue: str, sandbox: str | None, known_by: str) -> str:
    # Accounts of local venues all have the same keys; their port tells them apart.
    place = f"local {urlsplit(sandbox).port}" if sandbox is not None else ""
    return blake2b(f"{venue}|{place}|{known_by}".encode(), digest_size=16).hexdigest()


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
    remedy = "Stop it first ('basis kill MODE' or SIGTERM), or give this run a sub-account with keys of its own."
    return ComponentError("RES-001", message, COMPONENT, remedy=remedy)
