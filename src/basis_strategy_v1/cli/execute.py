"""``basis execute``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from basis_strategy_v1.cli.failures import BAD_INPUT
from basis_strategy_v1.cli.options import (
    ConfigOption,
    DataOption,
    EndOption,
    JsonOption,
    NoReportOption,
    OutOption,
    SeedOption,
    SetOption,
    StartOption,
    data_directory,
)

if TYPE_CHECKING:
    from basis_strategy_v1.bootstrap import DryRunReport, FinishedRun


def execute(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="YAML or JSON: a list of blocks, each with an optional at.")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only check the blocks; execute nothing.")] = False,
    data: DataOption = None,
    start: StartOption = None,
    end: EndOption = None,
    config: ConfigOption = None,
    overrides: SetOption = None,
    out: OutOption = Path("runs"),
    seed: SeedOption = 0,
    as_json: JsonOption = False,
    no_report: NoReportOption = False,
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
            mode=chosen_mode(config, overrides or ()),
            data_dir=data_directory(data),
            start=first,
            end=last,
            config_file=config,
            overrides=tuple(overrides or ()),
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
