"""From a dataset to the market of the local venues: every instrument that its columns allow, the rest borrowed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from basis_strategy_v1.core.domain.conversions import snap_to_tick, tick_counts
from basis_strategy_v1.core.domain.market import Column, FundingColumn, Instrument, InstrumentColumns, MarketColumns
from basis_strategy_v1.core.domain.timestamps import NANOSECONDS_PER_HOUR
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec
from basis_strategy_v1.data.dataset import Dataset, open_dataset
from basis_strategy_v1.data.loader import load_market
from basis_strategy_v1.data.needs import MarketNeeds
from basis_strategy_v1.data.plan import Planner
from basis_strategy_v1.venues.registry import all_specs, spec_for

ANY_GAP = 24 * 366 * NANOSECONDS_PER_HOUR
"""A venue shows its last price for as long as a dataset has none."""


class SandboxMarket(msgspec.Struct, frozen=True):
    """The market, the dataset's name, and what has to be said about it, a sentence each."""

    market: MarketColumns
    name: str
    notes: list[str]


def load_sandbox_market(
    directory: str | Path, venues: Sequence[str], start_ns: int | None = None, end_ns: int | None = None
) -> SandboxMarket:
    """Everything that ``venues`` can trade on the dataset in ``directory``.

    A perpetual without a mark is marked at its own price. An instrument without columns moves like the same one at
    another venue, on its own tick.

    Raises:
        ComponentError: DAT-* as the data package raises them; DAT-002 when no instrument has columns.
    """
    dataset = open_dataset(directory)
    specs = [spec_for(venue) for venue in venues]
    instruments: list[Instrument] = []
    aliases: dict[str, str] = {}
    for spec in specs:
        found, marked = _tradable(dataset, spec)
        instruments += found
        aliases.update(marked)
    if not instruments:
        raise ComponentError(
            "DAT-002",
            f"the dataset in {directory} has no column that {', '.join(venues)} could trade on",
            remedy=_what_to_open(dataset, venues),
        )
    needs = MarketNeeds(
        instruments=tuple(instruments),
        aliases=aliases,
        oracle_funding_venues=tuple(spec.venue for spec in specs if spec.funding_price == "oracle"),
        max_staleness_prices=ANY_GAP,
        max_staleness_daily=ANY_GAP,
    )
    loaded = load_market(dataset, needs, start_ns, end_ns)
    notes = [*loaded.assumptions, *_borrow(loaded.market, specs)]
    return SandboxMarket(loaded.market, loaded.name, notes)


def _tradable(dataset: Dataset, spec: VenueSpec) -> tuple[list[Instrument], dict[str, str]]:
    """The instruments of a venue whose columns are there, and the aliases that they need."""
    marked = {f"mark.{spec.venue}": f"perp.{spec.venue}"}
    as_is, with_own_mark = _available(dataset, spec, {}), _available(dataset, spec, marked)
    return (with_own_mark, marked) if len(with_own_mark) > len(as_is) else (as_is, {})


def _what_to_open(dataset: Dataset, venues: Sequence[str]) -> str:
    """Venues that the dataset has columns of lend their prices to others, where both are open."""
    lenders = [spec.venue for spec in all_specs() if _tradable(dataset, spec)[0]]
    if not lenders:
        return (
            "'basis data describe DIR' lists its columns; 'basis data synth' makes a dataset that venues can trade on."
        )
    return f"Open one that has columns as well, whose prices it takes: --venues {','.join([lenders[0], *venues])}"


def _available(dataset: Dataset, spec: VenueSpec, aliases: dict[str, str]) -> list[Instrument]:
    """The instruments of a venue whose columns are there."""
    return [
        instrument
        for instrument in spec.instruments
        if not Planner(dataset, MarketNeeds(instruments=(instrument,), aliases=aliases)).missing()
    ]


def _borrow(market: MarketColumns, specs: Sequence[VenueSpec]) -> list[str]:
    """Give every instrument without series those of the same one elsewhere; what was done."""
    notes = []
    for spec in specs:
        for instrument in spec.instruments:
            own = market.spot if instrument.trade_type == "spot" else market.perp
            if (spec.venue, instrument.symbol) in own:
                continue
            lender = next((found for found in own.values() if found.instrument.base == instrument.base), None)
            if lender is not None:
                own[spec.venue, instrument.symbol] = _on_own_tick(lender, instrument)
                notes.append(
                    f"{instrument.price_key} moves like {lender.instrument.price_key}: the data has none of it"
                )
    return notes


def _on_own_tick(lender: InstrumentColumns, instrument: Instrument) -> InstrumentColumns:
    price = _snapped(lender.price, instrument)
    if instrument.trade_type == "spot":
        return InstrumentColumns(instrument, price, volume=lender.volume)
    mark = _snapped(lender.mark, instrument)
    high = None if lender.mark_high is None else _snapped(lender.mark_high, instrument)
    low = None if lender.mark_low is None else _snapped(lender.mark_low, instrument)
    funding = None if lender.funding is None else _funding(lender.funding, mark, instrument)
    return InstrumentColumns(instrument, price, mark, high, low, funding, lender.volume)


def _snapped(column: Column, instrument: Instrument) -> Column:
    return Column(column.name, snap_to_tick(column.values, instrument.tick), column.missing)


def _funding(lender: FundingColumn, mark: Column, instrument: Instrument) -> FundingColumn:
    """The lender's rates at its times, in the instrument's own units and on its own marks."""
    factor = int(lender.unit_rate / instrument.funding_unit)
    rate_units = lender.rate_units * factor
    mark_ticks = tick_counts(mark.values[lender.rows], instrument.tick)
    steps = np.zeros(len(mark))
    steps[lender.rows] = rate_units * mark_ticks
    cumulative = Column("cumulative funding, borrowed", np.cumsum(steps))
    return FundingColumn(lender.rows, rate_units, mark_ticks, cumulative, instrument.tick, instrument.funding_unit)
