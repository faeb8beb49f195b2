"""What a run needs from a dataset, and how the columns that hold it are named."""

from __future__ import annotations

import re

import msgspec

from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.timestamps import NANOSECONDS_PER_HOUR

_VERSION_SUFFIX = re.compile(r"_v\d+$")
MARK_EXTREMES = ("mark_high", "mark_low")
"""What a row's mark reached: the high liquidates a short, the low a long."""


class MarketNeeds(msgspec.Struct, frozen=True, kw_only=True):
    """What one run reads.

    Attributes:
        instruments: what is traded or valued, with tick and funding unit.
        reference: ``(venue, symbol)`` of the reference spot S, or None.
        rates: lending markets by their column venue, such as ``aave_v3.USDT``.
        gas: whether the gas price is needed.
        ether: whether an ETH spot is needed (it prices gas).
        liquidation_extremes: which of ``MARK_EXTREMES`` are wanted; they are never required.
        aliases: ``venue`` or ``kind.venue`` to another ``venue`` or ``kind.venue``.
        oracle_funding_venues: venues whose funding is charged on the oracle price.
        max_staleness_prices, max_staleness_daily: how long a value may be carried, in ns.
    """

    instruments: tuple[Instrument, ...] = ()
    reference: tuple[str, str] | None = None
    rates: tuple[str, ...] = ()
    gas: bool = False
    ether: bool = False
    liquidation_extremes: tuple[str, ...] = MARK_EXTREMES
    aliases: dict[str, str] = {}
    oracle_funding_venues: tuple[str, ...] = ()
    max_staleness_prices: int = 8 * NANOSECONDS_PER_HOUR
    max_staleness_daily: int = 36 * NANOSECONDS_PER_HOUR


class ColumnName(msgspec.Struct, frozen=True):
    """``<kind>.<venue>.<symbol>``, taken apart."""

    kind: str
    venue: str
    symbol: str

    def __str__(self) -> str:
        return f"{self.kind}.{self.venue}.{self.symbol}"


def parse_column_name(text: str) -> ColumnName | None:
    """The parts of a column name, or None where it has another form."""
    parts = text.split(".")
    if len(parts) < 3 or not all(parts):
        return None
    return ColumnName(parts[0], parts[1], ".".join(parts[2:]))


def plain_venue(venue: str) -> str:
    """The venue of a column venue: ``aave_v3`` -> ``aave``."""
    return _VERSION_SUFFIX.sub("", venue)


class AliasBook:
    """Data aliases, most specific first. An alias applies wherever it matches, also where the data has the column."""

    def __init__(self, aliases: dict[str, str]) -> None:
        self._aliases = aliases

    def resolve(self, kind: str, venue: str, symbol: str) -> ColumnName:
        """The column to read for ``kind`` of ``venue``."""
        return self._redirect(kind, venue, symbol) or ColumnName(kind, venue, symbol)

    def _redirect(self, kind: str, venue: str, symbol: str) -> ColumnName | None:
        for name in dict.fromkeys((venue, plain_venue(venue))):
            target = self._aliases.get(f"{kind}.{name}")
            if target is not None:
                return _target_column(kind, target, symbol)
        if kind in MARK_EXTREMES:
            return self._redirect_extreme(kind, venue, symbol)
        for name in dict.fromkeys((venue, plain_venue(venue))):
            target = self._aliases.get(name)
            if target is not None:
                return _target_column(kind, target, symbol)
        return None

    def _redirect_extreme(self, kind: str, venue: str, symbol: str) -> ColumnName | None:
        """The extremes follow the mark's alias: ``perp.bybit`` would have them in ``perp_high.bybit``."""
        mark = self._redirect("mark", venue, symbol)
        if mark is None:
            return None
        return ColumnName(mark.kind + kind.removeprefix("mark"), mark.venue, symbol)


def _target_column(kind: str, target: str, symbol: str) -> ColumnName:
    target_kind, separator, target_venue = target.partition(".")
    if not separator:
        return ColumnName(kind, target, symbol)
    return ColumnName(target_kind, target_venue, symbol)
