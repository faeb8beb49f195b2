"""``basis data``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from basis_strategy_v1.cli.options import data_directory


def describe(
    directory: Annotated[str, typer.Argument(metavar="DIR", help="Folder of the dataset, or sample:.")],
) -> None:
    """Say what a dataset holds: its span, its columns, problems (exit code 1), and which modes run on it."""
    from basis_strategy_v1.bootstrap.mode_check import describe_modes
    from basis_strategy_v1.data.describe import describe_dataset

    folder = data_directory(directory) or Path(directory)
    description = describe_dataset(folder)
    for line in [*description.lines, *describe_modes(folder)]:
        print(line)
    if description.problems:
        raise typer.Exit(1)


def synth(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder that receives the dataset.")],
    frequency: Annotated[str, typer.Option("--freq", metavar="1min|1h", help="Time between rows.")] = "1h",
    years: Annotated[float, typer.Option("--years", metavar="N", help="Length, of 365 days.")] = 1.0,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="The same seed gives the same market.")] = 0,
) -> None:
    """Make a synthetic market: every column that any mode's defaults need."""
    from basis_strategy_v1.data.synthetic import write_synthetic

    written = write_synthetic(out, frequency=frequency, years=years, seed=seed)
    print(f"dataset  {written} (synthetic, {frequency}, {years:g} years, seed {seed})")
    print(f"try      basis backtest btc_basis --data {written}")


COMMANDS: dict[str, Callable[..., object]] = {"describe": describe, "synth": synth}
