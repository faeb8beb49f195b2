"""Values that can be true but hardly are: said, never refused."""

from __future__ import annotations

import numpy as np

from basis_strategy_v1.core.domain.market import BoolArray, IntArray
from basis_strategy_v1.core.domain.timestamps import to_iso
from basis_strategy_v1.data.needs import ColumnName, parse_column_name
from basis_strategy_v1.data.selection import Selection

LARGEST_BASIS = 0.5
LARGEST_FUNDING = 0.05


def implausible_values(selection: Selection, columns: list[str]) -> list[str]:
    """A line for each of ``columns`` that is a perpetual's price or mark more than 50 % away from the spot of its
    venue and symbol, or a funding rate above 5 % a settlement.

    Raises:
        ComponentError: DAT-003, DAT-005 when a column cannot be read.
    """
    notes = []
    for column in columns:
        name = parse_column_name(column)
        if name is None:
            continue
        if name.kind == "funding":
            far = np.abs(selection.read(column)) > LARGEST_FUNDING
            notes += _note(
                column, far, selection.timestamps, "beyond 5 % a settlement; is it a fraction, not per cent?"
            )
        spot = str(ColumnName("spot", name.venue, name.symbol))
        if name.kind in ("perp", "mark") and spot in columns:
            prices = selection.read(spot)
            far = np.abs(selection.read(column) - prices) > LARGEST_BASIS * prices
            notes += _note(column, far, selection.timestamps, f"more than 50 % away from {spot}")
    return notes


def _note(column: str, far: BoolArray, timestamps: IntArray, what: str) -> list[str]:
    count = int(far.sum())
    if not count:
        return []
    return [f"{column}: {count} rows {what}, first at {to_iso(int(timestamps[int(np.argmax(far))]))}"]
