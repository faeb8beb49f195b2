"""``basis backtest``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
    backtest_environment,
    data_directory,
)


def backtest(
    mode: Annotated[str, typer.Argument(metavar="MODE", help="The strategy mode; 'basis modes' lists them.")],
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
    """Run a strategy over historical data and write its result under --out."""
    from basis_strategy_v1.bootstrap import RunOptions, run_backtest
    from basis_strategy_v1.cli.finished import show_finished
    from basis_strategy_v1.cli.progress import run_progress
    from basis_strategy_v1.config.date_range import parse_date_range

    first, last = parse_date_range(start, end)
    with run_progress() as progress:
        options = RunOptions(
            mode=mode,
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
        finished = run_backtest(options, backtest_environment())
    return show_finished(finished, as_json=as_json)
