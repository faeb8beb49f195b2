"""Orders that a venue refuses are not sent at row after row, nor are the transfers that prepare them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from basis_strategy_v1.core.domain.orders import OrderRequest
from basis_strategy_v1.core.domain.timestamps import NANOSECONDS_PER_MINUTE
from basis_strategy_v1.core.strategies.backoff import LONGEST_WAIT, Backoff
from engine_runs import Run, constant_scene, run, settings_of, time_of
from refused_orders import refusing

PRICE = 50_000.0
ONE_VENUE = "strategy.hedge_allocation={binance: 1.0}"
NO_SLIPPAGE = "execution_settings.slippage_model=none"
TRIES = [0, 1, 2, 3, 4, 5, 6, 8, 11, 16, 24, 32]
DRIVES = ["segments", "every_row"]


def run_refusing(wanted: Callable[[OrderRequest, int], bool], drive: str, *overrides: str, rows: int = 40) -> Run:
    mode = "eth_basis" if any("eth_directional" in override for override in overrides) else "btc_basis"
    price = 2_000.0 if mode == "eth_basis" else PRICE
    chosen = settings_of(mode, ONE_VENUE, NO_SLIPPAGE, *overrides)
    return run(chosen, constant_scene(("binance",), rows, price), drive=drive, before=refusing(wanted))


def rows_of(done: Run, trade_type: str, side: str) -> list[int]:
    return [done.row_of(r) for r in done.records if r.trade_type == trade_type and r.side == side]


@pytest.mark.parametrize("drive", DRIVES)
def test_a_purchase_that_is_refused_is_tried_at_growing_distances(drive: str) -> None:
    done = run_refusing(lambda request, row: request.trade_type == "spot", drive)
    assert rows_of(done, "spot", "buy") == TRIES
    # What it needs is brought once.
    assert rows_of(done, "transfer", "binance.derivatives->binance") == [0]
    assert done.pnl.nav == 100_000


@pytest.mark.parametrize("drive", DRIVES)
def test_a_fill_ends_the_wait_and_its_memory(drive: str) -> None:
    done = run_refusing(lambda request, row: request.trade_type == "spot" and row < 8, drive)
    assert rows_of(done, "spot", "buy") == [row for row in TRIES if row <= 8]
    assert rows_of(done, "perp", "sell") == [8]
    # The cash that was not spent goes back.
    assert done.positions["binance"].get("USDT", Decimal(0)) == 0


@pytest.mark.parametrize("drive", DRIVES)
def test_spot_whose_hedge_is_refused_is_sold_after_three_tries(drive: str) -> None:
    done = run_refusing(lambda request, row: request.trade_type == "perp", drive, rows=12)
    assert rows_of(done, "perp", "sell")[:3] == [0, 1, 2]
    assert rows_of(done, "spot", "buy")[:1] == [0]
    assert rows_of(done, "spot", "sell")[0] == 2
    # Nothing is bought between the first refusal and the sale.
    assert not [row for row in rows_of(done, "spot", "buy") if row in (1, 2)]
    # What it was sold for is margin in the same row.
    assert rows_of(done, "transfer", "binance->binance.derivatives")[-1] == rows_of(done, "spot", "sell")[-1]
    assert done.positions["binance"].get("USDT", Decimal(0)) == 0


@pytest.mark.parametrize("drive", DRIVES)
@pytest.mark.parametrize(("last", "sold"), [(7, []), (20, [8])], ids=["repaired", "unwound"])
def test_a_refused_hedge_within_the_threshold_is_repaired_or_unwound_as_well(
    last: int, sold: list[int], drive: str
) -> None:
    scene = constant_scene(("binance", "bybit"), 12, PRICE)
    scene.spot[6:] = 0.975 * PRICE
    for series in scene.perps.values():
        series.price = series.mark = scene.spot
    two = "strategy.hedge_allocation={binance: 0.5, bybit: 0.5}"
    start = "initial_location={binance: 0.75, bybit: 0.25}"
    done = run(
        settings_of("btc_basis", two, start, NO_SLIPPAGE),
        scene,
        drive=drive,
        before=refusing(lambda request, row: 6 <= row <= last, at="bybit"),
    )
    assert rows_of(done, "spot", "buy") == [0, 6]
    assert rows_of(done, "spot", "sell") == sold
    coins = sum(held.get("BTC", Decimal(0)) for held in done.positions.values())
    shorts = sum(held.get("BTCUSDT-PERP", Decimal(0)) for held in done.positions.values())
    assert abs(coins + shorts) < Decimal("0.002")


@pytest.mark.parametrize("drive", DRIVES)
def test_ether_that_is_kept_waits_with_its_hedge(drive: str) -> None:
    done = run_refusing(
        lambda request, row: request.trade_type == "perp", drive, "share_class=eth_directional", rows=20
    )
    assert rows_of(done, "perp", "sell") == [row for row in TRIES if row < 20]


@pytest.mark.parametrize("drive", DRIVES)
def test_a_redemption_that_comes_due_ends_the_wait(drive: str) -> None:
    flow = f"flows=[{{ts: {time_of(13)}, amount: -1000, asset: USDT, venue: binance}}]"
    done = run_refusing(lambda request, row: request.trade_type == "spot", drive, flow, rows=16)
    assert 13 in rows_of(done, "spot", "buy")
    assert done.pnl.flows == -1_000


def test_waits_double_up_to_the_longest() -> None:
    backoff = Backoff()
    waits = []
    for _ in range(12):
        backoff.refused(0)
        waits.append((backoff.until or 0) // NANOSECONDS_PER_MINUTE)
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 480, 480, 480]
    assert waits[-1] * NANOSECONDS_PER_MINUTE == LONGEST_WAIT
    assert backoff.is_waiting(LONGEST_WAIT - 1)
    assert not backoff.is_waiting(LONGEST_WAIT)
    assert backoff.until is None
    backoff.clear()
    backoff.refused(0)
    assert backoff.until == NANOSECONDS_PER_MINUTE
