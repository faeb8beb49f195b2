"""Options that several commands share."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

SAMPLE = "sample:"

Command = TypeVar("Command", bound=Callable[..., Any])

mode_argument = click.argument("mode", metavar="MODE", help="The strategy mode; 'basis modes' lists them.")
config_option = click.option("--config", metavar="FILE", help="A YAML file, or example:NAME; see 'basis modes'.")
set_option = click.option(
    "--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Set one key; a dotted key and a YAML value."
)


def in_order(*parameters: Callable[[Any], Any]) -> Callable[[Command], Command]:
    """Gives ``parameters`` to a command, in the order in which its help shows them."""

    def decorate(command: Command) -> Command:
        for parameter in reversed(parameters):
            command = parameter(command)
        return command

    return decorate


run_options = in_order(
    click.option("--data", metavar="DIR", help="Folder of the dataset; 'sample:' is the embedded one."),
    click.option("--start", metavar="ISO", help="First time of the run, UTC."),
    click.option("--end", metavar="ISO", help="Last time of the run, UTC."),
    config_option,
    set_option,
    click.option(
        "--out",
        metavar="DIR",
        type=click.Path(path_type=Path),
        default="runs",
        show_default=True,
        help="Folder that receives the run's own folder.",
    ),
    click.option("--seed", metavar="N", default=0, show_default=True, help="Seed of everything random."),
    click.option("--json", "as_json", is_flag=True, help="Print summary.json and nothing else."),
    click.option("--no-report", is_flag=True, help="Write no report.html."),
)
"""What a run over historical data can be told."""


def data_directory(data: str | None) -> Path | None:
    """The folder that ``--data`` names."""
    if data == SAMPLE:
        from basis_strategy_v1.data.sample import sample_directory

        return sample_directory()
    return None if data is None else Path(data)


def backtest_environment() -> dict[str, str]:
    """The environment of a command that is a backtest by its name: the command line stands over the variable."""
    return {**os.environ, "BASIS_EXECUTION_MODE": "backtest"}
