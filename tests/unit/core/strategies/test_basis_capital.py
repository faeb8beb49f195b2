"""Capital that is asked back and capital that goes elsewhere in one row do not get in each other's way."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
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


def transfers_between_venues(capital: str, seed: int, rows: int = 200) -> list[tuple[int, str]]:
    """``(row, from->to)`` of a run on a random walk of 0.4 % an hour."""
    scene = constant_scene(VENUES, rows, 50_000.0, "0.0001")
    factors = np.exp(np.cumsum(np.random.default_rng(seed).normal(0.0, 0.004, rows)))
    for values in [scene.spot, *[s for series in scene.perps.values() for s in (series.price, series.mark)]]:
        values *= factors
    done = run(settings_of("btc_basis", f"initial_capital={capital}"), scene)
    assert done.rows.failure is None
    return [(done.row_of(record), record.side) for record in done.records if record.status == "in_transit"]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_large_capital_sends_its_margin_once_while_it_enters_over_many_rows(seed: int) -> None:
    # The largest tiers put every venue beyond its band for good: nothing that could be moved would cure that.
    assert transfers_between_venues("500000000", seed) == [(0, "binance->bybit"), (0, "binance->okx.funding")]
