"""Configuration of a run: what is laid over what, and what comes out."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from basis_strategy_v1.config.loader import default_config, load_config
from basis_strategy_v1.config.packaged import MODES, available_modes, example_names, mode_definition
from basis_strategy_v1.core.domain.timestamps import to_nanoseconds

THRESHOLD = "strategy.position_deviation_threshold"
TIMEOUT = "component_config.execution_interfaces.venue_timeout"
MINUTE = 60_000_000_000


def load(mode="btc_basis", *overrides, file=None, environment=None):
    return load_config(mode, config_file=file, overrides=overrides, environment=environment or {})


def written(folder: Path, text: str) -> str:
    path = folder / "run.yaml"
    path.write_text(text, encoding="utf-8")
    return os.fspath(path)


def test_btc_basis_by_default_splits_its_hedge_over_three_exchanges():
    settings = load().settings
    assert settings.strategy.hedge_allocation == {
        "binance": Decimal("0.4"),
        "bybit": Decimal("0.3"),
        "okx": Decimal("0.3"),
    }
    assert settings.initial_capital == 100_000
    assert settings.currency == "USDT"
    assert settings.initial_location == {"binance": 1}
    assert settings.venues == ("binance", "bybit", "okx", "wallet")


def test_capital_of_an_exchange_mode_starts_at_the_first_exchange_of_its_hedge():
    assert load("btc_basis", "strategy.hedge_allocation={bybit: 1}").settings.initial_location == {"bybit": 1}


def test_capital_of_pure_lending_starts_in_the_wallet():
    settings = load("pure_lending").settings
    assert settings.initial_location == {"wallet": 1}
    assert settings.venues == ("wallet", "aave")


def test_an_eth_directional_basis_keeps_most_capital_in_eth_and_hedges_half():
    settings = load("eth_basis", "share_class=eth_directional").settings
    assert settings.currency == "ETH"
    assert settings.initial_capital == 100
    assert settings.strategy.spot_allocation == Decimal("0.8")
    assert settings.strategy.hedge_ratio == Decimal("0.5")


def test_eth_basis_is_counted_in_usdt_unless_told_otherwise():
    settings = load("eth_basis").settings
    assert (settings.share_class, settings.currency) == ("usdt_stable", "USDT")
    assert settings.strategy.spot_allocation == Decimal("0.5")


def test_a_file_stands_over_the_defaults_and_the_command_line_over_the_file(tmp_path):
    file = written(tmp_path, "strategy: {position_deviation_threshold: 0.03, spot_allocation: 0.6}")
    strategy = load("btc_basis", f"{THRESHOLD}=0.04", file=file).settings.strategy
    assert strategy.position_deviation_threshold == Decimal("0.04")
    assert strategy.spot_allocation == Decimal("0.6")
    assert strategy.hedge_ratio == 1


def test_the_environment_stands_over_the_file_and_under_the_command_line(tmp_path):
    file = written(tmp_path, "component_config: {execution_interfaces: {venue_timeout: 10}}")
    environment = {"VENUE_API_TIMEOUT": "20"}
    assert load(file=file).settings.execution.venue_timeout == 10
    assert load(file=file, environment=environment).settings.execution.venue_timeout == 20
    assert load("btc_basis", f"{TIMEOUT}=25", environment=environment).settings.execution.venue_timeout == 25


def test_setting_a_whole_allocation_replaces_it_and_merges_nothing():
    settings = load("btc_basis", "strategy.hedge_allocation={bybit: 1.0}").settings
    assert settings.strategy.hedge_allocation == {"bybit": 1}


def test_an_allocation_in_a_file_replaces_the_default_one(tmp_path):
    file = written(tmp_path, "strategy: {hedge_allocation: {okx: 1}}")
    assert load(file=file).settings.strategy.hedge_allocation == {"okx": 1}


def test_setting_one_share_changes_that_share_alone():
    shares = ["strategy.hedge_allocation.binance=0.5", "strategy.hedge_allocation.okx=0.2"]
    assert load("btc_basis", *shares).settings.strategy.hedge_allocation == {
        "binance": Decimal("0.5"),
        "bybit": Decimal("0.3"),
        "okx": Decimal("0.2"),
    }


def test_a_data_alias_of_a_kind_can_be_set_by_its_dotted_name():
    settings = load("btc_basis", "data.data_aliases.mark.bybit=perp.bybit").settings
    assert settings.data_aliases == {"mark.bybit": "perp.bybit"}


def test_an_entry_of_a_map_is_of_one_configuration_and_not_of_the_next():
    load("btc_basis", "data.data_aliases.mark.bybit=perp.bybit")
    assert load("btc_basis").settings.data_aliases == {}
    assert default_config("btc_basis").document["data"]["data_aliases"] == {}


def test_a_kind_of_one_venue_may_be_read_from_another_venue():
    settings = load("btc_basis", "data.data_aliases={funding.okx: binance, okx: bybit}").settings
    assert settings.data_aliases == {"funding.okx": "binance", "okx": "bybit"}


def test_later_overrides_win():
    strategy = load("btc_basis", f"{THRESHOLD}=0.04", f"{THRESHOLD}=0.05").settings.strategy
    assert strategy.position_deviation_threshold == Decimal("0.05")


def test_an_empty_section_in_a_file_leaves_its_defaults(tmp_path):
    file = written(tmp_path, "strategy:\ncomponent_config:\n  risk:\n")
    settings = load(file=file).settings
    assert settings.strategy.spot_allocation == Decimal("0.5")
    assert settings.risk.margin_ratio_soft == Decimal("0.05")


def test_numbers_are_taken_exactly_as_written(tmp_path):
    file = written(tmp_path, "initial_capital: 123456789.123456789123456789\n")
    assert load(file=file).settings.initial_capital == Decimal("123456789.123456789123456789")


def test_durations_and_times_are_nanoseconds_inside(tmp_path):
    file = written(tmp_path, "data: {max_staleness: {prices: 30min}}\nstrategy: {exit_at: 2024-07-01}\n")
    settings = load(file=file).settings
    assert settings.max_staleness_prices == 30 * MINUTE
    assert settings.max_staleness_daily == 36 * 60 * MINUTE
    assert settings.strategy.exit_at == to_nanoseconds("2024-07-01T00:00Z")


def test_flows_are_sorted_by_time_and_bring_their_venue_along(tmp_path):
    flows = (
        "flows:\n- {ts: 2024-08-01T00:00Z, amount: -10, asset: USDT, venue: hyperliquid}\n"
        "- {ts: 2024-07-01T00:00Z, amount: 50000, asset: USDT, venue: binance}\n"
    )
    settings = load(file=written(tmp_path, flows)).settings
    assert [flow.amount for flow in settings.flows] == [50000, -10]
    assert settings.flows[0].timestamp == to_nanoseconds("2024-07-01T00:00Z")
    assert "hyperliquid" in settings.venues


def test_capital_may_start_at_several_places():
    settings = load("btc_basis", "initial_location={binance: 0.7, bybit.derivatives: 0.3}").settings
    assert settings.initial_location == {"binance": Decimal("0.7"), "bybit.derivatives": Decimal("0.3")}


def test_venue_settings_reach_the_core_as_plain_values():
    overrides = ("venue_settings.bybit.fee_tier=vip1", "venue_settings.okx.fees.perp_taker=0.0001")
    settings = load("btc_basis", *overrides).settings
    assert settings.venue_settings["binance"]["fees"] == {
        "spot_maker": Decimal("0.001"),
        "spot_taker": Decimal("0.001"),
        "perp_maker": Decimal("0.0002"),
        "perp_taker": Decimal("0.0005"),
    }
    assert settings.venue_settings["bybit"]["fees"]["perp_taker"] == Decimal("0.0004")
    assert settings.venue_settings["okx"]["fees"]["perp_taker"] == Decimal("0.0001")
    assert settings.venue_settings["okx"]["fees"]["perp_maker"] == Decimal("0.0002")
    assert settings.venue_settings["binance"]["transfer_delays"] == {"to_cex": 30 * MINUTE, "to_chain": 15 * MINUTE}
    assert settings.venue_settings["wallet"]["transfer_delays"]["to_cex"] == 15 * MINUTE


def test_a_venue_without_a_timeout_of_its_own_takes_the_general_one():
    values = load("btc_basis", f"{TIMEOUT}=20", "venue_settings.okx.timeout=5").settings.venue_settings
    assert values["binance"]["timeout"] == 20
    assert values["okx"]["timeout"] == 5


def test_the_environment_says_where_and_how_to_run():
    environment = {
        "BASIS_ENVIRONMENT": "production",
        "BASIS_EXECUTION_MODE": "live",
        "BASIS_DEPLOYMENT_MODE": "docker",
        "BASIS_DATA_MODE": "db",
        "BASIS_DATA_DIR": "/somewhere",
        "BASIS_LOG_LEVEL": "debug",
        "VENUE_RETRY_ATTEMPTS": "4",
        "VENUE_RATE_LIMIT_DELAY": "250",
        "EXECUTION_INTERFACE_FACTORY_TIMEOUT": "300",
        "EXECUTION_INTERFACE_FACTORY_MAX_RETRIES": "10",
        "RECONCILIATION_TOLERANCE": "2",
    }
    resolved = load(environment=environment)
    settings = resolved.settings
    assert (settings.environment, settings.execution_mode) == ("prod", "live")
    assert (settings.deployment_mode, settings.data_mode, settings.data_dir) == ("docker", "db", "/somewhere")
    assert resolved.log_level == "DEBUG"
    assert (settings.execution.max_retries, settings.execution.rate_limit_delay_ms) == (4, 250)
    assert (settings.factory.timeout, settings.factory.max_retries) == (300, 10)
    assert settings.reconciliation.tolerance_steps == 2


def test_an_empty_environment_variable_counts_as_not_set():
    assert load(environment={"VENUE_API_TIMEOUT": " ", "BASIS_ENVIRONMENT": ""}).settings.environment == "dev"


@pytest.mark.parametrize("mode", available_modes())
def test_the_resolved_document_reads_back_as_itself(mode, tmp_path):
    overrides = ["strategy.exit_at=2024-07-01T00:00:00Z"]
    if mode != "pure_lending":
        overrides.append("flows=[{ts: 2024-07-01T00:00Z, amount: 50000.5, asset: USDT, venue: binance}]")
    first = load(mode, *overrides)
    file = written(tmp_path, yaml.safe_dump(first.document, sort_keys=False))
    again = load(mode, file=file)
    assert again.document == first.document
    assert again.sha256 == first.sha256
    assert again.settings == first.settings


def test_the_hash_follows_every_setting_but_where_the_data_lies():
    base = load()
    assert load(environment={"BASIS_DATA_DIR": "elsewhere"}).sha256 == base.sha256
    assert load("btc_basis", f"{THRESHOLD}=0.021").sha256 != base.sha256
    assert load("btc_basis", "strategy.hedge_ratio=1.00").sha256 == base.sha256


def test_a_document_holds_no_credentials():
    environment = {"BASIS_DEV__CEX__BYBIT_API_KEY": "very-secret-value"}
    assert "very-secret-value" not in str(load(environment=environment))


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_has_packaged_defaults_that_resolve(mode):
    resolved = default_config(mode)
    assert resolved.settings.mode == mode
    assert resolved.settings.share_class in mode_definition(mode).share_classes


@pytest.mark.parametrize("name", example_names())
@pytest.mark.parametrize("mode", ["btc_basis", "eth_basis"])
def test_every_packaged_example_loads(name, mode):
    assert load(mode, file=f"example:{name}").settings.mode == mode


def test_the_example_of_2024_leaves_out_okx_and_says_what_stands_in_for_a_mark():
    settings = load(file="example:carry_2024_2025").settings
    assert set(settings.strategy.hedge_allocation) == {"binance", "bybit"}
    assert settings.data_aliases == {"mark.bybit": "perp.bybit"}


def test_the_example_of_2020_stands_on_one_exchange():
    assert load("eth_basis", file="example:basis_2020_2021").settings.venues == ("binance", "wallet")


@pytest.mark.parametrize(
    "text",
    [
        "strategy_mode: btc_basis",
        "mode: btc_basis",
        "venue_configs: {binance: {fee_tier: vip1}}",
        "venues: {cex: {binance: {fee_tier: vip1}}, onchain: {aave: {gas_strategy: slow}}}",
        "venue_settings: {alchemy: {timeout: 20}}",
    ],
)
def test_other_spellings_of_keys_are_understood(text, tmp_path):
    assert load(file=written(tmp_path, text)).settings.mode == "btc_basis"


@pytest.mark.parametrize("alias", ["max_retry_attempts", "max_retries_per_venue"])
def test_other_spellings_of_retries_set_them(alias, tmp_path):
    assert load(file=written(tmp_path, f"{alias}: 7")).settings.execution.max_retries == 7
    assert load("btc_basis", f"{alias}=6").settings.execution.max_retries == 6


def test_other_spellings_of_sections_set_what_they_stand_for(tmp_path):
    file = written(
        tmp_path,
        "venues: {cex: {binance: {fee_tier: vip1}}}\nretry_delay_seconds: 0.5\n"
        "execution_interface_factory_settings: {timeout: 9}\nvenue_settings: {alchemy: {timeout: 20}}\n",
    )
    settings = load(file=file).settings
    assert settings.venue_settings["binance"]["fee_tier"] == "vip1"
    assert settings.venue_settings["wallet"]["timeout"] == 20
    assert settings.execution.retry_delay == Decimal("0.5")
    assert settings.factory.timeout == 9


def test_without_a_mode_the_file_or_an_override_names_it(tmp_path):
    assert load(None).settings.mode == "btc_basis"
    assert load(None, "mode=eth_basis").settings.mode == "eth_basis"
    assert load(None, file=written(tmp_path, "mode: pure_lending")).settings.mode == "pure_lending"
