"""Options that the commands around a live run share."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from basis_strategy_v1.cli.extras import require_live
from basis_strategy_v1.cli.options import config_option, in_order, set_option
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

JOURNAL_VARIABLE = "BASIS_JOURNAL_URL"
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_PASSWORD_IN_SIGHT = (
    "warning: --journal has a password in it, which every user of this machine can read in the list of processes; "
    f"put the address into {JOURNAL_VARIABLE} instead"
)

environment_option = click.option(
    "--env",
    metavar="NAME",
    default="",
    help="dev (local venues or test hosts), staging or prod; else BASIS_ENVIRONMENT, else dev.",
)
venue_options = in_order(
    click.option("--sandbox", metavar="URL", help="Address of local venues; see 'basis sandbox up'."),
    config_option,
    set_option,
)
"""How the venues of a mode are reached."""

run_name_options = in_order(
    click.option(
        "--dir",
        "directory",
        metavar="DIR",
        type=click.Path(path_type=Path),
        help="Folder of the run; live/MODE-ENV by default.",
    ),
    click.option(
        "--journal",
        metavar="URL",
        default="",
        help="Database of the journal, else BASIS_JOURNAL_URL; SQLite in the run's folder by default.",
    ),
    click.option("--label", metavar="NAME", default="", help="Tells several runs of one mode apart."),
)
"""Which run is meant."""


def with_named_run(command: Callable[..., int]) -> Callable[..., int]:
    """Gives a command ``LiveOptions`` made of the options above, which name a run and say how its venues are reached.

    The journal's address is also read from the environment, which other users of the machine cannot see.
    """

    @wraps(command)
    def called(
        *,
        mode: str,
        env: str,
        sandbox: str | None,
        config: str | None,
        overrides: tuple[str, ...],
        directory: Path | None = None,
        journal: str = "",
        label: str = "",
        **others: Any,
    ) -> int:
        require_live()
        from basis_strategy_v1.bootstrap.live.options import LiveOptions

        if _has_password(journal):
            print(_PASSWORD_IN_SIGHT, file=sys.stderr)
        options = LiveOptions(
            mode=mode,
            environment=_environment(env),
            # A browser shows the address with a slash behind it.
            sandbox=sandbox.removesuffix("/") if sandbox else sandbox,
            config_file=config,
            overrides=overrides,
            directory=directory,
            journal=journal or os.environ.get(JOURNAL_VARIABLE, ""),
            label=_label(label),
        )
        return command(options, **others)

    return called


def _environment(name: str) -> str:
    """``dev``, ``staging`` or ``prod``: one run has one folder, however its environment is spelt.

    Raises:
        ComponentError: EIF-005 for another name.
    """
    from basis_strategy_v1.config.environment import environment_name

    try:
        return environment_name({"BASIS_ENVIRONMENT": name} if name.strip() else os.environ)
    except ComponentError as error:
        message = f"--env is {name}" if name.strip() else error.message
        raise ComponentError(error.error_code, message, remedy=error.remedy) from None


def _label(name: str) -> str:
    """A label that can be part of the name of a folder.

    Raises:
        ComponentError: CFG-003 for one that cannot.
    """
    if name and not _LABEL.fullmatch(name):
        remedy = "Give letters, digits, '-', '_' and '.', beginning with a letter or digit."
        raise ComponentError("CFG-003", f"--label is {name!r}", remedy=remedy)
    return name


def _has_password(address: str) -> bool:
    """Whether there is a ``:`` before the ``@`` of a database's address, or a password among its options."""
    place = address.partition("://")[2].partition("?")[0]
    return ":" in place.rpartition("@")[0] or "password=" in address
