"""The columns of one load: each read once, checked, carried and snapped, and shared by all who need it."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from basis_strategy_v1.core.domain.market import Column, FloatArray
from basis_strategy_v1.core.domain.timestamps import to_iso
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.data.carry import (
    HIGHEST_RATE,
    Carried,
    Staleness,
    carry_forward,
    check_not_negative,
    check_positive,
    snap_in_place,
)
from basis_strategy_v1.data.errors import COMPONENT
from basis_strategy_v1.data.selection import Selection


class ColumnStore:
    """Reads columns of a selection.

    Attributes:
        timestamps: of the selected rows, int64 ns UTC.
        coverage: a line per column read, in the order of reading.
    """

    def __init__(self, selection: Selection, prices: Staleness, daily: Staleness, aliased: dict[str, str]) -> None:
        self.timestamps = selection.timestamps
        self.prices = prices
        self.daily = daily
        self.coverage: list[str] = []
        self._selection = selection
        self._aliased = aliased
        self._cache: dict[tuple[str, Decimal | None], Column] = {}
        self._leading: dict[str, int] = {}

    def price(self, name: str, tick: Decimal | None) -> Column:
        """A price: above zero, nulls carried, snapped to ``tick`` (None: as it is).

        Raises:
            ComponentError: DAT-004, DAT-005.
        """
        key = (name, tick)
        if key not in self._cache:
            values = self.raw(name)
            check_positive(name, values, self.timestamps)
            carried = self._carry(name, values, self.prices)
            if tick is not None:
                snap_in_place(carried.values, tick)
                # What rounds to nothing at this tick would divide by zero later.
                check_positive(name, carried.values, self.timestamps)
            self._cache[key] = Column(name, carried.values, carried.missing)
        return self._cache[key]

    def extreme(self, name: str, tick: Decimal, mark: Column) -> Column:
        """An extreme of the mark; where it is null the mark of that row stands in."""
        values = self.raw(name)
        check_positive(name, values, self.timestamps)
        empty = np.isnan(values)
        self._note(name, int(empty.sum()), "the mark stands in")
        values[empty] = mark.values[empty]
        snap_in_place(values, tick)
        return Column(name, values, empty if empty.any() else None)

    def optional_price(self, name: str) -> Column | None:
        """A price that no decision rests on: carried without limit; None where it has no value at the first row.

        Raises:
            ComponentError: DAT-005.
        """
        values = self.raw(name)
        check_positive(name, values, self.timestamps)
        if np.isnan(values[0]):
            self.coverage.append(f"{name}: no value at the first row, left out")
            return None
        carried = carry_forward(name, values, self.timestamps, None)
        self._note(name, 0 if carried.missing is None else int(carried.missing.sum()), "carried forward")
        return Column(name, carried.values, carried.missing)

    def rate(self, name: str) -> Column:
        """A yearly rate or another daily value: zero or more, nulls carried. Raises ComponentError DAT-004, DAT-005."""
        key = (name, None)
        if key not in self._cache:
            values = self.raw(name)
            check_not_negative(name, values, self.timestamps, HIGHEST_RATE)
            carried = self._carry(name, values, self.daily)
            self._cache[key] = Column(name, carried.values, carried.missing)
        return self._cache[key]

    def volume(self, name: str) -> Column:
        """Volume; a null is NaN: unknown at that row. Raises ComponentError DAT-005."""
        values = self.raw(name)
        check_not_negative(name, values, self.timestamps)
        empty = np.isnan(values)
        self._note(name, int(empty.sum()), "unknown")
        return Column(name, values, empty if empty.any() else None)

    def raw(self, name: str) -> FloatArray:
        """The column as the files have it, NaN for null."""
        return self._selection.read(name)

    def refuse_leading_nulls(self) -> None:
        """Raise DAT-004 when a needed column starts later than the first row, with the first usable ``--start``."""
        if not self._leading:
            return
        columns = ", ".join(self._leading)
        raise ComponentError(
            "DAT-004",
            f"no value yet at the first row, {to_iso(int(self.timestamps[0]))}, in {columns}",
            COMPONENT,
            remedy=self._first_usable_start(),
        )

    def _first_usable_start(self) -> str:
        """The first row at which every needed column has a value of its own."""
        empty = np.zeros(len(self.timestamps), dtype=np.bool_)
        for column in self._cache.values():
            if column.missing is not None:
                empty |= column.missing
        if empty.all():
            return "No row has a value in every needed column; use data that overlaps, or alias the column"
        return f"The first usable start is --start {to_iso(int(self.timestamps[int(np.argmin(empty))]))}"

    def _carry(self, name: str, values: FloatArray, staleness: Staleness) -> Carried:
        carried = carry_forward(name, values, self.timestamps, staleness)
        if carried.leading:
            self._leading[name] = carried.leading
        self._note(name, 0 if carried.missing is None else int(carried.missing.sum()), "carried forward")
        return carried

    def _note(self, name: str, nulls: int, treatment: str) -> None:
        stands_for = [asked for asked, read in self._aliased.items() if read == name]
        alias = f", also read for {', '.join(stands_for)}" if stands_for else ""
        self.coverage.append(f"{name}: {f'{nulls} nulls {treatment}' if nulls else 'no nulls'}{alias}")
