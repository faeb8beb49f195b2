"""One file of a dataset: its columns, its times, and one column at a time as float64."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from basis_strategy_v1.core.domain.market import FloatArray, IntArray
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.data.arrow_values import floats_into
from basis_strategy_v1.data.errors import invalid_cell, missing_column, no_dataset
from basis_strategy_v1.data.times import check_ascending, times_from_arrow

if TYPE_CHECKING:
    import pyarrow as pa

    from basis_strategy_v1.data.parquet_file import ParquetFile

TIME_COLUMN = "ts"


class Source(Protocol):
    """A file that holds ``ts`` and columns of numbers."""

    @property
    def name(self) -> str:
        """The file's name."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns beside ``ts``, in the file's order."""

    def times(self) -> IntArray:
        """``ts`` in ns UTC, checked to ascend. Raises ComponentError DAT-003, DAT-005."""

    def prepare(self, columns: Collection[str]) -> None:
        """Told once which columns will be read: a text file is parsed for all of them at once."""

    def read(self, column: str, start: int, stop: int) -> FloatArray:
        """Rows ``start`` to ``stop`` of a prepared column, NaN for null. Raises ComponentError DAT-005."""


class ParquetSource:
    """A parquet file: only the row groups and the column asked for are decoded."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._path = path
        self._file = _open_parquet(path)
        self.columns = checked_columns(self._file.column_names, path.name)
        self._bounds = [0, *np.cumsum(self._file.group_sizes, dtype=np.int64).tolist()]

    def times(self) -> IntArray:
        import pyarrow as pa

        try:
            column = self._file.read(TIME_COLUMN)
        except (pa.ArrowException, OSError) as error:
            raise unreadable(self._path, error) from error
        timestamps = times_from_arrow(column, self.name)
        check_ascending(timestamps, self.name)
        return timestamps

    def prepare(self, columns: Collection[str]) -> None:
        """Nothing to do: parquet is read by column."""

    def read(self, column: str, start: int, stop: int) -> FloatArray:
        values = np.empty(stop - start, dtype=np.float64)
        for group, (first, last) in enumerate(zip(self._bounds, self._bounds[1:], strict=False)):
            begin, end = max(first, start), min(last, stop)
            if begin >= end:
                continue
            part = self._row_group(group, column).slice(begin - first, end - begin)
            floats_into(values[begin - start : end - start], part, self.name, column)
        return values

    def _row_group(self, group: int, column: str) -> pa.ChunkedArray:
        import pyarrow as pa

        try:
            return self._file.read_row_group(group, column)
        except (pa.ArrowException, OSError) as error:
            raise unreadable(self._path, error) from error


def open_source(path: Path) -> Source:
    """The source for ``path``, by its suffix.

    Raises:
        ComponentError: DAT-001 when it cannot be read, DAT-002 without ``ts``, DAT-005 for a column held twice.
    """
    if path.suffix == ".parquet":
        return ParquetSource(path)
    from basis_strategy_v1.data.csv_source import CsvSource

    return CsvSource(path)


def checked_columns(names: list[str], file: str) -> tuple[str, ...]:
    """``names`` without ``ts``. Raises ComponentError DAT-002 without ``ts``, DAT-005 for a name that comes twice."""
    if TIME_COLUMN not in names:
        raise missing_column(TIME_COLUMN, f"the file {file}", "Every file of a dataset has a column ts (UTC)")
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise invalid_cell(file, f"column {twice} comes twice")
    return tuple(name for name in names if name != TIME_COLUMN)


def _open_parquet(path: Path) -> ParquetFile:
    # Imported here: a dataset of text files has no use for it.
    import pyarrow as pa

    from basis_strategy_v1.data.parquet_file import ParquetFile

    try:
        return ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: Exception) -> ComponentError:
    """DAT-001 for a file that cannot be opened."""
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return no_dataset(f"{path} cannot be read: {reason}", error)
