"""The anchor table: what was held from each event on. ``equity.parquet`` is computed from it after the run."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np

from basis_strategy_v1.core.domain.pnl import BUCKETS
from basis_strategy_v1.core.domain.market import MarketColumns
from basis_strategy_v1.core.monitors.anchor import Anchor

PerpKey = tuple[str, str]


class AnchorTable:
    """Rows of floats, one per anchor, in fixed columns.

    Args:
        market: its perpetuals and indices define the columns.
        margin_locations: ``{venue: location}`` of the venues that have a margin account.
    """

    def __init__(self, market: MarketColumns, margined_venues: tuple[str, ...]) -> None:
        self.perps: tuple[PerpKey, ...] = tuple(market.perp)
        self.venues = margined_venues
        self.indices: tuple[str, ...] = tuple(market.indices)
        self._perp_slot = {key: slot for slot, key in enumerate(self.perps)}
        self._venue_slot = {venue: slot for slot, venue in enumerate(self.venues)}
        self._index_slot = {id(market.indices[name].values): slot for slot, name in enumerate(self.indices)}
        self._rows: list[int] = []
        self._values: list[list[float]] = []

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, anchor: Anchor, buckets: dict[str, Decimal], flows: Decimal) -> None:
        """Append ``anchor``; a second anchor at the same row replaces the first."""
        values = [anchor.nav, anchor.base, float(flows)]
        values += [float(amount) if amount else 0.0 for amount in buckets.values()]
        quantities = [0.0] * len(self.perps)
        cash = [0.0] * (2 * len(self.venues))
        units = [0.0] * len(self.indices)
        for account in anchor.accounts:
            slot = self._venue_slot[account.venue]
            cash[2 * slot] = account.cash
            cash[2 * slot + 1] = account.collateral
            for leg in account.legs:
                quantities[self._perp_slot[(leg.venue, leg.asset[:-5])]] = leg.quantity
        for supply in anchor.supplies:
            units[self._index_slot[id(supply.index)]] = supply.units
        values += quantities
        values += cash
        values += units
        if self._rows and self._rows[-1] == anchor.row:
            self._values[-1] = values
            return
        self._rows.append(anchor.row)
        self._values.append(values)

    def rows(self) -> np.ndarray[Any, Any]:
        """Row of each anchor (int64, ascending)."""
        return np.array(self._rows, dtype=np.int64)

    def columns(self) -> dict[str, np.ndarray[Any, Any]]:
        """Each column by name: ``nav, base, flows``, the buckets, ``quantity.<venue>.<symbol>``, ``cash.<venue>``,
        ``collateral.<venue>``, ``units.<index>``; one value per anchor.
        """
        table = np.array(self._values, dtype=np.float64).T
        names = ["nav", "base", "flows", *BUCKETS]
        names += [f"quantity.{venue}.{symbol}" for venue, symbol in self.perps]
        for venue in self.venues:
            names += [f"cash.{venue}", f"collateral.{venue}"]
        names += [f"units.{name}" for name in self.indices]
        return {name: np.ascontiguousarray(table[slot]) for slot, name in enumerate(names)}
