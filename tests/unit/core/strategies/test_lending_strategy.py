"""Lending: refused transactions are tried again, and what is asked back is withdrawn."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from engine_runs import Run, Scene, run, settings_of, time_of

CAP = "execution_settings.gas_price_cap_gwei=50"


def lending(gas: list[float], *overrides: str, drive: str = "segments") -> Run:
    rows = len(gas)
    scene = Scene(spot=np.full(rows, 2_000.0), supply_apr=np.full(rows, 0.05), gas_gwei=np.array(gas))
    return run(settings_of("pure_lending", CAP, *overrides), scene, drive=drive)


@pytest.mark.parametrize("drive", ["segments", "every_row"])
def test_a_supply_refused_for_dear_gas_is_tried_at_each_row_until_gas_is_cheap_enough(drive: str) -> None:
    done = lending([200.0, 90.0, 60.0, 20.0, 20.0, 20.0], drive=drive)
    tried = [(done.row_of(record), record.side, record.error_code) for record in done.records]
    assert tried == [(0, "supply", "EXI-010"), (1, "supply", "EXI-010"), (2, "supply", "EXI-010"), (3, "supply", "")]
    assert done.positions["aave"]["aUSDT"] > 99_900
    assert done.pnl.buckets["gas"] < 0


def test_while_gas_is_above_the_cap_nothing_is_spent() -> None:
    done = lending([200.0] * 6)
    assert done.positions == {"wallet": {"USDT": Decimal(100_000)}}
    assert done.pnl.nav == 100_000
    assert done.rows.failure is None


def test_a_redemption_waits_for_cheaper_gas_and_is_then_paid_in_full() -> None:
    flow = f"flows=[{{ts: {time_of(3)}, amount: -30000, asset: USDT, venue: wallet}}]"
    done = lending([20.0, 20.0, 20.0, 200.0, 200.0, 20.0, 20.0], flow)
    withdrawals = [record for record in done.records if record.side == "withdraw"]
    assert [done.row_of(record) for record in withdrawals] == [3, 4, 5]
    assert [record.error_code for record in withdrawals] == ["EXI-010", "EXI-010", ""]
    assert done.pnl.flows == -30_000
    assert done.rows.flows.waiting() == {}


def test_an_exit_withdraws_everything_with_its_interest() -> None:
    done = lending([20.0] * 40, f"strategy.exit_at='{time_of(30)}'")
    assert [record.side for record in done.records] == ["supply", "withdraw"]
    assert done.row_of(done.records[-1]) == 30
    assert set(done.positions) == {"wallet"}
    assert done.positions["wallet"]["USDT"] == done.pnl.nav
    assert done.pnl.buckets["lending"] > 0
    assert done.rows.halted_at is None


@pytest.mark.parametrize("drive", ["segments", "every_row"])
def test_an_amount_once_too_small_is_judged_anew_when_it_lies_idle_a_second_time(drive: str) -> None:
    amounts = {2: "900.25", 3: "20000", 5: "900.25"}
    flows = [f"{{ts: {time_of(row)}, amount: {amounts[row]}, asset: USDT, venue: wallet}}" for row in amounts]
    cap = "execution_settings.gas_price_cap_gwei=500"
    done = lending([40.0, 40.0, 400.0, 400.0, 5.0, 5.0, 5.0], cap, f"flows=[{', '.join(flows)}]", drive=drive)
    assert [done.row_of(record) for record in done.records] == [0, 3, 5]
    assert "wallet" not in done.positions


def test_where_no_gas_price_is_known_nothing_can_be_sent() -> None:
    scene = Scene(spot=np.full(3, 2_000.0), supply_apr=np.full(3, 0.05))
    done = run(settings_of("pure_lending"), scene)
    assert [(record.side, record.error_code) for record in done.records] == [("supply", "EXI-013")] * 3
    assert done.pnl.nav == 100_000


def test_an_exit_before_anything_was_supplied_sends_nothing() -> None:
    done = lending([200.0] * 6, f"strategy.exit_at='{time_of(3)}'")
    assert [(done.row_of(record), record.side) for record in done.records] == [(row, "supply") for row in range(3)]
    assert done.rows.closed
    assert done.positions == {"wallet": {"USDT": Decimal(100_000)}}
