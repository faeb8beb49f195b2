"""Which modes run on a dataset with their defaults, and what the others lack."""

from __future__ import annotations

from pathlib import Path

from basis_strategy_v1.bootstrap.market import market_needs
from basis_strategy_v1.config.loader import default_config
from basis_strategy_v1.config.packaged import available_modes
from basis_strategy_v1.data.dataset import open_dataset
from basis_strategy_v1.data.plan import Planner
from basis_strategy_v1.venues.registry import spec_for

ALIAS_HINT = (
    "a column that another one can stand for may be aliased, such as "
    "--set 'data.data_aliases={okx: binance, mark.bybit: perp.bybit}'"
)


def describe_modes(directory: str | Path) -> list[str]:
    """``modes:``, then a line per mode that this version runs: ``runs``, or the columns it lacks.

    Raises:
        ComponentError: DAT-001, DAT-002, DAT-005 when the dataset cannot be opened.
    """
    dataset = open_dataset(directory)
    lines = ["modes (with their defaults):"]
    lacking = False
    for mode in available_modes():
        settings = default_config(mode).settings
        specs = tuple(spec_for(venue) for venue in settings.venues)
        missing = Planner(dataset, market_needs(settings, specs)).missing()
        lacking = lacking or bool(missing)
        lines.append(f"  {mode}: {'lacks ' + ', '.join(missing) if missing else 'runs'}")
    return [*lines, f"  {ALIAS_HINT}"] if lacking else lines
