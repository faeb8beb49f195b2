"""Options that the commands around a live run share."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from basis_strategy_v1.cli.extras import require_live
from basis_strategy_v1.cli.options import config_option, in_order, set_option

JOURNAL_VARIABLE = "BASIS_JOURNAL_URL"
_PASSWORD_IN_SIGHT = (
    "warning: --journal has a password in it, which every user of this machine can read in the list of processes; "
    f"put the address into {JOURNAL_VARIABLE} instead"
)

environment_option = click.option(
    "--env",
    metavar="NAME",
    default="dev",
    show_default=True,
    help="dev (local venues or test hosts), staging or prod.",
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
            environment=env,
            sandbox=sandbox,
            config_file=config,
            overrides=overrides,
            directory=directory,
            journal=journal or os.environ.get(JOURNAL_VARIABLE, ""),
            label=label,
        )
        return command(options, **others)

    return called


def _has_password(address: str) -> bool:
    """Whether there is a ``:`` before the ``@`` of a database's address, or a password among its options."""
    place = address.partition("://")[2].partition("?")[0]
    return ":" in place.rpartition("@")[0] or "password=" in address
