"""Linear perpetuals, exactly."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

import pytest

from basis_strategy_v1.protocols import perpetual


class _Tier(NamedTuple):
    floor: Decimal
    rate: Decimal
    deduction: Decimal
    max_leverage: int


TIERS = (
    _Tier(Decimal(0), Decimal("0.01"), Decimal(0), 50),
    _Tier(Decimal(1_000), Decimal("0.05"), Decimal(40), 10),
)


@pytest.mark.parametrize(
    ("quantity", "entry_cost", "traded", "price", "after"),
    [
        (0, 0, 2, 100, 200),
        (2, 200, 1, 130, 330),
        (-2, -200, -1, 130, -330),
        (3, 330, -1, 500, 220),
        (3, 330, -3, 500, 0),
        (3, 330, -5, 500, -1_000),
        (3, 100, -1, 500, Decimal("66.66666667")),
    ],
)
def test_entry_cost(quantity: int, entry_cost: int, traded: int, price: int, after: Decimal) -> None:
    arguments = [Decimal(value) for value in (quantity, entry_cost, traded, price)]
    assert perpetual.entry_cost_after(*arguments) == after


@pytest.mark.parametrize(("traded", "price"), [(-1, 500), (-3, 90), (-5, 7), (2, 110)])
def test_a_trade_changes_wallet_less_entry_cost_by_exactly_what_was_paid(traded: int, price: int) -> None:
    quantity, entry_cost = Decimal(3), Decimal("330.12345678")
    after = perpetual.entry_cost_after(quantity, entry_cost, Decimal(traded), Decimal(price))
    realised = perpetual.wallet_change(entry_cost, after, Decimal(traded), Decimal(price))
    assert realised - (after - entry_cost) == -traded * price


def test_an_increase_realises_nothing() -> None:
    after = perpetual.entry_cost_after(Decimal(3), Decimal(330), Decimal(2), Decimal(500))
    assert perpetual.wallet_change(Decimal(330), after, Decimal(2), Decimal(500)) == 0


@pytest.mark.parametrize(("quantity", "rate_units", "received"), [(-2, 10_000, 12), (2, 10_000, -12), (2, -10_000, 12)])
def test_longs_pay_shorts_when_the_rate_is_positive(quantity: int, rate_units: int, received: int) -> None:
    unit = Decimal("0.1") * Decimal("1e-8")
    products = [rate_units * 600_000, 0]
    assert perpetual.funding_received(Decimal(quantity), products, unit) == [received, 0]


def test_unrealised_profit_is_value_less_entry_cost() -> None:
    assert perpetual.unrealised(Decimal(-2), Decimal(-200), Decimal(90)) == 20


@pytest.mark.parametrize(
    ("notional", "margin"), [(0, 0), (500, 5), (1_000, 10), (1_001, Decimal("10.05")), (3_000, 110)]
)
def test_maintenance_margin_charges_each_tier_only_above_its_floor(notional: int, margin: Decimal) -> None:
    assert perpetual.maintenance_margin(Decimal(notional), TIERS) == margin


@pytest.mark.parametrize(("notional", "leverage", "margin"), [(900, 30, 30), (900, 60, 18), (2_000, 30, 200)])
def test_initial_margin_keeps_to_the_leverage_of_the_tier(notional: int, leverage: int, margin: int) -> None:
    assert perpetual.initial_margin(Decimal(notional), leverage, TIERS) == margin


def test_initial_margin_is_rounded_up() -> None:
    assert perpetual.initial_margin(Decimal(100), 3, TIERS) == Decimal("33.33333334")
