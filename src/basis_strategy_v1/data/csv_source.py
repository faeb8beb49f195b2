"""A CSV file of a dataset."""

from __future__ import annotations

import csv
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from basis_strategy_v1.core.domain.market import FloatArray, IntArray
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.data.arrow_values import floats_into
from basis_strategy_v1.data.errors import invalid_cell
from basis_strategy_v1.data.file_columns import TIME_COLUMN, checked_columns, unreadable
from basis_strategy_v1.data.times import check_ascending, times_from_arrow

if TYPE_CHECKING:
    import pyarrow as pa

NULL_TEXTS = ("", "null", "NULL", "NaN", "nan", "NA", "N/A", "None")


class CsvSource:
    """A CSV file with a header line; the prepared columns are parsed once and given out one by one."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._path = path
        self.columns = checked_columns(_header(path), path.name)
        self._table: pa.Table | None = None

    def times(self) -> IntArray:
        import pyarrow as pa

        timestamps = times_from_arrow(self._parse([TIME_COLUMN], pa.string()).column(0), self.name)
        check_ascending(timestamps, self.name)
        return timestamps

    def prepare(self, columns: Collection[str]) -> None:
        """Parse ``columns`` (those that this file has)."""
        import pyarrow as pa

        wanted = [name for name in self.columns if name in columns]
        if wanted:
            self._table = self._parse(wanted, pa.float64())

    def read(self, column: str, start: int, stop: int) -> FloatArray:
        table = self._table
        if table is None or column not in table.column_names:
            self.prepare([column])
            table = self._table
        assert table is not None
        values = np.empty(stop - start, dtype=np.float64)
        floats_into(values, table.column(column).slice(start, stop - start), self.name, column)
        # A column is read once: dropping it here keeps one copy of the data in memory, not two.
        self._table = table.drop_columns([column])
        return values

    def _parse(self, columns: list[str], kind: pa.DataType) -> pa.Table:
        import pyarrow as pa
        from pyarrow import csv as arrow_csv

        options = arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(columns, kind),
            include_columns=columns,
            null_values=list(NULL_TEXTS),
            strings_can_be_null=True,
        )
        try:
            return arrow_csv.read_csv(self._path, convert_options=options)
        except pa.ArrowInvalid as error:
            raise self._cell_error(columns, kind, error) from error

    def _cell_error(self, columns: list[str], kind: pa.DataType, error: Exception) -> ComponentError:
        """The first cell that is not a number, found with the slow reader; else what arrow says."""
        if kind == "double":
            with self._path.open(newline="", encoding="utf-8") as stream:
                for row, cells in enumerate(csv.DictReader(stream), start=1):
                    for column in columns:
                        cell = cells.get(column)
                        if cell is None or not _is_number(cell):
                            return invalid_cell(self.name, f"column {column} at row {row} is {cell!r}, not a number")
        return invalid_cell(self.name, str(error).splitlines()[0])


def _is_number(cell: str) -> bool:
    if cell in NULL_TEXTS:
        return True
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell


def _header(path: Path) -> list[str]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            return next(csv.reader(stream), [])
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise unreadable(path, error) from error
