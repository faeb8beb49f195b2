"""One row as floats and many rows as arrays give the same bits, whatever is held."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from basis_strategy_v1.core.domain.clock import SimulationClock
from basis_strategy_v1.core.domain.conversions import snap_to_tick
from basis_strategy_v1.core.domain.deltas import Changes
from basis_strategy_v1.core.domain.ledger import Ledger
from basis_strategy_v1.core.domain.market import Column, FundingColumn, InstrumentColumns, MarketColumns
from basis_strategy_v1.core.domain.quantities import use_ledger_context
from basis_strategy_v1.core.interfaces.venue_spec import MarginRules, VenueSpec
from basis_strategy_v1.core.monitors.anchor_builder import AnchorBuilder
from basis_strategy_v1.core.monitors.catalog import HoldingCatalog
from basis_strategy_v1.core.monitors.portfolio_view import PortfolioView, RangeReader, RowReader
from basis_strategy_v1.venues.instruments import amounts, maintenance_tiers
from simulated_market import CLASSIC, UNIFIED
from tight_loop import RAY, supply_index

ROWS = 300
TICK = Decimal("0.1")
SYMBOLS = ("BTCUSDT", "ETHUSDT")
TIERS = maintenance_tiers((0, "0.01", 50), (100_000, "0.025", 20), (400_000, "0.05", 10))


def with_tiers(spec: VenueSpec) -> VenueSpec:
    weights = spec.margin.collateral_weights if spec.margin is not None else {}
    rules = MarginRules(tiers=dict.fromkeys(SYMBOLS, TIERS), collateral_weights=weights)
    return msgspec.structs.replace(spec, margin=rules)


SEPARATE = with_tiers(CLASSIC)
SHARED = with_tiers(msgspec.structs.replace(UNIFIED, margin=MarginRules(collateral_weights=amounts(BTC="0.9"))))


class Case(msgspec.Struct, frozen=True):
    """What one example is drawn from."""

    seed: int
    unified: bool = False
    quantities: tuple[int, int] = (0, 0)
    extremes: tuple[bool, bool] = (True, True)
    funded: tuple[bool, bool] = (True, True)
    coins: int = 0
    cash: int = 10_000
    supplied: int = 0
    anchor_row: int = 0
    volatility: float = 0.01


cases = st.builds(
    Case,
    seed=st.integers(0, 2**32 - 1),
    unified=st.booleans(),
    quantities=st.tuples(st.integers(-12_000, 12_000), st.integers(-12_000, 12_000)),
    extremes=st.tuples(st.booleans(), st.booleans()),
    funded=st.tuples(st.booleans(), st.booleans()),
    coins=st.integers(0, 10_000),
    cash=st.integers(-5_000, 300_000),
    supplied=st.integers(0, 10**6),
    anchor_row=st.integers(0, ROWS - 2),
    volatility=st.sampled_from([0.0, 0.0005, 0.01, 0.08]),
)


def walk(random: np.random.Generator, start: float, volatility: float) -> np.ndarray:
    return snap_to_tick(start * np.exp(np.cumsum(random.normal(0, volatility, ROWS))), TICK)


def perpetual(random: np.random.Generator, case: Case, index: int) -> InstrumentColumns:
    of = SEPARATE.instrument(SYMBOLS[index], "perp")
    assert of is not None
    marks = walk(random, 50_000.0 / (1 + 9 * index), case.volatility)
    funding = None
    if case.funded[index]:
        rows = np.arange(0, ROWS, 8)
        rates = random.integers(-50_000, 100_000, len(rows))
        ticks = np.rint(marks[rows] * 10).astype(np.int64)
        steps = np.zeros(ROWS)
        steps[rows] = rates * ticks
        funding = FundingColumn(rows, rates, ticks, Column("cumulative", np.cumsum(steps)), TICK, Decimal("1e-8"))
    high = snap_to_tick(marks * (1 + np.abs(random.normal(0, case.volatility, ROWS))), TICK)
    low = snap_to_tick(marks * (1 - np.minimum(np.abs(random.normal(0, case.volatility, ROWS)), 0.5)), TICK)
    extremes = case.extremes[index]
    mark = Column("mark", marks)
    return InstrumentColumns(
        of, mark, mark, Column("high", high) if extremes else None, Column("low", low) if extremes else None, funding
    )


def opening(case: Case, spec: VenueSpec, market: MarketColumns) -> Changes:
    margin: dict[str, Decimal] = {"USDT": Decimal(case.cash)}
    for symbol, thousandths in zip(SYMBOLS, case.quantities, strict=True):
        quantity = Decimal(thousandths) / 1000
        margin[f"{symbol}-PERP"] = quantity
        margin[f"{symbol}-PERP.quote"] = -quantity * market.perp["alpha", symbol].mark.decimal(case.anchor_row)
    coins = Decimal(case.coins) / 1000
    changes: Changes = {spec.margin_location: margin, "aave": {"aUSDT": Decimal(case.supplied)}}
    changes.setdefault(spec.spot_location, {})["BTC"] = coins
    return changes


def anchored(case: Case) -> tuple[Any, MarketColumns]:
    """The anchor of ``case`` and its market."""
    use_ledger_context()
    random = np.random.default_rng(case.seed)
    perps = {("alpha", symbol): perpetual(random, case, index) for index, symbol in enumerate(SYMBOLS)}
    rays = [RAY + int(step) * RAY // 10**9 for step in np.cumsum(random.integers(0, 30_000, ROWS))]
    market = MarketColumns(
        timestamps=np.arange(ROWS, dtype=np.int64),
        reference=Column("spot", walk(random, 50_000.0, case.volatility)),
        spot={},
        perp=perps,
        indices={"supply.aave.USDT": supply_index(rays)},
    )
    clock = SimulationClock()
    clock.move_to(case.anchor_row, case.anchor_row)
    spec = SHARED if case.unified else SEPARATE
    ledger = Ledger(HoldingCatalog(market, "BTC", clock))
    ledger.apply("opening", opening(case, spec, market))
    nav = sum(holding.amount * holding.price for holding in ledger.holdings)
    return AnchorBuilder(market, (spec,)).build(ledger, case.anchor_row, float(nav)), market


def larger_of_equity_and_balance(view: PortfolioView) -> Any:
    return view.reader.maximum(view.equity(), view.margin_balance(view.anchor.accounts[0]))


def smaller_of_equity_and_spot(view: PortfolioView) -> Any:
    return view.reader.minimum(view.equity(), view.spot_value())


def either_limit(view: PortfolioView) -> Any:
    account = view.anchor.accounts[0]
    return view.reader.either(view.margin_above(account, 0.2), view.margin_below(account, 0.01))


METHODS: dict[str, Callable[[PortfolioView], Any]] = {
    "reference": lambda view: view.reference(),
    "spot value": lambda view: view.spot_value(),
    "equity": lambda view: view.equity(),
    "margin balance": lambda view: view.margin_balance(view.anchor.accounts[0]),
    "maintenance margin": lambda view: view.maintenance_margin(view.anchor.accounts[0]),
    "funding paid": lambda view: view.funding_paid(view.anchor.legs[0]) if view.anchor.legs else 0.0,
    "above the soft limit": lambda view: view.margin_above(view.anchor.accounts[0], 0.05),
    "above liquidation": lambda view: view.margin_above(view.anchor.accounts[0], 1.0),
    "below the band": lambda view: view.margin_below(view.anchor.accounts[0], 0.015),
    "liquidated before": lambda view: view.liquidated_before(view.anchor.accounts[0]),
    "larger": larger_of_equity_and_balance,
    "smaller": smaller_of_equity_and_spot,
    "either": either_limit,
}


@pytest.mark.parametrize("name", METHODS)
@settings(max_examples=40)
@example(case=Case(1, quantities=(0, 0)), cuts=(1, 2))
@example(case=Case(1, quantities=(-500, 700), extremes=(True, False), cash=300, volatility=0.08), cuts=(1, ROWS - 1))
@given(case=cases, cuts=st.tuples(st.integers(1, ROWS - 1), st.integers(1, ROWS - 1)))
def test_a_range_gives_the_bits_of_each_of_its_rows(name: str, case: Case, cuts: tuple[int, int]) -> None:
    anchor, _ = anchored(case)
    start, stop = min(cuts), max(cuts) + 1
    evaluate = METHODS[name]
    over_range = np.broadcast_to(evaluate(PortfolioView(anchor, RangeReader(start, stop))), stop - start)
    by_row = [evaluate(PortfolioView(anchor, RowReader(row))) for row in range(start, stop)]
    assert over_range.tolist() == [float(value) if over_range.dtype == np.float64 else bool(value) for value in by_row]


@settings(max_examples=60)
@given(case=cases, cuts=st.tuples(st.integers(1, ROWS - 1), st.integers(1, ROWS - 1)))
def test_equity_stays_within_its_bounds(case: Case, cuts: tuple[int, int]) -> None:
    case = msgspec.structs.replace(case, supplied=0)
    anchor, _ = anchored(case)
    view = PortfolioView(anchor, RangeReader(min(cuts), max(cuts) + 1))
    bounds = view.equity_bounds()
    assert bounds is not None
    slack = 1e-9 * (abs(bounds[0]) + abs(bounds[1]))
    equity = np.atleast_1d(view.equity())
    assert bounds[0] - slack <= equity.min()
    assert equity.max() <= bounds[1] + slack


@settings(max_examples=60)
@given(case=cases)
def test_equity_at_the_anchor_is_the_anchors_value(case: Case) -> None:
    anchor, _ = anchored(case)
    view = PortfolioView(anchor, RowReader(case.anchor_row))
    assert view.equity() == anchor.nav
    assert view.equity_bounds() is None
    assert view.margin_bounds(anchor.accounts[0]) is None


def test_a_long_that_falls_to_its_maintenance_is_liquidated_at_the_extremes_of_the_row_before() -> None:
    case = Case(7, quantities=(1_000, 0), cash=1_000, volatility=0.0, funded=(False, False))
    anchor, market = anchored(case)
    low = market.perp["alpha", "BTCUSDT"].mark_low
    assert low is not None
    low.values[4] = 49_400.0
    fired = [row for row in range(1, 10) if PortfolioView(anchor, RowReader(row)).liquidated_before(anchor.accounts[0])]
    assert fired == [5]


def test_the_row_before_a_range_counts_for_a_perpetual_without_extremes() -> None:
    case = Case(7, quantities=(1, 10_000), extremes=(True, False), cash=5_000, volatility=0.0, funded=(False, False))
    anchor, market = anchored(case)
    market.perp["alpha", "ETHUSDT"].mark.values[255] = 4_000.0
    account = anchor.accounts[0]
    assert PortfolioView(anchor, RowReader(256)).liquidated_before(account)
    assert np.atleast_1d(PortfolioView(anchor, RangeReader(256, 260)).liquidated_before(account))[0]


def test_only_known_venues_have_an_account() -> None:
    anchor, _ = anchored(Case(1))
    assert anchor.account("alpha") is anchor.accounts[0]
    assert anchor.account("beta") is None
