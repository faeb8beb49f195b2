"""How much capital it takes to open anything."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basis_strategy_v1.core.domain.quantities import use_ledger_context
from basis_strategy_v1.core.strategies.modes import make_strategy
from basis_strategy_v1.core.strategies.strategy import OpeningCapital, OpeningOutlook
from basis_strategy_v1.venues.registry import spec_for
from engine_runs import settings_of

PRICE = Decimal(50_000)
ALONE = "strategy.hedge_allocation={binance: 1.0}"
KIND = "share_class=eth_directional"
TWO = "strategy.hedge_allocation={binance: 0.5, bybit: 0.5}"


def outlook(
    cash: str, *overrides: str, mode: str = "btc_basis", base: str = "0", price: Decimal = PRICE
) -> OpeningOutlook:
    use_ledger_context()
    strategy = make_strategy(settings_of(mode, *overrides), spec_for)
    return strategy.opening_outlook(OpeningCapital({"binance": Decimal(cash)}, Decimal(base), price))


def test_half_of_the_capital_must_reach_the_least_order_and_a_lot() -> None:
    # Spot of 0.5 x E against 1.05 x (100 USDT + 0.001 BTC x 50,000).
    assert outlook("315", ALONE) == OpeningOutlook()
    small = outlook("314.99", ALONE)
    assert "157.50" in small.refusal and "binance" in small.refusal
    assert small.needed == Decimal("330.75")


def test_the_lesser_of_two_least_orders_decides_and_the_other_venue_is_left_out() -> None:
    assert outlook("230", TWO).refusal
    told = outlook("231", TWO)
    assert not told.refusal
    assert len(told.left_out) == 1 and told.left_out[0].startswith("binance would hedge 57.75")


def test_a_venue_without_a_share_is_not_asked_for() -> None:
    assert outlook("315", "strategy.hedge_allocation={binance: 1.0, bybit: 0.0}") == OpeningOutlook()


def test_margin_too_small_to_be_sent_leaves_a_venue_out() -> None:
    shares = "strategy.hedge_allocation={binance: 0.96, okx: 0.04}"
    (line,) = outlook("500", shares).left_out
    assert line == "okx would be sent 10.00 of margin, and nothing below 10 is sent"
    assert not outlook("501", shares).left_out


def test_a_limit_below_every_least_order_is_mended_by_no_capital() -> None:
    for limit in ("component_config.risk.max_notional=100", "execution_settings.max_order_notional=4"):
        told = outlook("1000000", ALONE, limit)
        assert told.refusal and told.needed is None


def test_spot_that_is_there_already_need_not_be_bought() -> None:
    limit = "execution_settings.max_order_notional=4"
    assert outlook("5000", ALONE, limit, base="0.1") == OpeningOutlook()


@pytest.mark.parametrize(("base", "opens"), [("0.0251", True), ("0.0249", False)])
def test_a_share_class_in_kind_must_reach_the_least_short(base: str, opens: bool) -> None:
    # 0.8 of the ether, half of it hedged, against 20 USDT.
    told = outlook("0", ALONE, KIND, mode="eth_basis", base=base, price=Decimal(2000))
    assert bool(told.refusal) is not opens


def test_a_share_class_in_kind_must_reach_the_least_sale_where_it_has_no_margin() -> None:
    changes = ("strategy.hedge_allocation={bybit: 1.0}", KIND)
    told = outlook("0", *changes, mode="eth_basis", base="0.15", price=Decimal(100))
    assert "order of spot" in told.refusal and told.needed == Decimal("26.25")
    assert not outlook("5", *changes, mode="eth_basis", base="0.15", price=Decimal(100)).refusal


def test_what_venues_cannot_hedge_of_kept_spot_alone_they_may_together() -> None:
    told = outlook("0", TWO, KIND, mode="eth_basis", base="0.026", price=Decimal(2000))
    assert not told.refusal and len(told.left_out) == 2


@given(
    st.sampled_from(["binance", "bybit", "okx"]),
    st.sampled_from(["binance", "bybit", "okx"]),
    st.decimals("0.05", "0.95", places=2),
    st.decimals(1, 150_000, places=2),
)
def test_what_is_asked_for_is_enough(home: str, away: str, share: Decimal, price: Decimal) -> None:
    shares = f"{home}: 1.0" if home == away else f"{home}: {share}, {away}: {1 - share}"
    override = f"strategy.hedge_allocation={{{shares}}}"
    told = outlook("1", override, price=price)
    if told.refusal:
        assert told.needed is not None
        assert not outlook(str(told.needed), override, price=price).refusal
