"""The ledger: amounts by location and asset, changed all at once and once."""

from __future__ import annotations

from decimal import Decimal, Inexact

import pytest

from basis_strategy_v1.core.domain.ledger import Holding, HoldingKind, Ledger
from basis_strategy_v1.core.domain.quantities import use_ledger_context
from basis_strategy_v1.core.error_codes.exceptions import ComponentError


class FixedPrice:
    def decimal(self, row: int) -> Decimal:
        return Decimal(50_000)


def make_holding(location: str, asset: str) -> Holding:
    if asset == "DOGE":
        raise ComponentError("REC-004", "no price for DOGE")
    if asset != "BTC":
        return Holding(location, asset, HoldingKind.CASH, None)
    holding = Holding(location, asset, HoldingKind.BASE, FixedPrice())
    holding.price = Decimal(50_000)
    return holding


@pytest.fixture
def ledger() -> Ledger:
    use_ledger_context()
    return Ledger(make_holding)


def test_a_new_ledger_holds_nothing(ledger: Ledger) -> None:
    assert ledger.to_dict() == {}
    assert ledger.amount("binance", "USDT") == 0
    assert ledger.at("binance") == {}
    assert list(ledger.locations()) == []


def test_changes_add_up_by_location_and_asset(ledger: Ledger) -> None:
    ledger.apply("one", {"binance": {"USDT": Decimal(100)}, "wallet": {"USDT": Decimal(7)}})
    ledger.apply("two", {"binance": {"USDT": Decimal("-0.5"), "BTC": Decimal("0.1")}})
    assert ledger.to_dict() == {
        "binance": {"USDT": Decimal("99.5"), "BTC": Decimal("0.1")},
        "wallet": {"USDT": Decimal(7)},
    }
    assert ledger.amount("binance", "BTC") == Decimal("0.1")
    assert ledger.amount("binance", "USDC") == 0
    assert list(ledger.locations()) == ["binance", "wallet"]
    assert [(holding.location, holding.asset) for holding in ledger.holdings] == [
        ("binance", "USDT"),
        ("wallet", "USDT"),
        ("binance", "BTC"),
    ]


def test_applying_tells_what_the_changes_are_worth(ledger: Ledger) -> None:
    assert ledger.apply("one", {"binance": {"USDT": Decimal(-4_990), "BTC": Decimal("0.1")}}) == 10


def test_an_instruction_is_remembered_once_applied(ledger: Ledger) -> None:
    assert not ledger.has_applied("one")
    ledger.apply("one", {})
    assert ledger.has_applied("one")
    assert not ledger.has_applied("two")


def test_what_went_out_again_is_not_shown(ledger: Ledger) -> None:
    ledger.apply("one", {"binance": {"USDT": Decimal(5)}})
    ledger.apply("two", {"binance": {"USDT": Decimal(-5)}})
    assert ledger.to_dict() == {}
    assert list(ledger.locations()) == ["binance"]


def test_an_unknown_asset_takes_back_what_was_booked_before_it(ledger: Ledger) -> None:
    ledger.apply("one", {"binance": {"USDT": Decimal(5)}})
    broken = {"wallet": {"USDT": Decimal(1)}, "binance": {"USDT": Decimal(1), "DOGE": Decimal(1), "BTC": Decimal(1)}}
    with pytest.raises(ComponentError, match="REC-004"):
        ledger.apply("two", broken)
    assert ledger.to_dict() == {"binance": {"USDT": Decimal(5)}}
    assert not ledger.has_applied("two")


def test_an_amount_with_too_many_digits_takes_back_what_was_booked_before_it(ledger: Ledger) -> None:
    ledger.apply("one", {"binance": {"USDT": Decimal(5)}})
    with pytest.raises(Inexact):
        ledger.apply("two", {"wallet": {"USDT": Decimal(1)}, "binance": {"USDT": Decimal("1e-60")}})
    assert ledger.to_dict() == {"binance": {"USDT": Decimal(5)}}
