"""Subscriptions and redemptions: they change NAV, never profit, and are paid as soon as the cash is there."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from engine_runs import Run, Scene, constant_scene, run, settings_of, time_of

PRICE = 50_000.0
VENUES = ("binance", "bybit", "okx")
NO_SLIPPAGE = "execution_settings.slippage_model=none"
ONE_VENUE = "strategy.hedge_allocation={binance: 1.0}"


def flow(row: int, amount: str, venue: str, asset: str = "USDT") -> str:
    return f"{{ts: {time_of(row)}, amount: {amount}, asset: {asset}, venue: {venue}}}"


def basis_run(*flows: str, rows: int = 40) -> Run:
    chosen = settings_of("btc_basis", ONE_VENUE, NO_SLIPPAGE, f"flows=[{', '.join(flows)}]")
    return run(chosen, constant_scene(("binance",), rows, PRICE))


def lending_run(*flows: str, rows: int = 40) -> Run:
    chosen = settings_of("pure_lending", f"flows=[{', '.join(flows)}]")
    scene = Scene(spot=np.full(rows, 2_000.0), supply_apr=np.full(rows, 0.05), gas_gwei=np.full(rows, 10.0))
    return run(chosen, scene)


def profit(done: Run) -> Decimal:
    return sum(done.pnl.buckets.values(), Decimal(0))


def test_a_subscription_is_no_profit_and_is_put_to_work() -> None:
    done = basis_run(flow(10, "50000", "binance"))
    assert done.pnl.flows == 50_000
    assert done.pnl.nav == done.pnl.initial_nav + 50_000 + profit(done)
    assert profit(done) == done.pnl.buckets["fees"] < 0
    invested = done.positions["binance"]["BTC"] * int(PRICE)
    assert abs(invested - done.pnl.nav / 2) < Decimal("0.02") * done.pnl.nav / 2
    assert {done.row_of(record) for record in done.trades} == {0, 10}


def test_nav_of_every_row_shows_a_subscription_from_its_own_row_on() -> None:
    nav = basis_run(flow(10, "50000", "binance")).equity["nav"]
    assert nav[9] < 100_000
    assert nav[10] > 149_800


@pytest.mark.parametrize("amount", ["10000", "60000", "90000"])
def test_a_redemption_is_paid_in_its_own_row_when_the_position_can_be_shrunk(amount: str) -> None:
    done = basis_run(flow(10, f"-{amount}", "binance"))
    assert done.pnl.flows == -Decimal(amount)
    assert done.rows.flows.waiting() == {}
    assert done.equity["nav"][10] == pytest.approx(done.equity["nav"][9] - float(amount), abs=100.0)
    held = done.positions["binance"]["BTC"]
    short = -done.positions["binance.derivatives"]["BTCUSDT-PERP"]
    assert abs(held - short) <= Decimal("0.001")
    assert held * int(PRICE) <= done.pnl.nav * Decimal("0.52")


def test_a_redemption_of_more_than_there_is_waits_and_is_never_paid_in_part() -> None:
    done = basis_run(flow(10, "-1000000", "binance"))
    assert done.pnl.flows == 0
    assert done.rows.flows.waiting() == {"binance": 1_000_000}
    assert done.rows.failure is None


def test_redemptions_are_paid_in_the_order_they_came() -> None:
    done = lending_run(flow(5, "-1000000", "wallet"), flow(6, "-10", "wallet"))
    assert done.pnl.flows == 0
    assert done.rows.flows.waiting() == {"wallet": 1_000_010}


def test_a_lending_redemption_is_withdrawn_with_its_gas_and_the_rest_stays_supplied() -> None:
    done = lending_run(flow(10, "-30000", "wallet"))
    assert [record.side for record in done.records] == ["supply", "withdraw"]
    assert done.pnl.flows == -30_000
    assert done.positions.get("wallet", {}).get("USDT", Decimal(0)) < 10
    assert done.pnl.unexplained == 0


@pytest.mark.parametrize("strategy", ["slow", "standard", "fast"])
def test_a_redemption_is_paid_at_once_whatever_gas_costs(strategy: str) -> None:
    chosen = settings_of(
        "pure_lending",
        f"execution_settings.gas_price_strategy={strategy}",
        f"flows=[{flow(10, '-30000', 'wallet')}]",
    )
    scene = Scene(spot=np.full(40, 2_000.0), supply_apr=np.full(40, 0.05), gas_gwei=np.full(40, 20.0))
    done = run(chosen, scene)
    assert done.pnl.flows == -30_000
    assert [record.side for record in done.records][:2] == ["supply", "withdraw"]


def test_what_is_left_after_a_redemption_at_the_first_row_is_supplied() -> None:
    done = lending_run(flow(0, "-1500", "wallet"))
    assert done.pnl.flows == -1_500
    assert done.positions["aave"]["aUSDT"] > 98_000


def test_a_lending_subscription_is_supplied_in_its_own_row() -> None:
    done = lending_run(flow(10, "20000", "wallet"))
    assert [done.row_of(record) for record in done.records] == [0, 10]
    assert done.positions.get("wallet", {}) == {}


def test_a_flow_in_ether_is_valued_at_its_row() -> None:
    chosen = settings_of(
        "eth_basis", "share_class=eth_directional", ONE_VENUE, f"flows=[{flow(10, '5', 'binance', 'ETH')}]"
    )
    scene = constant_scene(("binance",), 20, 2_000.0)
    scene.spot[10:] = 2_500.0
    for values in (scene.perps["binance"].price, scene.perps["binance"].mark):
        values[10:] = 2_500.0
    done = run(chosen, scene)
    assert done.pnl.flows == 12_500
    assert done.assembly.engine.table.columns()["flows"][-1] == 12_500
    assert done.pnl.unexplained == 0


def test_two_transfers_that_arrive_at_one_row_are_both_booked() -> None:
    split = "{binance: 0.4, bybit: 0.3, okx: 0.3}"
    chosen = settings_of("btc_basis", f"strategy.hedge_allocation={split}", "initial_location={bybit: 0.5, okx: 0.5}")
    done = run(chosen, constant_scene(("binance", "bybit", "okx"), 10, PRICE))
    arrivals = [record for record in done.records if record.status == "in_transit" and "->binance" in record.side]
    assert [done.row_of(record) for record in arrivals] == [0, 0]
    assert done.rows.failure is None
    assert done.positions["binance"]["BTC"] > 0


@pytest.mark.parametrize("amount", ["20000", "40000", "80000"])
@pytest.mark.parametrize("venue", ["binance", "bybit"])
def test_a_redemption_is_paid_with_cash_of_all_venues(amount: str, venue: str) -> None:
    chosen = settings_of("btc_basis", NO_SLIPPAGE, f"flows=[{flow(10, '-' + amount, venue)}]")
    done = run(chosen, constant_scene(VENUES, 40, PRICE))
    assert done.pnl.flows == -Decimal(amount)
    assert done.rows.flows.waiting() == {}
    assert max(done.row_of(record) for record in done.records) <= 13
    margin = ("binance.derivatives", "bybit", "okx")
    short = sum(-done.positions[place].get("BTCUSDT-PERP", Decimal(0)) for place in margin)
    assert abs(done.positions["binance"]["BTC"] - short) < Decimal("0.002")


def test_while_a_redemption_waits_no_cash_is_moved_to_and_fro() -> None:
    chosen = settings_of("btc_basis", NO_SLIPPAGE, f"flows=[{flow(10, '-1000000', 'binance')}]")
    done = run(chosen, constant_scene(VENUES, 60, PRICE))
    assert done.rows.flows.waiting() == {"binance": 1_000_000}
    assert max(done.row_of(record) for record in done.records) < 20


def test_capital_that_starts_away_from_home_comes_home_to_buy_spot() -> None:
    chosen = settings_of("btc_basis", NO_SLIPPAGE, "initial_location={bybit: 0.5, okx: 0.5}")
    done = run(chosen, constant_scene(VENUES, 20, PRICE))
    assert done.positions["binance"]["BTC"] * 50_000 > 49_500


def test_a_venue_with_slow_withdrawals_keeps_the_others_waiting() -> None:
    chosen = settings_of("btc_basis", NO_SLIPPAGE, "venue_settings.binance.transfer_delays.to_cex=5h")
    done = run(chosen, constant_scene(VENUES, 20, PRICE))
    shorts = [record for record in done.records if record.trade_type == "perp" and record.venue == "bybit"]
    assert done.row_of(shorts[0]) == 5


def test_a_redemption_due_after_the_exit_is_paid_from_the_cash_that_lies_idle() -> None:
    leave = "strategy.exit_at=2024-01-01T05:00Z"
    chosen = settings_of("btc_basis", NO_SLIPPAGE, leave, f"flows=[{flow(10, '-1000', 'binance')}]")
    done = run(chosen, constant_scene(VENUES, 20, PRICE))
    assert done.rows.closed
    assert done.pnl.flows == -1_000


def test_a_redemption_nobody_can_pay_does_not_keep_the_strategy_busy() -> None:
    chosen = settings_of("btc_basis", NO_SLIPPAGE, f"flows=[{flow(10, '-1000000', 'binance')}]")
    done = run(chosen, constant_scene(VENUES, 200, PRICE))
    assert done.rows.flows.waiting()
    assert len(done.assembly.engine.table) < 60
