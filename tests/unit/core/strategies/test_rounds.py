"""Large trades go in rounds of spot and hedge, so that no more than one round is ever unhedged."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import numpy as np
import pytest

from basis_strategy_v1.bootstrap.assembly import Assembly
from basis_strategy_v1.core.strategies.basis_exit import BasisExit
from basis_strategy_v1.core.strategies.basis_orders import BasisOrders
from engine_runs import Run, Scene, constant_scene, run, settings_of, time_of
from refused_orders import refusing

ONE_VENUE = "strategy.hedge_allocation={binance: 1.0}"


def entry(*overrides: str) -> Run:
    settings = settings_of("btc_basis", ONE_VENUE, "execution_settings.slippage_model=none", *overrides)
    return run(settings, constant_scene(["binance"], 3, 50_000.0))


def test_an_entry_is_cut_into_rounds_whose_hedge_follows_at_once() -> None:
    rounds = entry("execution_settings.max_order_notional=10000")
    trades = [(trade.trade_type, trade.side) for trade in rounds.trades]
    assert trades == [("spot", "buy"), ("perp", "sell")] * 5
    assert all(trade.filled * 50_000 <= 10_000 for trade in rounds.trades if trade.trade_type == "spot")


def test_rounds_end_with_the_position_of_a_single_trade() -> None:
    whole, rounds = entry(), entry("execution_settings.max_order_notional=7000")
    for asset in ("BTC", "BTCUSDT-PERP"):
        location = "binance" if asset == "BTC" else "binance.derivatives"
        assert abs(whole.positions[location][asset] - rounds.positions[location][asset]) <= Decimal("0.002")


def test_both_drives_agree_on_rounds() -> None:
    generator = np.random.default_rng(3)
    scene: Scene = constant_scene(["binance"], 200, 50_000.0, "0.0001")
    moves = np.exp(np.cumsum(generator.normal(0, 0.01, 200)))
    scene.spot = scene.spot * moves
    scene.perps["binance"].price = scene.perps["binance"].mark = scene.spot * 1.0005
    settings = settings_of("btc_basis", ONE_VENUE, "execution_settings.max_order_notional=600")
    segments, every_row = run(settings, scene), run(settings, scene, drive="every_row")
    assert segments.records == every_row.records and len(segments.trades) > 50
    assert segments.final_state() == every_row.final_state()


class ThinPerpetual:
    """Books in which the perpetual offers a tenth of what the spot does."""

    def best_offer(self, venue: str, symbol: str, trade_type: str, side: str) -> float:
        return 10.0 if trade_type == "spot" else 1.0

    def half_spread(self, venue: str, symbol: str, trade_type: str) -> float:
        return 0.0001


def test_a_perpetual_that_is_thinner_than_the_spot_is_sold_first() -> None:
    def with_books(assembly: Assembly) -> None:
        assembly.parts.portfolio._offers = ThinPerpetual()

    settings = settings_of("btc_basis", ONE_VENUE, "execution_settings.slippage_model=none")
    run_of = run(settings, constant_scene(["binance"], 3, 50_000.0), before=with_books)
    assert [trade.trade_type for trade in run_of.trades] == ["perp", "spot"]
    spot_first = entry()
    assert run_of.positions == spot_first.positions


def test_a_short_that_goes_first_is_no_larger_than_a_round() -> None:
    def with_books(assembly: Assembly) -> None:
        assembly.parts.portfolio._offers = ThinPerpetual()

    settings = settings_of(
        "btc_basis", ONE_VENUE, "execution_settings.slippage_model=none", "execution_settings.max_order_notional=10000"
    )
    done = run(settings, constant_scene(["binance"], 3, 50_000.0), before=with_books)
    assert [trade.trade_type for trade in done.trades] == ["perp", "spot"] * 5
    assert all(trade.filled * 50_000 <= 10_000 for trade in done.trades)


def test_no_round_follows_one_whose_hedge_is_refused() -> None:
    settings = settings_of(
        "btc_basis", ONE_VENUE, "execution_settings.slippage_model=none", "execution_settings.max_order_notional=10000"
    )
    refused = refusing(lambda request, row: request.trade_type == "perp")
    done = run(settings, constant_scene(["binance"], 2, 50_000.0), before=refused)
    bought = [trade for trade in done.trades if (trade.trade_type, trade.side) == ("spot", "buy")]
    assert len(bought) == 1


LEAVES_AT_ROW_2 = f"strategy.exit_at='{time_of(2)}'"


def test_an_exit_is_cut_into_rounds_whose_hedge_follows_at_once() -> None:
    rounds = entry("execution_settings.max_order_notional=10000", LEAVES_AT_ROW_2)
    exits = [trade for trade in rounds.trades if (trade.trade_type, trade.side) in {("spot", "sell"), ("perp", "buy")}]
    assert [(trade.trade_type, trade.side) for trade in exits] == [("spot", "sell"), ("perp", "buy")] * 5
    assert all(trade.filled * 50_000 <= 10_000 for trade in exits)


def test_an_exit_in_rounds_leaves_what_a_single_one_leaves() -> None:
    whole, rounds = entry(LEAVES_AT_ROW_2), entry("execution_settings.max_order_notional=7000", LEAVES_AT_ROW_2)
    for of_run in (whole, rounds):
        spot, margin = (of_run.positions.get(location, {}) for location in ("binance", "binance.derivatives"))
        assert spot.get("BTC", Decimal(0)) * 50_000 < 10
        assert not margin.get("BTCUSDT-PERP")
        assert margin["USDT"] > 99_000


def test_a_short_that_no_spot_stands_against_is_bought_back_in_orders_of_the_limit() -> None:
    settings = settings_of(
        "eth_basis",
        "share_class=eth_directional",
        ONE_VENUE,
        "initial_location=binance",
        "execution_settings.slippage_model=none",
        "execution_settings.max_order_notional=50000",
        LEAVES_AT_ROW_2,
    )
    left = run(settings, constant_scene(["binance"], 3, 3_000.0))
    bought = [trade for trade in left.trades if (trade.trade_type, trade.side) == ("perp", "buy")]
    assert len(bought) > 1
    assert all(trade.filled * 3_000 <= 50_000 for trade in bought)
    assert not left.positions["binance.derivatives"].get("ETHUSDT-PERP")


@pytest.mark.parametrize("drive", ["segments", "every_row"])
def test_an_exit_uses_the_least_order_where_the_limit_is_below_it(drive: str) -> None:
    """Such a limit opens nothing; what was opened before it was set is left all the same."""
    small = ("initial_capital=2000", "execution_settings.slippage_model=none")
    settings = settings_of("btc_basis", ONE_VENUE, LEAVES_AT_ROW_2, *small)

    def limited_from_row_1_on(assembly: Assembly) -> None:
        strategy: Any = assembly.parts.strategy
        plan = msgspec.structs.replace(strategy._plan, max_order_notional=Decimal(1))
        orders = BasisOrders(plan)
        strategy._exit = BasisExit(plan, strategy._trading, orders)

    rows = constant_scene(["binance"], 12, 50_000.0)
    left = run(settings, rows, before=limited_from_row_1_on, drive=drive)
    sold = [trade for trade in left.trades if (trade.trade_type, trade.side) == ("spot", "sell")]
    assert all(trade.filled * 50_000 == 5 for trade in sold[:-1]) and len(sold) > 150
    assert left.positions.get("binance", {}).get("BTC", Decimal(0)) < Decimal("0.0001")
    assert "BTCUSDT-PERP" not in left.positions["binance.derivatives"]
