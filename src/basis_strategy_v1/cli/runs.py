"""``basis runs``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from basis_strategy_v1.core.error_codes.exceptions import ComponentError


def export(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Folder of a finished run, or its id under runs.")],
    csv: Annotated[bool, typer.Option("--csv", help="Write the tables of the run as CSV.")] = False,
) -> None:
    """Write a finished run in another format."""
    if not csv:
        raise ComponentError("CFG-003", "runs export was given no format", remedy="Say --csv.")
    from basis_strategy_v1.cli.run_directory import find_run

    directory = find_run(run)
    from basis_strategy_v1.results.export import export_run_csv

    print(export_run_csv(directory))


COMMANDS: dict[str, Callable[..., object]] = {"export": export}
