from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from basis_strategy_v1.core.engine.run_result import BUCKETS, RunResult
from basis_strategy_v1.results.metrics import Metrics, MetricsCollector, metrics_of_run
from basis_strategy_v1.results.store import write_run

DAY = 86_400_000_000_000


def metrics_of(earned: list[float], flows: list[float], step: int = DAY, rows_per_block: int = 1000) -> Metrics:
    """Figures of a run that starts with 100 and whose row t has earned and been paid so much in all."""
    total, paid = np.array(earned, dtype=float), np.array(flows, dtype=float)
    times = DAY * 20_000 + step * np.arange(len(total), dtype=np.int64)
    collector = MetricsCollector(100.0)
    for start in range(0, len(total), rows_per_block):
        rows = slice(start, start + rows_per_block)
        columns = {bucket: np.zeros(len(total[rows])) for bucket in BUCKETS}
        collector.add(times[rows], {**columns, "funding": total[rows], "nav": 100 + total[rows] + paid[rows]})
    return collector.metrics()


def test_ten_per_cent_over_a_year_is_ten_per_cent_a_year() -> None:
    figures = metrics_of(np.linspace(0, 10, 366).tolist(), [0.0] * 366)
    assert figures.total_return == pytest.approx(0.10)
    assert figures.annualised_return == pytest.approx(0.10)
    assert figures.max_drawdown == 0.0


def test_ten_per_cent_in_half_a_year_compounds_to_twenty_one() -> None:
    figures = metrics_of(np.linspace(0, 10, 366).tolist(), [0.0] * 366, step=DAY // 2)
    assert figures.annualised_return == pytest.approx(0.21)


def test_a_deposit_is_no_return() -> None:
    figures = metrics_of([0, 10, 10, 21], [0, 0, 900, 900])
    assert figures.total_return == pytest.approx(1.10 * (1021 / 1010) - 1)


def test_a_deposit_hides_no_drawdown() -> None:
    figures = metrics_of([0, 0, -20, -20], [0, 0, 500, 500])
    assert figures.max_drawdown == pytest.approx(-0.20)


def test_the_drawdown_runs_from_its_peak_to_its_trough() -> None:
    figures = metrics_of([0, 10, 4, -1, 5, 30, 28], [0.0] * 7)
    assert figures.max_drawdown == pytest.approx(99 / 110 - 1)
    assert (figures.drawdown_peak, figures.drawdown_trough) == (20_001 * DAY, 20_003 * DAY)


def test_costs_at_the_first_row_are_part_of_the_return() -> None:
    figures = metrics_of([-2, -2], [0, 0])
    assert figures.total_return == pytest.approx(-0.02)
    assert figures.max_drawdown == pytest.approx(-0.02)


def test_volatility_and_sharpe_follow_their_conventions() -> None:
    earned = np.cumsum(np.tile([1.0, -0.5, 0.75], 20))
    closes = np.append(100.0, 100.0 + earned)
    returns = closes[1:] / closes[:-1] - 1
    figures = metrics_of(earned.tolist(), [0.0] * 60)
    assert figures.volatility == pytest.approx(np.std(returns, ddof=1) * sqrt(365))
    assert figures.sharpe_ratio_daily_utc_365_zero_risk_free == pytest.approx(
        np.mean(returns) / np.std(returns, ddof=1) * sqrt(365)
    )


def test_a_short_run_has_no_annualised_figures() -> None:
    figures = metrics_of([0, 1, 2], [0, 0, 0])
    assert figures.total_return == pytest.approx(0.02)
    assert (figures.annualised_return, figures.volatility) == (None, None)
    assert figures.sharpe_ratio_daily_utc_365_zero_risk_free is None


def test_a_portfolio_that_was_paid_out_keeps_its_return_until_money_comes_again() -> None:
    figures = metrics_of([0, -10, -10, -10, -10, 35], [0, 0, -90, -90, 410, 410])
    assert figures.max_drawdown == pytest.approx(-0.10)
    assert figures.total_return == pytest.approx(0.9 * (545 / 500) - 1)


@given(st.lists(st.floats(-2, 2), min_size=2, max_size=40), st.integers(1, 7), st.sampled_from([0.0, 400.0]))
def test_figures_do_not_depend_on_the_size_of_blocks(steps: list[float], rows_per_block: int, flow: float) -> None:
    earned = np.cumsum(steps).tolist()
    flows = [0.0 if row < len(steps) // 2 else flow for row in range(len(steps))]
    assert metrics_of(earned, flows, DAY // 3, rows_per_block) == metrics_of(earned, flows, DAY // 3)


def test_a_stored_run_gives_the_return_of_its_summary(result_of: Callable[..., RunResult], tmp_path: Path) -> None:
    result = result_of(800)
    figures = metrics_of_run(write_run(result, tmp_path, "run", {}, "c", None))
    assert figures.total_return == pytest.approx(float(result.final_nav / result.initial_nav) - 1)
    assert figures.daily_returns == 34


def test_a_portfolio_that_lost_everything_has_no_ratios() -> None:
    figures = metrics_of([0.0] * 20 + [-101.0] * 20, [0.0] * 40)
    assert figures.total_return == pytest.approx(-1.01)
    assert (figures.annualised_return, figures.volatility) == (None, None)
