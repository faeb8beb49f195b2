"""Options that the commands around a live run share."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from basis_strategy_v1.bootstrap.live.options import LiveOptions

JOURNAL_VARIABLE = "BASIS_JOURNAL_URL"
_PASSWORD_IN_SIGHT = (
    "warning: --journal has a password in it, which every user of this machine can read in the list of processes; "
    f"put the address into {JOURNAL_VARIABLE} instead"
)

ModeArgument = Annotated[str, typer.Argument(metavar="MODE", help="The strategy mode; 'basis modes' lists them.")]
EnvironmentOption = Annotated[
    str, typer.Option("--env", metavar="NAME", help="dev (local venues or test hosts), staging or prod.")
]
SandboxOption = Annotated[
    str | None, typer.Option("--sandbox", metavar="URL", help="Address of local venues; see 'basis sandbox up'.")
]
DirectoryOption = Annotated[
    Path | None, typer.Option("--dir", metavar="DIR", help="Folder of the run; live/MODE-ENV by default.")
]
JournalOption = Annotated[
    str,
    typer.Option(
        "--journal",
        metavar="URL",
        help="Database of the journal, else BASIS_JOURNAL_URL; SQLite in the run's folder by default.",
    ),
]
LabelOption = Annotated[str, typer.Option("--label", metavar="NAME", help="Tells several runs of one mode apart.")]


def live_options(
    mode: str,
    environment: str,
    sandbox: str | None,
    config: str | None,
    overrides: list[str] | None,
    directory: Path | None,
    journal: str,
    label: str,
) -> LiveOptions:
    """The options that name a run and say how its venues are reached.

    The journal's address is also read from the environment, which other users of the machine cannot see.
    """
    from basis_strategy_v1.bootstrap.live.options import LiveOptions

    if _has_password(journal):
        print(_PASSWORD_IN_SIGHT, file=sys.stderr)
    return LiveOptions(
        mode=mode,
        environment=environment,
        sandbox=sandbox,
        config_file=config,
        overrides=tuple(overrides or ()),
        directory=directory,
        journal=journal or os.environ.get(JOURNAL_VARIABLE, ""),
        label=label,
    )


def _has_password(address: str) -> bool:
    """Whether there is a ``:`` before the ``@`` of a database's address, or a password among its options."""
    place = address.partition("://")[2].partition("?")[0]
    return ":" in place.rpartition("@")[0] or "password=" in address
