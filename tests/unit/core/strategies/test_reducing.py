"""REDUCING: positions only shrink, whatever money comes; it lasts until the limit is kept again."""

from __future__ import annotations

from decimal import Decimal

import pytest

from basis_strategy_v1.bootstrap.assembly import Assembly
from basis_strategy_v1.core.strategies.strategy import TradingState
from engine_runs import Run, Scene, constant_scene, run, settings_of, time_of
from refused_orders import refusing

PRICE = 50_000.0
ONE_VENUE = "strategy.hedge_allocation={binance: 1.0}"
NO_SLIPPAGE = "execution_settings.slippage_model=none"
DRIVES = ["segments", "every_row"]


class ThinPerpetual:
    """Books in which the perpetual offers a tenth of what the spot does."""

    def best_offer(self, venue: str, symbol: str, trade_type: str, side: str) -> float:
        return 10.0 if trade_type == "spot" else 1.0

    def half_spread(self, venue: str, symbol: str, trade_type: str) -> float:
        return 0.0001


def moved(factor: float, at: int) -> Scene:
    """A price that moves at a row."""
    scene = constant_scene(["binance"], 8, PRICE)
    scene.spot[at:] *= factor
    scene.perps["binance"].price = scene.perps["binance"].mark = scene.spot
    return scene


def opened_at(done: Run) -> set[int]:
    """Rows at which spot was bought or a perpetual sold."""
    opening = {("spot", "buy"), ("perp", "sell")}
    return {done.row_of(record) for record in done.trades if (record.trade_type, record.side) in opening}


@pytest.mark.parametrize("is_thin", [False, True], ids=["spot first", "short first"])
@pytest.mark.parametrize("drive", DRIVES)
def test_money_that_comes_with_a_breach_of_the_soft_limit_opens_nothing_before_it_is_kept(
    drive: str, *, is_thin: bool
) -> None:
    def with_books(assembly: Assembly) -> None:
        if is_thin:
            assembly.parts.portfolio._offers = ThinPerpetual()

    money = f"flows=[{{ts: '{time_of(5)}', amount: 50000, asset: USDT, venue: binance}}]"
    for soft, rows in (("0.016", {0, 6}), ("0.2", {0, 5})):
        limit = f"component_config.risk.margin_ratio_soft={soft}"
        settings = settings_of("btc_basis", ONE_VENUE, NO_SLIPPAGE, money, limit, "strategy.spot_allocation=0.75")
        done = run(settings, moved(1.2, at=5), drive=drive, before=with_books)
        assert opened_at(done) == rows


@pytest.mark.parametrize("drive", DRIVES)
@pytest.mark.parametrize(
    ("last", "state"), [(6, TradingState.ACTIVE), (20, TradingState.REDUCING)], ids=["hedged", "still bare"]
)
def test_spot_beyond_the_limit_on_delta_reduces_until_it_is_hedged(last: int, state: TradingState, drive: str) -> None:
    limit = "component_config.risk.max_delta_fraction=0.01"
    settings = settings_of("btc_basis", ONE_VENUE, NO_SLIPPAGE, limit)
    done = run(
        settings,
        moved(0.9, at=6),
        drive=drive,
        before=refusing(lambda request, row: request.trade_type == "perp" and 6 <= row <= last),
    )
    held = done.positions["binance"]["BTC"] + done.positions["binance.derivatives"]["BTCUSDT-PERP"]
    assert (abs(held) > Decimal("0.05")) is (state is TradingState.REDUCING)
    assert done.rows.state is state
