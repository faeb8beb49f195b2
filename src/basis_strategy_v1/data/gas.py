"""The gas price per row from whichever gas columns a dataset has."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import numpy as np

from basis_strategy_v1.core.domain.market import Column, FloatArray
from basis_strategy_v1.data.carry import HIGHEST_GAS_GWEI, carry_forward, check_not_negative, snap_in_place
from basis_strategy_v1.data.column_store import ColumnStore
from basis_strategy_v1.data.plan import BASE_FEE, DAY_AVERAGE_GAS, PRIORITY_FEE, TOTAL_GAS

ONE_WEI_IN_GWEI = Decimal("1e-9")


class GasPrice(msgspec.Struct, frozen=True):
    """The gas price in gwei, the columns it came from, and what was assumed."""

    column: Column
    source: str
    assumptions: tuple[str, ...]


def gas_price(store: ColumnStore, columns: tuple[str, ...]) -> GasPrice:
    """Gas of a row: base + priority fee, else the total, else the day's average; nulls carried, leading ones back.

    Gas is a cost of moments that come anyway, so a hole in it never stops a run.

    Raises:
        ComponentError: DAT-005 for a negative or infinite value, DAT-004 only when there is no value at all.
    """
    price = np.full(len(store.timestamps), np.nan)
    used: list[str] = []
    for label, values in _candidates(store, columns):
        rows = np.isnan(price) & ~np.isnan(values)
        if rows.any():
            price[rows] = values[rows]
            used.append(f"{label} ({int(rows.sum())} rows)")
    carried = carry_forward("gas.ethereum", price, store.timestamps, None)
    snap_in_place(carried.values, ONE_WEI_IN_GWEI)
    source = ", else ".join(used)
    assumptions = [f"gas price from {source}"]
    if carried.missing is not None:
        rows_carried = int(carried.missing.sum()) - carried.leading
        assumptions.append(
            f"gas price carried over {rows_carried} rows without a value, and {carried.leading} rows before the "
            "first value use the first value"
        )
    return GasPrice(Column("gas_price_gwei", carried.values, carried.missing), source, tuple(assumptions))


def _candidates(store: ColumnStore, columns: tuple[str, ...]) -> list[tuple[str, FloatArray]]:
    read: dict[str, FloatArray] = {}
    for name in columns:
        read[name] = store.raw(name)
        check_not_negative(name, read[name], store.timestamps, HIGHEST_GAS_GWEI)
    found = []
    if BASE_FEE in read and PRIORITY_FEE in read:
        found.append(("base + priority fee", read[BASE_FEE] + read[PRIORITY_FEE]))
    if TOTAL_GAS in read:
        found.append(("total", read[TOTAL_GAS]))
    if DAY_AVERAGE_GAS in read:
        found.append(("average of the whole UTC day", read[DAY_AVERAGE_GAS]))
    return found
