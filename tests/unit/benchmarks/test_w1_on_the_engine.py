"""W1 on the engine is the same W1 as the loops, so the ratio compares the same work."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.w1 import python_row_loop
from benchmarks.w1.engine_run import EngineW1
from benchmarks.w1.market import Size, make_market, save_dataset


@pytest.fixture
def small(tmp_path):
    market = make_market(Size("small", 3_000, 60, seed=5))
    save_dataset(market, tmp_path, "1h-small")
    return market, EngineW1(tmp_path)


def test_the_engine_trades_at_the_rows_of_the_row_loop_and_ends_at_its_equity(small):
    market, engine = small
    loop = python_row_loop.run(market)
    outcome = engine.run()
    assert outcome.instructions == 2 * loop.rebalances > 50
    assert outcome.false_wakes == 0
    assert outcome.final_nav == pytest.approx(float(loop.equity[-1]), rel=1e-6)
    assert outcome.unexplained < 1e-9 * outcome.final_nav


def test_the_engine_shows_the_margin_ratio_of_the_row_loop_at_every_row(small):
    market, engine = small
    expected = python_row_loop.run(market).margin_ratio
    np.testing.assert_allclose(engine.margin_ratio(), expected, rtol=1e-5)


def test_a_run_without_trades_enters_once_and_watches(small):
    _, engine = small
    outcome = engine.run(trading=False)
    assert (outcome.instructions, outcome.false_wakes, outcome.segments) == (2, 0, 2)
