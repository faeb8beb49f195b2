"""Opening accounts at local venues, and the keys to them."""

from __future__ import annotations

import sys

import pytest

from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.sandbox.credentials import CREDENTIALS, environment_variables
from basis_strategy_v1.sandbox.registry import WIRES
from basis_strategy_v1.sandbox.world import build_world
from basis_strategy_v1.venues.registry import spec_for
from local_venues import small_market


def test_every_venue_opens_with_its_margin_currency() -> None:
    world = build_world(small_market(tuple(WIRES)), tuple(WIRES))
    for venue, found in world.venues.items():
        currency = spec_for(venue).margin_currency
        assert found.account.balances(found.spec.margin_location)[currency].total == 100_000


def test_an_unknown_venue_is_refused() -> None:
    with pytest.raises(ComponentError, match="EIF-002"):
        build_world(small_market(("binance",)), ("kraken",))
    with pytest.raises(ComponentError, match="EIF-002"):
        build_world(small_market(("binance",)), ("aave",))


def test_a_library_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(sys.modules):
        if name.startswith("basis_strategy_v1.sandbox.hyperliquid."):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "eth_account", None)
    with pytest.raises(ComponentError, match="EIF-007: the local hyperliquid needs eth_account"):
        build_world(small_market(("hyperliquid",)), ("hyperliquid",))


def test_no_two_venues_claim_a_host_or_a_prefix() -> None:
    world = build_world(small_market(tuple(WIRES)), tuple(WIRES))
    hosts = [host for venue in world.venues.values() for host in venue.wire.hosts]
    prefixes = [prefix for venue in world.venues.values() for prefix in venue.wire.prefixes]
    assert len(hosts) == len(set(hosts))
    assert len(prefixes) == len(set(prefixes))


def test_the_keys_fit_the_names_that_each_venue_asks_for() -> None:
    for venue in WIRES:
        wanted = {f"BASIS_DEV__{field.environment_suffix}" for field in spec_for(venue).credentials}
        assert set(environment_variables([venue])) == wanted
    assert CREDENTIALS["binance"].find("sandbox-binance-futures") is not None
    assert CREDENTIALS["binance"].find("another") is None


def test_the_wallet_address_belongs_to_the_private_key() -> None:
    account = pytest.importorskip("eth_account", reason="eth-account comes with the live extra")
    credentials = CREDENTIALS["hyperliquid"]
    assert account.Account.from_key(credentials.private_key).address == credentials.wallet_address
