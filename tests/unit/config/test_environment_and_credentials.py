"""Credentials come from the environment by name, are checked, and never show."""

from __future__ import annotations

import pytest

from basis_strategy_v1.config.credentials import credentials_for
from basis_strategy_v1.config.environment import environment_name
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.interfaces.venue_spec import CredentialField

FIELDS = (CredentialField("api_key", "CEX__BYBIT_API_KEY"), CredentialField("secret", "CEX__BYBIT_SECRET"))
SECRET = "s3cr3t-value"


@pytest.mark.parametrize(("name", "prefix"), [("dev", "DEV"), ("staging", "STAGING"), ("prod", "PROD")])
def test_each_environment_reads_its_own_variables(name, prefix):
    environ = {f"BASIS_{prefix}__CEX__BYBIT_API_KEY": "key", f"BASIS_{prefix}__CEX__BYBIT_SECRET": SECRET}
    found = credentials_for(FIELDS, name, environ)
    assert {key: value.get_secret_value() for key, value in found.items()} == {"api_key": "key", "secret": SECRET}


def test_a_secret_does_not_show_in_text():
    environ = {"BASIS_DEV__CEX__BYBIT_API_KEY": SECRET, "BASIS_DEV__CEX__BYBIT_SECRET": SECRET}
    found = credentials_for(FIELDS, "dev", environ)
    assert SECRET not in f"{found} {found!r} {found['secret']}"


def test_a_missing_credential_names_its_variable():
    with pytest.raises(ComponentError) as caught:
        credentials_for(FIELDS, "prod", {"BASIS_DEV__CEX__BYBIT_API_KEY": SECRET})
    assert caught.value.error_code == "EIF-003"
    assert "BASIS_PROD__CEX__BYBIT_API_KEY" in caught.value.line


@pytest.mark.parametrize("placeholder", ["", "  ", "0x...", "your_key", "YOUR_secret_here"])
def test_a_placeholder_is_refused_without_being_shown(placeholder):
    environ = {"BASIS_DEV__CEX__BYBIT_API_KEY": SECRET, "BASIS_DEV__CEX__BYBIT_SECRET": placeholder}
    with pytest.raises(ComponentError) as caught:
        credentials_for(FIELDS, "dev", environ)
    assert caught.value.error_code == "EIF-006"
    assert SECRET not in caught.value.line


@pytest.mark.parametrize("broken", ["one\ntwo", "one\rtwo", "schl\u00fcssel", "one\x00"])
def test_a_credential_that_no_request_can_carry_is_refused_without_being_shown(broken):
    environ = {"BASIS_DEV__CEX__BYBIT_API_KEY": SECRET, "BASIS_DEV__CEX__BYBIT_SECRET": broken}
    with pytest.raises(ComponentError) as caught:
        credentials_for(FIELDS, "dev", environ)
    assert caught.value.error_code == "EIF-006"
    assert "BYBIT_SECRET" in caught.value.line and broken not in caught.value.line


def test_a_line_break_after_a_credential_is_no_part_of_it():
    environ = {"BASIS_DEV__CEX__BYBIT_API_KEY": SECRET, "BASIS_DEV__CEX__BYBIT_SECRET": "secret\r\n"}
    assert credentials_for(FIELDS, "dev", environ)["secret"].get_secret_value() == "secret"


def test_a_real_hexadecimal_key_is_no_placeholder():
    fields = (CredentialField("private_key", "ALCHEMY__PRIVATE_KEY"),)
    assert credentials_for(fields, "dev", {"BASIS_DEV__ALCHEMY__PRIVATE_KEY": "0x" + "ab" * 32})


def test_a_venue_without_credentials_needs_none():
    assert credentials_for((), "prod", {}) == {}


@pytest.mark.parametrize(("given", "name"), [("", "dev"), ("production", "prod"), ("PROD", "prod")])
def test_environment_names_have_one_alias(given, name):
    assert environment_name({"BASIS_ENVIRONMENT": given}) == name
