"""The reference computation against forms that can be worked out by hand, before anything is compared with it."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_DOWN, Decimal

import numpy as np
import pytest

from tests.acceptance.reference.basis import run_basis
from tests.acceptance.reference.lending import RAY, LendingRun, run_lending, supply_indices
from tests.acceptance.reference.parameters import BasisRun
from tests.acceptance.reference.series import Dataset
from tests.acceptance.reference.short_account import ShortAccount
from tests.acceptance.reference.venues import one_venue, two_venues, usdt_on_aave

HOUR = 3_600 * 10**9
PRICE = 40_000.0


def market(run: BasisRun | LendingRun, rows: int, **columns: list[float]) -> Dataset:
    """A market that stands still at ``PRICE`` without funding, but for ``columns`` (dots written as __)."""
    data = {name: np.full(rows, PRICE) for name in run.columns()}
    for name in data:
        if name.startswith("funding"):
            data[name] = np.full(rows, np.nan)
        elif name.startswith("volume"):
            data[name] = np.full(rows, 1e6)
    for name, values in columns.items():
        data[name.replace("__", ".")] = np.array(values, dtype=np.float64)
    return Dataset([row * HOUR for row in range(rows)], data)


def test_funding_at_a_constant_price_is_quantity_times_price_times_rate_times_settlements():
    run = one_venue("BTC")
    rates = [float("nan"), 0.0001, float("nan"), 0.0001, 0.0001]
    outcome = run_basis(run, market(run, 5, funding__binance__BTCUSDT=rates))
    short = outcome.states[-1].shorts[0]
    assert short == Decimal("1.248")
    assert outcome.funding == short * 40_000 * Decimal("0.0001") * 3
    assert outcome.fees == Decimal("1.25") * 40 + short * 20
    assert outcome.final_nav == 100_000 + outcome.funding - outcome.fees


def test_the_hedge_follows_what_is_left_of_the_spot_after_its_fee():
    run = one_venue("BTC")
    outcome = run_basis(run, market(run, 2))
    assert outcome.states[0].held == Decimal("1.25") * Decimal("0.999")
    assert outcome.states[0].shorts == (Decimal("1.248"),)
    assert outcome.nav[0] == outcome.nav[1]


def test_a_move_within_the_threshold_changes_nav_by_the_unhedged_part_alone():
    run = one_venue("BTC")
    prices = [40_000.0, 40_400.0]
    columns = {f"{kind}__binance__BTCUSDT": prices for kind in ("spot", "perp", "mark")}
    outcome = run_basis(run, market(run, 2, **columns))
    assert (outcome.trades("spot"), outcome.trades("perp")) == (1, 1)
    state = outcome.states[1]
    assert outcome.nav[1] - outcome.nav[0] == (state.held - state.shorts[0]) * 400


def test_a_move_beyond_the_threshold_brings_spot_back_to_its_share():
    run = one_venue("BTC")
    prices = [40_000.0, 44_000.0]
    columns = {f"{kind}__binance__BTCUSDT": prices for kind in ("spot", "perp", "mark")}
    outcome = run_basis(run, market(run, 2, **columns))
    assert (outcome.trades("spot"), outcome.trades("perp")) == (2, 2)
    spot_value = float(outcome.states[1].held) * 44_000
    assert spot_value == pytest.approx(0.5 * float(outcome.nav[1]), abs=40)


def test_nothing_is_done_on_a_row_without_a_spot_price():
    run = one_venue("BTC")
    jump = {f"{kind}__binance__BTCUSDT": [40_000.0, 44_000.0, 44_000.0] for kind in ("perp", "mark")}
    outcome = run_basis(run, market(run, 3, spot__binance__BTCUSDT=[40_000.0, float("nan"), 44_000.0], **jump))
    assert outcome.states[1].shorts == outcome.states[0].shorts
    assert outcome.states[2].shorts != outcome.states[1].shorts


def test_a_venue_carries_no_more_than_its_margin_allows():
    run = replace(one_venue("BTC"), spot_allocation=Decimal("0.5"), margin_ratio_max=Decimal("0.001"))
    outcome = run_basis(run, market(run, 1))
    assert outcome.orders[0].quantity * 40_000 == 20_000  # leaves 80,000 of margin, a quarter of which it carries


def test_the_short_is_split_by_the_allocation_and_the_last_venue_takes_the_rest():
    run = two_venues("BTC")
    outcome = run_basis(run, market(run, 1))
    assert outcome.states[0].shorts == (Decimal("0.749"), Decimal("0.499"))


def test_a_row_fills_a_twentieth_of_its_volume():
    run = one_venue("BTC")
    outcome = run_basis(run, market(run, 2, volume__binance_spot__BTCUSDT=[10.0, 1e6]))
    fees = Decimal("0.5") * 40 + Decimal("0.499") * 20
    rest = (100_000 - fees) / 2 - Decimal("0.4995") * 40_000
    bought = [order.quantity for order in outcome.orders if order.trade_type == "spot"]
    assert bought == [Decimal("0.5"), (rest / 40_000).quantize(Decimal("0.00001"), rounding=ROUND_DOWN)]


def test_a_reduction_realises_its_part_of_the_profit():
    account = ShortAccount(cash=Decimal(1_000))
    account.trade(Decimal(-2), Decimal(100), Decimal(0))
    assert account.balance(Decimal(80)) == 1_040
    assert account.payable(Decimal(80), 10) == 1_000
    account.trade(Decimal(1), Decimal(80), Decimal(0))
    assert account.balance(Decimal(80)) == 1_040
    assert account.payable(Decimal(80), 1) == Decimal("959.99")
    assert account.payable(Decimal(80), 10) == 1_020


def test_a_null_is_carried_and_prices_are_whole_ticks():
    series = Dataset([0, 1, 2], {"x": np.array([0.29, np.nan, 0.304])}).series("x", Decimal("0.01"))
    assert series.decimals() == [Decimal("0.29"), Decimal("0.29"), Decimal("0.30")]
    assert series.values() == [Decimal("0.29"), None, Decimal("0.30")]


def test_a_supply_index_grows_linearly_over_a_row():
    assert supply_indices([0.05, 0.07], [0, HOUR]) == [RAY, RAY + 5 * RAY // 100 * 3_600 // 31_536_000]


def test_lending_at_no_rate_keeps_the_capital_less_gas():
    run = usdt_on_aave()
    still = {run.rate: 0.0, run.base_fee: 9.0, run.priority_fee: 1.0, run.ether: 2_000.0}
    columns = {name: np.full(3, value) for name, value in still.items()}
    outcome = run_lending(run, Dataset([0, HOUR, 2 * HOUR], columns))
    assert outcome.fees == Decimal("5.244060")
    assert outcome.nav == [100_000 - outcome.fees] * 3
