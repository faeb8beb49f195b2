"""The columns that a file of a dataset must have."""

from __future__ import annotations

from pathlib import Path

from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.data.errors import invalid_cell, missing_column, no_dataset

TIME_COLUMN = "ts"


def checked_columns(names: list[str], file: str) -> tuple[str, ...]:
    """``names`` without ``ts``. Raises ComponentError DAT-002 without ``ts``, DAT-005 for a name that comes twice."""
    if TIME_COLUMN not in names:
        raise missing_column(TIME_COLUMN, f"the file {file}", "Every file of a dataset has a column ts (UTC)")
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise invalid_cell(file, f"column {twice} comes twice")
    return tuple(name for name in names if name != TIME_COLUMN)


def unreadable(path: Path, error: Exception) -> ComponentError:
    """DAT-001 for a file that cannot be opened."""
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return no_dataset(f"{path} cannot be read: {reason}", error)
