"""``basis data``."""

from __future__ import annotations

from pathlib import Path

import click

from basis_strategy_v1.cli.failures import FAILED
from basis_strategy_v1.cli.options import data_directory


@click.group(no_args_is_help=False)
def data() -> None:
    """Look at datasets and make synthetic ones."""


@data.command
@click.argument("directory", metavar="DIR", help="Folder of the dataset, or sample:.")
def describe(directory: str) -> int:
    """Say what a dataset holds: its span, its columns, problems (exit code 1), and which modes run on it."""
    from basis_strategy_v1.bootstrap.mode_check import describe_modes
    from basis_strategy_v1.data.describe import describe_dataset

    folder = data_directory(directory) or Path(directory)
    description = describe_dataset(folder)
    for line in [*description.lines, *describe_modes(folder)]:
        print(line)
    return FAILED if description.problems else 0


@data.command
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(path_type=Path),
    required=True,
    help="Folder that receives the dataset.",
)
@click.option("--freq", "frequency", metavar="1min|1h", default="1h", show_default=True, help="Time between rows.")
@click.option("--years", metavar="N", default=1.0, show_default=True, help="Length, of 365 days.")
@click.option("--seed", metavar="N", default=0, show_default=True, help="The same seed gives the same market.")
def synth(out: Path, frequency: str, years: float, seed: int) -> None:
    """Make a synthetic market: every column that any mode's defaults need."""
    from basis_strategy_v1.data.synthetic import write_synthetic

    written = write_synthetic(out, frequency=frequency, years=years, seed=seed)
    print(f"dataset  {written} (synthetic, {frequency}, {years:g} years, seed {seed})")
    print(f"try      basis backtest btc_basis --data {written}")
