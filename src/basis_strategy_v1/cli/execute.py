"""``basis execute``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from basis_strategy_v1.cli.failures import BAD_INPUT
from basis_strategy_v1.cli.options import data_directory, run_options

if TYPE_CHECKING:
    from basis_strategy_v1.bootstrap import DryRunReport, FinishedRun


@click.command
@click.argument(
    "file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="YAML or JSON: a list of blocks, each with an optional at.",
)
@click.option("--dry-run", is_flag=True, help="Only check the blocks; execute nothing.")
@run_options
def execute(
    file: Path,
    dry_run: bool,
    data: str | None,
    start: str | None,
    end: str | None,
    config: str | None,
    overrides: tuple[str, ...],
    out: Path,
    seed: int,
    as_json: bool,
    no_report: bool,
) -> int:
    """Run or check instruction blocks without a strategy."""
    from basis_strategy_v1.bootstrap import ExecuteOptions, run_execute
    from basis_strategy_v1.cli.progress import run_progress
    from basis_strategy_v1.config.date_range import parse_date_range
    from basis_strategy_v1.config.loader import chosen_mode

    first, last = parse_date_range(start, end)
    with run_progress() as progress:
        options = ExecuteOptions(
            file=file,
            dry_run=dry_run,
            mode=chosen_mode(config, overrides),
            data_dir=data_directory(data),
            start=first,
            end=last,
            config_file=config,
            overrides=overrides,
            out=out,
            seed=seed,
            report=not no_report,
            progress=progress,
        )
        outcome = run_execute(options, dict(os.environ))
    return _show(outcome, file, as_json=as_json)


def _show(outcome: FinishedRun | DryRunReport, file: Path, *, as_json: bool) -> int:
    from basis_strategy_v1.bootstrap import FinishedRun
    from basis_strategy_v1.cli.finished import show_finished

    if isinstance(outcome, FinishedRun):
        return show_finished(outcome, as_json=as_json)
    for line in outcome.lines:
        print(line)
    if outcome.ok:
        return 0
    print(f"EIM-004: {file} holds blocks that would be refused. Mend those marked above.", file=sys.stderr)
    return BAD_INPUT
