"""One file of a dataset: its columns, its times, and one column at a time as float64."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Protocol

from basis_strategy_v1.core.domain.market import FloatArray, IntArray


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


def open_source(path: Path) -> Source:
    """The source for ``path``, by its suffix.

    Raises:
        ComponentError: DAT-001 when it cannot be read, DAT-002 without ``ts``, DAT-005 for a column held twice.
    """
    # Imported here: what reads one format has no use for the other's library.
    if path.suffix == ".parquet":
        from basis_strategy_v1.data.parquet_source import ParquetSource

        return ParquetSource(path)
    from basis_strategy_v1.data.csv_source import CsvSource

    return CsvSource(path)
