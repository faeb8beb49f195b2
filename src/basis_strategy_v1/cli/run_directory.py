"""Finding a run that a person names."""

from __future__ import annotations

from pathlib import Path

from basis_strategy_v1.core.error_codes.exceptions import ComponentError

RUNS = Path("runs")


def find_run(name: str) -> Path:
    """The folder of a run, given as a path or as its id under ``runs``.

    Raises:
        ComponentError: CFG-003 when there is no finished run.
    """
    for directory in (Path(name), RUNS / name):
        if (directory / "summary.json").is_file():
            return directory
    remedy = "Give the folder that 'basis backtest' printed as its result, which holds summary.json."
    if (Path(name) / "status.json").is_file():
        remedy = "It is the folder of a live run, whose figures are in status.json, equity.csv and instructions.jsonl."
    raise ComponentError("CFG-003", f"there is no finished run at {name}", remedy=remedy)
