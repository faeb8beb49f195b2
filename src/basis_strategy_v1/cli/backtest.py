"""``basis backtest``."""

from __future__ import annotations

from pathlib import Path

import click

from basis_strategy_v1.cli.options import backtest_environment, data_directory, mode_argument, run_options


@click.command
@mode_argument
@run_options
def backtest(
    mode: str,
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
            overrides=overrides,
            out=out,
            seed=seed,
            report=not no_report,
            progress=progress,
        )
        finished = run_backtest(options, backtest_environment())
    return show_finished(finished, as_json=as_json)
