"""A parquet file of a dataset."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from basis_strategy_v1.core.domain.market import FloatArray, IntArray
from basis_strategy_v1.data.arrow_values import floats_into
from basis_strategy_v1.data.file_columns import TIME_COLUMN, checked_columns, unreadable
from basis_strategy_v1.data.times import check_ascending, times_from_arrow

if TYPE_CHECKING:
    import pyarrow as pa

    from basis_strategy_v1.data.parquet_file import ParquetFile


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


def _open_parquet(path: Path) -> ParquetFile:
    # Imported here: a dataset of text files has no use for it.
    import pyarrow as pa

    from basis_strategy_v1.data.parquet_file import ParquetFile

    try:
        return ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise unreadable(path, error) from error
