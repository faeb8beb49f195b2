"""What a taker pays beyond the row's price."""

from __future__ import annotations

from decimal import Decimal

import pytest

from basis_strategy_v1.backends.simulated.fills import CALIBRATED, ImpactCurve, fill_model
from simulated_market import Venue, perp_venue

OBSERVED = {
    ("spot", "BTC"): (0.017, 0.188, 2.148, 9.545),
    ("spot", "ETH"): (0.084, 0.746, 4.076, 14.458),
    ("perp", "BTC"): (0.015, 0.109, 1.010, 3.800),
    ("perp", "ETH"): (0.079, 0.494, 2.570, 7.295),
}


@pytest.mark.parametrize("key", OBSERVED)
def test_the_calibrated_curves_stay_within_a_tenth_of_a_basis_point_of_the_walks(key: tuple[str, str]) -> None:
    for notional, cost in zip((1e4, 1e5, 1e6, 5e6), OBSERVED[key], strict=True):
        assert CALIBRATED[key].cost_bps(notional) == pytest.approx(cost, abs=0.1)


def test_without_slippage_the_row_price_is_paid() -> None:
    venue = perp_venue([60_000.1])
    assert venue.order("buy", "1").fills[0].price == Decimal("60000.1")


def test_fixed_basis_points_move_the_price_against_the_taker() -> None:
    venue = perp_venue([60_000.0], model=fill_model("fixed_bps", Decimal(2)))
    assert venue.order("buy", "1").fills[0].price == 60_012
    assert venue.order("sell", "1").fills[0].price == 59_988


def test_a_price_between_two_ticks_goes_to_the_worse_one() -> None:
    venue = perp_venue([60_000.0], model=fill_model("fixed_bps", Decimal("0.02")))
    assert venue.order("buy", "1").fills[0].price == Decimal("60000.2")
    assert venue.order("sell", "1").fills[0].price == Decimal("59999.8")


def test_the_default_model_costs_more_for_more() -> None:
    venue = Venue(spot_prices=[50_000.0], model=fill_model("square_root"), balances={"alpha": {"USDT": 10_000_000}})
    prices = [venue.order("buy", quantity, "spot").fills[0].price for quantity in ("0.1", "2", "20")]
    assert prices == sorted(set(prices))
    assert prices[-1] == pytest.approx(Decimal("50010.7"), abs=1)


def test_an_asset_without_walks_is_given_the_dearer_curve() -> None:
    assert fill_model("square_root").curve("perp", "DOGE") == CALIBRATED["perp", "ETH"]


def test_no_sale_goes_below_one_tick() -> None:
    venue = perp_venue([200.0], model=fill_model("fixed_bps", Decimal(20_000)))
    assert venue.order("sell", "1").fills[0].price == Decimal("0.1")


def test_the_cost_of_a_curve_is_half_spread_and_impact() -> None:
    assert ImpactCurve(1.0, 0.5, 0.5).cost_bps(16.0) == 3.0
