"""The comparison is pure: it looks at the union of both sides and counts in steps of each asset."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basis_strategy_v1.core.domain.ledger import Holding, HoldingKind
from basis_strategy_v1.core.domain.orders import LocationReport, PerpPosition
from basis_strategy_v1.core.domain.quantities import use_ledger_context
from basis_strategy_v1.core.reconciliation.compare import (
    Difference,
    LedgerSide,
    Tolerances,
    actual_balances,
    differences,
    expected_balances,
)

ASSETS = ("USDT", "BTC", "stETH", "DOGE")
STEP = Decimal("0.01")
TOLERANCES = Tolerances(Decimal(1), dict.fromkeys(ASSETS, STEP))

amounts = st.integers(-300, 300).map(lambda cents: cents * Decimal("0.005"))
sides = st.dictionaries(st.sampled_from(ASSETS), amounts)
few = st.integers(-2, 2).map(Decimal)


def kind_of(asset: str) -> HoldingKind:
    if asset.endswith(".quote"):
        return HoldingKind.QUOTE
    return HoldingKind.PERP if asset.endswith("-PERP") else HoldingKind.CASH


def held(side: dict[str, Decimal]) -> dict[str, Holding]:
    holdings = {}
    for asset, amount in side.items():
        holding = holdings[asset] = Holding("alpha", asset, kind_of(asset), None)
        holding.amount = amount
    return holdings


@given(sides, sides)
def test_the_comparison_is_symmetric(one: dict[str, Decimal], other: dict[str, Decimal]) -> None:
    there = {(d.asset, d.expected, d.actual) for d in differences("alpha", one, other, TOLERANCES)}
    back = {(d.asset, d.actual, d.expected) for d in differences("alpha", other, one, TOLERANCES)}
    assert there == back


@given(sides, sides)
def test_every_asset_of_either_side_is_compared(one: dict[str, Decimal], other: dict[str, Decimal]) -> None:
    apart = {
        asset
        for asset in one.keys() | other.keys()
        if abs(one.get(asset, Decimal(0)) - other.get(asset, Decimal(0))) >= STEP
    }
    assert {difference.asset for difference in differences("alpha", one, other, TOLERANCES)} == apart


@given(sides)
def test_nothing_differs_from_itself(side: dict[str, Decimal]) -> None:
    assert differences("alpha", side, dict(side), TOLERANCES) == []


@pytest.mark.parametrize(("gap", "differs"), [("0.0099", False), ("0.01", True), ("-0.01", True), ("-0.0099", False)])
def test_a_difference_counts_from_one_step_on(gap: str, differs: bool) -> None:
    found = differences("alpha", {"BTC": Decimal(1)}, {"BTC": Decimal(1) + Decimal(gap)}, TOLERANCES)
    assert bool(found) is differs


def test_tolerance_is_counted_in_steps_of_each_asset() -> None:
    tolerances = Tolerances(
        Decimal(3), {"BTC": Decimal("0.001"), "stETH": Decimal("1e-18")}, dust={"stETH": Decimal("2e-18")}
    )
    assert tolerances.of("BTC") == Decimal("0.003")
    assert tolerances.of("USDT") == Decimal("3e-8")
    assert tolerances.of("stETH") == Decimal("3e-18")


def test_known_dust_widens_the_tolerance_but_never_narrows_it() -> None:
    tolerances = Tolerances(
        Decimal(1), {"stETH": Decimal("1e-18")}, dust={"stETH": Decimal("2e-18"), "USDT": Decimal("1e-12")}
    )
    assert tolerances.of("stETH") == Decimal("2e-18")
    assert tolerances.of("USDT") == Decimal("1e-8")


def test_a_difference_says_what_where_and_by_how_much() -> None:
    assert "expected 0, venue says 5" in str(Difference("alpha", "BTC", Decimal("0E-8"), Decimal(5)))
    text = str(Difference("alpha", "BTC", Decimal("1.5"), Decimal(2)))
    assert text == "BTC at alpha: expected 1.5, venue says 2"


def test_quote_legs_are_folded_into_the_wallet() -> None:
    side = {"USDT": Decimal(100), "BTCUSDT-PERP": Decimal(-1), "BTCUSDT-PERP.quote": Decimal(50)}
    assert expected_balances(held(side), "USDT") == {"USDT": Decimal(150), "BTCUSDT-PERP": Decimal(-1)}
    assert expected_balances(held({"BTCUSDT-PERP.quote": Decimal(5)}), "USDT") == {"USDT": Decimal(5)}


def test_entry_costs_are_taken_from_the_venues_wallet() -> None:
    report = LocationReport("alpha", {"USDT": Decimal(100)}, {"BTCUSDT": PerpPosition(Decimal(-1), Decimal(-50))})
    assert actual_balances(report, "USDT") == {"USDT": Decimal(150), "BTCUSDT-PERP": Decimal(-1)}
    assert report.balances == {"USDT": Decimal(100)}


def test_a_wallet_and_an_entry_cost_agree_with_cash_and_a_quote_leg() -> None:
    ledger = held({"USDT": Decimal(100), "BTCUSDT-PERP": Decimal(-1), "BTCUSDT-PERP.quote": Decimal(60)})
    agreeing = LocationReport("alpha", {"USDT": Decimal(110)}, {"BTCUSDT": PerpPosition(Decimal(-1), Decimal(-50))})
    turned = LocationReport("alpha", {"USDT": Decimal(110)}, {"BTCUSDT": PerpPosition(Decimal(-1), Decimal(50))})
    assert LedgerSide(ledger, "USDT").agrees(agreeing)
    assert not LedgerSide(ledger, "USDT").agrees(turned)


def test_realising_profit_changes_nothing_in_the_comparison() -> None:
    """Sold 1 at 50, bought back at 40: the venue's wallet has the profit, the ledger's quote leg has it."""
    ledger = held({"USDT": Decimal(100), "BTCUSDT-PERP": Decimal(0), "BTCUSDT-PERP.quote": Decimal(10)})
    report = LocationReport("alpha", {"USDT": Decimal(110)})
    assert LedgerSide(ledger, "USDT").agrees(report)
    expected, actual = expected_balances(ledger, "USDT"), actual_balances(report, "USDT")
    assert differences("alpha", expected, actual, TOLERANCES) == []


@given(
    st.dictionaries(st.sampled_from(["USDT", "BTC", "DOGE", "BTCUSDT-PERP", "BTCUSDT-PERP.quote"]), few),
    st.dictionaries(st.sampled_from(["USDT", "BTC", "DOGE"]), few),
    st.dictionaries(st.sampled_from(["BTCUSDT", "ETHUSDT"]), st.builds(PerpPosition, few, few)),
)
def test_exact_agreement_is_the_absence_of_any_difference(
    side: dict[str, Decimal], balances: dict[str, Decimal], positions: dict[str, PerpPosition]
) -> None:
    use_ledger_context()
    report = LocationReport("alpha", balances, positions)
    holdings = held(side)
    expected, actual = expected_balances(holdings, "USDT"), actual_balances(report, "USDT")
    found = differences("alpha", expected, actual, Tolerances(Decimal(1), {}, Decimal("1e-30")))
    assert LedgerSide(holdings, "USDT").agrees(report) is (not found)
