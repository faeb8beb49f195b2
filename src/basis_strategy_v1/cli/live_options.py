"""Options that the commands around a live run share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from basis_strategy_v1.bootstrap.live.options import LiveOptions

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
    typer.Option("--journal", metavar="URL", help="Database of the journal; SQLite in the run's folder by default."),
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
    """The options that name a run and say how its venues are reached."""
    from basis_strategy_v1.bootstrap.live.options import LiveOptions

    return LiveOptions(
        mode=mode,
        environment=environment,
        sandbox=sandbox,
        config_file=config,
        overrides=tuple(overrides or ()),
        directory=directory,
        journal=journal,
        label=label,
    )
