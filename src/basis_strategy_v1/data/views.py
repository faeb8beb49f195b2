"""Lazy mappings over one row of the market columns."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from basis_strategy_v1.core.domain.conversions import float_from_decimal
from basis_strategy_v1.core.domain.market import FundingColumn, MarketColumns
from basis_strategy_v1.core.interfaces.venue_spec import FeeSchedule, VenueSpec
from basis_strategy_v1.data.needs import parse_column_name, plain_venue

STABLE_TOKENS = ("USDT", "USDC", "DAI", "USD")
_GWEI_PER_ETHER = 1e9

SectionBuilder = Callable[[int], Any]
Sections = dict[str, SectionBuilder]


class Series(Protocol):
    """Something that has a float at each row."""

    def __getitem__(self, row: int) -> float: ...


class Constant:
    """The same value at every row."""

    __slots__ = ("_value",)

    def __init__(self, value: float) -> None:
        self._value = value

    def __getitem__(self, row: int) -> float:
        return self._value


class RowMapping(Mapping[str, float]):
    """``{name: series}`` read at one row; nothing is computed before it is asked for."""

    __slots__ = ("_row", "_series")

    def __init__(self, series: Mapping[str, Series], row: int) -> None:
        self._series = series
        self._row = row

    def __getitem__(self, key: str) -> float:
        return self._series[key][self._row]

    def __iter__(self) -> Iterator[str]:
        return iter(self._series)

    def __len__(self) -> int:
        return len(self._series)


class FundingMapping(Mapping[str, float]):
    """The last rate settled at or before a row, by ``venue:symbol``; absent before the first settlement."""

    __slots__ = ("_columns", "_row")

    def __init__(self, columns: Mapping[str, FundingColumn], row: int) -> None:
        self._columns = columns
        self._row = row

    def __getitem__(self, key: str) -> float:
        column = self._columns[key]
        settlement = bisect_right(column.rows, self._row) - 1
        if settlement < 0:
            raise KeyError(key)
        numerator, denominator = column.unit_rate.as_integer_ratio()
        return int(column.rate_units[settlement]) * numerator / denominator

    def __iter__(self) -> Iterator[str]:
        return (key for key, column in self._columns.items() if len(column.rows) and column.rows[0] <= self._row)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class MarketView(Mapping[str, Any]):
    """The three sections at one row, each built when it is first asked for."""

    __slots__ = ("_built", "_row", "_sections")

    def __init__(self, sections: Sections, row: int) -> None:
        self._sections = sections
        self._row = row
        self._built: dict[str, Any] = {}

    def __getitem__(self, key: str) -> Any:
        built = self._built.get(key)
        if built is None:
            built = self._built[key] = self._sections[key](self._row)
        return built

    def __iter__(self) -> Iterator[str]:
        return iter(self._sections)

    def __len__(self) -> int:
        return len(self._sections)


def build_sections(market: MarketColumns, venues: Sequence[VenueSpec]) -> Sections:
    """The builders of the sections of ``get_data`` over ``market``.

    Volume, extremes of the mark and a day's average as such are left out: they are not known at their row.
    """
    prices = price_series(market)
    funding = {
        f"{venue}:{symbol}": columns.funding
        for (venue, symbol), columns in market.perp.items()
        if columns.funding is not None
    }
    indices: dict[str, Series] = {name: index.values for name, index in market.indices.items()}
    rates, oracle = _protocol_series(market)
    costs = {spec.venue: _fees(spec.fees) for spec in venues if spec.fees is not None}
    gas = _gas_series(market)
    return {
        "market_data": lambda row: {
            "prices": RowMapping(prices, row),
            "rates": {"funding": FundingMapping(funding, row)},
        },
        "protocol_data": lambda row: {
            "indices": RowMapping(indices, row),
            "rates": RowMapping(rates, row),
            "oracle": RowMapping(oracle, row),
        },
        "execution_data": lambda row: {"execution_costs": costs, "gas_costs": RowMapping(gas, row)},
    }


def price_series(market: MarketColumns) -> dict[str, Series]:
    """By token (the reference spot, else the first venue that trades it) and by instrument."""
    prices: dict[str, Series] = {token: Constant(1.0) for token in STABLE_TOKENS}
    for columns in market.spot.values():
        prices[columns.instrument.price_key] = columns.price
        prices.setdefault(columns.instrument.base, columns.price)
    for columns in market.perp.values():
        prices[columns.instrument.price_key] = columns.mark
    reference = parse_column_name(market.reference.name) if market.reference is not None else None
    if market.reference is not None and reference is not None:
        for columns in [*market.spot.values(), *market.perp.values()]:
            if reference.symbol in (columns.instrument.symbol, columns.instrument.base):
                prices[columns.instrument.base] = market.reference
    if market.ether is not None:
        prices.setdefault("ETH", market.ether)
    return prices


def _protocol_series(market: MarketColumns) -> tuple[dict[str, Series], dict[str, Series]]:
    rates: dict[str, Series] = {}
    oracle: dict[str, Series] = {}
    for name, column in market.other.items():
        parts = parse_column_name(name)
        if parts is not None and parts.kind == "oracle":
            oracle[parts.symbol] = column
        elif parts is not None and parts.kind.endswith("_apr"):
            rates[f"{parts.kind.removesuffix('_apr')}.{plain_venue(parts.venue)}.{parts.symbol}"] = column
    return rates, oracle


def _gas_series(market: MarketColumns) -> dict[str, Series]:
    series: dict[str, Series] = {}
    if market.gas_price_gwei is not None:
        series["gas_price_gwei"] = market.gas_price_gwei
    if market.ether is not None:
        series["eth_usd"] = market.ether
    if market.gas_price_gwei is not None and market.ether is not None:
        series["usd_per_gas_unit"] = _GasInUsd(market.gas_price_gwei, market.ether)
    return series


class _GasInUsd:
    """USD per unit of gas."""

    __slots__ = ("_ether", "_gwei")

    def __init__(self, gwei: Series, ether: Series) -> None:
        self._gwei = gwei
        self._ether = ether

    def __getitem__(self, row: int) -> float:
        return self._gwei[row] / _GWEI_PER_ETHER * self._ether[row]


def _fees(fees: FeeSchedule) -> dict[str, float]:
    return {name: float_from_decimal(getattr(fees, name)) for name in fees.__struct_fields__}
