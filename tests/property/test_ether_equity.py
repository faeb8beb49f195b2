"""Equity in ether agrees with the formulas of profit and loss, evaluated row by row on equity in dollars."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from basis_strategy_v1.core.domain.pnl import BUCKETS
from basis_strategy_v1.core.engine.equity import EquityColumns
from basis_strategy_v1.core.strategies.strategy import DecisionView, Strategy
from basis_strategy_v1.core.strategies.triggers import Trigger
from engine_runs import Floats, Run, Scene, run, settings_of
from random_runs import Market, basis_overrides, markets, scene_of

ETHER = "share_class=eth_directional"


class Idle(Strategy):
    """Does nothing at all."""

    def triggers(self) -> tuple[Trigger, ...]:
        return ()

    def decide(self, view: DecisionView) -> tuple[()]:
        return ()

    def close(self, view: DecisionView) -> tuple[()]:
        return ()

    def is_closed(self, view: DecisionView) -> bool:
        return True


def in_dollars(done: Run) -> dict[str, Floats]:
    """The same run's NAV, buckets and flows per row, in USD."""
    parts = done.assembly.parts
    table = done.assembly.engine.table
    source = EquityColumns(done.market, table, parts.specs, 0, float(done.pnl.initial_nav), lambda: 0.0)
    columns = next(iter(source.blocks())).columns
    anchor_of_row = np.searchsorted(table.rows(), np.arange(len(done.market)), side="right") - 1
    return {**columns, "flows": table.columns()["flows"][anchor_of_row]}


def row_by_row(usd: dict[str, Floats], spot: Floats) -> dict[str, Floats]:
    """Each bucket's gain of a row divided by its S; ``delta = (E_p - NAV_p / S_p) dS / S``, where E_p dS is in USD."""
    names = (*BUCKETS, "flows")
    totals = {name: [usd[name][0] / spot[0]] for name in names}
    for row in range(1, len(spot)):
        for name in names:
            gained = usd[name][row] - usd[name][row - 1]
            if name == "delta":
                gained -= usd["nav"][row - 1] / spot[row - 1] * (spot[row] - spot[row - 1])
            totals[name].append(totals[name][-1] + gained / spot[row])
    return {name: np.array(values) for name, values in totals.items()}


def assert_agrees(done: Run) -> None:
    assert done.market.reference is not None
    spot = done.market.reference.values
    usd = in_dollars(done)
    expected = row_by_row(usd, spot)
    scale = max(float(np.abs(usd["nav"] / spot).max()), 1.0)
    np.testing.assert_allclose(done.equity["nav"], usd["nav"] / spot, rtol=1e-12, atol=1e-9 * scale)
    for name in BUCKETS:
        np.testing.assert_allclose(done.equity[name], expected[name], rtol=0, atol=1e-9 * scale, err_msg=name)
    gained = sum(expected[name] for name in BUCKETS) + expected["flows"]
    np.testing.assert_allclose(usd["nav"][0] / spot[0] + gained - gained[0], usd["nav"] / spot, atol=1e-9 * scale)


@given(data=st.data(), market=markets())
@settings(max_examples=60)
def test_every_bucket_in_ether_is_the_sum_of_what_each_row_earned(data: st.DataObject, market: Market) -> None:
    overrides = data.draw(basis_overrides(market.rows, "ETH"))
    assert_agrees(run(settings_of("eth_basis", ETHER, *overrides), scene_of(market, 2_000.0)))


@given(data=st.data(), market=markets(crash=True), blocks=st.integers(2, 50))
@settings(max_examples=40)
def test_buckets_in_ether_hold_through_crashes_and_in_blocks_of_any_size(
    data: st.DataObject, market: Market, blocks: int
) -> None:
    overrides = data.draw(basis_overrides(market.rows, "ETH"))
    chosen = settings_of("eth_basis", ETHER, *overrides)
    assert_agrees(run(chosen, scene_of(market, 2_000.0), rows_per_block=blocks))


def test_ether_that_is_only_held_earns_nothing_in_ether() -> None:
    spot = np.linspace(1_000.0, 3_000.0, 50)
    done = run(
        settings_of("eth_basis", ETHER, "strategy.hedge_allocation={binance: 1.0}", "strategy.hedge_ratio=0"),
        Scene(spot=spot),
        strategy=lambda _settings: Idle(),
    )
    np.testing.assert_allclose(done.equity["nav"], done.equity["nav"][0], rtol=1e-12)
    assert float(np.abs(done.equity["delta"]).max()) < 1e-9
