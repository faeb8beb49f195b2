"""Whatever a client sends, signed or not, the local Hyperliquid answers as the venue would: it never fails inside."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basis_strategy_v1.sandbox.application import SandboxApplication
from basis_strategy_v1.sandbox.credentials import CREDENTIALS
from basis_strategy_v1.sandbox.wire import Request, Response
from basis_strategy_v1.sandbox.world import build_world
from venue_market import START, venue_market

pytest.importorskip("eth_account", reason="eth-account comes with the live extra")

KEYS = CREDENTIALS["hyperliquid"]
NOW_MS = START // 1_000_000

numbers = st.one_of(
    st.decimals(allow_nan=True, allow_infinity=True).map(str),
    st.sampled_from(["0.01", "1", "50000", "60000.5", "1e400", "1e999999", "1e-400", "-1", "", "0x1", "9" * 70]),
)
integers = st.one_of(st.integers(), st.integers(0, 3), st.sampled_from([10_000, 10_001, 2**63, 2**64, -1]))
client_ids = st.sampled_from(["0x" + "ab" * 16, "0x" + "AB" * 16, "mine", ""])
orders = st.fixed_dictionaries(
    {
        "a": integers,
        "b": st.booleans(),
        "p": numbers,
        "s": numbers,
        "r": st.booleans(),
        "t": st.sampled_from([{"limit": {"tif": tif}} for tif in ("Gtc", "Ioc", "Alo")]),
    },
    optional={"c": client_ids},
)
actions = st.one_of(
    st.fixed_dictionaries(
        {"type": st.just("order"), "orders": st.lists(orders, max_size=3), "grouping": st.just("na")}
    ),
    st.fixed_dictionaries(
        {
            "type": st.just("cancel"),
            "cancels": st.lists(st.fixed_dictionaries({"a": integers, "o": integers}), max_size=2),
        }
    ),
    st.fixed_dictionaries({"type": st.just("modify"), "oid": integers | client_ids, "order": orders}),
    st.fixed_dictionaries(
        {
            "type": st.just("updateLeverage"),
            "asset": integers,
            "isCross": st.booleans(),
            "leverage": integers,
        }
    ),
)
times = st.one_of(st.none(), integers, st.sampled_from([0, NOW_MS, 2**53]))
questions = st.fixed_dictionaries(
    {
        "type": st.sampled_from(
            [
                "meta",
                "l2Book",
                "fundingHistory",
                "candleSnapshot",
                "orderStatus",
                "userFillsByTime",
                "userFunding",
                "userNonFundingLedgerUpdates",
                "clearinghouseState",
                "nonsense",
            ]
        ),
        "user": st.sampled_from([KEYS.wallet_address, "0x" + "22" * 20, "me", ""]),
        "coin": st.sampled_from(["BTC", "@0", "@99", ""]),
    },
    optional={
        "oid": integers | client_ids,
        "startTime": times,
        "endTime": times,
        "req": st.fixed_dictionaries(
            {
                "coin": st.sampled_from(["BTC", "@1", "X"]),
                "interval": st.sampled_from(["1m", "1h", "1M", "7h", ""]),
                "startTime": integers,
            },
            optional={"endTime": times},
        ),
    },
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


class Sandbox:
    """One venue that lives through all examples, with a nonce that counts up."""

    def __init__(self) -> None:
        self.application = SandboxApplication(build_world(venue_market(("hyperliquid",)), ("hyperliquid",)))
        self.nonce = NOW_MS

    def post(self, path: str, body: bytes) -> Response:
        headers = {"content-type": "application/json"}
        request = Request(method="POST", host="api.hyperliquid.xyz", path=path, headers=headers, body=body)
        answer = self.application.handle(request)
        failures = list(self.application.failures)
        self.application.failures.clear()
        assert failures == []
        assert isinstance(answer, Response)
        assert answer.status in (200, 400, 422)
        return answer

    def act(self, action: Any) -> Response:
        """Send ``action`` signed by the account's key, when the venue can read it."""
        self.nonce += 1
        envelope = {"action": action, "nonce": self.nonce, "signature": {"r": "0x1", "s": "0x1", "v": 27}}
        signature = _sign(json.dumps(envelope).encode())
        return self.post(
            "/exchange", json.dumps({**envelope, "signature": signature or envelope["signature"]}).encode()
        )


def _sign(body: bytes) -> dict[str, Any] | None:
    from eth_account import Account
    from eth_account.messages import encode_typed_data

    from basis_strategy_v1.sandbox.hyperliquid.actions import Malformed, parse_envelope
    from basis_strategy_v1.sandbox.hyperliquid.authentication import action_hash

    try:
        envelope = parse_envelope(body)
    except Malformed:
        return None
    connection = action_hash(envelope.action, envelope.nonce, None, None)  # type: ignore[arg-type]
    signable = encode_typed_data(
        domain_data={"name": "Exchange", "version": "1", "chainId": 1337, "verifyingContract": "0x" + "0" * 40},
        message_types={"Agent": [{"name": "source", "type": "string"}, {"name": "connectionId", "type": "bytes32"}]},
        message_data={"source": "a", "connectionId": connection},
    )
    signed = Account.sign_message(signable, KEYS.private_key)
    return {"r": hex(signed.r), "s": hex(signed.s), "v": signed.v}


SANDBOX = Sandbox()


@settings(max_examples=200, deadline=None)
@given(actions)
def test_any_signed_action_is_carried_out_or_refused_in_words(action: Any) -> None:
    answer = SANDBOX.act(action)
    if answer.status == 200:
        said = json.loads(answer.body)
        assert said["status"] in ("ok", "err")
        assert "does not exist" not in str(said)


@settings(max_examples=200, deadline=None)
@given(questions)
def test_any_question_is_answered(question: Any) -> None:
    SANDBOX.post("/info", json.dumps(question).encode())


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(["/info", "/exchange"]), st.one_of(anything.map(json.dumps).map(str.encode), st.binary()))
def test_any_body_is_answered(path: str, body: bytes) -> None:
    SANDBOX.post(path, body)


def test_a_signed_order_of_this_module_is_accepted() -> None:
    order = {"a": 0, "b": True, "p": "50000", "s": "0.01", "r": False, "t": {"limit": {"tif": "Gtc"}}}
    answer = Sandbox().act({"type": "order", "orders": [order], "grouping": "na"})
    assert "resting" in json.loads(answer.body)["response"]["data"]["statuses"][0]
