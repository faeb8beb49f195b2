"""The local Bybit's rules, asked by hand: who signs, which id wins, what is refused, how lists are paged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from wire_clients import START_MS, WireClient

CREATE = "/v5/order/create"
LIMIT = {
    "category": "linear",
    "symbol": "BTCUSDT",
    "side": "Buy",
    "orderType": "Limit",
    "qty": "0.01",
    "price": "50000",
}
SPOT = {"category": "spot", "symbol": "BTCUSDT", "side": "Buy", "orderType": "Limit", "qty": "0.01", "price": "50000"}
BY_SYMBOL = {"category": "linear", "symbol": "BTCUSDT"}
DAY_MS = 86_400_000


@pytest.fixture
def bybit() -> Iterator[WireClient]:
    client = WireClient("bybit")
    yield client
    assert client.application.failures == []


def place(bybit: WireClient, link_id: str, **changes: Any) -> str:
    """Place an order; its id."""
    answer = bybit.signed("POST", CREATE, **{**LIMIT, **changes}, orderLinkId=link_id)
    assert answer["retCode"] == 0, answer
    order_id: str = answer["result"]["orderId"]
    return order_id


def links(answer: Any) -> list[str]:
    return [entry["orderLinkId"] for entry in answer["result"]["list"]]


def test_an_unsigned_request_is_unauthorised(bybit: WireClient) -> None:
    answer = bybit.send("GET", "/v5/account/info")
    assert (answer.status, json.loads(answer.body)["retCode"]) == (401, 10003)


@pytest.mark.parametrize(
    ("header", "value", "code"),
    [
        ("x-bapi-api-key", "somebody", 10003),
        ("x-bapi-sign", "0" * 64, 10004),
        ("x-bapi-timestamp", "noon", 10002),
        ("x-bapi-recv-window", "6000", 10004),
    ],
)
def test_a_header_that_is_wrong_is_told(bybit: WireClient, header: str, value: str, code: int) -> None:
    headers = bybit.headers("GET", "/v5/account/info", {}) | {header: value}
    assert json.loads(bybit.send("GET", "/v5/account/info", headers).body)["retCode"] == code


@pytest.mark.parametrize(("offset_ms", "code"), [(-4_900, 0), (-5_200, 10002), (900, 0), (1_500, 10002)])
def test_a_timestamp_counts_from_its_window_to_a_second_ahead(bybit: WireClient, offset_ms: int, code: int) -> None:
    answer = bybit.signed("GET", "/v5/account/info", at_ms=bybit.clock.now_ms() + offset_ms)
    assert answer["retCode"] == code


def test_a_body_changed_on_its_way_is_refused(bybit: WireClient) -> None:
    headers = bybit.headers("POST", CREATE, LIMIT)
    answer = bybit.send("POST", CREATE, headers, **{**LIMIT, "qty": "1"})
    assert json.loads(answer.body)["retCode"] == 10004
    assert bybit.signed("GET", "/v5/order/realtime", **BY_SYMBOL)["result"]["list"] == []


def test_private_answers_tell_the_limit_and_public_ones_do_not(bybit: WireClient) -> None:
    private = dict(bybit.signed_response("GET", "/v5/account/info").headers)
    assert private["X-Bapi-Limit"] == "50"
    assert int(private["X-Bapi-Limit-Status"]) < 50
    assert int(private["X-Bapi-Limit-Reset-Timestamp"]) > START_MS
    assert "X-Bapi-Limit" not in dict(bybit.send("GET", "/v5/market/time").headers)


def test_an_unknown_route_is_not_found(bybit: WireClient) -> None:
    answer = bybit.send("GET", "/v5/order/everything")
    assert (answer.status, json.loads(answer.body)["retCode"]) == (404, 10017)


def test_an_order_id_wins_over_an_order_link_id(bybit: WireClient) -> None:
    first = place(bybit, "first")
    place(bybit, "second")
    both = {**BY_SYMBOL, "orderId": first, "orderLinkId": "second"}
    assert links(bybit.signed("GET", "/v5/order/realtime", **both)) == ["first"]
    assert bybit.signed("POST", "/v5/order/cancel", **both)["result"]["orderLinkId"] == "first"
    assert links(bybit.signed("GET", "/v5/order/realtime", **BY_SYMBOL)) == ["second"]


def test_the_literal_none_is_an_id_that_nobody_has(bybit: WireClient) -> None:
    place(bybit, "alive")
    named = {**BY_SYMBOL, "orderId": "None", "orderLinkId": "alive"}
    assert bybit.signed("GET", "/v5/order/realtime", **named)["result"]["list"] == []
    assert bybit.signed("POST", "/v5/order/cancel", **named)["retCode"] == 110001
    assert links(bybit.signed("GET", "/v5/order/realtime", **BY_SYMBOL)) == ["alive"]


def test_unknown_parameters_are_ignored(bybit: WireClient) -> None:
    place(bybit, "mine")
    answer = bybit.signed("GET", "/v5/order/realtime", **BY_SYMBOL, clientOrderId="another")
    assert links(answer) == ["mine"]


@pytest.mark.parametrize("link_id", ["x" * 37, "with space", "with.dot", "ümlaut"])
def test_order_link_ids_are_36_letters_digits_dashes_and_underscores(bybit: WireClient, link_id: str) -> None:
    assert bybit.signed("POST", CREATE, **LIMIT, orderLinkId=link_id)["retCode"] == 10001


def test_a_longest_order_link_id_with_every_kind_of_sign_is_taken(bybit: WireClient) -> None:
    place(bybit, "Ab-9_" + "x" * 31)


@pytest.mark.parametrize(
    ("order", "changes", "code"),
    [
        (LIMIT, {"qty": "0.0105"}, 10001),
        (LIMIT, {"price": "50000.05"}, 10001),
        (LIMIT, {"symbol": "DOGEUSDT"}, 10001),
        (LIMIT, {"category": "futures"}, 10001),
        (LIMIT, {"category": "inverse"}, 10001),
        (LIMIT, {"side": "buy"}, 10001),
        (LIMIT, {"orderType": "limit"}, 10001),
        (LIMIT, {"price": ""}, 10001),
        (LIMIT, {"qty": ""}, 10001),
        (LIMIT, {"qty": 0.01}, 10001),
        (LIMIT, {"qty": "-1"}, 10001),
        (LIMIT, {"qty": "much"}, 10001),
        (LIMIT, {"timeInForce": "GTX"}, 10001),
        (LIMIT, {"positionIdx": 1}, 10001),
        (LIMIT, {"triggerPrice": "60000"}, 10001),
        (LIMIT, {"qty": "0.001", "price": "10"}, 110094),
        (SPOT, {"symbol": "DOGEUSDT"}, 170121),
        (SPOT, {"qty": "0.0000001"}, 170137),
        (SPOT, {"price": "50000.005"}, 170134),
        (SPOT, {"qty": "0.00001"}, 170140),
    ],
)
def test_an_order_that_breaks_a_rule_is_refused_and_frees_its_id(
    bybit: WireClient, order: dict[str, Any], changes: dict[str, Any], code: int
) -> None:
    answer = bybit.signed("POST", CREATE, **{**order, **changes}, orderLinkId="again")
    assert (answer["retCode"], answer["result"]) == (code, {})
    assert bybit.signed("POST", CREATE, **order, orderLinkId="again")["retCode"] == 0


def test_a_spot_market_buy_spends_quote_unless_told_otherwise(bybit: WireClient) -> None:
    market = {"category": "spot", "symbol": "BTCUSDT", "side": "Buy", "orderType": "Market", "qty": "600"}
    assert bybit.signed("POST", CREATE, **market, orderLinkId="q1")["retCode"] == 0
    (order,) = bybit.signed("GET", "/v5/order/realtime", category="spot", orderLinkId="q1")["result"]["list"]
    assert 599.9 < float(order["cumExecValue"]) <= 600
    assert (order["qty"], order["marketUnit"]) == ("600", "quoteCoin")
    assert bybit.signed("POST", CREATE, **market, marketUnit="baseCoin")["retCode"] == 170131


def test_derivatives_are_listed_by_symbol_base_or_settle_coin_only(bybit: WireClient) -> None:
    place(bybit, "mine")
    assert bybit.signed("GET", "/v5/order/realtime", category="linear")["retCode"] == 10001
    assert links(bybit.signed("GET", "/v5/order/realtime", category="linear", settleCoin="USDT")) == ["mine"]
    assert links(bybit.signed("GET", "/v5/order/realtime", category="linear", baseCoin="ETH")) == []


def test_open_orders_exclude_finished_ones_unless_asked_for(bybit: WireClient) -> None:
    place(bybit, "open")
    place(bybit, "closed")
    bybit.signed("POST", "/v5/order/cancel", **BY_SYMBOL, orderLinkId="closed")
    assert links(bybit.signed("GET", "/v5/order/realtime", **BY_SYMBOL)) == ["open"]
    assert links(bybit.signed("GET", "/v5/order/realtime", **BY_SYMBOL, openOnly=1)) == ["closed"]
    assert links(bybit.signed("GET", "/v5/order/realtime", **BY_SYMBOL, orderLinkId="closed")) == ["closed"]
    assert links(bybit.signed("GET", "/v5/order/history", **BY_SYMBOL)) == ["closed"]


def test_a_category_shows_its_own_orders_only(bybit: WireClient) -> None:
    order_id = place(bybit, "perp")
    assert bybit.signed("GET", "/v5/order/realtime", category="spot", orderId=order_id)["result"]["list"] == []
    spot = bybit.signed("POST", CREATE, **SPOT, orderLinkId="spot")["result"]["orderId"]
    assert spot.isdigit()
    wrong = {"category": "linear", "symbol": "BTCUSDT", "orderId": spot}
    assert bybit.signed("POST", "/v5/order/cancel", **wrong)["retCode"] == 110001


def test_lists_are_paged_newest_first(bybit: WireClient) -> None:
    for number in range(5):
        place(bybit, f"n{number}")
    seen, cursor = [], ""
    for _ in range(3):
        result = bybit.signed("GET", "/v5/order/realtime", **BY_SYMBOL, limit=2, cursor=cursor)["result"]
        seen += [entry["orderLinkId"] for entry in result["list"]]
        cursor = result["nextPageCursor"]
    assert seen == ["n4", "n3", "n2", "n1", "n0"]
    assert cursor == ""


def test_a_history_covers_seven_days_at_most(bybit: WireClient) -> None:
    start = {"startTime": START_MS}
    too_long = bybit.signed("GET", "/v5/execution/list", **BY_SYMBOL, **start, endTime=START_MS + 8 * DAY_MS)
    assert too_long["retCode"] == 10001
    bybit.signed("POST", CREATE, **{**LIMIT, "orderType": "Market"})
    early = {"startTime": START_MS - 8 * DAY_MS}
    assert bybit.signed("GET", "/v5/execution/list", **BY_SYMBOL, **early)["result"]["list"] == []
    assert len(bybit.signed("GET", "/v5/execution/list", **BY_SYMBOL, **start)["result"]["list"]) == 1


def test_a_resting_order_fills_as_maker_when_the_price_comes() -> None:
    bybit = WireClient("bybit", moves={"BTC": [60_000.0, 49_000.0] + [60_000.0] * 46})
    place(bybit, "rest")
    bybit.world.clock.advance_rows(1)
    (trade,) = bybit.signed("GET", "/v5/execution/list", **BY_SYMBOL)["result"]["list"]
    assert (trade["isMaker"], trade["execPrice"], trade["feeRate"]) == (True, "50000", "0.0002")
    (order,) = bybit.signed("GET", "/v5/order/history", **BY_SYMBOL)["result"]["list"]
    assert (order["orderStatus"], order["cumExecQty"], order["cumExecFee"]) == ("Filled", "0.01", "0.1")


def test_a_lagging_order_is_still_cancelled_with_all_others(bybit: WireClient) -> None:
    bybit.fault("lookup_lag", f"POST {CREATE}", options={"polls": 5})
    place(bybit, "hidden")
    answer = bybit.signed("POST", "/v5/order/cancel-all", **BY_SYMBOL)
    assert links(answer) == ["hidden"]


def test_a_liquidation_shows_as_bust_trades(bybit: WireClient) -> None:
    bybit.signed("POST", CREATE, **{**LIMIT, "orderType": "Market"}, orderLinkId="mine")
    bybit.fault("liquidation", "GET /v5/position/list")
    assert bybit.signed("GET", "/v5/position/list", **BY_SYMBOL)["result"]["list"][0]["size"] == "0"
    trades = bybit.signed("GET", "/v5/execution/list", **BY_SYMBOL)["result"]["list"]
    assert [trade["execType"] for trade in trades] == ["BustTrade", "Trade"]


def test_a_banned_address_gets_no_json(bybit: WireClient) -> None:
    bybit.fault("banned_418", "GET /v5/market/time")
    answer = bybit.send("GET", "/v5/market/time")
    assert (answer.status, answer.body) == (403, b"access too frequent")


def test_bodies_that_are_no_json_object_are_refused(bybit: WireClient) -> None:
    for body in (b"{broken", b"[]", b'"text"'):
        assert bybit.send_body("POST", CREATE, bybit.sign("POST", CREATE, body), body)["retCode"] == 10001


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, 10001),
        ({"qty": "0.01", "price": "50000"}, 10001),
        ({"qty": "0.0105"}, 10001),
        ({"qty": "100", "price": "59999"}, 110007),
        ({"orderLinkId": "nobody", "qty": "1"}, 110001),
        ({"orderLinkId": "", "qty": "1"}, 10001),
    ],
)
def test_an_amendment_that_breaks_a_rule_leaves_the_order_as_it_was(
    bybit: WireClient, changes: dict[str, str], code: int
) -> None:
    place(bybit, "mine")
    answer = bybit.signed("POST", "/v5/order/amend", **{**BY_SYMBOL, "orderLinkId": "mine", **changes})
    assert answer["retCode"] == code
    (order,) = bybit.signed("GET", "/v5/order/realtime", **BY_SYMBOL)["result"]["list"]
    assert (order["qty"], order["price"], order["orderStatus"]) == ("0.01", "50000", "New")


@pytest.mark.parametrize(
    ("method", "path", "parameters", "code"),
    [
        ("GET", "/v5/account/wallet-balance", {"accountType": "CONTRACT"}, 10001),
        ("GET", "/v5/account/wallet-balance", {}, 10001),
        ("GET", "/v5/account/fee-rate", {"category": "linear", "symbol": "DOGEUSDT"}, 10001),
        ("GET", "/v5/position/list", {"category": "linear", "symbol": "DOGEUSDT"}, 10001),
        ("GET", "/v5/order/realtime", {"category": "linear", "symbol": "BTCUSDT", "limit": "some"}, 10001),
        ("POST", "/v5/position/switch-mode", {"category": "linear", "symbol": "BTCUSDT", "mode": 1}, 10001),
        ("POST", "/v5/account/set-margin-mode", {"setMarginMode": "CROSS"}, 10001),
        ("POST", "/v5/position/set-leverage", {"category": "spot", "symbol": "BTCUSDT", "buyLeverage": "2"}, 10001),
        (
            "POST",
            "/v5/position/set-leverage",
            {"category": "linear", "symbol": "BTCUSDT", "buyLeverage": "2", "sellLeverage": "3"},
            10001,
        ),
        ("GET", "/v5/asset/deposit/query-address", {"coin": "DOGE"}, 10001),
        ("GET", "/v5/asset/transfer/query-account-coins-balance", {"accountType": "WALLET"}, 131203),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(
    bybit: WireClient, method: str, path: str, parameters: dict[str, Any], code: int
) -> None:
    assert bybit.signed(method, path, **parameters)["retCode"] == code


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("tickers", {"category": "linear", "symbol": "DOGEUSDT"}),
        ("orderbook", {"category": "spot", "symbol": "BTCUSDT", "limit": 1000}),
        ("orderbook", {"category": "spot"}),
        ("kline", {"category": "linear", "symbol": "BTCUSDT", "interval": "7"}),
        ("funding/history", {"category": "spot", "symbol": "BTCUSDT"}),
        ("funding/history", {"category": "linear", "symbol": "BTCUSDT", "startTime": START_MS}),
    ],
)
def test_a_public_request_that_makes_no_sense_is_refused(
    bybit: WireClient, path: str, parameters: dict[str, Any]
) -> None:
    assert json.loads(bybit.send("GET", f"/v5/market/{path}", **parameters).body)["retCode"] == 10001


@pytest.mark.parametrize("category", ["option", "inverse"])
def test_products_that_are_not_offered_are_listed_empty(bybit: WireClient, category: str) -> None:
    for path in ("instruments-info", "tickers"):
        answer = json.loads(bybit.send("GET", f"/v5/market/{path}", category=category).body)
        assert (answer["retCode"], answer["result"]["list"]) == (0, [])


WITHDRAWAL = {"coin": "USDT", "chain": "ETH", "address": "0x1", "amount": "24", "accountType": "UTA", "timestamp": 1}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"coin": "DOGE"}, 131002),
        ({"chain": "TRX"}, 131002),
        ({"chain": ""}, 131002),
        ({"amount": "0.001"}, 131096),
        ({"amount": "1000000"}, 131085),
        ({"accountType": "FUND"}, 131001),
        ({"address": ""}, 10001),
        ({"requestId": "not-alphanumeric"}, 10001),
    ],
)
def test_a_withdrawal_that_breaks_a_rule_is_refused(bybit: WireClient, changes: dict[str, str], code: int) -> None:
    assert bybit.signed("POST", "/v5/asset/withdraw/create", **{**WITHDRAWAL, **changes})["retCode"] == code
    assert bybit.signed("GET", "/v5/asset/withdraw/query-record")["result"]["rows"] == []


def test_a_withdrawal_may_take_its_fee_from_the_amount(bybit: WireClient) -> None:
    answer = bybit.signed("POST", "/v5/asset/withdraw/create", **WITHDRAWAL, feeType=1)
    (record,) = bybit.signed("GET", "/v5/asset/withdraw/query-record")["result"]["rows"]
    assert record["withdrawId"] == answer["result"]["id"]
    assert float(record["amount"]) + float(record["withdrawFee"]) == 24


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"toAccountType": "UNIFIED"}, 131211),
        ({"fromAccountType": "MARS"}, 131203),
        ({"coin": "DOGE"}, 131203),
        ({"amount": ""}, 131215),
        ({}, 131231),
    ],
)
def test_a_transfer_that_breaks_a_rule_is_refused(bybit: WireClient, changes: dict[str, str], code: int) -> None:
    transfer = {"coin": "USDT", "amount": "1", "fromAccountType": "UNIFIED", "toAccountType": "FUND"}
    path = "/v5/asset/transfer/inter-transfer"
    assert bybit.signed("POST", path, transferId="t1", **{**transfer, **changes})["retCode"] == code


def test_coins_of_the_unified_account_are_listed_for_transfers(bybit: WireClient) -> None:
    path = "/v5/asset/transfer/query-account-coins-balance"
    balance = bybit.signed("GET", path, accountType="UNIFIED", coin="BTC")["result"]["balance"]
    assert [(entry["coin"], entry["walletBalance"]) for entry in balance] == [("BTC", "1")]


def test_candles_of_the_mark_have_no_volume(bybit: WireClient) -> None:
    parameters = {"category": "linear", "symbol": "BTCUSDT", "interval": "60", "start": START_MS, "limit": 1}
    answer = json.loads(bybit.send("GET", "/v5/market/mark-price-kline", **parameters).body)
    assert answer["result"]["list"] == [[str(START_MS), "60000", "60000", "60000", "60000"]]
