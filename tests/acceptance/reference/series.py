"""Columns of a dataset as the reference computation reads them: snapped to a unit, nulls carried, exact decimals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow.parquet as parquet


@dataclass(frozen=True)
class Series:
    """One column: the whole number of ``unit`` at each row (nulls carried), and which rows were null.

    Before the first value the count is 0.
    """

    unit: Decimal
    counts: list[int]
    missing: list[bool]

    def decimals(self) -> list[Decimal]:
        """The exact value of every row; the first must not be null."""
        assert not self.missing[0]
        return [count * self.unit for count in self.counts]

    def values(self) -> list[Decimal | None]:
        """The exact value of every row, None where the data has none."""
        return [None if null else count * self.unit for count, null in zip(self.counts, self.missing, strict=True)]


@dataclass(frozen=True)
class Dataset:
    """Rows of a dataset: ``timestamps`` in ns UTC, float columns with NaN for null."""

    timestamps: list[int]
    columns: dict[str, np.ndarray]

    def series(self, name: str, unit: Decimal) -> Series:
        """Column ``name`` snapped to ``unit``."""
        column = self.columns[name]
        missing = np.isnan(column)
        numerator, denominator = unit.as_integer_ratio()
        carried = np.nan_to_num(column)[np.maximum.accumulate(np.where(missing, 0, np.arange(len(column))))]
        counts = np.rint(carried * denominator / numerator).astype(np.int64)
        return Series(unit, counts.tolist(), missing.tolist())

    def raw(self, name: str) -> list[float]:
        """Column ``name`` as it is."""
        return [float(value) for value in self.columns[name]]


def read_dataset(folder: Path, names: Sequence[str], start: int | None = None, end: int | None = None) -> Dataset:
    """The named columns of every parquet file in ``folder`` between two times (ns, both included)."""
    (file,) = folder.glob("*.parquet")
    table = parquet.read_table(file, columns=["ts", *dict.fromkeys(names)])
    timestamps = table["ts"].to_numpy().astype("datetime64[ns]").astype(np.int64)
    chosen = np.ones(len(timestamps), dtype=bool)
    if start is not None:
        chosen &= timestamps >= start
    if end is not None:
        chosen &= timestamps <= end
    columns = {name: table[name].to_numpy().astype(np.float64)[chosen] for name in dict.fromkeys(names)}
    return Dataset(timestamps[chosen].tolist(), columns)
