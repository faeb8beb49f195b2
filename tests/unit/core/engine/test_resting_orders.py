"""Limit orders of a script wait at the venue, and the engine wakes at the row at which their price is reached."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from basis_strategy_v1.core.domain.instructions import CexTrade, Side
from basis_strategy_v1.core.strategies.scripted_strategy import ScriptedBlock, ScriptedStrategy
from engine_runs import START, Run, Scene, constant_scene, run, settings_of

DRIVES = ("segments", "every_row")
ROWS = 600
REACHED = 450
YEAR = 365 * 86_400
SPLIT = "initial_location={binance: 0.5, binance.derivatives: 0.5}"


def moving_scene(change: float) -> Scene:
    """The price moves by ``change`` a row, away from 50,000."""
    scene = constant_scene(("binance",), ROWS, 50_000.0)
    for values in (scene.spot, scene.perps["binance"].price, scene.perps["binance"].mark):
        values += change * np.arange(ROWS)
    return scene


def scripted(scene: Scene, drive: str, side: Side, price: int, timeout: int = YEAR, **terms: Any) -> Run:
    order = CexTrade(
        venue="binance", symbol="BTCUSDT", side=side, amount=Decimal("0.5"), order_type="limit", price=Decimal(price),
        **terms,
    )  # fmt: skip
    patience = f"execution_settings.order_timeout={timeout}"
    chosen = settings_of("btc_basis", "strategy.hedge_allocation={binance: 1.0}", SPLIT, patience)
    blocks = [ScriptedBlock(START, order)]
    return run(chosen, scene, drive=drive, strategy=lambda _settings: ScriptedStrategy(blocks))


@pytest.mark.parametrize("drive", DRIVES)
def test_a_limit_purchase_fills_at_the_row_the_price_falls_to_its_limit(drive: str) -> None:
    done = scripted(moving_scene(-10.0), drive, "buy", 50_000 - 10 * REACHED, trade_type="spot")
    assert REACHED in done.assembly.engine.table.rows().tolist()
    fees = done.equity["fees"]
    assert (fees[REACHED - 1], fees[REACHED] < 0, fees[-1]) == (0.0, True, fees[REACHED])
    assert done.positions["binance"]["USDT"] == 50_000 - Decimal("0.5") * (50_000 - 10 * REACHED)
    assert 0 < done.positions["binance"]["BTC"] <= Decimal("0.5")


@pytest.mark.parametrize("drive", DRIVES)
def test_a_limit_short_fills_at_the_row_the_price_rises_to_its_limit(drive: str) -> None:
    done = scripted(moving_scene(10.0), drive, "sell", 50_000 + 10 * REACHED, trade_type="perp")
    assert REACHED in done.assembly.engine.table.rows().tolist()
    assert done.positions["binance.derivatives"]["BTCUSDT-PERP"] == Decimal("-0.5")
    nav = done.equity["nav"]
    assert nav[REACHED - 1] == 100_000.0
    # Half a coin sold short loses five a row from the fill on.
    np.testing.assert_allclose(np.diff(nav[REACHED:]), -5.0, rtol=1e-9)


@pytest.mark.parametrize("drive", DRIVES)
def test_a_limit_that_is_never_reached_waits_to_the_end(drive: str) -> None:
    done = scripted(moving_scene(-10.0), drive, "buy", 40_000, trade_type="spot")
    assert [order.status.value for order in done.assembly.parts.interfaces["binance"].resting_orders()] == ["new"]
    assert done.equity["nav"].tolist() == [100_000.0] * ROWS


@pytest.mark.parametrize(("side", "change", "trade_type"), [("buy", -10.0, "spot"), ("sell", 10.0, "perp")])
def test_both_drives_see_the_same_fills(side: Side, change: float, trade_type: Any) -> None:
    price = 50_000 + int(change) * REACHED
    first, second = (scripted(moving_scene(change), drive, side, price, trade_type=trade_type) for drive in DRIVES)
    assert first.events == second.events
    assert first.records == second.records
    assert first.final_state() == second.final_state()
    assert all(values.tobytes() == second.equity[name].tobytes() for name, values in first.equity.items())


@pytest.mark.parametrize("drive", DRIVES)
@pytest.mark.parametrize(("timeout", "expected"), [(30, 1), (3_600, 1), (3_601, 2), (36_000, 10)])
def test_an_order_expires_at_the_first_row_at_or_after_its_timeout(drive: str, timeout: int, expected: int) -> None:
    done = scripted(moving_scene(-10.0), drive, "buy", 40_000, timeout, trade_type="spot")
    assert done.assembly.parts.interfaces["binance"].resting_orders() == ()
    assert done.assembly.world.exchanges["binance"].open_orders() == ()
    assert done.assembly.engine.table.rows().tolist() == [0, expected, ROWS - 1]


@pytest.mark.parametrize("drive", DRIVES)
def test_an_order_that_has_expired_is_not_filled_later(drive: str) -> None:
    done = scripted(moving_scene(-10.0), drive, "buy", 50_000 - 10 * REACHED, 3_600 * (REACHED - 1), trade_type="spot")
    assert "BTC" not in done.positions["binance"]
    assert done.equity["nav"].tolist() == [100_000.0] * ROWS


@pytest.mark.parametrize("drive", DRIVES)
def test_an_order_that_is_reached_at_the_row_of_its_expiry_is_filled(drive: str) -> None:
    done = scripted(moving_scene(-10.0), drive, "buy", 50_000 - 10 * REACHED, 3_600 * REACHED, trade_type="spot")
    assert done.positions["binance"]["BTC"] > 0


@pytest.mark.parametrize("drive", DRIVES)
def test_a_fill_that_comes_later_is_told_as_executed(drive: str) -> None:
    done = scripted(moving_scene(-10.0), drive, "buy", 50_000 - 10 * REACHED, trade_type="spot")
    lines = [json.loads(line) for name in done.events for line in done.events[name].splitlines()]
    (told,) = [line for line in lines if line["event_type"] == "instruction_executed"]
    assert told["data"]["filled"] == "0.5"
    assert told["data"]["status"] == "filled"
