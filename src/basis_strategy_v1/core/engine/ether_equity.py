"""Equity in ETH, for share classes that count in it.

Every USD bucket is divided by the reference spot S row by row, and what the numeraire itself earns goes to delta:
``delta = (E_p - NAV_p / S_p) dS / S`` with p the previous row. Between two anchors only S, M and F move, so each sum
over rows is units times the change of a cumulative column that is computed once:
``sum dS/S``, ``1/S``, and per perpetual ``sum d(M - S)/S``, ``sum dF/S``, ``sum M_p (1/S_p - 1/S)``,
``sum F_p (1/S_p - 1/S)``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from basis_strategy_v1.core.domain.market import FloatArray, MarketColumns
from basis_strategy_v1.core.domain.pnl import BUCKETS
from basis_strategy_v1.core.engine.anchor_table import AnchorTable
from basis_strategy_v1.core.engine.equity import EquityColumns, Spread, as_columns
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec

PerpKey = tuple[str, str]


def cumulative(steps: FloatArray) -> FloatArray:
    """Running total of ``steps``, which begin at the second row; zero at the first."""
    return np.concatenate(([0.0], np.cumsum(steps)))


class PerpInEther:
    """Cumulative columns of one perpetual per unit held."""

    __slots__ = ("basis", "carried_funding", "carried_mark", "funding", "unit")

    def __init__(self, mark: FloatArray, funding: FloatArray | None, unit: float, spot: FloatArray) -> None:
        later = spot[1:]
        drop = 1.0 / spot[:-1] - 1.0 / later
        self.unit = unit
        self.basis = cumulative(np.diff(mark - spot) / later)
        self.carried_mark = cumulative(mark[:-1] * drop)
        if funding is None:
            self.funding = self.carried_funding = np.zeros(len(spot))
        else:
            self.funding = cumulative(np.diff(funding) / later)
            self.carried_funding = cumulative(funding[:-1] * drop)


class EtherEquityColumns(EquityColumns):
    """As ``EquityColumns``, in ETH."""

    def __init__(
        self,
        market: MarketColumns,
        table: AnchorTable,
        specs: tuple[VenueSpec, ...],
        first_row: int,
        initial_nav: float,
        seconds: Callable[[], float],
    ) -> None:
        super().__init__(market, table, specs, first_row, initial_nav, seconds)
        assert market.reference is not None
        began = seconds()
        self._spot = market.reference.values
        self._inverse = 1.0 / self._spot
        self._growth = cumulative(np.diff(self._spot) / self._spot[1:])
        self._perps: dict[PerpKey, PerpInEther] = {}
        for key in table.perps:
            columns = market.perp[key]
            funding = columns.funding
            self._perps[key] = PerpInEther(
                columns.mark.values,
                None if funding is None else funding.cumulative.values,
                0.0 if funding is None else funding.unit_float,
                self._spot,
            )
        rows = self._rows.tolist()
        self._earned_usd = [self._earned_in_usd(position, row) for position, row in enumerate(rows[1:])]
        self._in_ether = self._buckets_at_anchors()
        self.elapsed_s += seconds() - began

    def _buckets_at_anchors(self) -> dict[str, FloatArray]:
        """Each bucket in ETH at each anchor: what the segment before it earned, and what its trades cost."""
        rows = self._rows
        spot = self._spot[rows]
        steps = {name: self._jumps(name) / spot for name in (*BUCKETS, "flows")}
        for position in range(1, len(rows)):
            earned = self._earned(position - 1, int(rows[position]))
            for name, amount in earned.items():
                steps[name][position] += amount
        return {name: np.cumsum(values) for name, values in steps.items()}

    def _flows(self) -> FloatArray:
        return self._in_ether["flows"]

    def _jumps(self, name: str) -> FloatArray:
        """What events at each anchor put into a bucket, USD: the rest after what the segment before it earned."""
        jumps: FloatArray = np.diff(self._anchors[name], prepend=0.0)
        for position, earned in enumerate(self._earned_usd, start=1):
            jumps[position] -= earned.get(name, 0.0)
        return jumps

    def _earned_in_usd(self, position: int, row: int) -> dict[str, float]:
        anchors = self._anchors
        start = int(self._rows[position])
        change = float(self._spot[row] - self._spot[start])
        exposure = float(anchors["base"][position])
        basis = funding = 0.0
        for venue, symbol in self._table.perps:
            quantity = float(anchors[f"quantity.{venue}.{symbol}"][position])
            if quantity:
                columns = self._market.perp[(venue, symbol)]
                exposure += quantity
                basis += quantity * (columns.mark[row] - columns.mark[start] - change)
                if columns.funding is not None:
                    index = columns.funding.cumulative
                    funding -= quantity * columns.funding.unit_float * (index[row] - index[start])
        return {"delta": exposure * change, "basis": basis, "funding": funding}

    def _earned(self, position: int, row: int) -> dict[str, float]:
        """What the segment from anchor ``position`` to ``row`` earned, in ETH."""
        anchors = self._anchors
        start = int(self._rows[position])
        base = float(anchors["base"][position])
        growth = float(self._growth[row] - self._growth[start])
        drop = float(self._inverse[start] - self._inverse[row])
        fixed = float(anchors["nav"][position]) - base * float(self._spot[start])
        exposure = base
        carried = base * growth
        basis = funding = 0.0
        for key in self._table.perps:
            quantity = float(anchors[f"quantity.{key[0]}.{key[1]}"][position])
            if not quantity:
                continue
            perp = self._perps[key]
            columns = self._market.perp[key]
            index = 0.0 if columns.funding is None else columns.funding.cumulative[start]
            exposure += quantity
            fixed -= quantity * columns.mark[start] - quantity * perp.unit * index
            carried += quantity * float(perp.carried_mark[row] - perp.carried_mark[start])
            carried -= quantity * perp.unit * float(perp.carried_funding[row] - perp.carried_funding[start])
            basis += quantity * float(perp.basis[row] - perp.basis[start])
            funding -= quantity * perp.unit * float(perp.funding[row] - perp.funding[start])
        return {"delta": exposure * growth - fixed * drop - carried, "basis": basis, "funding": funding}

    def _note_unexplained(self, spread: Spread, values: dict[str, Any], nav: Any) -> None:
        """The USD columns are only a step on the way: what counts is whether the columns in ETH close."""

    def _block(self, start: int, stop: int) -> dict[str, FloatArray]:
        usd = super()._block(start, stop)
        spread = Spread(self._rows, start, stop)
        values: dict[str, Any] = {name: spread.values(self._in_ether[name]) for name in BUCKETS}
        self._add_segment(spread, values)
        nav = usd["nav"] / self._spot[start:stop]
        explained: Any = self._initial_nav / float(self._spot[self._first_row]) + spread.values(self._in_ether["flows"])
        for name in BUCKETS:
            explained = explained + values[name]
        self._note_difference(nav, explained)
        usd["nav"] = nav
        usd.update(as_columns(values, stop - start))
        return usd

    def _add_segment(self, spread: Spread, values: dict[str, Any]) -> None:
        anchors = self._anchors
        base = spread.values(anchors["base"])
        growth = spread.change(self._growth)
        drop = -spread.change(self._inverse)
        fixed = spread.values(anchors["nav"]) - base * spread.at_anchor(self._spot)
        exposure = base
        carried = base * growth
        for key in self._table.perps:
            quantity = spread.values(anchors[f"quantity.{key[0]}.{key[1]}"])
            if isinstance(quantity, float) and quantity == 0.0:
                continue
            perp = self._perps[key]
            columns = self._market.perp[key]
            exposure = exposure + quantity
            fixed = fixed - quantity * spread.at_anchor(columns.mark.values)
            if columns.funding is not None:
                fixed = fixed + quantity * perp.unit * spread.at_anchor(columns.funding.cumulative.values)
            carried = carried + quantity * spread.change(perp.carried_mark)
            carried = carried - quantity * perp.unit * spread.change(perp.carried_funding)
            values["basis"] = values["basis"] + quantity * spread.change(perp.basis)
            values["funding"] = values["funding"] - quantity * perp.unit * spread.change(perp.funding)
        values["delta"] = values["delta"] + exposure * growth - fixed * drop - carried
