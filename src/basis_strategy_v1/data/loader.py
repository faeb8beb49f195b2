"""From a dataset's files to the market columns of one run."""

from __future__ import annotations

import msgspec

from basis_strategy_v1.core.domain.market import Column, IndexColumn, InstrumentColumns, MarketColumns
from basis_strategy_v1.core.domain.timestamps import to_iso
from basis_strategy_v1.data.carry import Staleness, check_gaps
from basis_strategy_v1.data.column_store import ColumnStore
from basis_strategy_v1.data.dataset import Dataset
from basis_strategy_v1.data.funding import funding_column
from basis_strategy_v1.data.gas import GasPrice, gas_price
from basis_strategy_v1.data.needs import MarketNeeds, plain_venue
from basis_strategy_v1.data.plan import InstrumentPlan, MarketPlan, Planner, RatePlan
from basis_strategy_v1.data.selection import Selection, select_rows

Instruments = dict[tuple[str, str], InstrumentColumns]


class LoadedMarket(msgspec.Struct, frozen=True):
    """A run's market, where it came from and what has to be said about it.

    Attributes:
        market: the columns.
        sha256: hash of the dataset's files.
        synthetic, name: as the dataset says.
        assumptions: what was taken for granted, a sentence each.
        coverage: span, rows, and what each column lacked, a line each.
    """

    market: MarketColumns
    sha256: str
    synthetic: bool
    name: str
    assumptions: list[str]
    coverage: list[str]


def load_market(dataset: Dataset, needs: MarketNeeds, start_ns: int | None, end_ns: int | None) -> LoadedMarket:
    """Load what ``needs`` names between ``start_ns`` and ``end_ns`` (both included; None: as far as the data goes).

    Raises:
        ComponentError: DAT-002 column missing, DAT-003 times unsorted or repeated, DAT-004 a gap longer than allowed
            or a column that starts late, DAT-005 an impossible value, CFG-005 dates without rows.
    """
    data_hash = dataset.start_hash()
    plan = Planner(dataset, needs).plan()
    selection = select_rows(dataset, plan.columns(), start_ns, end_ns)
    loader = _Loader(needs, plan, selection)
    market = loader.market()
    return LoadedMarket(
        market=market,
        sha256=data_hash.hexdigest(),
        synthetic=dataset.synthetic,
        name=dataset.name,
        assumptions=loader.assumptions,
        coverage=[_span(dataset, market), *loader.coverage()],
    )


class _Loader:
    """Builds one market; collects what has to be said on the way."""

    def __init__(self, needs: MarketNeeds, plan: MarketPlan, selection: Selection) -> None:
        prices = Staleness(needs.max_staleness_prices, "prices")
        daily = Staleness(needs.max_staleness_daily, "daily")
        check_gaps(selection.timestamps, prices if plan.instruments or plan.reference else daily)
        self._needs = needs
        self._plan = plan
        self._store = ColumnStore(selection, prices, daily, plan.aliased)
        self._notes: list[str] = []
        self.assumptions = [f"{asked} is read from {read}" for asked, read in plan.aliased.items()]

    def market(self) -> MarketColumns:
        """All columns."""
        spot: Instruments = {}
        perp: Instruments = {}
        for plan in self._plan.instruments:
            key = (plan.instrument.venue, plan.instrument.symbol)
            if plan.instrument.trade_type == "spot":
                spot[key] = self._spot(plan)
            else:
                perp[key] = self._perp(plan)
        other: dict[str, Column] = {}
        indices: dict[str, IndexColumn] = {}
        for rate in self._plan.rates:
            self._lending(rate, indices, other)
        gas = self._gas()
        market = MarketColumns(
            self._store.timestamps,
            self._snapped_like_its_instrument(self._plan.reference),
            spot,
            perp,
            indices,
            other,
            gas.column if gas else None,
            gas.source if gas else "",
            self._snapped_like_its_instrument(self._plan.ether),
        )
        self._store.refuse_leading_nulls()
        return market

    def coverage(self) -> list[str]:
        """A line per column, then what the instruments lack."""
        return [*self._store.coverage, *self._notes]

    def _spot(self, plan: InstrumentPlan) -> InstrumentColumns:
        price = self._store.price(plan.price, plan.instrument.tick)
        return InstrumentColumns(plan.instrument, price, volume=self._volume(plan))

    def _perp(self, plan: InstrumentPlan) -> InstrumentColumns:
        tick = plan.instrument.tick
        mark = self._store.price(plan.mark, tick)
        high = self._store.extreme(plan.mark_high, tick, mark) if plan.mark_high else None
        low = self._store.extreme(plan.mark_low, tick, mark) if plan.mark_low else None
        found = {"mark_high": high, "mark_low": low}
        if any(found[kind] is None for kind in self._needs.liquidation_extremes):
            key = plan.instrument.price_key
            self._notes.append(f"the data has no mark extremes for {key}: liquidation is checked against the mark only")
        columns = InstrumentColumns(plan.instrument, self._store.price(plan.price, tick), mark, high, low)
        columns.volume = self._volume(plan)
        self._funding(plan, columns)
        return columns

    def _funding(self, plan: InstrumentPlan, columns: InstrumentColumns) -> None:
        assert plan.funding is not None
        instrument = plan.instrument
        price = columns.mark
        if instrument.venue in self._needs.oracle_funding_venues:
            if plan.funding_price is not None:
                price = self._store.price(plan.funding_price, instrument.tick)
            else:
                self.assumptions.append(f"funding of {instrument.price_key} is charged on the mark: no oracle column")
        rates = self._store.raw(plan.funding)
        columns.funding = funding_column(
            plan.funding, rates, price, self._store.timestamps, instrument.tick, instrument.funding_unit
        )
        self._notes.append(f"{plan.funding}: {len(columns.funding.rows)} settlements")

    def _volume(self, plan: InstrumentPlan) -> Column | None:
        if plan.volume is None:
            self._notes.append(f"the data has no volume for {plan.instrument.price_key}: a fixed cap per row is used")
            return None
        return self._store.volume(plan.volume)

    def _lending(self, plan: RatePlan, indices: dict[str, IndexColumn], other: dict[str, Column]) -> None:
        # Imported here so that runs without lending do not pay for it.
        from basis_strategy_v1.data.rates import index_column
        from basis_strategy_v1.protocols.aave_v3 import compounded_interest, linear_interest

        venue, _, token = plan.market.partition(".")
        for side, name, factor in (
            ("supply", plan.supply, linear_interest),
            ("borrow", plan.borrow, compounded_interest),
        ):
            rates = self._store.rate(name)
            key = f"{side}.{plain_venue(venue)}.{token}"
            indices[key] = index_column(key, rates, self._store.timestamps, factor)
            other[f"{side}_apr.{venue}.{token}"] = rates
        if plan.oracle is not None:
            oracle = self._store.optional_price(plan.oracle)
            if oracle is not None:
                other[f"oracle.{venue}.{token}"] = oracle
        self.assumptions.append(
            f"{plan.market}: indices start at 1 and grow by the yearly rates; a rate holds until the next row"
        )

    def _gas(self) -> GasPrice | None:
        if not self._plan.gas:
            return None
        gas = gas_price(self._store, self._plan.gas)
        self.assumptions.extend(gas.assumptions)
        return gas

    def _snapped_like_its_instrument(self, column: str | None) -> Column | None:
        """A spot column on the tick of the instrument that trades it, so that both are the same numbers."""
        if column is None:
            return None
        for plan in self._plan.instruments:
            if plan.instrument.trade_type == "spot" and plan.price == column:
                return self._store.price(column, plan.instrument.tick)
        return self._store.price(column, None)


def _span(dataset: Dataset, market: MarketColumns) -> str:
    kind = " (synthetic)" if dataset.synthetic else ""
    first, last = to_iso(market.time(0)), to_iso(market.time(len(market) - 1))
    return f"{dataset.name}{kind}: {len(market)} rows from {first} to {last}"
