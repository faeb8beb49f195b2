"""Options that several commands share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

SAMPLE = "sample:"

DataOption = Annotated[
    str | None, typer.Option("--data", metavar="DIR", help="Folder of the dataset; 'sample:' is the embedded one.")
]
StartOption = Annotated[str | None, typer.Option("--start", metavar="ISO", help="First time of the run, UTC.")]
EndOption = Annotated[str | None, typer.Option("--end", metavar="ISO", help="Last time of the run, UTC.")]
ConfigOption = Annotated[
    str | None, typer.Option("--config", metavar="FILE", help="A YAML file, or example:NAME; see 'basis modes'.")
]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Set one key; a dotted key and a YAML value.")
]
OutOption = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder that receives the run's own folder.")]
SeedOption = Annotated[int, typer.Option("--seed", metavar="N", help="Seed of everything random.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print summary.json and nothing else.")]
NoReportOption = Annotated[bool, typer.Option("--no-report", help="Write no report.html.")]


def data_directory(data: str | None) -> Path | None:
    """The folder that ``--data`` names."""
    if data == SAMPLE:
        from basis_strategy_v1.data.sample import sample_directory

        return sample_directory()
    return None if data is None else Path(data)


def backtest_environment() -> dict[str, str]:
    """The environment of a command that is a backtest by its name: the command line stands over the variable."""
    return {**os.environ, "BASIS_EXECUTION_MODE": "backtest"}
