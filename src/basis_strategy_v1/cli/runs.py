"""``basis runs``."""

from __future__ import annotations

import click

from basis_strategy_v1.core.error_codes.exceptions import ComponentError


@click.group(no_args_is_help=False)
def runs() -> None:
    """Work with finished runs."""


@runs.command
@click.argument("run", metavar="RUN", help="Folder of a finished run, or its id under runs.")
@click.option("--csv", is_flag=True, help="Write the tables of the run as CSV.")
def export(run: str, csv: bool) -> None:
    """Write a finished run in another format."""
    if not csv:
        raise ComponentError("CFG-003", "runs export was given no format", remedy="Say --csv.")
    from basis_strategy_v1.cli.run_directory import find_run

    directory = find_run(run)
    from basis_strategy_v1.results.export import export_run_csv

    print(export_run_csv(directory))
