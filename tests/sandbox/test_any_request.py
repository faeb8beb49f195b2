"""Whatever a client sends to the local Binance, Bybit or OKX, signed rightly or not, it never fails inside."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basis_strategy_v1.sandbox.application import SandboxApplication
from basis_strategy_v1.sandbox.credentials import CREDENTIALS
from basis_strategy_v1.sandbox.wire import Request, Response
from basis_strategy_v1.sandbox.world import build_world
from venue_market import START, venue_market

NOW_MS = START // 1_000_000
VENUES = ("binance", "bybit", "okx")
HOSTS = {"binance": "api.binance.com", "bybit": "api.bybit.com", "okx": "www.okx.com"}
FIXED = {
    "symbol": ["BTCUSDT", "btcusdt"],
    "instId": ["BTC-USDT", "BTC-USDT-SWAP", "BTC-USDT,ETH-USDT"],
    "instType": ["SPOT", "SWAP", "OPTION"],
    "category": ["spot", "linear", "inverse"],
    "side": ["BUY", "SELL", "Buy", "Sell", "buy", "sell"],
    "type": ["LIMIT", "MARKET", "LIMIT_MAKER", "MAIN_UMFUTURE", "UMFUTURE_MAIN", "8", "5", "0"],
    "orderType": ["Market", "Limit"],
    "ordType": ["market", "limit", "post_only", "ioc", "fok"],
    "timeInForce": ["GTC", "IOC", "FOK", "GTX", "PostOnly"],
    "tdMode": ["cash", "cross"],
    "interval": ["1h", "60", "D", "1d"],
    "coin": ["USDT", "BTC"],
    "asset": ["USDT", "BTC"],
    "ccy": ["USDT", "BTC"],
    "chain": ["ETH", "BTC"],
    "accountType": ["UNIFIED", "UTA", "FUND"],
    "dest": ["4"],
    "mgnMode": ["cross"],
    "from": ["6", "18"],
    "to": ["18", "6"],
    "cancelReplaceMode": ["STOP_ON_FAILURE", "ALLOW_FAILURE"],
}
NUMBERS = (
    "0.01",
    "1",
    "100",
    "50000",
    "100000",
    "0.001",
    "-1",
    "0",
    "1e5",
    "1e100",
    "1e-400",
    "NaN",
    "Infinity",
    "1_0",
)
ODD = (
    "9" * 20 + "." + "9" * 20,
    "9" * 5000,
    "²",
    "١",
    " 1 ",
    "1\n",
    "+1",
    ".5",
    "",
    "None",
    "é",
    "💥",
    "\x00",
    "a" * 40,
)
TIMES = (str(NOW_MS), "0", "9" * 18, "9" * 20, str(NOW_MS + 10**9))
texts = st.sampled_from((*NUMBERS, *ODD, *TIMES, "true", "false", "x", "1000001"))


def opened(venue: str) -> SandboxApplication:
    return SandboxApplication(build_world(venue_market((venue,), rows=48), (venue,)))


def endpoints(application: SandboxApplication, venue: str) -> Mapping[str, Any]:
    routes: Mapping[str, Any] = application.world.venues[venue].wire._routes  # type: ignore[attr-defined]
    return routes


def names_of(venue: str) -> list[str]:
    application = opened(venue)
    if venue == "binance":
        return sorted({name for route in endpoints(application, venue).values() for name in route.parameters})
    common = ["limit", "startTime", "endTime", "before", "after", "begin", "end", "cursor", "baseCoin", "settleCoin"]
    orders = [
        "qty",
        "price",
        "sz",
        "px",
        "newSz",
        "newPx",
        "reduceOnly",
        "marketUnit",
        "tgtCcy",
        "positionIdx",
        "posSide",
    ]
    ids = ["orderId", "orderLinkId", "ordId", "clOrdId", "clientId", "transId", "transferId", "requestId", "tag"]
    money = ["amount", "amt", "address", "toAddr", "timestamp", "fromAccountType", "toAccountType", "fee", "feeType"]
    rest = ["buyLeverage", "sellLeverage", "lever", "mode", "setMarginMode", "posMode", "openOnly", "execType", "bar"]
    return [*FIXED, *common, *orders, *ids, *money, *rest]


def sent(venue: str, name: str, parameters: Mapping[str, Any], forged: str) -> Request:
    """A request that is signed rightly; ``forged`` takes the place of its signature unless it is empty."""
    method, _, path = name.partition(" ")
    key = CREDENTIALS[venue].keys[0]
    if venue == "binance":
        payload = urlencode({"timestamp": NOW_MS, **parameters})
        signature = forged or hmac.new(key.secret.encode(), payload.encode(), hashlib.sha256).hexdigest()
        query = f"{payload}&signature={signature}"
        return Request(method=method, host=HOSTS[venue], path=path, query=query, headers={"x-mbx-apikey": key.key})
    path = path if venue == "bybit" else f"/api/v5/{path}"
    query = "" if method == "POST" else urlencode(parameters)
    body = json.dumps(parameters).encode() if method == "POST" else b""
    if venue == "bybit":
        text = f"{NOW_MS}{key.key}5000{query}".encode() + body
        headers = {"x-bapi-api-key": key.key, "x-bapi-timestamp": str(NOW_MS), "x-bapi-recv-window": "5000"}
        headers["x-bapi-sign"] = forged or hmac.new(key.secret.encode(), text, hashlib.sha256).hexdigest()
    else:
        stamp = datetime.fromtimestamp(NOW_MS / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        text = (stamp + method + path + (f"?{query}" if query else "")).encode() + body
        digest = hmac.new(key.secret.encode(), text, hashlib.sha256).digest()
        headers = {"ok-access-key": key.key, "ok-access-passphrase": key.passphrase, "ok-access-timestamp": stamp}
        headers["ok-access-sign"] = forged or base64.b64encode(digest).decode()
    return Request(method=method, host=HOSTS[venue], path=path, query=query, headers=headers, body=body)


def answered(application: SandboxApplication, request: Request) -> Response:
    answer = application.handle(request)
    assert isinstance(answer, Response)
    assert application.failures == [], application.failures[0]
    assert answer.status < 500
    return answer


@pytest.mark.parametrize("venue", VENUES)
@settings(max_examples=40)
@given(data=st.data())
def test_any_parameters_are_answered(venue: str, data: st.DataObject) -> None:
    application = opened(venue)
    names = st.sampled_from(names_of(venue))
    for _ in range(5):
        name = data.draw(st.sampled_from(sorted(endpoints(application, venue))))
        wanted = data.draw(st.lists(names, max_size=8, unique=True))
        fixed = {field: values[0] for field, values in FIXED.items() if data.draw(st.booleans())}
        chosen = {field: data.draw(st.sampled_from([*FIXED.get(field, ()), data.draw(texts)])) for field in wanted}
        answered(application, sent(venue, name, {**fixed, **chosen}, ""))


BODIES = (
    b"",
    b"null",
    b"[]",
    b"[[]]",
    b"[null]",
    b"{",
    b"1",
    b"NaN",
    b"\xff\xfe",
    b'{"category": "\xff", "instId": "\xff"}',
    b'{"category": "\\ud800", "instId": "\\ud800"}',
    b'{"category": 1e999}',
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b"x" * 1_000_000,
)


@pytest.mark.parametrize("body", BODIES, ids=lambda body: repr(body[:12]))
def test_any_body_is_answered(body: bytes) -> None:
    for venue in VENUES:
        application = opened(venue)
        name = {"binance": "POST /api/v3/order", "bybit": "POST /v5/order/create", "okx": "POST trade/order"}[venue]
        signed = sent(venue, name, {}, "")
        stamp = signed.headers.get("ok-access-timestamp", "")
        key = CREDENTIALS[venue].keys[0]
        digest = hmac.new(key.secret.encode(), f"{stamp}POST{signed.path}".encode() + body, hashlib.sha256).digest()
        text = f"{NOW_MS}{key.key}5000".encode() + body
        headers = {
            **signed.headers,
            "ok-access-sign": base64.b64encode(digest).decode(),
            "x-bapi-sign": hmac.new(key.secret.encode(), text, hashlib.sha256).hexdigest(),
        }
        request = Request(method="POST", host=HOSTS[venue], path=signed.path, headers=headers, body=body)
        answered(application, request)


@pytest.mark.parametrize("path", ["/info", "/exchange"])
@pytest.mark.parametrize("body", BODIES, ids=lambda body: repr(body[:12]))
def test_any_body_is_answered_by_hyperliquid(path: str, body: bytes) -> None:
    pytest.importorskip("eth_account", reason="eth-account comes with the live extra")
    headers = {"content-type": "application/json"}
    request = Request(method="POST", host="api.hyperliquid.xyz", path=path, headers=headers, body=body)
    assert answered(opened("hyperliquid"), request).status in (400, 422)


@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize("signature", ["é", "ÿ" * 64, "💥", " "])
def test_a_signature_of_any_letters_is_wrong(venue: str, signature: str) -> None:
    name = {"binance": "GET /api/v3/account", "bybit": "GET /v5/account/info", "okx": "GET account/config"}[venue]
    body = json.loads(answered(opened(venue), sent(venue, name, {}, signature)).body)
    assert body.get("code", body.get("retCode")) in (-1022, 10004, "50113")


@pytest.mark.parametrize("number", ["²", "١", "9" * 5000, "-1", "1e3", ""])
def test_a_time_in_a_header_that_is_no_number_is_refused(number: str) -> None:
    bybit = opened("bybit")
    request = sent("bybit", "GET /v5/account/info", {}, "")
    for name in ("x-bapi-timestamp", "x-bapi-recv-window"):
        code = json.loads(answered(bybit, _with(request, name, number)).body)["retCode"]
        assert code == 10002 if name == "x-bapi-timestamp" else code in (10002, 10004)
    okx = sent("okx", "POST trade/order", {"instId": "BTC-USDT"}, "")
    code = json.loads(answered(opened("okx"), _with(okx, "exptime", number)).body)["code"]
    assert code == ("50036" if number else "1")


@pytest.mark.parametrize("venue", ["bybit", "okx"])
@pytest.mark.parametrize("number", ["1_000", "١", " 1 ", "1\n", "+1", "1e0", "0x1", ".1", "1."])
def test_a_quantity_is_plain_digits(venue: str, number: str) -> None:
    linear = {"category": "linear", "symbol": "BTCUSDT", "side": "Buy", "orderType": "Market", "qty": number}
    swap = {"instId": "BTC-USDT-SWAP", "tdMode": "cross", "side": "buy", "ordType": "market", "sz": number}
    name, order = ("POST /v5/order/create", linear) if venue == "bybit" else ("POST trade/order", swap)
    body = json.loads(answered(opened(venue), sent(venue, name, order, "")).body)
    assert body["data"][0]["sCode"] == "51000" if venue == "okx" else body["retCode"] == 10001


@pytest.mark.parametrize("flag", ["yes", "1", "truth", 1])
def test_a_flag_is_true_or_false(flag: Any) -> None:
    linear = {"category": "linear", "symbol": "BTCUSDT", "side": "Buy", "orderType": "Market", "qty": "0.01"}
    order = sent("bybit", "POST /v5/order/create", {**linear, "reduceOnly": flag}, "")
    assert json.loads(answered(opened("bybit"), order).body)["retCode"] == 10001
    swap = {"instId": "BTC-USDT-SWAP", "tdMode": "cross", "side": "buy", "ordType": "market", "sz": "1"}
    order = sent("okx", "POST trade/order", {**swap, "reduceOnly": flag}, "")
    assert json.loads(answered(opened("okx"), order).body)["data"][0]["sCode"] == "51000"


def _with(request: Request, name: str, value: str) -> Request:
    changed = {**request.headers, name: value}
    return msgspec.structs.replace(request, headers=changed)


WITHDRAWALS: dict[str, tuple[str, dict[str, Any], str]] = {
    "binance": ("POST /sapi/v1/capital/withdraw/apply", {"coin": "USDT", "address": "0x" + "a" * 40}, "amount"),
    "bybit": (
        "POST /v5/asset/withdraw/create",
        {"coin": "USDT", "chain": "ETH", "address": "0x" + "a" * 40, "timestamp": NOW_MS, "accountType": "UTA"},
        "amount",
    ),
    "okx": ("POST asset/withdrawal", {"ccy": "USDT", "dest": "4", "toAddr": "0x" + "a" * 40}, "amt"),
}


@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize("least", [True, False])
def test_a_withdrawal_keeps_the_least_amount_and_the_decimals_that_are_announced(venue: str, least: bool) -> None:
    name, fields, called = WITHDRAWALS[venue]
    application = opened(venue)
    location = application.world.venues[venue].spec.deposit_location
    money = json.dumps({"location": location, "asset": "USDT", "amount": "1000"}).encode()
    answered(application, Request(method="POST", host="", path="/sandbox/deposit", body=money))
    amount = {"binance": "7", "bybit": "0.1", "okx": "2"}[venue] if least else "100.123456789"
    body = json.loads(answered(application, sent(venue, name, {**fields, called: amount}, "")).body)
    assert str(body.get("code", body.get("retCode"))) not in ("0", "None")
    assert application.world.venues[venue].account.withdrawals() == []
    answered(application, sent(venue, name, {**fields, called: "100.12345678"}, ""))
    assert len(application.world.venues[venue].account.withdrawals()) == 1


@pytest.mark.parametrize(
    ("venue", "name", "fields", "code"),
    [
        ("bybit", WITHDRAWALS["bybit"][0], {**WITHDRAWALS["bybit"][1], "amount": "100", "accountType": "MINE"}, 10001),
        ("okx", "GET account/leverage-info", {"instId": "BTC-USDT-SWAP", "mgnMode": "mine"}, "51000"),
        ("okx", "POST asset/transfer", {"ccy": "USDT", "amt": "0.000000001", "from": "6", "to": "18"}, "51000"),
        (
            "binance",
            "POST /sapi/v1/asset/transfer",
            {"type": "MAIN_UMFUTURE", "asset": "USDT", "amount": "0.000000001"},
            -1111,
        ),
    ],
)
def test_a_value_that_the_venue_does_not_know_is_refused(
    venue: str, name: str, fields: dict[str, Any], code: int | str
) -> None:
    body = json.loads(answered(opened(venue), sent(venue, name, fields, "")).body)
    assert body.get("code", body.get("retCode")) == code
