"""Checks of raw values, and nulls carried forward."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import numpy as np

from basis_strategy_v1.core.domain.conversions import snap_to_tick
from basis_strategy_v1.core.domain.market import BoolArray, FloatArray, IntArray
from basis_strategy_v1.data.errors import invalid_value, stale

# Work in blocks that fit the cache: temporaries stay small next to a column of millions of rows.
BLOCK = 65_536

# Beyond these no market has been, and amounts made from them would leave the exact range of the ledger.
LOWEST_PRICE, HIGHEST_PRICE = 1e-12, 1e12
HIGHEST_FUNDING = 10.0
HIGHEST_RATE = 1_000.0
HIGHEST_GAS_GWEI = 1e9
HIGHEST_VALUE = 1e18


class Carried(msgspec.Struct, frozen=True):
    """A column without nulls: ``missing`` marks carried rows (None: none), ``leading`` counts nulls before the first
    value (these rows hold the first value, for the caller to refuse or accept)."""

    values: FloatArray
    missing: BoolArray | None
    leading: int


class Staleness(msgspec.Struct, frozen=True):
    """How long a value may be carried (ns), and the setting that says so (``prices`` or ``daily``)."""

    limit: int
    setting: str


def check_positive(name: str, values: FloatArray, timestamps: IntArray) -> None:
    """Raise DAT-005 for the first price that is not above zero, or beyond any price (NaN is a null and passes)."""
    bad = ~((values >= LOWEST_PRICE) & (values <= HIGHEST_PRICE)) & ~np.isnan(values)
    _refuse(name, values, timestamps, bad, "a price is above zero, from 1e-12 to 1e12")


def check_not_negative(name: str, values: FloatArray, timestamps: IntArray, highest: float = HIGHEST_VALUE) -> None:
    """Raise DAT-005 for the first value below 0 or above ``highest`` (NaN is a null and passes)."""
    bad = ~((values >= 0) & (values <= highest)) & ~np.isnan(values)
    _refuse(name, values, timestamps, bad, f"must be 0 or more, at most {highest:g}")


def check_funding(name: str, values: FloatArray, timestamps: IntArray) -> None:
    """Raise DAT-005 for the first rate of a settlement beyond +-10, which is 1000 % (NaN is no settlement)."""
    problem = "a funding rate is a fraction of notional, from -10 to 10; is it a fraction, not per cent?"
    _refuse(name, values, timestamps, np.abs(values) > HIGHEST_FUNDING, problem)


def _refuse(name: str, values: FloatArray, timestamps: IntArray, bad: BoolArray, problem: str) -> None:
    if bad.any():
        row = int(np.argmax(bad))
        raise invalid_value(name, int(timestamps[row]), float(values[row]), problem)


def snap_in_place(values: FloatArray, tick: Decimal) -> None:
    """Snap ``values`` to ``tick``, block by block."""
    for start in range(0, len(values), BLOCK):
        block = values[start : start + BLOCK]
        block[:] = snap_to_tick(block, tick)


def carry_forward(name: str, values: FloatArray, timestamps: IntArray, staleness: Staleness | None) -> Carried:
    """Fill each null with the value before it; None for ``staleness`` carries without limit.

    Raises:
        ComponentError: DAT-004 when a value would be carried longer than allowed, or when there is none at all.
    """
    empty = np.isnan(values)
    if not empty.any():
        return Carried(values, None, 0)
    if empty.all():
        limit = staleness or Staleness(0, "prices")
        raise stale(name, int(timestamps[0]), int(timestamps[-1]), limit.limit, limit.setting)
    source = np.arange(len(values))
    source[empty] = 0
    np.maximum.accumulate(source, out=source)
    leading = int(np.argmin(empty))
    source[:leading] = leading
    if staleness is not None:
        _check_age(name, timestamps, source, empty, leading, staleness)
    return Carried(values[source], empty, leading)


def check_gaps(timestamps: IntArray, staleness: Staleness) -> None:
    """Raise DAT-004 when two rows lie further apart than a value may be carried."""
    steps = np.diff(timestamps)
    if len(steps) and int(steps.max()) > staleness.limit:
        row = int(np.argmax(steps > staleness.limit))
        raise stale("ts", int(timestamps[row]), int(timestamps[row + 1]), staleness.limit, staleness.setting)


def _check_age(
    name: str, timestamps: IntArray, source: IntArray, empty: BoolArray, leading: int, staleness: Staleness
) -> None:
    too_old = timestamps - timestamps[source] > staleness.limit
    too_old[:leading] = False
    if not too_old.any():
        return
    row = int(np.argmax(too_old))
    later = np.flatnonzero(~empty[row:])
    until = row + int(later[0]) if len(later) else len(timestamps) - 1
    raise stale(name, int(timestamps[source[row]]), int(timestamps[until]), staleness.limit, staleness.setting)
