"""Money that somebody brings while an instruction is compared with its venue: set aside, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from basis_strategy_v1.core.domain.deltas import ExecutionDeltas
from basis_strategy_v1.core.domain.settings import ReconciliationSettings
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.reconciliation.compare import Difference, Tolerances
from basis_strategy_v1.core.reconciliation.outside_money import comes_from_outside
from basis_strategy_v1.core.reconciliation.reconciliation_component import ReconciliationComponent, VenueAccount
from tight_loop import SPOT, TightLoop, spot_fill


def live(loop: TightLoop) -> ReconciliationComponent:
    settings = ReconciliationSettings(timeout=Decimal(30), max_observations=2)
    component = ReconciliationComponent(
        settings, loop.positions, Tolerances(Decimal(1), {}), loop.sink, from_outside=comes_from_outside("BTC")
    )
    component.set_accounts({"alpha": VenueAccount(loop.venue, "USDT")})
    return component


def booked(loop: TightLoop, instruction_id: str) -> ExecutionDeltas:
    deltas = spot_fill(instruction_id, "0.1", "50000")
    loop.ledger.apply(instruction_id, deltas.changes)
    loop.venue.book(deltas.changes)
    return deltas


def brought(loop: TightLoop, asset: str, amount: str) -> None:
    at = loop.venue.books[SPOT]
    at[asset] = at.get(asset, Decimal(0)) + Decimal(amount)


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(ComponentError) as caught:
        act()
    return caught.value.error_code


@pytest.mark.parametrize("asset", ["USDT", "USDC", "BNB"])
def test_a_surplus_is_set_aside_and_waited_for_once(asset: str) -> None:
    loop = TightLoop()
    component = live(loop)
    brought(loop, asset, "5")
    first = component.reconcile_position(5, booked(loop, "one"))
    second = component.reconcile_position(6, booked(loop, "two"))
    assert [(item.status, item.error_code, item.observations) for item in (first, second)] == [
        ("success", "REC-010", 2),
        ("success", "REC-010", 1),
    ]
    assert loop.sink.error_codes() == ["REC-010"]
    assert component.is_setting_aside and not component.halted


def test_what_is_set_aside_is_found_anew_by_a_comparison_without_an_instruction() -> None:
    loop = TightLoop()
    component = live(loop)
    brought(loop, "USDT", "5")
    component.reconcile_position(5, booked(loop, "one"))
    result = component.reconcile_account(6, "alpha")
    assert (result.status, result.error_code) == ("failed", "REC-010")
    assert not component.is_setting_aside


@pytest.mark.parametrize(("asset", "amount"), [("USDT", "-5"), ("BTC", "0.01"), ("BTC", "-0.01")])
def test_missing_cash_and_coins_are_a_mismatch(asset: str, amount: str) -> None:
    loop = TightLoop()
    component = live(loop)
    brought(loop, asset, amount)
    deltas = booked(loop, "one")
    assert code_of(lambda: component.reconcile_position(5, deltas)) == "REC-001"


def test_a_surplus_beside_a_coin_that_differs_is_a_mismatch() -> None:
    loop = TightLoop()
    component = live(loop)
    brought(loop, "USDT", "500")
    brought(loop, "BTC", "-0.01")
    deltas = booked(loop, "one")
    assert code_of(lambda: component.reconcile_position(5, deltas)) == "REC-001"


@pytest.mark.parametrize(("more", "ends"), [("7", ""), ("-2", "REC-001")])
def test_what_comes_on_top_is_set_aside_as_well_and_what_is_taken_of_it_is_not(more: str, ends: str) -> None:
    loop = TightLoop()
    component = live(loop)
    brought(loop, "USDT", "5")
    component.reconcile_position(5, booked(loop, "one"))
    brought(loop, "USDT", more)
    deltas = booked(loop, "two")
    if ends:
        assert code_of(lambda: component.reconcile_position(6, deltas)) == ends
    else:
        assert component.reconcile_position(6, deltas).error_code == "REC-010"


@pytest.mark.parametrize("asset", ["USDT", "BNB"])
def test_a_backtest_sets_nothing_aside(asset: str) -> None:
    loop = TightLoop()
    brought(loop, asset, "5")
    deltas = booked(loop, "one")
    assert code_of(lambda: loop.reconciliation.reconcile_position(5, deltas)) == "REC-001"


def test_a_position_of_somebody_else_is_never_money() -> None:
    found = Difference("alpha", "ETHUSDT-PERP", Decimal(0), Decimal(1))
    assert not comes_from_outside("BTC")(found)
