"""An ETH share class: redemptions in kind and in cash, and capital that starts at several exchanges."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.strategies.modes import make_strategy
from basis_strategy_v1.venues.registry import register, spec_for
from engine_runs import PerpSeries, Run, Scene, constant_scene, run, settings_of, time_of

VENUES = ("binance", "bybit", "okx")
LOCATIONS = {"binance": "binance.derivatives", "bybit": "bybit", "okx": "okx"}
ETHER = ("share_class=eth_directional", "execution_settings.slippage_model=none")
DRIVES = ["segments", "every_row"]


def ether_run(*overrides: str, drive: str = "segments", rows: int = 30) -> Run:
    return run(settings_of("eth_basis", *ETHER, *overrides), constant_scene(VENUES, rows, 2_000.0), drive=drive)


def flow(row: int, amount: str, asset: str, venue: str = "binance") -> str:
    return f"flows=[{{ts: {time_of(row)}, amount: {amount}, asset: {asset}, venue: {venue}}}]"


def held(done: Run) -> Decimal:
    return sum((assets.get("ETH", Decimal(0)) for assets in done.positions.values()), Decimal(0))


def short(done: Run) -> Decimal:
    return -sum((done.positions.get(at, {}).get("ETHUSDT-PERP", Decimal(0)) for at in LOCATIONS.values()), Decimal(0))


@pytest.mark.parametrize("drive", DRIVES)
def test_the_hedge_follows_a_redemption_of_ether_in_the_same_row(drive: str) -> None:
    done = ether_run(flow(10, "-20", "ETH"), drive=drive)
    assert done.pnl.flows == -20 * 2_000
    rows = {done.row_of(record) for record in done.trades if record.side == "buy"}
    assert rows == {10}
    assert abs(short(done) - held(done) / 2) < Decimal("0.02")


@pytest.mark.parametrize("drive", DRIVES)
@pytest.mark.parametrize("venue", ["binance", "bybit"])
def test_a_redemption_of_cash_is_freed_and_paid(drive: str, venue: str) -> None:
    done = ether_run(flow(10, "-30000", "USDT", venue), drive=drive)
    assert done.pnl.flows == -30_000
    assert done.rows.flows.redemptions() == []
    sold = [record for record in done.trades if record.trade_type == "spot" and done.row_of(record) >= 10]
    assert sold and all(record.side == "sell" for record in sold)
    # What is left is split as before: 80 % of it is kept, and half of that is hedged.
    assert 0.79 < float(held(done)) * 2_000 / float(done.pnl.nav) < 0.82
    assert abs(short(done) - held(done) / 2) < Decimal("0.8")


def test_a_redemption_that_cannot_be_paid_does_not_keep_one_in_another_asset_waiting() -> None:
    flows = [
        f"{{ts: {time_of(10)}, amount: {amount}, venue: binance}}"
        for amount in ("-900, asset: ETH", "-500, asset: USDT")
    ]
    done = ether_run(f"flows=[{', '.join(flows)}]")
    assert done.pnl.flows == -500
    assert [entry.asset for _, entry in done.rows.flows.redemptions()] == ["ETH"]


@pytest.mark.parametrize("drive", DRIVES)
@pytest.mark.parametrize(
    "location", ["{binance: 0.7, bybit: 0.15, okx: 0.15}", "{bybit: 1.0}", "{okx: 0.5, bybit: 0.5}"]
)
def test_ether_may_start_at_any_exchange_of_the_hedge(location: str, drive: str) -> None:
    done = ether_run(f"initial_location={location}", drive=drive)
    assert done.positions["binance"]["ETH"] == held(done)
    assert 79 < held(done) < 81
    assert abs(short(done) - held(done) / 2) < Decimal("0.8")
    assert min(-done.positions[at]["ETHUSDT-PERP"] for at in LOCATIONS.values()) > 10
    assert not [record for record in done.records if record.status == "rejected"]
    assert len(done.assembly.engine.table.rows()) < 12


def test_ether_does_not_start_where_nothing_fetches_it() -> None:
    register()
    chosen = settings_of("eth_basis", *ETHER, "initial_location=okx", "strategy.hedge_allocation={binance: 1.0}")
    with pytest.raises(ComponentError) as refused:
        make_strategy(chosen, spec_for)
    assert refused.value.error_code == "CFG-003"
    assert "okx" in refused.value.message


def run_over(prices: list[float], drive: str) -> Run:
    """Half hedged at two exchanges, with margin at both from the start, over a price that moves in straight lines."""
    rows = np.arange(len(prices)) * 60
    values = np.interp(np.arange(rows[-1] + 1), rows, prices)
    perps = {venue: PerpSeries(price=values.copy(), mark=values.copy()) for venue in VENUES[:2]}
    allocation = "{binance: 0.6, bybit: 0.4}"
    chosen = settings_of(
        "eth_basis", *ETHER, f"strategy.hedge_allocation={allocation}", f"initial_location={allocation}"
    )
    return run(chosen, Scene(spot=values, perps=perps), drive=drive)


@pytest.mark.parametrize("drive", DRIVES)
def test_no_margin_is_kept_at_home_for_ether_that_will_never_be_bought(drive: str) -> None:
    done = run_over([2_000.0, 780.0], drive)
    # The short at home has earned more margin than it needs, and wants none of the other's.
    assert done.equity["margin_ratio.binance"][-1] < 0.0015
    assert not [record for record in done.records if done.row_of(record) > 1]


@pytest.mark.parametrize("drive", DRIVES)
def test_a_ratio_that_was_too_low_once_is_still_cured_when_it_is_too_high(drive: str) -> None:
    done = run_over([2_000.0, 780.0, 3_600.0], drive)
    assert done.equity["margin_ratio.binance"][10:].min() < 0.0015
    for venue in VENUES[:2]:
        assert 0.01 < done.equity[f"margin_ratio.{venue}"].max() < 0.02
