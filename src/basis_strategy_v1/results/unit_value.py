"""The value of one unit of the portfolio: what 1 at the start became, money paid in or out left aside.

NAV changes by what was earned and by flows. Between two rows the flow is the change of NAV that the
buckets do not explain; at such a row new units are issued (or old ones cancelled) at the unit's value
before the flow, as a fund does. What the unit earns is therefore the time-weighted return.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from basis_strategy_v1.core.domain.market import FloatArray
from basis_strategy_v1.core.engine.run_result import BUCKETS

SMALLEST_FLOW = 1e-8
"""As a fraction of NAV: less than this is the rounding of float64 sums, not a flow."""


class UnitValue:
    """Turns blocks of equity columns into unit values, one block after the other.

    Args:
        initial_nav: NAV before the first row, in the share-class currency.
    """

    def __init__(self, initial_nav: float) -> None:
        self._units = initial_nav
        self._value = 1.0
        self._nav = initial_nav
        self._earned = 0.0

    def of_block(self, columns: Mapping[str, np.ndarray[Any, Any]]) -> FloatArray:
        """Unit value per row of the block that follows the last one. ``columns``: ``nav`` and every bucket."""
        nav = columns["nav"]
        earned = np.zeros(len(nav))
        for bucket in BUCKETS:
            earned = earned + columns[bucket]
        flows = np.diff(nav, prepend=self._nav) - np.diff(earned, prepend=self._earned)
        values = np.empty(len(nav))
        start = 0
        for row in np.flatnonzero(np.abs(flows) > SMALLEST_FLOW * np.abs(nav)).tolist():
            values[start:row] = self._per_unit(nav[start:row])
            values[row] = self._per_unit(nav[row : row + 1] - flows[row])[0]
            self._value = float(values[row])
            self._units = float(nav[row]) / self._value if self._value > 0 else 0.0
            start = row + 1
        values[start:] = self._per_unit(nav[start:])
        self._nav, self._earned = float(nav[-1]), float(earned[-1])
        return values

    def _per_unit(self, nav: FloatArray) -> FloatArray:
        """Once everything was paid out there are no units: they keep the value at which they were redeemed."""
        return nav / self._units if self._units > 0 else np.full(len(nav), self._value)
