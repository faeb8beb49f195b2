"""Booking makes nothing and loses nothing."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basis_strategy_v1.core.domain.conservation import is_one_fill, unexplained_assets
from basis_strategy_v1.core.domain.deltas import Changes, Cost, ExecutionDeltas, Fill

PERP = "BTCUSDT-PERP"
QUOTE = "BTCUSDT-PERP.quote"


def fill(trade_type: str, quantity: str, price: str, fee: str, fee_asset: str, symbol: str = "BTCUSDT") -> Fill:
    return Fill("t", "binance", symbol, trade_type, Decimal(quantity), Decimal(price), Decimal(fee), fee_asset)


def executed(changes: dict[str, dict[str, str]], *fills: Fill, costs: tuple[Cost, ...] = ()) -> ExecutionDeltas:
    exact: Changes = {
        location: {asset: Decimal(amount) for asset, amount in assets.items()} for location, assets in changes.items()
    }
    return ExecutionDeltas(instruction_id="one", venue="binance", changes=exact, fills=fills, costs=costs)


HONEST = {
    "perp with a fee in its quote": executed(
        {"binance.derivatives": {PERP: "-2", QUOTE: "100", "USDT": "-0.05"}}, fill("perp", "-2", "50", "0.05", "USDT")
    ),
    "perp without a fee": executed(
        {"binance.derivatives": {PERP: "-2", QUOTE: "100"}}, fill("perp", "-2", "50", "0", "USDT")
    ),
    "perp with a rebate": executed(
        {"binance.derivatives": {PERP: "2", QUOTE: "-100", "USDT": "0.01"}}, fill("perp", "2", "50", "-0.01", "USDT")
    ),
    "spot with a fee in kind": executed(
        {"binance": {"BTC": "0.999", "USDT": "-50"}}, fill("spot", "1", "50", "0.001", "BTC")
    ),
    "spot with a fee in its quote": executed(
        {"binance": {"BTC": "-1", "USDT": "49.95"}}, fill("spot", "-1", "50", "0.05", "USDT")
    ),
}


@pytest.mark.parametrize("name", HONEST)
def test_one_fill_and_its_fee_are_conserved(name: str) -> None:
    assert is_one_fill(HONEST[name])
    assert unexplained_assets(HONEST[name]) == {}


@pytest.mark.parametrize("name", HONEST)
def test_a_cent_too_much_in_any_asset_is_found(name: str) -> None:
    honest = HONEST[name]
    ((location, assets),) = honest.changes.items()
    for asset in assets:
        forged = executed(
            {location: {**{a: str(x) for a, x in assets.items()}, asset: str(assets[asset] + Decimal("0.01"))}},
            *honest.fills,
        )
        assert not is_one_fill(forged)
        assert unexplained_assets(forged) == {asset: Decimal("0.01")}


@pytest.mark.parametrize("name", HONEST)
def test_an_asset_made_beside_a_fill_is_found(name: str) -> None:
    honest = HONEST[name]
    ((location, assets),) = honest.changes.items()
    forged = executed({location: {**{a: str(x) for a, x in assets.items()}, "GIFT": "1"}}, *honest.fills)
    assert not is_one_fill(forged)
    assert unexplained_assets(forged) == {"GIFT": Decimal(1)}


def test_a_fee_in_a_third_asset_is_conserved_though_no_simple_case() -> None:
    deltas = executed({"binance": {"BTC": "1", "USDT": "-50", "BNB": "-0.01"}}, fill("spot", "1", "50", "0.01", "BNB"))
    assert not is_one_fill(deltas)
    assert unexplained_assets(deltas) == {}


def test_several_fills_are_added_up() -> None:
    first, second = fill("spot", "1", "50", "0.001", "BTC"), fill("spot", "1", "51", "0.001", "BTC")
    deltas = executed({"binance": {"BTC": "1.998", "USDT": "-101"}}, first, second)
    assert not is_one_fill(deltas)
    assert unexplained_assets(deltas) == {}


def test_a_fill_of_one_market_does_not_explain_another() -> None:
    deltas = executed({"binance": {"ETH": "1", "USDT": "-50"}}, fill("spot", "1", "50", "0", "USDT"))
    assert not is_one_fill(deltas)
    assert unexplained_assets(deltas) != {}


def test_a_transfer_loses_exactly_its_fee() -> None:
    changes = {"binance": {"USDT": "-100"}, "in_transit": {"USDT": "99"}}
    assert unexplained_assets(executed(changes, costs=(Cost("transfer", "USDT", Decimal(1)),))) == {}
    assert unexplained_assets(executed(changes)) == {"USDT": Decimal(-1)}


def test_a_protocol_gives_something_for_something() -> None:
    supplied = executed({"wallet": {"USDT": "-1000"}, "aave": {"aUSDT": "990"}})
    assert unexplained_assets(supplied) == {}


@pytest.mark.parametrize("amount", ["1000", "-1000"])
def test_an_asset_from_nothing_or_into_nothing_is_found(amount: str) -> None:
    assert unexplained_assets(executed({"aave": {"aUSDT": amount}})) == {"aUSDT": Decimal(amount)}


@given(
    st.dictionaries(
        st.sampled_from(["wallet", "aave", "binance", "in_transit"]),
        st.dictionaries(st.sampled_from(["USDT", "BTC"]), st.integers(-100, 100).map(Decimal)),
    )
)
def test_moving_things_between_locations_conserves_them(changes: Changes) -> None:
    counter: dict[str, Decimal] = {}
    for assets in changes.values():
        for asset, amount in assets.items():
            counter[asset] = counter.get(asset, Decimal(0)) - amount
    balanced = {**changes, "elsewhere": counter}
    assert unexplained_assets(ExecutionDeltas(instruction_id="one", venue="v", changes=balanced)) == {}
