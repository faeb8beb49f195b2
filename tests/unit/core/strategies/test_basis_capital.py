"""Capital that is asked back and capital that goes elsewhere in one row do not get in each other's way."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine_runs import constant_scene, run, settings_of, time_of

VENUES = ("binance", "bybit", "okx")


@pytest.mark.parametrize("drive", ["segments", "every_row"])
def test_margin_sent_with_cash_that_is_owed_is_made_up_for_before_it_is_paid(drive: str) -> None:
    flows = [f"{{ts: {time_of(10)}, amount: {amount}, asset: USDT, venue: binance}}" for amount in (50_000, -40_000)]
    chosen = settings_of("btc_basis", "execution_settings.slippage_model=none", f"flows=[{', '.join(flows)}]")
    done = run(chosen, constant_scene(VENUES, 20, 50_000.0), drive=drive)
    sent = [record for record in done.records if record.status == "in_transit" and done.row_of(record) == 10]
    assert {record.side for record in sent} == {"binance->bybit", "binance->okx.funding"}
    assert done.pnl.flows == 10_000
    assert done.rows.flows.waiting() == {}
    nav = done.equity["nav"]
    assert nav[10] == pytest.approx(nav[9] + 10_000, abs=50.0)
    held = done.positions["binance"]["BTC"] * 50_000
    assert abs(held - done.pnl.nav / 2) < Decimal("0.02") * held
