"""``basis report``."""

from __future__ import annotations

import click


@click.command
@click.argument("run", metavar="RUN_DIR", help="Folder of a finished run.")
def report(run: str) -> None:
    """Write report.html of a finished run anew."""
    from basis_strategy_v1.cli.run_directory import find_run

    directory = find_run(run)
    from basis_strategy_v1.results.report import write_report

    print(write_report(directory))
