"""The specs of the centralised exchanges, and the registry that lists them."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest

from basis_strategy_v1.config.packaged import venue_document
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec
from basis_strategy_v1.protocols.perpetual import maintenance_margin
from basis_strategy_v1.venues import registry

EXCHANGES = ("binance", "bybit", "okx", "hyperliquid")


@pytest.fixture(params=EXCHANGES)
def spec(request: pytest.FixtureRequest) -> VenueSpec:
    return registry.spec_for(request.param)


def test_every_exchange_trades_bitcoin_and_ether_spot_and_perpetual(spec: VenueSpec) -> None:
    traded = {(instrument.base, instrument.trade_type) for instrument in spec.instruments}
    assert traded >= {(base, kind) for base in ("BTC", "ETH") for kind in ("spot", "perp")}


def test_filters_are_positive_and_the_least_quantity_is_whole_steps(spec: VenueSpec) -> None:
    for instrument in spec.instruments:
        assert instrument.venue == spec.venue
        assert instrument.tick > 0 < instrument.step
        assert instrument.min_quantity % instrument.step == 0 < instrument.min_quantity
        assert instrument.min_notional >= 0


def test_locations_of_an_exchange_belong_to_it(spec: VenueSpec) -> None:
    assert {spec.spot_location, spec.margin_location, spec.deposit_location} <= set(spec.locations)
    assert all(location.partition(".")[0] == spec.venue for location in spec.locations)


def test_every_perpetual_has_tiers_that_rise_without_a_jump(spec: VenueSpec) -> None:
    assert spec.margin is not None
    for instrument in spec.instruments:
        if instrument.trade_type == "perp":
            tiers = spec.margin.tiers[instrument.symbol]
            assert tiers[0].floor == tiers[0].deduction == 0
            for lower, higher in pairwise(tiers):
                assert higher.floor > lower.floor
                assert higher.rate > lower.rate
                assert higher.max_leverage <= lower.max_leverage
                below = higher.floor * lower.rate - lower.deduction
                assert maintenance_margin(higher.floor, tiers) == below
            assert all(tier.rate * tier.max_leverage < 1 for tier in tiers)


def test_a_separate_spot_wallet_is_no_collateral(spec: VenueSpec) -> None:
    assert spec.margin is not None
    assert bool(spec.margin.collateral_weights) == (spec.spot_location == spec.margin_location)


def test_perpetuals_are_quoted_in_the_margin_currency(spec: VenueSpec) -> None:
    quotes = {instrument.quote for instrument in spec.instruments if instrument.trade_type == "perp"}
    assert quotes == {spec.margin_currency}


def test_hyperliquid_settles_hourly_on_the_oracle_price_in_finer_units() -> None:
    spec = registry.spec_for("hyperliquid")
    assert (spec.funding_interval_hours, spec.funding_price, spec.margin_currency) == (1, "oracle", "USDC")
    assert {one.funding_unit for one in spec.instruments if one.trade_type == "perp"} == {Decimal("1e-10")}
    assert "deposit_address" not in spec.capabilities


def test_an_unknown_venue_names_the_known_ones() -> None:
    with pytest.raises(ComponentError) as caught:
        registry.spec_for("nowhere")
    assert caught.value.error_code == "EIF-002"
    assert "'nowhere'" in caught.value.message
    assert "binance" in caught.value.message


def test_specs_are_listed_once_each() -> None:
    names = [spec.venue for spec in registry.all_specs()]
    assert len(names) == len(set(names))
    assert names[: len(EXCHANGES)] == list(EXCHANGES)


def test_registering_fills_the_factory_with_the_classes_of_the_exchanges() -> None:
    from basis_strategy_v1.core.interfaces.execution_interface_factory import ExecutionInterfaceFactory

    registry.register()
    names = {venue: ExecutionInterfaceFactory.VENUE_MAP[venue].__name__ for venue in EXCHANGES}
    assert names == {
        "binance": "BinanceExecutionInterface",
        "bybit": "BybitExecutionInterface",
        "okx": "OKXExecutionInterface",
        "hyperliquid": "HyperliquidExecutionInterface",
    }


def test_alchemy_is_another_name_of_the_wallet() -> None:
    assert registry.spec_for("alchemy") is registry.spec_for("wallet")
    classes = registry.interface_classes()
    assert classes["alchemy"] is classes["wallet"]


def test_every_venue_has_an_interface_class_of_its_own() -> None:
    classes = registry.interface_classes()
    for spec in registry.all_specs():
        assert classes[spec.venue].spec is spec


def test_withdrawal_fees_stand_in_the_configuration_alone(spec: VenueSpec) -> None:
    assert spec.withdrawal_fees == {}
    assert venue_document(spec.venue)["withdrawal_fees"]
