"""A live run opens its books with the capital it was told of, or with what a person lets it adopt."""

from __future__ import annotations

from decimal import Decimal

import pytest

from basis_strategy_v1.bootstrap.live.opening import opening_books, refuse_foreign_orders
from basis_strategy_v1.core.domain.orders import LocationReport, OrderReport, OrderStatus, PerpPosition
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.venues.binance import SPEC as BINANCE
from basis_strategy_v1.venues.bybit import SPEC as BYBIT

SPECS = (BINANCE, BYBIT)
NAMED = {"binance": {"USDT": Decimal(1000)}}


def test_what_is_named_and_there_opens_the_books() -> None:
    reports = [LocationReport("binance", {"USDT": Decimal(1000), "BTC": Decimal(0)}), LocationReport("bybit", {})]
    assert opening_books(reports, SPECS, NAMED, "BTC", adopt=False) == NAMED


@pytest.mark.parametrize(
    ("reports", "code"),
    [
        ([LocationReport("binance", {"USDT": Decimal(999)})], "EXI-006"),
        ([LocationReport("binance", {"USDT": Decimal(999)}), LocationReport("bybit", {"USDT": Decimal(1)})], "EXI-006"),
        ([LocationReport("binance", {"USDT": Decimal(1001)})], "REC-010"),
        ([LocationReport("binance", {"USDT": Decimal(1000), "BTC": Decimal(1)})], "REC-010"),
        ([LocationReport("binance", NAMED["binance"]), LocationReport("bybit", {"USDT": Decimal(5)})], "REC-010"),
        ([LocationReport("binance", {"USDT": Decimal(1000), "DOGE": Decimal(1)})], "REC-004"),
        (
            [LocationReport("bybit", {}, {"BTCUSDT": PerpPosition(Decimal(-1), Decimal(-50_000))})],
            "REC-012",
        ),
    ],
)
def test_what_nobody_named_is_refused_with_its_code(reports: list[LocationReport], code: str) -> None:
    with pytest.raises(ComponentError) as caught:
        opening_books(reports, SPECS, NAMED, "BTC", adopt=False)
    assert caught.value.error_code == code


def test_an_adopted_position_is_base_units_against_what_they_cost() -> None:
    short = PerpPosition(Decimal("-0.5"), Decimal(-25_000))
    reports = [LocationReport("bybit", {"USDT": Decimal(7000)}, {"BTCUSDT": short})]
    books = opening_books(reports, SPECS, NAMED, "BTC", adopt=True)
    assert books == {
        "bybit": {
            "USDT": Decimal(7000),
            "BTCUSDT-PERP": Decimal("-0.5"),
            "BTCUSDT-PERP.quote": Decimal(25_000),
        }
    }


def test_an_asset_without_a_price_is_not_even_adopted() -> None:
    with pytest.raises(ComponentError) as caught:
        opening_books([LocationReport("binance", {"DOGE": Decimal(1)})], SPECS, NAMED, "BTC", adopt=True)
    assert caught.value.error_code == "REC-004"


def test_an_order_that_this_run_did_not_place_is_refused() -> None:
    order = OrderReport(
        client_order_id="someone-elses",
        symbol="BTCUSDT",
        trade_type="spot",
        side="buy",
        quantity=Decimal(1),
        status=OrderStatus.NEW,
    )
    refuse_foreign_orders("binance", [order], ["someone-elses"].__contains__)
    with pytest.raises(ComponentError) as caught:
        refuse_foreign_orders("binance", [order], ["mine"].__contains__)
    assert caught.value.error_code == "REC-012"
