"""A perpetual whose funding is not known: everything runs, and the funding bucket stays empty."""

from __future__ import annotations

import numpy as np
import pytest

from engine_runs import Run, constant_scene, run, settings_of

ROWS = 40
DRIVES = ("segments", "every_row")


def wavy(mode: str, price: float, drive: str, *overrides: str) -> Run:
    scene = constant_scene(("binance",), ROWS, price)
    wave = 1.0 + 0.05 * np.sin(np.arange(ROWS))
    perp = scene.perps["binance"]
    for values in (scene.spot, perp.price, perp.mark):
        values *= wave
    perp.rates = None
    return run(settings_of(mode, "strategy.hedge_allocation={binance: 1.0}", *overrides), scene, drive=drive)


@pytest.mark.parametrize("drive", DRIVES)
@pytest.mark.parametrize("currency", ["USDT", "ETH"])
def test_without_funding_its_bucket_stays_empty_and_the_others_account_for_nav(currency: str, drive: str) -> None:
    overrides = ("share_class=eth_directional",) if currency == "ETH" else ()
    done = wavy("eth_basis", 2_000.0, drive, *overrides)
    assert done.trades
    assert done.equity["funding"].tolist() == [0.0] * ROWS
    assert done.pnl.buckets["funding"] == 0
    assert done.pnl.unexplained == 0
    assert done.largest_unexplained < 1e-9 * float(np.abs(done.equity["nav"]).max())
