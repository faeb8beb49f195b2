"""What a dataset holds, in lines for a person."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np

from basis_strategy_v1.core.domain.market import FloatArray, IntArray
from basis_strategy_v1.core.domain.timestamps import (
    NANOSECONDS_PER_HOUR,
    NANOSECONDS_PER_MINUTE,
    NANOSECONDS_PER_SECOND,
    to_iso,
)
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.data.carry import (
    HIGHEST_GAS_GWEI,
    HIGHEST_RATE,
    HIGHEST_VALUE,
    check_funding,
    check_not_negative,
    check_positive,
)
from basis_strategy_v1.data.dataset import Dataset, open_dataset
from basis_strategy_v1.data.needs import MarketNeeds
from basis_strategy_v1.data.plausibility import implausible_values
from basis_strategy_v1.data.selection import Selection, select_rows

PRICE_KINDS = frozenset({"spot", "perp", "mark", "mark_high", "mark_low", "dex", "oracle", "lst_rate", "market_rate"})
SIGNED_KINDS = frozenset({"funding"})


class DatasetDescription(msgspec.Struct, frozen=True):
    """``lines`` for a person, the problems among them, and ``problems`` by themselves (none: the data is sound)."""

    lines: list[str]
    problems: list[str]


def describe_dataset(path: str | Path) -> DatasetDescription:
    """Name, span, files, every column by kind with its nulls and first value, what is ignored, notes, problems found.

    Raises:
        ComponentError: DAT-001, DAT-002, DAT-005 when the dataset cannot be opened at all.
    """
    dataset = open_dataset(path)
    lines = _heading(dataset)
    try:
        selection = select_rows(dataset, dataset.columns.keys(), None, None)
    except ComponentError as error:
        return DatasetDescription([*lines, *_ignored(dataset), "problems:", f"  {error.line}"], [error.line])
    lines.extend(_span(selection.timestamps))
    problems = _gaps(selection.timestamps)
    readable: list[str] = []
    kind = ""
    for column in sorted(dataset.columns):
        if column.split(".")[0] != kind:
            kind = column.split(".")[0]
            lines.append(f"{kind}:")
        found = len(problems)
        lines.append(f"  {_column(selection, column, kind, problems)}")
        if len(problems) == found:
            readable.append(column)
    lines.extend(_ignored(dataset))
    notes = implausible_values(selection, readable)
    lines += ["notes:", *(f"  {note}" for note in notes)] if notes else []
    lines += ["problems:", *(f"  {problem}" for problem in problems or ["none"])]
    return DatasetDescription(lines, problems)


def _heading(dataset: Dataset) -> list[str]:
    lines = [
        f"name: {dataset.name}",
        f"synthetic: {'yes' if dataset.synthetic else 'no'}",
        f"frequency: {dataset.frequency or 'not stated'}",
    ]
    if dataset.provenance:
        lines.append(f"provenance: {dataset.provenance}")
    lines.append("files:")
    for source in dataset.sources:
        size = (dataset.directory / source.name).stat().st_size / 1e6
        lines.append(f"  {source.name}: {len(source.columns)} columns, {size:.1f} MB")
    return lines


def _span(timestamps: IntArray) -> list[str]:
    lines = [f"span: {to_iso(int(timestamps[0]))} to {to_iso(int(timestamps[-1]))}", f"rows: {len(timestamps)}"]
    if len(timestamps) > 1:
        steps, counts = np.unique(np.diff(timestamps), return_counts=True)
        lines.append(f"step: {_duration(int(steps[np.argmax(counts)]))}")
    return lines


def _gaps(timestamps: IntArray) -> list[str]:
    limit = MarketNeeds().max_staleness_prices
    rows = np.flatnonzero(np.diff(timestamps) > limit)
    return [
        f"no rows between {to_iso(int(timestamps[row]))} and {to_iso(int(timestamps[row + 1]))}, "
        f"longer than the default max_staleness of {_duration(limit)}"
        for row in rows[:10]
    ]


def _column(selection: Selection, column: str, kind: str, problems: list[str]) -> str:
    try:
        values = selection.read(column)
        _check(column, kind, values, selection.timestamps)
    except ComponentError as error:
        problems.append(error.line)
        return f"{column}: see problems"
    present = ~np.isnan(values)
    if not present.any():
        return f"{column}: empty"
    first = int(np.argmax(present))
    count = int(present.sum())
    filled = f"{count} settlements" if kind in SIGNED_KINDS else _nulls(len(values) - count, present)
    return f"{column}: {filled}, first {values[first]:.10g} at {to_iso(int(selection.timestamps[first]))}"


def _nulls(nulls: int, present: np.ndarray) -> str:
    if nulls == 0:
        return "no nulls"
    ends = np.diff(np.concatenate(([False], ~present, [False])).astype(np.int8))
    longest = int((np.flatnonzero(ends == -1) - np.flatnonzero(ends == 1)).max())
    return f"{nulls} nulls (longest run {longest})"


def _check(column: str, kind: str, values: FloatArray, timestamps: IntArray) -> None:
    if kind in PRICE_KINDS:
        check_positive(column, values, timestamps)
    elif kind in SIGNED_KINDS:
        check_funding(column, values, timestamps)
    else:
        highest = HIGHEST_RATE if kind.endswith("_apr") else HIGHEST_GAS_GWEI if kind == "gas" else HIGHEST_VALUE
        check_not_negative(column, values, timestamps, highest)


def _ignored(dataset: Dataset) -> list[str]:
    if not dataset.ignored:
        return []
    return ["ignored (not <kind>.<venue>.<symbol>):", *(f"  {column}" for column in dataset.ignored)]


def _duration(nanoseconds: int) -> str:
    for unit, size in (("h", NANOSECONDS_PER_HOUR), ("min", NANOSECONDS_PER_MINUTE)):
        if nanoseconds % size == 0:
            return f"{nanoseconds // size} {unit}"
    return f"{nanoseconds / NANOSECONDS_PER_SECOND:g} s"
