"""Spot that is bought after a fall is paid with the profit of the short, which is no cash before it is realised."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from basis_strategy_v1.core.domain.orders import OrderRequest
from engine_runs import Run, constant_scene, run, settings_of
from refused_orders import Wanted, refusing

ROWS = 14
FALL = 10
PRICE = 50_000.0
OVERRIDES = (
    "strategy.hedge_allocation={binance: 1.0}",
    "strategy.spot_allocation=0.8",
    "strategy.margin_ratio_max=0.045",
    "execution_settings.slippage_model=none",
)
DRIVES = ("segments", "every_row")


def never(request: OrderRequest, row: int) -> bool:
    return False


def fallen(price: float, drive: str, *, without_perp_at: int | None = None, refuses: Wanted = never) -> Run:
    """The price is ``price`` from row 10 on; the perpetual has none at one row, and some orders are refused."""
    scene = constant_scene(("binance",), ROWS, PRICE)
    perp = scene.perps["binance"]
    for values in (scene.spot, perp.price, perp.mark):
        values[FALL:] = price
    if without_perp_at is not None:
        perp.missing = np.zeros(ROWS, dtype=bool)
        perp.missing[without_perp_at] = True
    return run(settings_of("btc_basis", *OVERRIDES), scene, drive=drive, before=refusing(refuses))


def trades(done: Run, row: int) -> list[tuple[str | None, str]]:
    return [(record.trade_type, record.side) for record in done.trades if done.row_of(record) == row]


@pytest.mark.parametrize("drive", DRIVES)
def test_as_much_profit_is_realised_as_the_purchase_lacks(drive: str) -> None:
    done = fallen(35_000.0, drive)
    assert trades(done, FALL) == [("perp", "buy"), ("perp", "sell"), ("spot", "buy"), ("perp", "sell")]
    spot = done.positions["binance"]["BTC"] * 35_000
    assert abs(spot - Decimal("0.8") * done.pnl.nav) < Decimal("0.02") * spot


@pytest.mark.parametrize("drive", DRIVES)
def test_no_spot_is_bought_where_only_one_side_of_the_round_trip_is_filled(drive: str) -> None:
    done = fallen(35_000.0, drive, refuses=lambda r, row: (r.trade_type, r.side, row) == ("perp", "sell", FALL))
    assert ("spot", "buy") not in trades(done, FALL)
    assert trades(done, FALL + 1)[0] == ("perp", "sell"), "what was bought back is sold again first"
    short = -done.positions["binance.derivatives"]["BTCUSDT-PERP"]
    assert abs(done.positions["binance"]["BTC"] - short) <= Decimal("0.001")


@pytest.mark.parametrize("drive", DRIVES)
def test_where_no_perpetual_has_a_price_no_spot_is_bought_until_one_has(drive: str) -> None:
    done = fallen(35_000.0, drive, without_perp_at=FALL)
    assert trades(done, FALL) == []
    assert trades(done, FALL + 1) == [("perp", "buy"), ("perp", "sell"), ("spot", "buy"), ("perp", "sell")]
    short = -done.positions["binance.derivatives"]["BTCUSDT-PERP"]
    assert abs(done.positions["binance"]["BTC"] - short) <= Decimal("0.001")


@pytest.mark.parametrize("drive", DRIVES)
def test_profit_too_small_for_an_order_is_left_where_it_is(drive: str) -> None:
    # The purchase lacks ten dollars: realising them would take two steps of the short, worth less than an order may be.
    done = fallen(37_547.0, drive)
    assert trades(done, FALL) == [("spot", "buy"), ("perp", "sell")]
    one_dollar_lower = fallen(37_546.0, drive)
    assert trades(one_dollar_lower, FALL)[:2] == [("perp", "buy"), ("perp", "sell")]
