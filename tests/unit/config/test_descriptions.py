"""What people are told about keys, durations and venues."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basis_strategy_v1.config.defaults import describe_defaults
from basis_strategy_v1.config.durations import duration_text, parse_duration
from basis_strategy_v1.config.loader import default_config
from basis_strategy_v1.config.packaged import MODES, example_description, example_names, venue_names
from basis_strategy_v1.config.venues import venue_settings
from basis_strategy_v1.core.error_codes.exceptions import ComponentError


@pytest.mark.parametrize("mode", MODES)
def test_every_key_has_a_range_and_a_meaning(mode):
    rows = describe_defaults(mode)
    assert all(row.allowed and row.meaning for row in rows)
    assert len({row.key for row in rows}) == len(rows)


def test_defaults_shown_are_those_that_hold():
    shown = {row.key: row.default for row in describe_defaults("eth_basis")}
    assert shown["strategy.spot_allocation"] == "0.5"
    assert shown["strategy.hedge_allocation"] == "{binance: 0.4, bybit: 0.3, okx: 0.3}"
    assert shown["data.max_staleness.prices"] == "8h"
    assert shown["strategy.exit_at"] == "null"
    assert shown["venue_settings.bybit.fees.perp_taker"] == "0.00055"


def test_every_key_of_the_document_is_described():
    keys = {row.key for row in describe_defaults("btc_basis")}
    document = default_config("btc_basis").document
    assert {f"strategy.{name}" for name in document["strategy"]} <= keys
    assert {f"execution_settings.{name}" for name in document["execution_settings"]} <= keys


def test_the_keys_of_listed_sections_are_described_too():
    keys = {row.key for row in describe_defaults("btc_basis")}
    assert {"flows[].amount", "withdrawal_addresses[].address"} <= keys


@given(st.integers(min_value=0, max_value=10**9))
def test_a_duration_reads_back_as_itself(milliseconds):
    nanoseconds = milliseconds * 1_000_000
    assert parse_duration(duration_text(nanoseconds)) == nanoseconds


def test_no_time_at_all_needs_no_unit():
    assert parse_duration(0) == 0


@pytest.mark.parametrize("text", ["8", "h", "8 hours", "-8h", "1.5h", "", None, True, 8])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError, match="not a duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("venue", "spot_taker", "perp_taker"),
    [
        ("binance", "0.001", "0.0005"),
        ("bybit", "0.001", "0.00055"),
        ("okx", "0.001", "0.0005"),
        ("hyperliquid", "0.0007", "0.00045"),
    ],
)
def test_exchanges_charge_their_lowest_tier_by_default(venue, spot_taker, perp_taker):
    fees = venue_settings(venue).fees
    assert (fees.spot_taker, fees.perp_taker) == (Decimal(spot_taker), Decimal(perp_taker))


def test_the_settings_of_a_venue_can_be_had_alone_with_changes():
    fees = venue_settings("okx", {"fee_tier": "vip1", "fees": {"perp_taker": "0.0002"}}).fees
    assert (fees.spot_maker, fees.perp_taker) == (Decimal("0.000675"), Decimal("0.0002"))


def test_a_venue_that_is_none_is_refused():
    with pytest.raises(ComponentError, match="kraken"):
        venue_settings("kraken")


@pytest.mark.parametrize("venue", venue_names())
def test_every_venue_has_settings(venue):
    assert venue_settings(venue).plain_values()["network"] == "mainnet"


def test_every_example_says_what_it_is_for():
    assert all(example_description(name).endswith(".") for name in example_names())


def test_loading_a_configuration_imports_nothing_heavy():
    code = (
        "import sys; from basis_strategy_v1.config.loader import load_config; load_config('btc_basis', environment={});"
        "print([name for name in ('pandas', 'pyarrow', 'numpy', 'pydantic', 'rich') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
