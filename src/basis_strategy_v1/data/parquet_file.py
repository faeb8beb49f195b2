"""pyarrow's reader of parquet without the package around it.

``import pyarrow.parquet`` also loads every file system that pyarrow knows, clouds and ssl included: 40 ms and 8 MB of
each run, which reads local files only. ``pyarrow._parquet`` holds the reader itself.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa


class ParquetFile:
    """An open local parquet file, read by row group and column on the calling thread.

    Attributes:
        column_names: the top-level columns, in the file's order.
        group_sizes: rows of each row group.

    Raises:
        pyarrow.ArrowException, OSError: when the file cannot be opened or is no parquet file.
    """

    def __init__(self, path: Path) -> None:
        from pyarrow._parquet import ParquetReader

        self._reader: Any = ParquetReader()
        self._reader.open(str(path), use_memory_map=False, pre_buffer=False)
        metadata = self._reader.metadata
        self.column_names: list[str] = self._reader.schema_arrow.names
        self.group_sizes = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
        self._leaves = [metadata.schema.column(leaf).path for leaf in range(metadata.num_columns)]

    def read_row_group(self, group: int, column: str) -> pa.ChunkedArray:
        """One column of one row group."""
        table = self._reader.read_row_group(group, column_indices=self._leaves_of(column), use_threads=False)
        return table.column(0)

    def read(self, column: str) -> pa.ChunkedArray:
        """One column of all row groups."""
        return self._reader.read_all(column_indices=self._leaves_of(column), use_threads=False).column(0)

    def _leaves_of(self, column: str) -> list[int]:
        """A plain column is one leaf; a nested one, which the caller refuses by its type, is several below it."""
        below = f"{column}."
        return [leaf for leaf, path in enumerate(self._leaves) if path == column or path.startswith(below)]
