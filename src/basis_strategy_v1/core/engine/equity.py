"""Equity: NAV, P&L buckets and margin ratios per row, block by block, from the anchor table.

Each block spreads the anchors' units over its rows and evaluates the same expressions as ``PortfolioView``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from basis_strategy_v1.core.domain.market import FloatArray, MarketColumns
from basis_strategy_v1.core.domain.pnl import BUCKETS
from basis_strategy_v1.core.engine.anchor_table import AnchorTable
from basis_strategy_v1.core.engine.run_result import EquityBlock
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec


class Spread:
    """Spreads one value per anchor over the rows of a block, and anchors a column."""

    __slots__ = ("_counts", "_first", "_last", "_rows", "start", "stop")

    def __init__(self, anchor_rows: np.ndarray[Any, Any], start: int, stop: int) -> None:
        self.start = start
        self.stop = stop
        self._first = int(np.searchsorted(anchor_rows, start, side="right")) - 1
        self._last = int(np.searchsorted(anchor_rows, stop - 1, side="right"))
        self._rows = anchor_rows[self._first : self._last]
        edges = np.append(self._rows, stop)
        edges[0] = start
        self._counts = np.diff(edges)

    def values(self, per_anchor: FloatArray) -> Any:
        """The anchor's value at each row; a scalar where all anchors of the block agree."""
        part = per_anchor[self._first : self._last]
        if len(part) == 1 or not (part != part[0]).any():
            return float(part[0])
        return np.repeat(part, self._counts)

    def at_anchor(self, column: FloatArray) -> Any:
        """The column's value at the anchor of each row."""
        at_anchor = column[self._rows]
        return float(at_anchor[0]) if len(at_anchor) == 1 else np.repeat(at_anchor, self._counts)

    def change(self, column: FloatArray) -> FloatArray:
        """The column's change since the anchor at each row."""
        changed: FloatArray = column[self.start : self.stop] - self.at_anchor(column)
        return changed


class EquityColumns:
    """An ``EquitySource`` over an anchor table, in USD.

    After all blocks have been produced ``largest_unexplained`` is the largest difference between NAV and opening
    NAV + flows + buckets over all rows, and ``elapsed_s`` the time it took on the injected clock.
    """

    def __init__(
        self,
        market: MarketColumns,
        table: AnchorTable,
        specs: tuple[VenueSpec, ...],
        first_row: int,
        initial_nav: float,
        seconds: Callable[[], float],
    ) -> None:
        began = seconds()
        self._market = market
        self._rows = table.rows()
        self._anchors = table.columns()
        self._table = table
        self._specs = {spec.venue: spec for spec in specs if spec.margin is not None}
        self._first_row = first_row
        self._initial_nav = initial_nav
        self._seconds = seconds
        self.largest_unexplained = 0.0
        self.elapsed_s = seconds() - began
        self.last: dict[str, float] = {}

    @property
    def column_names(self) -> tuple[str, ...]:
        ratios = tuple(f"margin_ratio.{venue}" for venue in self._table.venues)
        return ("nav", *BUCKETS, *ratios, "health_factor")

    def blocks(self, rows_per_block: int = 16_384) -> Iterator[EquityBlock]:
        """All rows from the first on, in order."""
        stop = len(self._market)
        for start in range(self._first_row, stop, rows_per_block):
            yield self._timed_block(start, min(start + rows_per_block, stop))

    def _timed_block(self, start: int, stop: int) -> EquityBlock:
        began = self._seconds()
        columns = self._block(start, stop)
        self.elapsed_s += self._seconds() - began
        if stop == len(self._market):
            self._note_last(columns)
        return EquityBlock(start, stop, columns)

    def _note_last(self, columns: dict[str, FloatArray]) -> None:
        self.last = {name: float(values[-1]) for name, values in columns.items()}
        self.last["flows"] = float(self._flows()[-1])

    def _flows(self) -> FloatArray:
        """Flows booked so far at each anchor, in the unit of NAV."""
        return self._anchors["flows"]

    def _block(self, start: int, stop: int) -> dict[str, FloatArray]:
        spread = Spread(self._rows, start, stop)
        anchors = self._anchors
        values: dict[str, Any] = {name: spread.values(anchors[name]) for name in BUCKETS}
        nav: Any = spread.values(anchors["nav"])
        nav = self._add_base(spread, values, nav)
        funding_paid: dict[str, Any] = {}
        for venue, symbol in self._table.perps:
            nav = self._add_perp(spread, values, nav, venue, symbol, funding_paid)
        for name in self._table.indices:
            units = spread.values(anchors[f"units.{name}"])
            if not _is_zero(units):
                gained = units * spread.change(self._market.indices[name].values.values)
                nav = nav + gained
                values["lending"] = values["lending"] + gained
        self._note_unexplained(spread, values, nav)
        values = {"nav": nav, **values}
        for venue in self._table.venues:
            values[f"margin_ratio.{venue}"] = self._margin_ratio(spread, venue, funding_paid)
        values["health_factor"] = float("nan")
        return as_columns(values, stop - start)

    def _add_base(self, spread: Spread, values: dict[str, Any], nav: Any) -> Any:
        reference = self._market.reference
        if reference is None:
            return nav
        base = spread.values(self._anchors["base"])
        exposure = base
        for venue, symbol in self._table.perps:
            quantity = spread.values(self._anchors[f"quantity.{venue}.{symbol}"])
            if not _is_zero(quantity):
                exposure = exposure + quantity
        change = spread.change(reference.values)
        if not _is_zero(exposure):
            values["delta"] = values["delta"] + exposure * change
        return nav if _is_zero(base) else nav + base * change

    def _add_perp(
        self, spread: Spread, values: dict[str, Any], nav: Any, venue: str, symbol: str, funding_paid: dict[str, Any]
    ) -> Any:
        quantity = spread.values(self._anchors[f"quantity.{venue}.{symbol}"])
        if _is_zero(quantity):
            return nav
        columns = self._market.perp[(venue, symbol)]
        reference = self._market.reference
        assert reference is not None
        change = spread.change(columns.mark.values)
        nav = nav + quantity * change
        values["basis"] = values["basis"] + quantity * (change - spread.change(reference.values))
        if columns.funding is not None:
            paid = quantity * columns.funding.unit_float * spread.change(columns.funding.cumulative.values)
            nav = nav - paid
            values["funding"] = values["funding"] - paid
            funding_paid[venue] = funding_paid.get(venue, 0.0) + paid
        return nav

    def _note_unexplained(self, spread: Spread, values: dict[str, Any], nav: Any) -> None:
        explained: Any = self._initial_nav + spread.values(self._anchors["flows"])
        for name in BUCKETS:
            if not _is_zero(values[name]):
                explained = explained + values[name]
        self._note_difference(nav, explained)

    def _note_difference(self, nav: Any, explained: Any) -> None:
        largest = float(np.max(np.abs(nav - explained)))
        if largest > self.largest_unexplained:
            self.largest_unexplained = largest

    def _margin_ratio(self, spread: Spread, venue: str, funding_paid: dict[str, Any]) -> Any:
        spec = self._specs[venue]
        assert spec.margin is not None
        balance: Any = spread.values(self._anchors[f"cash.{venue}"])
        required: Any = 0.0
        collateral = spread.values(self._anchors[f"collateral.{venue}"])
        if not _is_zero(collateral):
            assert self._market.reference is not None
            balance = balance + collateral * self._market.reference.values[spread.start : spread.stop]
        for leg_venue, symbol in self._table.perps:
            quantity = spread.values(self._anchors[f"quantity.{venue}.{symbol}"]) if leg_venue == venue else 0.0
            if _is_zero(quantity):
                continue
            mark = self._market.perp[(venue, symbol)].mark.values[spread.start : spread.stop]
            value = quantity * mark
            balance = balance + value
            required = required + _maintenance(spec, symbol, np.abs(value))
        if _is_zero(required):
            return 0.0
        balance = balance - funding_paid.get(venue, 0.0)
        ratio = (required > 0.0).astype(np.float64)
        np.divide(required, balance, out=ratio, where=balance > required)
        ratio[required == 0.0] = 0.0
        return ratio


def _maintenance(spec: VenueSpec, symbol: str, notional: FloatArray) -> FloatArray:
    assert spec.margin is not None
    tiers = spec.margin.tiers[symbol]
    highest = float(notional.max())
    required = notional * float(tiers[0].rate) - float(tiers[0].deduction)
    for tier in tiers[1:]:
        if float(tier.floor) > highest:
            break
        required = np.maximum(required, notional * float(tier.rate) - float(tier.deduction))
    return required


def _is_zero(value: Any) -> bool:
    return isinstance(value, float) and value == 0.0


def as_columns(values: Mapping[str, Any], count: int) -> dict[str, FloatArray]:
    """``values`` as columns of ``count`` rows, in their order. Those of the same scalar share one array."""
    columns: dict[str, FloatArray] = {}
    constants: dict[str, FloatArray] = {}
    for name, value in values.items():
        if isinstance(value, np.ndarray):
            columns[name] = value
            continue
        # By its text, which tells 0.0 from -0.0.
        text = repr(value)
        if text not in constants:
            constants[text] = np.full(count, value)
        columns[name] = constants[text]
    return columns
