"""Whole runs over real data against the rules computed a second time (``tests/acceptance/reference``).

Skipped where the real series are not at hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Context, Decimal, localcontext
from itertools import zip_longest
from pathlib import Path

import pyarrow.parquet as parquet
import pytest

from basis_strategy_v1.bootstrap import FinishedRun, RunOptions, run_backtest
from tests.acceptance.reference.basis import run_basis
from tests.acceptance.reference.lending import SECONDS_PER_YEAR, run_lending
from tests.acceptance.reference.parameters import BasisRun, Order, Outcome
from tests.acceptance.reference.series import Dataset, read_dataset
from tests.acceptance.reference.venues import one_venue, three_venues, two_venues, usdt_on_aave

TOLERANCE = Decimal("1e-9")
INDEX_TOLERANCE_PER_YEAR = 0.0002
CARRY = ("carry_2024-05_2025-09", "carry_2024_2025")
BASIS = ("basis_2020-01_2021-12", "basis_2020_2021")


@dataclass(frozen=True)
class Case:
    """A run of the engine, by mode, dataset, example configuration and settings, and the same for the reference."""

    mode: str
    dataset: str
    example: str
    reference: BasisRun
    settings: tuple[str, ...] = ()


def _two_venues(asset: str, spot_allocation: str, *settings: str, **changes: object) -> Case:
    """Spot and its margin at Binance, 0.4 of the margin at Bybit from the start."""
    run = two_venues(asset)
    spot = Decimal(spot_allocation)
    at_bybit = (1 - spot) * Decimal("0.4")
    home = replace(run.venues[0], initial_share=1 - at_bybit)
    other = replace(run.venues[1], initial_share=at_bybit)
    location = f"initial_location={{binance: {1 - at_bybit}, bybit: {at_bybit}}}"
    chosen = (location, f"strategy.spot_allocation={spot}", *settings)
    run = replace(run, venues=(home, other), spot_allocation=spot, **changes)  # type: ignore[arg-type]
    return Case(f"{asset.lower()}_basis", *CARRY, run, chosen)


def _one_venue(asset: str, spot_allocation: str) -> Case:
    run = replace(one_venue(asset), spot_allocation=Decimal(spot_allocation))
    chosen = ("initial_location=binance", f"strategy.spot_allocation={spot_allocation}")
    return Case(f"{asset.lower()}_basis", *BASIS, run, chosen)


def _three_venues(asset: str) -> Case:
    location = "initial_location={binance: 0.7, bybit: 0.15, okx: 0.15}"
    return Case(f"{asset.lower()}_basis", CARRY[0], "three_venues_2024_2025", three_venues(asset), (location,))


WIDE = ("strategy.hedge_ratio=0.9", "strategy.position_deviation_threshold=0.05")
CASES = {
    "btc_2024": _two_venues("BTC", "0.5"),
    "eth_2024": _two_venues("ETH", "0.5"),
    "btc_2020": _one_venue("BTC", "0.5"),
    "eth_2020": _one_venue("ETH", "0.5"),
    "eth_2024_on_three_venues": _three_venues("ETH"),
    "btc_2024_partly_hedged": _two_venues("BTC", "0.5", *WIDE, hedge_ratio=Decimal("0.9"), threshold=0.05),
    "eth_2024_with_little_margin": _two_venues("ETH", "0.735"),
    "btc_2020_short_of_cash_in_the_crash": _one_venue("BTC", "0.7"),
    "eth_2020_with_orders_too_large_for_a_row": _one_venue("ETH", "0.7"),
}


@pytest.fixture(autouse=True)
def wide_decimal_context() -> Iterator[None]:
    """Comparing is not the ledger's business: no trap, digits enough."""
    with localcontext(Context(prec=60)):
        yield


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_basis_run_agrees_with_the_reference(case: Case, real_dataset: Callable[[str], Path], tmp_path: Path) -> None:
    folder = real_dataset(case.dataset)
    expected = run_basis(case.reference, read_dataset(folder, case.reference.columns()))
    settings = ("execution_settings.slippage_model=none", "strategy.margin_transfers=false", *case.settings)
    finished = _run(case.mode, folder, case.example, settings, tmp_path)
    _check_orders(finished, expected)
    _check_nav_by_row(finished, expected)
    _check_summary(finished, expected)
    _check_close(finished.summary["pnl"]["fees"], -expected.fees, expected.final_nav, "fees")
    _check_close(finished.summary["pnl"]["funding"], expected.funding, expected.final_nav, "funding")


def test_a_lending_run_agrees_with_the_reference_and_grows_as_the_index_on_chain(
    real_dataset: Callable[[str], Path], tmp_path: Path
) -> None:
    folder, run = real_dataset(CARRY[0]), usdt_on_aave()
    index_column = "supply_index.aave_v3.USDT"
    data = read_dataset(folder, [*run.columns(), index_column])
    expected = run_lending(run, data)
    settings = ("execution_settings.slippage_model=none",)
    finished = _run("pure_lending", folder, CARRY[1], settings, tmp_path)
    _check_nav_by_row(finished, expected)
    _check_summary(finished, expected)
    _check_close(finished.summary["gas"], expected.fees, expected.final_nav, "gas")
    supplied = _yearly_growth(data, _nav(finished))
    on_chain = _yearly_growth(data, data.raw(index_column))
    assert abs(supplied - on_chain) < INDEX_TOLERANCE_PER_YEAR, f"{supplied} a year, on chain {on_chain}"


def _run(mode: str, folder: Path, example: str, settings: tuple[str, ...], out: Path) -> FinishedRun:
    options = RunOptions(
        mode=mode, data_dir=folder, config_file=f"example:{example}", overrides=settings, out=out, report=False
    )
    return run_backtest(options, {})


def _check_summary(finished: FinishedRun, expected: Outcome) -> None:
    summary = finished.summary
    assert finished.exit_code == 0
    assert (summary["liquidations"], summary["halted_at"], summary["reconciliation_failures"]) == (0, None, 0)
    assert Decimal(summary["pnl_unexplained"]) == 0
    assert Decimal(summary["max_abs_unexplained"]) < TOLERANCE * expected.final_nav
    _check_close(summary["final_nav"], expected.final_nav, expected.final_nav, "final NAV")


def _check_close(found: str, expected: Decimal, nav: Decimal, name: str) -> None:
    assert abs(Decimal(found) - expected) <= TOLERANCE * nav, f"{name}: {found}, the reference has {expected}"


def _check_orders(finished: FinishedRun, expected: Outcome) -> None:
    """Every fill, in order: the first that differs says which rule does."""
    for number, (found, wanted) in enumerate(zip_longest(_orders(finished), expected.orders)):
        if found != wanted:
            before = "\n".join(f"both      {order}" for order in expected.orders[max(0, number - 3) : number])
            pytest.fail(f"order {number} differs:\n{before}\nrun       {found}\nreference {wanted}")


def _orders(finished: FinishedRun) -> list[Order]:
    table = parquet.read_table(finished.directory / "instructions.parquet")
    columns = [table[name].to_pylist() for name in ("venue", "trade_type", "side", "filled", "price")]
    times = table["ts"].cast("int64").to_pylist()
    return [
        Order(time, venue.partition(".")[0], trade_type, filled if side == "buy" else -filled, price)
        for time, venue, trade_type, side, filled, price in zip(times, *columns, strict=True)
        if trade_type in ("spot", "perp") and filled
    ]


def _check_nav_by_row(finished: FinishedRun, expected: Outcome) -> None:
    """NAV of every row; the first row that differs is shown with what the reference holds there."""
    found = _nav(finished)
    assert len(found) == len(expected.nav)
    for row, (nav, wanted) in enumerate(zip(found, expected.nav, strict=True)):
        if abs(nav - float(wanted)) > float(TOLERANCE) * float(wanted):
            states = expected.states[max(0, row - 1) : row + 1]
            pytest.fail(f"NAV of row {row} ({expected.timestamps[row]} ns) is {nav}, not {wanted}; held: {states}")


def _nav(finished: FinishedRun) -> list[float]:
    table = parquet.read_table(finished.directory / "equity.parquet", columns=["nav"])
    return [float(nav) for nav in table["nav"].to_pylist()]


def _yearly_growth(data: Dataset, values: list[float]) -> float:
    """Growth a year from the first row at 00:00 to the last: the index is sampled then."""
    day = 86_400 * 10**9
    rows = [row for row, time in enumerate(data.timestamps) if time % day == 0]
    first, last = rows[0], rows[-1]
    years = (data.timestamps[last] - data.timestamps[first]) / 10**9 / SECONDS_PER_YEAR
    return float((values[last] / values[first]) ** (1 / years)) - 1
