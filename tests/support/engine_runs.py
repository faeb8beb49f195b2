"""Whole runs in memory: a made-up market on the real venue specs, a mode, and everything the run left behind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec
import numpy as np

from basis_strategy_v1.bootstrap.assembly import Assembly, assemble
from basis_strategy_v1.config.loader import load_config
from basis_strategy_v1.core.domain.market import (
    Column,
    FundingColumn,
    Instrument,
    InstrumentColumns,
    MarketColumns,
)
from basis_strategy_v1.core.domain.quantities import use_ledger_context
from basis_strategy_v1.core.domain.settings import RunSettings
from basis_strategy_v1.core.engine.equity import EquityColumns
from basis_strategy_v1.core.engine.ether_equity import EtherEquityColumns
from basis_strategy_v1.core.engine.run_result import InstructionRecord
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec
from basis_strategy_v1.core.strategies.modes import make_strategy
from basis_strategy_v1.core.strategies.strategy import Strategy
from basis_strategy_v1.data.rates import index_column
from basis_strategy_v1.protocols.aave_v3 import compounded_interest, linear_interest
from basis_strategy_v1.venues.registry import register, spec_for

HOUR = 3_600_000_000_000
START = 1_704_067_200_000_000_000
"""2024-01-01T00:00Z."""

Floats = np.ndarray[Any, np.dtype[np.float64]]


class PerpSeries(msgspec.Struct, kw_only=True):
    """A perpetual's series; ``rates`` holds ``{row: settled rate}`` (None: no funding), ``missing`` marks null rows."""

    price: Floats
    mark: Floats
    rates: dict[int, str] | None = {}
    high: Floats | None = None
    low: Floats | None = None
    volume: Floats | None = None
    missing: np.ndarray[Any, Any] | None = None


class Scene(msgspec.Struct, kw_only=True):
    """A market by plain arrays: reference spot, perpetuals by venue, lending rates and gas."""

    spot: Floats
    perps: dict[str, PerpSeries] = {}
    spot_missing: np.ndarray[Any, Any] | None = None
    spot_volume: Floats | None = None
    supply_apr: Floats | None = None
    gas_gwei: Floats | None = None
    row_length: int = HOUR


def time_of(row: int, row_length: int = HOUR) -> str:
    """The ISO time of a row, for configuration."""
    return str(np.datetime64(START + row * row_length, "ns")) + "Z"


def constant_scene(venues: Sequence[str], rows: int, price: float, rate: str | None = None, every: int = 8) -> Scene:
    """One price everywhere; ``rate`` settles every ``every`` rows, the first time at row ``every``."""
    values = np.full(rows, price)
    rates = dict.fromkeys(range(every, rows, every), rate) if rate is not None else {}
    return Scene(
        spot=values,
        perps={venue: PerpSeries(price=values.copy(), mark=values.copy(), rates=dict(rates)) for venue in venues},
    )


def settings_of(mode: str, *overrides: str) -> RunSettings:
    """The resolved settings of ``mode`` with ``key=value`` overrides."""
    return load_config(mode, overrides=overrides, environment={}).settings


def specs_of(settings: RunSettings) -> tuple[VenueSpec, ...]:
    register()
    return tuple(spec_for(venue) for venue in settings.venues)


def market_of(settings: RunSettings, specs: tuple[VenueSpec, ...], scene: Scene) -> MarketColumns:
    """The market columns of ``scene``, snapped to the instruments' ticks."""
    rows = len(scene.spot)
    timestamps = START + np.arange(rows, dtype=np.int64) * scene.row_length
    spot: dict[tuple[str, str], InstrumentColumns] = {}
    perp: dict[tuple[str, str], InstrumentColumns] = {}
    exchanges = [spec for spec in specs if spec.family == "CEX"]
    reference = None
    for position, spec in enumerate(exchanges):
        if position == 0:
            symbol = _symbol(spec, settings.asset, "spot")
            of = _instrument(spec, symbol, "spot")
            reference = Column("spot", snapped(scene.spot, of.tick), scene.spot_missing)
            spot[spec.venue, symbol] = InstrumentColumns(of, reference, volume=_optional("volume", scene.spot_volume))
        if spec.venue in scene.perps:
            symbol = _symbol(spec, settings.asset, "perp")
            perp[spec.venue, symbol] = _perp_columns(_instrument(spec, symbol, "perp"), scene.perps[spec.venue])
    indices, other = {}, {}
    if scene.supply_apr is not None:
        rates = Column("supply_apr.aave_v3.USDT", scene.supply_apr)
        for side, factor in (("supply", linear_interest), ("borrow", compounded_interest)):
            key = f"{side}.aave.USDT"
            indices[key] = index_column(key, rates, timestamps, factor)
            other[f"{side}_apr.aave_v3.USDT"] = rates
    gas = _optional("gas", scene.gas_gwei)
    ether = Column("ether", snapped(scene.spot, Decimal("0.01"))) if gas is not None else None
    return MarketColumns(timestamps, reference, spot, perp, indices, other, gas, "made up" if gas else "", ether)


def snapped(values: Floats, tick: Decimal) -> Floats:
    """``values`` as the nearest whole ticks (``tick`` is a power of ten)."""
    scale = float(1 / tick)
    return np.rint(values * scale) / scale


def _symbol(spec: VenueSpec, asset: str, trade_type: str) -> str:
    """The venue's own name of what trades ``asset``."""
    return next(item.symbol for item in spec.instruments if (item.base, item.trade_type) == (asset, trade_type))


def _instrument(spec: VenueSpec, symbol: str, trade_type: str) -> Instrument:
    found = spec.instrument(symbol, trade_type)
    assert found is not None
    return found


def _optional(name: str, values: Floats | None) -> Column | None:
    return None if values is None else Column(name, values)


def _perp_columns(of: Instrument, series: PerpSeries) -> InstrumentColumns:
    price = snapped(series.price, of.tick)
    if series.missing is not None:
        for row in np.flatnonzero(series.missing):
            price[row] = price[row - 1]
    mark = Column("mark", snapped(series.mark, of.tick))
    high = None if series.high is None else Column("high", np.maximum(snapped(series.high, of.tick), mark.values))
    low = None if series.low is None else Column("low", np.minimum(snapped(series.low, of.tick), mark.values))
    return InstrumentColumns(
        of,
        Column("price", price, series.missing),
        mark,
        high,
        low,
        None if series.rates is None else _funding(of, mark, series.rates),
        _optional("volume", series.volume),
    )


def _funding(of: Instrument, mark: Column, rates: Mapping[int, str]) -> FundingColumn:
    rows = np.array(sorted(rates), dtype=np.int64)
    units = np.array([int(Decimal(rates[int(row)]) / of.funding_unit) for row in rows], dtype=np.int64)
    ticks = np.array([int(mark.decimal(int(row)) / of.tick) for row in rows], dtype=np.int64)
    due = np.zeros(len(mark))
    due[rows] = units * ticks
    cumulative = Column("cumulative", np.cumsum(due))
    return FundingColumn(rows, units, ticks, cumulative, of.tick, of.funding_unit)


class Run:
    """A run that has ended, and what it left behind.

    Attributes:
        records: a record per instruction, in order.
        events: ``{component: JSON lines}``.
        equity: ``{column: float64 per row}``.
    """

    def __init__(self, assembly: Assembly, settings: RunSettings, market: MarketColumns, rows_per_block: int) -> None:
        self.assembly = assembly
        self.settings = settings
        self.market = market
        parts = assembly.parts
        self.pnl = parts.pnl_monitor
        self.rows = assembly.engine.rows
        self.records: list[InstructionRecord] = assembly.log.records()
        logger = assembly.event_logger
        self.events = {name: logger.encode_component(name) for name in logger.events_by_component()}
        source = EtherEquityColumns if settings.currency == "ETH" else EquityColumns
        equity = source(market, assembly.engine.table, parts.specs, 0, float(self.pnl.initial_nav), lambda: 0.0)
        blocks = [block.columns for block in equity.blocks(rows_per_block)]
        self.equity = {name: np.concatenate([block[name] for block in blocks]) for name in equity.column_names}
        self.largest_unexplained = max(equity.largest_unexplained, float(self.pnl.largest_unexplained))

    @property
    def positions(self) -> dict[str, dict[str, Decimal]]:
        """``{location: {asset: amount}}`` without what is zero."""
        held = self.assembly.parts.position_monitor.ledger.to_dict()
        return {
            location: present
            for location, assets in held.items()
            if (present := {asset: amount for asset, amount in assets.items() if amount})
        }

    @property
    def trades(self) -> list[InstructionRecord]:
        """The records of trades that were filled at least in part."""
        return [record for record in self.records if record.trade_type in ("spot", "perp") and record.filled]

    def row_of(self, record: InstructionRecord) -> int:
        """The row at which an instruction ran."""
        return self.market.row_at(record.ts)

    def final_state(self) -> dict[str, Any]:
        """What both drives must agree on at the end."""
        rows = self.rows
        reconciliation = self.assembly.parts.reconciliation
        return {
            "state": rows.state,
            "closing": rows.closing,
            "closed": rows.closed,
            "halted_at": rows.halted_at,
            "failure": str(rows.failure),
            "liquidations": rows.liquidations,
            "anchors": self.assembly.engine.table.rows().tolist(),
            "positions": self.positions,
            "nav": self.pnl.nav,
            "flows": self.pnl.flows,
            "buckets": dict(self.pnl.buckets),
            "waiting": rows.flows.waiting(),
            "reconciliations": reconciliation.reconciliation_successes,
            "failures": reconciliation.reconciliation_failures,
            "venues": {venue: exchange.books.report() for venue, exchange in self.assembly.world.exchanges.items()},
        }


def build(
    settings: RunSettings,
    scene: Scene,
    *,
    drive: str = "segments",
    strategy: Callable[[RunSettings], Strategy] | None = None,
) -> tuple[Assembly, MarketColumns]:
    """An assembled run that has not started yet."""
    use_ledger_context()
    specs = specs_of(settings)
    market = market_of(settings, specs, scene)
    chosen = make_strategy(settings, spec_for) if strategy is None else strategy(settings)
    return assemble(settings, specs, market, chosen, "run", drive=drive), market


def run(
    settings: RunSettings,
    scene: Scene,
    *,
    drive: str = "segments",
    strategy: Callable[[RunSettings], Strategy] | None = None,
    before: Callable[[Assembly], None] | None = None,
    rows_per_block: int = 131_072,
) -> Run:
    """Run ``scene`` from the first row to the last; ``before`` may reach into the assembly first."""
    assembly, market = build(settings, scene, drive=drive, strategy=strategy)
    if before is not None:
        before(assembly)
    assembly.engine.run_backtest()
    return Run(assembly, settings, market, rows_per_block)
