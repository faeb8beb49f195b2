"""Reading a run's result back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.results.arrow_columns import numbers_of
from basis_strategy_v1.results.equity_file import TIME

Columns = dict[str, np.ndarray[Any, Any]]
"""Arrays by name of column: ``ts`` int64 (ns UTC), all others float64."""

COMPONENT = "ResultReader"
_WHAT_TO_DO = "Name the directory of a finished run, the one that holds its summary.json."


def read_summary(run_dir: Path) -> dict[str, Any]:
    """The summary of the run in ``run_dir``; amounts are text, as stored.

    Raises:
        ComponentError: DAT-001 when ``run_dir`` holds no readable summary.
    """
    path = require_file(run_dir, "summary.json")
    try:
        summary = json.loads(path.read_bytes())
    except ValueError as error:
        raise unreadable(path, error) from error
    if not isinstance(summary, dict) or "mode" not in summary:
        raise unreadable(path, ValueError("it is not the summary of a run"))
    return summary


def equity_columns(run_dir: Path) -> tuple[str, ...]:
    """The names of the columns of ``equity.parquet``, ``ts`` first.

    Raises:
        ComponentError: DAT-001 when the file is missing or unreadable.
    """
    return tuple(_open_equity(run_dir).schema_arrow.names)


def read_equity(run_dir: Path, columns: Sequence[str]) -> Columns:
    """The named columns of ``equity.parquet``, whole: ``ts`` as int64 ns UTC, the others as float64.

    Raises:
        ComponentError: DAT-001 when the file is missing or unreadable, DAT-002 when a column is not in it.
    """
    file = _open_equity(run_dir)
    _require_columns(file.schema_arrow.names, columns, run_dir)
    return _arrays(file.read(columns=list(columns)), columns)


def equity_blocks(run_dir: Path, columns: Sequence[str]) -> Iterator[Columns]:
    """As ``read_equity``, block by block (as they were written), so that memory stays bounded."""
    file = _open_equity(run_dir)
    _require_columns(file.schema_arrow.names, columns, run_dir)
    for group in range(file.num_row_groups):
        yield _arrays(file.read_row_group(group, columns=list(columns)), columns)


def require_file(run_dir: Path, name: str) -> Path:
    """The path of a file of the run.

    Raises:
        ComponentError: DAT-001 when it does not exist.
    """
    path = run_dir / name
    if not path.is_file():
        reason = f"it has no {name}" if run_dir.is_dir() else "there is no such directory"
        raise ComponentError("DAT-001", f"{run_dir} is not a finished run: {reason}", COMPONENT, remedy=_WHAT_TO_DO)
    return path


def unreadable(path: Path, error: Exception) -> ComponentError:
    """The error for a file of a run that is there but cannot be read."""
    return ComponentError("DAT-001", f"{path} cannot be read: {error}", COMPONENT, None, error, remedy=_WHAT_TO_DO)


def _open_equity(run_dir: Path) -> Any:
    import pyarrow.parquet as pq

    path = require_file(run_dir, "equity.parquet")
    try:
        return pq.ParquetFile(path)
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error


def _require_columns(present: Sequence[str], wanted: Sequence[str], run_dir: Path) -> None:
    for name in wanted:
        if name not in present:
            known = ", ".join(present)
            raise ComponentError(
                "DAT-002", f"{run_dir / 'equity.parquet'} has no column {name}; it has {known}", COMPONENT
            )


def _arrays(table: Any, columns: Sequence[str]) -> Columns:
    return {name: numbers_of(table[name], np.int64 if name == TIME else np.float64) for name in columns}
