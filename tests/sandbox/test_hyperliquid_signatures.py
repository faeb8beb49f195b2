from __future__ import annotations

import json
from typing import Any

import pytest

from basis_strategy_v1.sandbox.clock import SandboxClock, VenueClock
from basis_strategy_v1.sandbox.hyperliquid.actions import Malformed, OrderAction, parse_envelope
from basis_strategy_v1.sandbox.hyperliquid.authentication import (
    DAY_MS,
    KEPT_NONCES,
    Nonces,
    Refused,
    Signer,
    action_hash,
    verify,
)

# The vendor publishes the expected signatures of this key (its SDK's tests).
VENDOR_ADDRESS = "0x14791697260e4c9a71f18484c9f997b308e59325"
STRANGER = "0x" + "11" * 20

ORDER = {"a": 1, "b": True, "p": "100", "s": "100", "r": False, "t": {"limit": {"tif": "Gtc"}}}
MAIN_NETWORK = {
    "r": "0xd65369825a9df5d80099e513cce430311d7d26ddf477f5b3a33d2806b100d78e",
    "s": "0x2b54116ff64054968aa237c20ca9ff68000f977c93289157748a3162b6ea940e",
    "v": 28,
}
TEST_NETWORK = {
    "r": "0x82b2ba28e76b3d761093aaded1b1cdad4960b3af30212b343fb2e6cdfa4e3d54",
    "s": "0x6b53878fc99d26047f4d7e8c90eb98955a109f44209163f52d8dc4278cbbd9f5",
    "v": 27,
}
WITH_CLIENT_ID = {
    "r": "0x41ae18e8239a56cacbc5dad94d45d0b747e5da11ad564077fcac71277a946e3",
    "s": "0x3c61f667e747404fe7eea8f90ab0e76cc12ce60270438b2058324681a00116da",
    "v": 27,
}
WITHDRAWAL = {
    "r": "0x8363524c799e90ce9bc41022f7c39b4e9bdba786e5f9c72b20e43e1462c37cf9",
    "s": "0x58b1411a775938b83e29182e8ef74975f9054c8e97ebf5ec2dc8d51bfc893881",
    "v": 28,
}


def envelope_bytes(action: dict[str, Any], signature: dict[str, Any], nonce: int = 0) -> bytes:
    return json.dumps({"action": action, "nonce": nonce, "signature": signature, "vaultAddress": None}).encode()


def order_action(**changes: Any) -> dict[str, Any]:
    return {"type": "order", "orders": [ORDER | changes], "grouping": "na"}


def signer_of(action: dict[str, Any], signature: dict[str, Any], nonce: int = 0) -> Signer:
    return verify(parse_envelope(envelope_bytes(action, signature, nonce)), {VENDOR_ADDRESS})


def test_the_hash_of_an_order_is_the_one_the_vendor_published() -> None:
    order = {"a": 4, "b": True, "p": "1670.1", "s": "0.0147", "r": False, "t": {"limit": {"tif": "Ioc"}}}
    body = envelope_bytes({"type": "order", "orders": [order], "grouping": "na"}, MAIN_NETWORK)
    action = parse_envelope(body).action
    assert isinstance(action, OrderAction)
    digest = action_hash(action, 1677777606040, None, None)
    assert digest.hex() == "0fcbeda5ae3c4950a548021552a4fea2226858c4453571bf3f24ba017eac2908"


def test_the_signer_is_recovered_and_its_network_told() -> None:
    assert signer_of(order_action(), MAIN_NETWORK) == Signer(VENDOR_ADDRESS, "a")
    assert signer_of(order_action(), TEST_NETWORK) == Signer(VENDOR_ADDRESS, "b")


def test_the_client_id_is_part_of_what_is_signed() -> None:
    action = order_action(c="0x00000000000000000000000000000001")
    assert signer_of(action, WITH_CLIENT_ID) == Signer(VENDOR_ADDRESS, "a")
    with pytest.raises(Refused, match="does not exist"):
        signer_of(order_action(c="0x00000000000000000000000000000002"), WITH_CLIENT_ID)


def test_a_withdrawal_is_signed_as_typed_data_of_its_own() -> None:
    action = {
        "type": "withdraw3",
        "hyperliquidChain": "Testnet",
        "signatureChainId": "0x66eee",
        "destination": "0x5e9ee1089755c3435139848e47e6635505d5a13a",
        "amount": "1",
        "time": 1687816341423,
    }
    assert signer_of(action, WITHDRAWAL, 1687816341423) == Signer(VENDOR_ADDRESS, "b")
    with pytest.raises(Refused, match="does not exist"):
        signer_of(action | {"amount": "2"}, WITHDRAWAL, 1687816341423)


@pytest.mark.parametrize("change", [{"s": "100.5"}, {"p": "99"}, {"b": False}, {"a": 2}, {"r": True}])
def test_an_order_changed_after_signing_has_another_signer(change: dict[str, Any]) -> None:
    with pytest.raises(Refused, match=r"^User or API Wallet 0x[0-9a-f]{40} does not exist\.$"):
        signer_of(order_action(**change), MAIN_NETWORK)


def test_another_nonce_has_another_signer() -> None:
    with pytest.raises(Refused, match="does not exist"):
        signer_of(order_action(), MAIN_NETWORK, nonce=1)


def test_the_venue_hashes_its_own_spelling_of_numbers_and_its_own_order_of_keys() -> None:
    reordered = {key: ORDER[key] for key in reversed(ORDER)}
    action = {"grouping": "na", "orders": [reordered | {"p": "100.0", "s": "100.00"}], "type": "order"}
    assert signer_of(action, MAIN_NETWORK) == Signer(VENDOR_ADDRESS, "a")


def test_a_garbled_signature_is_refused() -> None:
    with pytest.raises(Refused, match="Unable to recover signer"):
        signer_of(order_action(), MAIN_NETWORK | {"r": "0xzz"})


@pytest.mark.parametrize(
    "body",
    [
        b"not json",
        b"{}",
        envelope_bytes({"type": "conquer"}, MAIN_NETWORK),
        envelope_bytes(order_action(x=1), MAIN_NETWORK),
        envelope_bytes(order_action(), MAIN_NETWORK | {"v": 99}),
        envelope_bytes(order_action(p="cheap"), MAIN_NETWORK),
        envelope_bytes(order_action(p="-1"), MAIN_NETWORK),
        envelope_bytes(order_action(p="NaN"), MAIN_NETWORK),
        envelope_bytes(order_action(c="my-order-1"), MAIN_NETWORK),
        envelope_bytes(order_action(t={"limit": {"tif": "Fok"}}), MAIN_NETWORK),
        envelope_bytes(order_action(t={}), MAIN_NETWORK),
    ],
)
def test_a_body_of_another_form_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        parse_envelope(body)


NOW = 1_700_000_000_000
CLOCK = VenueClock(SandboxClock([NOW * 1_000_000], monotonic_ns=lambda: 0, wall_ns=lambda: NOW * 1_000_000))


def test_a_nonce_is_taken_once() -> None:
    nonces = Nonces()
    nonces.use(NOW, CLOCK)
    with pytest.raises(Refused, match="duplicate nonce"):
        nonces.use(NOW, CLOCK)
    nonces.use(NOW - 1, CLOCK)


@pytest.mark.parametrize("nonce", [NOW - 2 * DAY_MS - 1, NOW + DAY_MS, 0])
def test_a_nonce_far_from_the_venues_time_is_refused(nonce: int) -> None:
    with pytest.raises(Refused, match="Invalid nonce"):
        Nonces().use(nonce, CLOCK)


def test_a_nonce_below_the_highest_hundred_is_refused() -> None:
    nonces = Nonces()
    for step in range(1, KEPT_NONCES + 1):
        nonces.use(NOW + 2 * step, CLOCK)
    with pytest.raises(Refused, match="below the lowest"):
        nonces.use(NOW + 1, CLOCK)
    nonces.use(NOW + 3, CLOCK)


def test_strangers_are_told_which_address_was_recovered() -> None:
    with pytest.raises(Refused, match=VENDOR_ADDRESS):
        verify(parse_envelope(envelope_bytes(order_action(), MAIN_NETWORK)), {STRANGER})
