"""The anchor table: what was held from each event on. ``equity.parquet`` is computed from it after the run."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from basis_strategy_v1.core.domain.market import MarketColumns
from basis_strategy_v1.core.domain.pnl import BUCKETS
from basis_strategy_v1.core.monitors.anchor import Anchor

PerpKey = tuple[str, str]


class AnchorTable:
    """Rows of floats, one per anchor, in fixed columns.

    Args:
        market: its perpetuals and indices define the columns.
        margined_venues: the venues that have a margin account, in the order of an anchor's accounts.
        keeps_last_only: whether earlier anchors are forgotten: a live run has no end at which they would be read.
    """

    def __init__(
        self, market: MarketColumns, margined_venues: tuple[str, ...], *, keeps_last_only: bool = False
    ) -> None:
        self._keeps_last_only = keeps_last_only
        self.perps: tuple[PerpKey, ...] = tuple(market.perp)
        self.venues = margined_venues
        self.indices: tuple[str, ...] = tuple(market.indices)
        self._anchors: list[Anchor] = []
        self._buckets: list[tuple[Decimal, ...]] = []
        self._flows: list[Decimal] = []
        self._columns: dict[str, np.ndarray[Any, Any]] | None = None
        self._index_names = {id(market.indices[name].values): name for name in self.indices}

    def __len__(self) -> int:
        return len(self._anchors)

    def add(self, anchor: Anchor, buckets: dict[str, Decimal], flows: Decimal) -> None:
        """Append ``anchor``; a second anchor at the same row replaces the first."""
        self._columns = None
        if self._anchors and (self._keeps_last_only or self._anchors[-1].row == anchor.row):
            self._anchors.pop()
            self._buckets.pop()
            self._flows.pop()
        self._anchors.append(anchor)
        self._buckets.append(tuple(buckets.values()))
        self._flows.append(flows)

    def rows(self) -> np.ndarray[Any, Any]:
        """Row of each anchor (int64, ascending)."""
        return np.array([anchor.row for anchor in self._anchors], dtype=np.int64)

    def columns(self) -> dict[str, np.ndarray[Any, Any]]:
        """Each column by name: ``nav, base, flows``, the buckets, ``quantity.<venue>.<symbol>``, ``cash.<venue>``,
        ``collateral.<venue>``, ``units.<index>``; one value per anchor.
        """
        if self._columns is None:
            self._columns = self._gather()
        return self._columns

    def _gather(self) -> dict[str, np.ndarray[Any, Any]]:
        anchors = self._anchors
        columns = {
            "nav": np.array([anchor.nav for anchor in anchors]),
            "base": np.array([anchor.base for anchor in anchors]),
            "flows": _floats(self._flows),
        }
        for name, amounts in zip(BUCKETS, zip(*self._buckets, strict=True), strict=True):
            columns[name] = _floats(amounts)
        count = len(anchors)
        for venue, symbol in self.perps:
            columns[f"quantity.{venue}.{symbol}"] = np.zeros(count)
        for name in self.indices:
            columns[f"units.{name}"] = np.zeros(count)
        for position, venue in enumerate(self.venues):
            columns[f"cash.{venue}"] = np.array([anchor.accounts[position].cash for anchor in anchors])
            columns[f"collateral.{venue}"] = np.array([anchor.accounts[position].collateral for anchor in anchors])
        self._fill_units(columns)
        return columns

    def _fill_units(self, columns: dict[str, np.ndarray[Any, Any]]) -> None:
        for position, anchor in enumerate(self._anchors):
            for leg in anchor.legs:
                columns[f"quantity.{leg.venue}.{leg.symbol}"][position] = leg.quantity
            for supply in anchor.supplies:
                columns[f"units.{self._index_names[id(supply.index)]}"][position] = supply.units


def _floats(amounts: Sequence[Decimal]) -> np.ndarray[Any, Any]:
    """``amounts`` as float64; most buckets never hold anything."""
    if not any(amounts):
        return np.zeros(len(amounts))
    return np.array([float(amount) for amount in amounts])
