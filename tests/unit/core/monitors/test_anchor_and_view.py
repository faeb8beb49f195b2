"""The anchor: what is held, as floats; and the views that are cheap where little is asked."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from basis_strategy_v1.core.domain.market import InstrumentColumns, MarketColumns
from basis_strategy_v1.core.domain.settings import RiskSettings
from basis_strategy_v1.core.monitors.anchor_builder import AnchorBuilder, FloatTier, reachable_tiers
from basis_strategy_v1.core.monitors.portfolio_view import PortfolioView, RangeReader, RowReader, any_of
from simulated_market import CLASSIC
from tight_loop import MARGIN, RAY, SPOT, TightLoop, market_columns, perp_fill, spot_fill, supply_index

TIERS = (FloatTier(0.0, 0.01, 0.0), FloatTier(100.0, 0.02, 1.0), FloatTier(1_000.0, 0.05, 31.0))


def view(loop: TightLoop, row: int = 0, rows: tuple[int, int] | None = None) -> PortfolioView:
    anchor = AnchorBuilder(loop.market, (CLASSIC,)).build(loop.ledger, 0, float(loop.pnl.nav))
    return PortfolioView(anchor, RowReader(row) if rows is None else RangeReader(*rows))


def test_an_anchor_is_the_ledger_as_floats() -> None:
    loop = TightLoop()
    loop.deliver(spot_fill("one", "0.1", "50000"))
    loop.deliver(perp_fill("two", "-0.1", "50000", "5"))
    anchor = view(loop).anchor
    (account,) = anchor.accounts
    (leg,) = anchor.legs
    assert (anchor.base, anchor.nav, anchor.reference_anchor) == (0.1, 19_995.0, 50_000.0)
    assert (account.venue, account.location, account.cash, account.collateral) == ("alpha", MARGIN, 14_995.0, 0.0)
    assert (leg.symbol, leg.quantity, leg.mark_anchor) == ("BTCUSDT", -0.1, 50_000.0)


def test_a_closed_perpetual_is_no_leg_and_leaves_its_cash() -> None:
    loop = TightLoop()
    loop.deliver(perp_fill("one", "0.1", "50000"))
    loop.deliver(perp_fill("two", "-0.1", "50100"))
    anchor = view(loop).anchor
    assert (anchor.legs, anchor.accounts[0].cash) == ((), 10_010.0)


def test_what_is_lent_out_is_no_margin() -> None:
    market = market_columns()
    market.indices["supply.alpha.USDT"] = supply_index([RAY] * 4)
    loop = TightLoop(market, opening={MARGIN: {"USDT": Decimal(10), "aUSDT": Decimal(1_000)}})
    anchor = view(loop).anchor
    assert anchor.accounts[0].cash == 10.0
    assert [supply.units for supply in anchor.supplies] == [1_000.0]
    assert loop.risk.margin_state(CLASSIC).balance == 10


def test_a_venue_sees_its_own_perpetuals_only() -> None:
    market = market_columns()
    columns = market.perp["alpha", "BTCUSDT"]
    market.perp["beta", "XRPUSDT"] = InstrumentColumns(columns.instrument, columns.price)
    assert view(TightLoop(market)).anchor.account("beta") is None


@pytest.mark.parametrize(("highest", "count"), [(99.0, 1), (100.0, 2), (999.0, 2), (1_000.0, 3)])
def test_only_tiers_that_can_be_reached_are_evaluated(highest: float, count: int) -> None:
    expected = ((0.02, 0.0), (0.04, 1.0), (0.1, 31.0))
    assert reachable_tiers(TIERS, 2.0, highest) == expected[:count]


def test_maintenance_is_that_of_the_tier_in_force_at_each_mark() -> None:
    unlimited = RiskSettings(margin_ratio_soft=Decimal(100), margin_ratio_hard=Decimal(100))
    loop = TightLoop(market_columns(marks=(50_000.0, 60_000.0, 40_000.0, 50_000.0)), risk=unlimited)
    loop.deliver(perp_fill("one", "-20", "50000"))
    assert view(loop, rows=(1, 4)).maintenance_margin(view(loop).anchor.accounts[0]).tolist() == [
        1_200_000 * 0.05 - 40_000,
        8_000.0,
        10_000.0,
    ]


def test_equity_asked_twice_is_computed_once() -> None:
    over_rows = view(TightLoop(), rows=(1, 3))
    assert over_rows.equity() is over_rows.equity()


def test_an_account_without_positions_breaches_nothing() -> None:
    idle = view(TightLoop())
    (account,) = idle.anchor.accounts
    assert idle.margin_above(account, 0.0) is False
    assert idle.margin_below(account, 1.0) is False
    assert idle.liquidated_before(account) is False
    assert idle.maintenance_margin(account) == 0.0


def test_without_extremes_nothing_is_known_of_the_time_between_rows() -> None:
    loop = TightLoop(opening={SPOT: {"USDT": Decimal(1)}, MARGIN: {"USDT": Decimal(3_000)}})
    loop.deliver(perp_fill("one", "1", "50000"))
    assert view(loop, row=2).liquidated_before(view(loop).anchor.accounts[0]) is False


def test_bounds_tell_of_a_range_and_nothing_of_a_single_row() -> None:
    loop = TightLoop()
    loop.deliver(perp_fill("one", "-0.1", "50000"))
    (account,) = view(loop).anchor.accounts
    assert view(loop, rows=(1, 4)).margin_surely_below(account, 0.05) is True
    assert view(loop, rows=(1, 4)).margin_surely_below(account, 0.0001) is False
    assert view(loop).margin_surely_below(account, 0.05) is False


def test_any_of_several_conditions_holds_where_one_of_them_does() -> None:
    reader = RangeReader(1, 4)
    first, second = np.array([True, False, False]), np.array([False, False, True])
    assert any_of(reader, [False, first, False, second]).tolist() == [True, False, True]
    assert any_of(reader, [False, first]) is first
    assert any_of(reader, []) is False
    assert any_of(RowReader(1), [False, True, False]) is True


def test_the_value_of_what_is_held_stays_within_its_bounds() -> None:
    loop = TightLoop()
    loop.deliver(spot_fill("one", "0.1", "50000"))
    assert view(loop, rows=(1, 4)).spot_value_bounds() == (4_950.0, 5_200.0)
    assert view(loop).spot_value_bounds() is None


def test_without_a_reference_price_nothing_bounds_what_is_held() -> None:
    market = market_columns()
    loop = TightLoop(MarketColumns(market.timestamps, None, market.spot, market.perp))
    assert view(loop, rows=(1, 4)).spot_value_bounds() is None


def funded(rates: dict[int, str], marks: tuple[float, ...] = (50_000.0,) * 4, **series: object) -> PortfolioView:
    """One long of 1 BTC on 1,000 USDT of margin, over rows 1 to 3; maintenance is 500."""
    unlimited = RiskSettings(margin_ratio_soft=Decimal(100), margin_ratio_hard=Decimal(100))
    opening = {MARGIN: {"USDT": Decimal(1_000)}}
    loop = TightLoop(market_columns(marks, rates=rates, **series), risk=unlimited, opening=opening)
    loop.deliver(perp_fill("one", "1", "50000"))
    return view(loop, rows=(1, 4))


def test_funding_paid_lowers_the_margin_balance_from_its_row_on() -> None:
    paying = funded({2: "0.012"})
    (account,) = paying.anchor.accounts
    assert paying.margin_balance(account).tolist() == [1_000.0, 400.0, 400.0]
    assert paying.margin_above(account, 1.0).tolist() == [False, True, True]


def test_bounds_of_margin_count_the_funding_that_is_paid() -> None:
    paying = funded({2: "0.012"})
    bounds = paying.margin_bounds(paying.anchor.accounts[0])
    assert bounds is not None
    assert (bounds.least_balance, bounds.most_balance) == (400.0, 1_000.0)
    assert (bounds.least_required, bounds.most_required) == (500.0, 500.0)


def test_liquidation_between_rows_is_measured_before_the_funding_of_the_later_row() -> None:
    extremes = (49_700.0, 49_700.0, 49_700.0, 49_700.0)
    paying = funded({2: "0.006"}, high=(50_000.0,) * 4, low=extremes)
    (account,) = paying.anchor.accounts
    # 1,000 - 300 of loss covers 497; after 300 of funding it does not, from the row that follows the settlement on.
    assert paying.liquidated_before(account).tolist() == [False, False, True]
