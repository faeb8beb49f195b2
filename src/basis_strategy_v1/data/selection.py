"""The rows of a run: the union of the times of the files it reads, cut to its dates."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from basis_strategy_v1.core.domain.market import FloatArray, IntArray
from basis_strategy_v1.core.domain.timestamps import to_iso
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.data.dataset import Dataset
from basis_strategy_v1.data.errors import COMPONENT, bad_times, no_dataset
from basis_strategy_v1.data.sources import Source


class _Part:
    """Rows ``start`` to ``stop`` of one file, and where they stand among the selected rows (None: one to one)."""

    __slots__ = ("positions", "start", "stop")

    def __init__(self, start: int, stop: int, positions: IntArray | None) -> None:
        self.start = start
        self.stop = stop
        self.positions = positions


class Selection:
    """Selected rows of a dataset, read one column at a time."""

    def __init__(self, dataset: Dataset, timestamps: IntArray, parts: dict[str, _Part]) -> None:
        self.timestamps = timestamps
        self._dataset = dataset
        self._parts = parts

    def read(self, column: str) -> FloatArray:
        """The column over the selected rows, NaN where no file has a value.

        Raises:
            ComponentError: DAT-003 when two files hold the column for the same time, DAT-005 for what is no number.
        """
        sources = self._dataset.columns[column]
        first = self._parts[sources[0].name]
        if len(sources) == 1 and first.positions is None:
            return sources[0].read(column, first.start, first.stop)
        values = np.full(len(self.timestamps), np.nan)
        for source in sources:
            self._place(values, source, column)
        return values

    def _place(self, values: FloatArray, source: Source, column: str) -> None:
        part = self._parts[source.name]
        found = source.read(column, part.start, part.stop)
        positions = np.arange(len(values)) if part.positions is None else part.positions
        present = ~np.isnan(found)
        rows = positions[present]
        taken = ~np.isnan(values[rows])
        if taken.any():
            time = int(self.timestamps[rows[int(np.argmax(taken))]])
            row = part.start + int(np.flatnonzero(present)[int(np.argmax(taken))]) + 1
            others = " and ".join(held.name for held in self._dataset.columns[column] if held is not source)
            remedy = "Keep each value in one file: drop the column from one of them, or give them times of their own"
            raise bad_times(source.name, row, time, f"{column} stands in {others} too", remedy)
        values[rows] = found[present]


def select_rows(dataset: Dataset, columns: Collection[str], start_ns: int | None, end_ns: int | None) -> Selection:
    """The rows from ``start_ns`` to ``end_ns``, both included (None: the data's own ends).

    Files that hold none of ``columns`` take no part, so their times make no rows.

    Raises:
        ComponentError: CFG-005 when the dates are reversed or hold no row, DAT-003 for times out of order.
    """
    if start_ns is not None and end_ns is not None and start_ns > end_ns:
        raise _date_range(f"start {to_iso(start_ns)} is after end {to_iso(end_ns)}", "Swap --start and --end")
    sources = [source for source in dataset.sources if any(name in columns for name in source.columns)]
    times = {source.name: source.times() for source in sources}
    whole = _union(list(times.values()))
    if len(whole) == 0:
        raise no_dataset(f"the dataset {dataset.directory} has no rows")
    begin = 0 if start_ns is None else int(np.searchsorted(whole, start_ns, side="left"))
    end = len(whole) if end_ns is None else int(np.searchsorted(whole, end_ns, side="right"))
    if begin >= end:
        span = f"{to_iso(int(whole[0]))} to {to_iso(int(whole[-1]))}"
        raise _date_range(f"no row between start and end; the data covers {span}", "Choose dates inside the data")
    selected = whole[begin:end]
    for source in sources:
        source.prepare(columns)
    return Selection(dataset, selected, {name: _part(own, selected) for name, own in times.items()})


def _union(times: list[IntArray]) -> IntArray:
    if not times:
        return np.empty(0, dtype=np.int64)
    if all(np.array_equal(times[0], other) for other in times[1:]):
        return times[0]
    return np.unique(np.concatenate(times))


def _part(own: IntArray, selected: IntArray) -> _Part:
    start = int(np.searchsorted(own, selected[0], side="left"))
    stop = int(np.searchsorted(own, selected[-1], side="right"))
    inside = own[start:stop]
    if np.array_equal(inside, selected):
        return _Part(start, stop, None)
    return _Part(start, stop, np.searchsorted(selected, inside))


def _date_range(message: str, remedy: str) -> ComponentError:
    return ComponentError("CFG-005", message, COMPONENT, remedy=remedy)
