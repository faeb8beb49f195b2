"""The benchmark's own implementations agree, so its ratios compare the same work."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.targets import Cost, Target, basis_elapsed, solve_cost
from benchmarks.w1 import numpy_segments, python_row_loop
from benchmarks.w1.market import START_PRICE, Market, Size, make_market


def flat_market(rows: int, rate: float, every: int) -> Market:
    prices = np.full(rows, START_PRICE)
    due = np.arange(rows) % every == 0
    return Market(np.arange(rows), prices, prices.copy(), np.where(due, rate, 0.0))


@pytest.mark.parametrize("implementation", [python_row_loop, numpy_segments])
def test_on_constant_prices_w1_earns_quantity_times_price_times_rate_per_settlement(implementation):
    market = flat_market(rows=101, rate=1e-4, every=10)
    outcome = implementation.run(market)
    held_value = 50_000.0  # half of the capital; the first settlement falls before anything is held
    fees = 2 * held_value * python_row_loop.FEE
    assert outcome.rebalances == 1
    assert outcome.equity[-1] == pytest.approx(100_000.0 - fees + held_value * 1e-4 * 10, rel=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_the_row_loop_and_the_segments_give_the_same_run(seed):
    market = make_market(Size("small", 20_000, 60, seed))
    loop, segments = python_row_loop.run(market), numpy_segments.run(market)
    assert loop.rebalances == segments.rebalances > 300
    np.testing.assert_allclose(segments.equity, loop.equity, rtol=1e-12)
    np.testing.assert_allclose(segments.margin_ratio, loop.margin_ratio, rtol=1e-12)


def test_the_share_of_spot_never_stays_outside_its_band():
    market = make_market(Size("small", 5_000, 60, 3))
    outcome = python_row_loop.run(market)
    maintenance = outcome.margin_ratio / python_row_loop.MAINTENANCE_RATE
    assert maintenance.min() > 0.48 / 0.52 * 0.99
    assert maintenance.max() < 0.52 / 0.48 * 1.01


def test_two_runs_tell_the_cost_of_rows_from_the_cost_of_instructions():
    cost = Cost(rows_per_s=20e6, instruction_us=30.0)
    points = [(rows, count, cost.seconds(rows, count)) for rows, count in ((43_800, 1906), (525_600, 452))]
    solved = solve_cost(*points)
    assert solved is not None
    assert solved.rows_per_s == pytest.approx(20e6)
    assert solved.instruction_us == pytest.approx(30.0)


def test_runs_that_cannot_be_told_apart_have_no_cost():
    assert solve_cost((10.0, 1.0, 1.0), (20.0, 2.0, 2.0)) is None
    assert solve_cost((10.0, 1.0, 5.0), (1000.0, 2.0, 1.0)) is None


def test_a_verdict_names_the_better_bound_that_is_met():
    speed = Target(8.0, 14.0, higher=True)
    assert [speed.verdict(value) for value in (7.9, 8.0, 14.0)] == ["MISSED", "floor", "goal"]
    time = basis_elapsed(rows=10e6, instructions=0)
    assert [time.verdict(value) for value in (1.1, 0.9, 0.5)] == ["MISSED", "floor", "goal"]
