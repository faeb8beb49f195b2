"""Bad configuration is one line: the code, the key, the value, what is allowed."""

from __future__ import annotations

import pytest

from basis_strategy_v1.config.date_range import parse_date_range
from basis_strategy_v1.config.loader import load_config
from basis_strategy_v1.config.packaged import MODES
from basis_strategy_v1.core.error_codes.exceptions import ComponentError


def refused(mode="btc_basis", *overrides, file=None, environment=None) -> str:
    with pytest.raises(ComponentError) as caught:
        load_config(mode, config_file=file, overrides=overrides, environment=environment or {})
    line = caught.value.line
    assert "\n" not in line
    assert line.startswith(f"{caught.value.error_code}: ")
    return line


def refused_file(folder, text, mode="btc_basis") -> str:
    path = folder / "run.yaml"
    path.write_text(text, encoding="utf-8")
    return refused(mode, file=path)


def test_an_unknown_mode_lists_the_seven():
    line = refused("bitcoin")
    assert line.startswith("CFG-001")
    assert all(mode in line for mode in MODES)


def test_a_mode_that_cannot_run_yet_names_those_that_can():
    line = refused("eth_leveraged")
    assert line.startswith("CFG-001")
    assert "pure_lending, btc_basis, eth_basis" in line


@pytest.mark.parametrize(
    ("override", "nearest"),
    [
        ("strategy.hedge_ratioo=1", "strategy.hedge_ratio?"),
        ("hedge_ratio=1", "strategy.hedge_ratio?"),
        ("startegy={}", "strategy"),
        ("execution_settings.slipage_model=none", "execution_settings.slippage_model?"),
        ("component_config.risk.margin_soft=0.1", "component_config.risk.margin_ratio_soft?"),
        ("venue_settings.binance.fees.perp_takr=0", "venue_settings.binance.fees.perp_taker?"),
        ("flows=[{ts: 2024-07-01, amont: 1, asset: USDT, venue: binance}]", "flows.0.amount?"),
    ],
)
def test_an_unknown_key_is_named_in_full_with_the_nearest_one(override, nearest):
    line = refused("btc_basis", override)
    assert line.startswith("CFG-002: there is no key ")
    assert nearest in line


def test_a_key_like_no_other_points_to_the_list():
    assert "basis modes MODE --defaults" in refused("btc_basis", "zzz=1")


def test_the_family_of_a_venue_cannot_be_changed():
    assert refused("btc_basis", "venue_settings.binance.family=DEX").startswith(
        "CFG-002: there is no key venue_settings.binance.family"
    )


@pytest.mark.parametrize(
    ("override", "key", "value", "allowed"),
    [
        ("strategy.hedge_ratio=3", "strategy.hedge_ratio", "3", "0 <= value <= 1"),
        ("strategy.hedge_ratio=.nan", "strategy.hedge_ratio", "NaN", "0 <= value <= 1"),
        ("strategy.hedge_ratio=true", "strategy.hedge_ratio", "True", "0 <= value <= 1"),
        ("initial_capital=-5", "initial_capital", "-5", "0 < value"),
        ("initial_capital=.inf", "initial_capital", "Infinity", "0 < value"),
        ("initial_capital=lots", "initial_capital", "lots", "0 < value"),
        ("initial_capital=", "initial_capital", "null", "0 < value"),
        ("strategy=3", "strategy", "3", "a mapping"),
        ("strategy.unwind=jump", "strategy.unwind", "jump", "swap or queue"),
        ("share_class=gold", "share_class", "gold", "usdt_stable or eth_directional"),
        ("share_class=eth_directional", "share_class", "eth_directional", "usdt_stable in this mode"),
        ("asset=ETH", "asset", "ETH", "BTC in this mode"),
        ("max_retries_per_venue=10", "component_config.execution_interfaces.max_retries", "10", "0 < value < 10"),
        ("venue_timeout=120", "component_config.execution_interfaces.venue_timeout", "120", "0 < value < 120"),
        ("data.max_staleness.prices=8", "data.max_staleness.prices", "8", "8h or 30min"),
        ("data.data_aliases={okx: perp.binance}", "data.data_aliases.okx", "perp.binance", "{okx: binance"),
        ("data.data_aliases={okx: okx}", "data.data_aliases.okx", "okx", "{okx: binance"),
        ("strategy.exit_at=soon", "strategy.exit_at", "soon", "ISO time"),
        ("strategy.exit_at=7", "strategy.exit_at", "7", "ISO time"),
        ("strategy.hedge_allocation=1", "strategy.hedge_allocation", "1", "sums to 1"),
        ("strategy.hedge_allocation={aave: 1}", "strategy.hedge_allocation.aave", "aave", "exchanges"),
        ("strategy.hedge_allocation={okx: 2, bybit: -1}", "strategy.hedge_allocation.okx", "2", "0 <= value <= 1"),
        ("strategy.margin_ratio_min=0.5", "strategy.margin_ratio_min", "0.5", "below strategy.margin_ratio_max"),
        ("component_config.risk.margin_ratio_soft=0.9", "component_config.risk.margin_ratio_soft", "0.9", "below"),
        ("flows=[{ts: 2024-07-01, amount: 0, asset: USDT, venue: okx}]", "flows.0.amount", "0", "other than 0"),
        (
            "flows=[{ts: 2024-07-01, amount: 1, asset: DOGE, venue: okx}]",
            "flows.0.asset",
            "DOGE",
            "USDT or USDC or BTC",
        ),
        ("venue_settings.binance.fee_tier=vip9", "venue_settings.binance.fee_tier", "vip9", "vip0 or vip1"),
        ("venue_settings.aave.fee_tier=vip0", "venue_settings.aave.fee_tier", "vip0", "no fee table"),
        ("venue_settings.curve.gas_strategy=warp", "venue_settings.curve.gas_strategy", "warp", "slow or standard"),
        ("venue_settings.binance.withdrawal_fees.BTC=-1", "venue_settings.binance.withdrawal_fees", "-1", "0 or more"),
        ("initial_capital=1e45", "initial_capital", "1e45", "below 1e21"),
        ("initial_capital=1e400", "initial_capital", "1e400", "below 1e21"),
        ("strategy.spot_allocation=1e-300", "strategy.spot_allocation", "1e-300", "at most 30 decimal places"),
        ("venue_settings.binance.fees.perp_taker=-0.9", "venue_settings.binance.fees.perp_taker", "-0.9", "-0.01 <="),
        ("venue_settings.binance.fees.perp_taker=0.2", "venue_settings.binance.fees.perp_taker", "0.2", "<= 0.1"),
        ("data.max_staleness.prices=99999999999999999999d", "data.max_staleness.prices", "9" * 20 + "d", "36500d"),
        ("flows=[{ts: 2024-07-01, amount: 1e30, asset: USDT, venue: okx}]", "flows.0.amount", "1e30", "below 1e21"),
        ("flows={}", "flows", "{}", "a list"),
        ("flows=[3]", "flows.0", "3", "a mapping"),
        ("strategy.margin_transfers=1", "strategy.margin_transfers", "1", "true or false"),
        ("strategy.margin_transfers=maybe", "strategy.margin_transfers", "maybe", "true or false"),
        ("max_retries_per_venue=2.5", "component_config.execution_interfaces.max_retries", "2.5", "a whole number"),
        ("max_retries_per_venue=true", "component_config.execution_interfaces.max_retries", "True", "a whole number"),
        ("venue_settings.binance.fee_tier=[vip0]", "venue_settings.binance.fee_tier", "['vip0']", "vip0 or vip1"),
        ("venue_settings.binance=3", "venue_settings.binance", "3", "a mapping"),
        ("venue_settings.binance.fees=free", "venue_settings.binance.fees", "free", "a mapping"),
        ("initial_location={binance: null}", "initial_location.binance", "null", "a location, or a map"),
        ("asset=7", "asset", "7", "text"),
        (
            "withdrawal_addresses=[{location: bybit, token: USDT, address: ''}]",
            "withdrawal_addresses.0.address",
            "empty",
            "text",
        ),
    ],
)
def test_a_value_out_of_range_shows_key_value_and_what_is_allowed(override, key, value, allowed):
    line = refused("btc_basis", override)
    assert line.startswith(f"CFG-003: {key}")
    assert f" is {value} (--set)" in line
    assert allowed in line


def test_a_map_without_a_space_after_the_colon_is_told_so():
    assert "Put a space after the colon." in refused("btc_basis", "strategy.hedge_allocation={binance:0.5,bybit:0.5}")


def test_an_unknown_key_is_told_before_a_value_that_is_not_allowed():
    assert refused("btc_basis", "initial_capital=-1", "strategy.hedge_ratioo=1").startswith("CFG-002")


def test_the_keys_of_a_list_are_hinted_at_only_inside_it():
    line = refused("btc_basis", "flows=[{ts: 2024-07-01, amount: 1, asset: USDT, location: binance}]")
    assert line.startswith("CFG-002: there is no key flows.0.location")
    assert "withdrawal_addresses" not in line


def test_a_missing_part_of_a_flow_is_named():
    line = refused("btc_basis", "flows=[{amount: 1, asset: USDT, venue: binance}]")
    assert line.startswith("CFG-003: flows.0.ts is missing")


@pytest.mark.parametrize(
    "override",
    [
        "strategy.hedge_allocation={binance: 0.5, bybit: 0.3}",
        "strategy.hedge_allocation={binance: 1.5}",
        "strategy.hedge_allocation={}",
        "strategy.hedge_allocation.binance=0.5",
        "initial_location={binance: 0.5, bybit: 0.4}",
    ],
)
def test_an_allocation_must_sum_to_one(override):
    line = refused("btc_basis", override)
    assert line.startswith("CFG-004")
    assert "sum" in line


@pytest.mark.parametrize(
    "override",
    [
        "strategy.hedge_allocation={binence: 1}",
        "initial_location=binence",
        "venue_settings.binence.timeout=3",
        "flows=[{ts: 2024-07-01, amount: 1, asset: USDT, venue: binence}]",
    ],
)
def test_an_unknown_venue_is_named_with_the_nearest(override):
    line = refused("btc_basis", override)
    assert line.startswith("CFG-003")
    assert "Did you mean binance?" in line


@pytest.mark.parametrize("override", ["nokey", "=3", "a..b=3", "strategy.exit_at={"])
def test_an_override_that_is_not_key_and_value_is_refused(override):
    assert refused("btc_basis", override).startswith("CFG-003")


@pytest.mark.parametrize(
    ("variable", "value", "code"),
    [
        ("VENUE_API_TIMEOUT", "abc", "CFG-003"),
        ("VENUE_RETRY_ATTEMPTS", "0", "CFG-003"),
        ("EXECUTION_INTERFACE_FACTORY_TIMEOUT", "301", "CFG-003"),
        ("EXECUTION_INTERFACE_FACTORY_MAX_RETRIES", "11", "CFG-003"),
        ("BASIS_LOG_LEVEL", "LOUD", "CFG-003"),
        ("BASIS_DATA_MODE", "tape", "CFG-003"),
        ("BASIS_DEPLOYMENT_MODE", "moon", "CFG-003"),
        ("BASIS_ENVIRONMENT", "qa", "EIF-005"),
        ("BASIS_EXECUTION_MODE", "paper", "EIF-011"),
        ("RECONCILIATION_TOLERANCE", "-1", "REC-008"),
        ("RECONCILIATION_TOLERANCE", "a bit", "REC-008"),
        ("RECONCILIATION_TOLERANCE", "nan", "REC-008"),
    ],
)
def test_a_bad_environment_variable_is_named_with_its_value(variable, value, code):
    line = refused(environment={variable: value})
    assert line.startswith(code)
    assert variable in line
    assert value in line


@pytest.mark.parametrize(
    "text", ["- 1", "a: [", "a: 1\na: 2", "\x00", "a: &x [*x]", "strategy: {1: 2}", "7: 8", "strategy: text"]
)
def test_a_broken_file_is_one_line_and_never_a_traceback(text, tmp_path):
    assert refused_file(tmp_path, text).startswith("CFG-00")


def test_the_line_of_a_value_in_a_file_names_the_file(tmp_path):
    assert "run.yaml" in refused_file(tmp_path, "strategy: {hedge_ratio: 4}")


@pytest.mark.parametrize("name", ["example:nothing", "/nowhere/run.yaml"])
def test_a_configuration_that_is_not_there_is_refused(name):
    assert refused(file=name).startswith("CFG-003")


def test_a_file_that_is_not_text_is_refused(tmp_path):
    path = tmp_path / "run.yaml"
    path.write_bytes(b"\xff\xfe\xff")
    assert "not text in UTF-8" in refused(file=path)


def test_a_number_that_is_none_is_refused(tmp_path):
    assert refused_file(tmp_path, "initial_capital: ._").startswith("CFG-003")


def test_a_folder_is_no_configuration_file(tmp_path):
    assert "Is a directory" in refused(file=tmp_path)


def test_a_file_for_another_mode_is_refused(tmp_path):
    line = refused_file(tmp_path, "strategy_mode: eth_basis")
    assert "btc_basis and eth_basis" in line


def test_a_key_given_in_two_spellings_is_refused(tmp_path):
    line = refused_file(tmp_path, "strategy_mode: btc_basis\nmode: btc_basis")
    assert "given twice" in line


def test_an_unknown_part_of_venues_is_refused(tmp_path):
    assert refused_file(tmp_path, "venues: {cxe: {}}").startswith("CFG-002")


def test_a_start_after_the_end_is_a_date_range_error():
    with pytest.raises(ComponentError) as caught:
        parse_date_range("2024-07-02", "2024-07-01")
    assert caught.value.error_code == "CFG-005"


def test_a_range_of_one_instant_is_allowed_since_both_ends_count():
    first, last = parse_date_range("2024-07-01T00:00Z", "2024-07-01")
    assert first == last


def test_a_date_that_is_none_is_named():
    with pytest.raises(ComponentError, match="--end tomorrow"):
        parse_date_range(None, "tomorrow")


def test_a_date_range_may_be_open():
    assert parse_date_range("1970-01-02", None) == (86_400_000_000_000, None)


@pytest.mark.parametrize(
    ("aliases", "meant"),
    [
        ("{foo: bar}", "unknown venue 'foo'"),
        ("{binence: bybit}", "Did you mean binance?"),
        ("{okx: binence}", "Did you mean binance?"),
        ("{mark.bybit: prep.bybit}", "Did you mean perp?"),
        ("{marks.bybit: perp.bybit}", "Did you mean mark?"),
    ],
)
def test_an_alias_between_unknown_names_is_refused(aliases, meant):
    line = refused("btc_basis", f"data.data_aliases={aliases}")
    assert line.startswith("CFG-003: data.data_aliases.")
    assert meant in line


@pytest.mark.parametrize("aliases", ["{okx: bybit, bybit: okx}", "{aave: aave_v2}", "{supply_apr.aave_v3: aave_v2}"])
def test_an_alias_between_known_venues_is_taken(aliases):
    load_config("btc_basis", overrides=[f"data.data_aliases={aliases}"], environment={})


@pytest.mark.parametrize(
    "override",
    ["initial_location=binance", "flows=[{ts: 2024-07-01, amount: 1, asset: USDT, venue: binance}]"],
)
def test_the_capital_of_pure_lending_starts_in_the_wallet(override):
    line = refused("pure_lending", override)
    assert line.startswith("CFG-003: ")
    assert "is binance" in line
    assert "Allowed: wallet" in line
