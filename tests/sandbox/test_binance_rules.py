"""What the local Binance refuses, in the venue's own words: keys, signatures, times, parameters, filters, ids."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from basis_strategy_v1.sandbox.wire import Response
from binance_wire import BinanceClient

ORDER = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.1", "price": "90000"}
ACCOUNT = "/api/v3/account"


@pytest.fixture
def client() -> BinanceClient:
    return BinanceClient()


def code(answer: Response) -> tuple[int, int]:
    """HTTP status and the venue's code."""
    return answer.status, json.loads(answer.body)["code"]


def refused(client: BinanceClient, method: str, path: str, **parameters: Any) -> int:
    """The venue's code for a signed request."""
    return int(client.signed(method, path, **parameters)["code"])


def test_a_request_without_a_key_is_unauthorized(client: BinanceClient) -> None:
    assert code(client.send("GET", ACCOUNT, "timestamp=1&signature=x")) == (401, -2014)


def test_an_unknown_key_is_unauthorized(client: BinanceClient) -> None:
    assert code(client.send("GET", ACCOUNT, "timestamp=1&signature=x", key="somebody")) == (401, -2015)


def test_a_wrong_signature_is_refused(client: BinanceClient) -> None:
    query = f"timestamp={client.venue.clock.now_ms()}&signature={'0' * 64}"
    assert code(client.send("GET", ACCOUNT, query, key=client.key.key)) == (400, -1022)


def test_signature_and_timestamp_must_be_there(client: BinanceClient) -> None:
    assert code(client.send("GET", ACCOUNT, f"timestamp={client.venue.clock.now_ms()}", key=client.key.key))[1] == -1102
    assert code(client.send("GET", ACCOUNT, "signature=x", key=client.key.key))[1] == -1102


def test_query_and_body_are_signed_together(client: BinanceClient) -> None:
    query = urlencode({"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET"})
    body = urlencode({"quantity": "0.1", "timestamp": client.venue.clock.now_ms()})
    signature = hmac.new(client.key.secret.encode(), (query + body).encode(), hashlib.sha256).hexdigest()
    answer = client.send("POST", "/api/v3/order", query, f"{body}&signature={signature}", key=client.key.key)
    assert answer.status == 200


@pytest.mark.parametrize(("offset_ms", "accepted"), [(-4_000, True), (-6_000, False), (900, True), (5_000, False)])
def test_a_time_stamp_must_lie_in_the_receive_window(client: BinanceClient, offset_ms: int, accepted: bool) -> None:
    now = client.venue.clock.now_ms()
    answer = client.signed_response("GET", ACCOUNT, timestamp=now + offset_ms)
    assert (answer.status == 200) is accepted
    if not accepted:
        assert code(answer) == (400, -1021)


def test_a_wider_receive_window_lets_an_older_request_in(client: BinanceClient) -> None:
    old = client.venue.clock.now_ms() - 20_000
    assert client.signed_response("GET", ACCOUNT, timestamp=old, recvWindow=30_000).status == 200
    assert refused(client, "GET", ACCOUNT, timestamp=old, recvWindow=60_001) == -1131


def test_a_client_may_sign_with_the_time_of_the_machine() -> None:
    client = BinanceClient(wall_ns=lambda: 1_900_000_000_000_000_000)
    assert client.signed_response("GET", ACCOUNT, timestamp=1_900_000_000_000).status == 200
    assert client.signed_response("GET", ACCOUNT, timestamp=1_800_000_000_000).status == 400


def test_parameters_that_nobody_reads_are_refused(client: BinanceClient) -> None:
    answer = client.signed("POST", "/api/v3/order", **ORDER, clientOrderId="mine")
    assert answer["code"] == -1104
    assert "read '8' parameter(s) but was sent '9'" in answer["msg"]
    assert client.account.orders() == []


def test_a_parameter_sent_twice_is_refused(client: BinanceClient) -> None:
    assert code(client.send("GET", "/api/v3/depth", "symbol=BTCUSDT&symbol=BTCUSDT"))[1] == -1101


@pytest.mark.parametrize("name", ["symbol", "side", "type", "timeInForce", "quantity", "price"])
def test_a_mandatory_parameter_must_be_there(client: BinanceClient, name: str) -> None:
    order = {key: value for key, value in ORDER.items() if key != name}
    answer = client.signed("POST", "/api/v3/order", **order)
    assert answer == {
        "code": -1102,
        "msg": f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.",
    }


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"symbol": "NOPE"}, -1121),
        ({"side": "HOLD"}, -1117),
        ({"type": "MAGIC"}, -1116),
        ({"type": "STOP_LOSS", "stopPrice": "1"}, -1104),
        ({"timeInForce": "GTX"}, -1115),
        ({"quantity": "0,1"}, -1100),
        ({"quantity": "0.123456789"}, -1111),
        ({"quantity": "0"}, -1013),
        ({"quantity": "0.000001"}, -1013),
        ({"quantity": "0.00001"}, -1013),
        ({"price": "90000.001"}, -1013),
        ({"quantity": ""}, -1102),
        ({"newClientOrderId": "no spaces"}, -1100),
        ({"newClientOrderId": "x" * 37}, -1100),
        ({"newClientOrderId": ""}, -1105),
        ({"quantity": "10"}, -2010),
        ({"quantity": "9001"}, -1013),
    ],
)
def test_spot_orders_are_checked(client: BinanceClient, change: dict[str, str], expected: int) -> None:
    assert refused(client, "POST", "/api/v3/order", **(ORDER | change)) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"symbol": "NOPE"}, -1121),
        ({"timeInForce": "GTD"}, -1115),
        ({"type": "STOP_MARKET"}, -4120),
        ({"positionSide": "LONG"}, -4061),
        ({"quantity": "0"}, -4003),
        ({"quantity": "0.0001"}, -1111),
        ({"price": "90000.05"}, -1111),
        ({"quantity": "0.001"}, -4164),
        ({"newClientOrderId": "x" * 37}, -4015),
        ({"newClientOrderId": "no#hash"}, -1100),
        ({"reduceOnly": "true"}, -2022),
        ({"reduceOnly": "perhaps"}, -1130),
        ({"quantity": "500"}, -2019),
        ({"price": "105000", "timeInForce": "GTX"}, -5022),
        ({"quantity": "10000.001"}, -4005),
        ({"price": "106000"}, -4016),
        ({"price": "90000", "side": "SELL"}, -4024),
        ({"timeInForce": "FOK"}, -5021),
    ],
)
def test_futures_orders_are_checked(client: BinanceClient, change: dict[str, str], expected: int) -> None:
    assert refused(client, "POST", "/fapi/v1/order", **(ORDER | change)) == expected
    assert client.account.orders(trade_type="perp") == []


def test_a_market_order_takes_no_price(client: BinanceClient) -> None:
    market = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.1"}
    assert refused(client, "POST", "/api/v3/order", **market, price="1") == -1106
    assert refused(client, "POST", "/api/v3/order", **market, timeInForce="GTC") == -1106
    assert refused(client, "POST", "/fapi/v1/order", **market, price="1") == -1106
    assert refused(client, "POST", "/api/v3/order", **market, quoteOrderQty="5") == -1128


def test_spot_and_futures_client_ids_never_meet(client: BinanceClient) -> None:
    client.spot_order(price="90000", newClientOrderId="same")
    client.futures_order(price="90000", newClientOrderId="same")
    assert client.signed("GET", "/api/v3/order", symbol="BTCUSDT", origClientOrderId="same")["orderListId"] == -1
    found = client.signed("GET", "/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="same")
    assert found["positionSide"] == "BOTH"
    assert refused(client, "POST", "/fapi/v1/order", **ORDER, newClientOrderId="same") == -4116


def test_a_lookup_by_id_and_client_id_needs_both_to_agree(client: BinanceClient) -> None:
    first = client.spot_order(price="90000", newClientOrderId="a")["orderId"]
    client.spot_order(price="90000", newClientOrderId="b")
    both = {"symbol": "BTCUSDT", "orderId": first}
    assert client.signed("GET", "/api/v3/order", **both, origClientOrderId="a")["clientOrderId"] == "a"
    assert refused(client, "GET", "/api/v3/order", **both, origClientOrderId="b") == -2013
    assert refused(client, "DELETE", "/api/v3/order", **both, origClientOrderId="b") == -2011
    assert refused(client, "GET", "/api/v3/order", symbol="BTCUSDT") == -1102
    assert refused(client, "GET", "/api/v3/order", symbol="ETHUSDT", orderId=first) == -2013


def test_on_futures_the_id_goes_before_the_client_id(client: BinanceClient) -> None:
    first = client.futures_order(price="90000", newClientOrderId="a")["orderId"]
    client.futures_order(price="90000", newClientOrderId="b")
    found = client.signed("GET", "/fapi/v1/order", symbol="BTCUSDT", orderId=first, origClientOrderId="b")
    assert found["clientOrderId"] == "a"


def test_a_replacement_that_breaks_a_filter_leaves_the_order_alone(client: BinanceClient) -> None:
    order = client.spot_order(price="90000")["orderId"]
    replacement = ORDER | {"price": "90000.001", "cancelReplaceMode": "STOP_ON_FAILURE", "cancelOrderId": order}
    assert refused(client, "POST", "/api/v3/order/cancelReplace", **replacement) == -1013
    assert client.account.open_order(order) is not None


def test_amending_follows_the_venues_rules(client: BinanceClient) -> None:
    order = client.futures_order(price="90000")["orderId"]
    amend = {"symbol": "BTCUSDT", "side": "BUY", "orderId": order, "quantity": "0.1", "price": "90000"}
    path = "/fapi/v1/order"
    assert refused(client, "PUT", path, **amend) == -5027
    assert refused(client, "PUT", path, **(amend | {"side": "SELL", "price": "91000"})) == -1117
    assert refused(client, "PUT", path, **(amend | {"price": "91000.05"})) == -1111
    assert refused(client, "PUT", path, **(amend | {"quantity": "500"})) == -2019
    assert refused(client, "PUT", path, **(amend | {"orderId": 5})) == -2013
    kept = client.signed("GET", path, symbol="BTCUSDT", orderId=order)
    assert (kept["price"], kept["origQty"], kept["status"]) == ("90000.0", "0.100", "NEW")


def test_a_post_only_order_amended_into_the_market_is_cancelled(client: BinanceClient) -> None:
    order = client.futures_order(price="90000", timeInForce="GTX")["orderId"]
    done = client.signed(
        "PUT", "/fapi/v1/order", symbol="BTCUSDT", side="BUY", orderId=order, quantity="0.1", price="105000"
    )
    assert done["status"] == "CANCELED"


def test_an_order_that_is_amended_into_the_market_fills(client: BinanceClient) -> None:
    order = client.futures_order(price="90000")["orderId"]
    done = client.signed(
        "PUT", "/fapi/v1/order", symbol="BTCUSDT", side="BUY", orderId=order, quantity="0.1", price="105000"
    )
    assert (done["status"], done["avgPrice"]) == ("FILLED", "100050.00000000")


def test_an_acknowledgement_tells_nothing_of_fills(client: BinanceClient) -> None:
    answer = client.futures_order(newOrderRespType="ACK")
    assert (answer["status"], answer["executedQty"]) == ("NEW", "0.000")
    assert client.signed("GET", "/fapi/v1/order", symbol="BTCUSDT", orderId=answer["orderId"])["status"] == "FILLED"


def test_a_leverage_that_no_tier_has_is_refused(client: BinanceClient) -> None:
    assert refused(client, "POST", "/fapi/v1/leverage", symbol="BTCUSDT", leverage=126) == -4028


MARGIN, SIDES = ("POST", "/fapi/v1/marginType"), ("POST", "/fapi/v1/positionSide/dual")
CROSSED = {"symbol": "BTCUSDT", "marginType": "CROSSED"}
ISOLATED = {"symbol": "BTCUSDT", "marginType": "ISOLATED"}


def test_the_margin_type_is_switched_and_told_while_nothing_is_held(client: BinanceClient) -> None:
    assert refused(client, *MARGIN, **CROSSED) == -4046
    assert client.signed(*MARGIN, **ISOLATED) == {"code": 200, "msg": "success"}
    assert refused(client, *MARGIN, **ISOLATED) == -4046
    (setting,) = client.signed("GET", "/fapi/v1/symbolConfig", symbol="BTCUSDT")
    (risk,) = client.signed("GET", "/fapi/v2/positionRisk", symbol="BTCUSDT")
    assert (setting["marginType"], risk["marginType"]) == ("ISOLATED", "isolated")
    assert refused(client, "POST", "/fapi/v1/order", **ORDER) == -4088
    client.signed(*MARGIN, **CROSSED)
    client.futures_order(type="LIMIT", timeInForce="GTC", price="90000")
    assert refused(client, *MARGIN, **ISOLATED) == -4047
    client.signed("DELETE", "/fapi/v1/allOpenOrders", symbol="BTCUSDT")
    client.futures_order()
    assert refused(client, *MARGIN, **ISOLATED) == -4048


def test_hedge_mode_is_switched_and_told_while_nothing_is_held(client: BinanceClient) -> None:
    assert refused(client, *SIDES, dualSidePosition="false") == -4059
    assert client.signed(*SIDES, dualSidePosition="true") == {"code": 200, "msg": "success"}
    assert client.signed("GET", "/fapi/v1/positionSide/dual") == {"dualSidePosition": True}
    assert refused(client, "POST", "/fapi/v1/order", **ORDER) == -4061
    client.signed(*SIDES, dualSidePosition="false")
    client.futures_order(type="LIMIT", timeInForce="GTC", price="90000")
    assert refused(client, *SIDES, dualSidePosition="true") == -4067
    client.signed("DELETE", "/fapi/v1/allOpenOrders", symbol="BTCUSDT")
    client.futures_order()
    assert refused(client, *SIDES, dualSidePosition="true") == -4068


def test_leverage_that_margin_cannot_carry_is_refused(client: BinanceClient) -> None:
    client.futures_order(quantity="8")
    assert refused(client, "POST", "/fapi/v1/leverage", symbol="BTCUSDT", leverage=2) == -2027


def test_the_wallet_refuses_in_its_own_words(client: BinanceClient) -> None:
    transfer = {"type": "MAIN_UMFUTURE", "asset": "USDT", "amount": "1000000"}
    assert refused(client, "POST", "/sapi/v1/asset/transfer", **transfer) == -5013
    assert refused(client, "POST", "/sapi/v1/asset/transfer", **(transfer | {"type": "MAIN_MINING"})) == -9000
    withdrawal = {"coin": "USDT", "address": "0x" + "1" * 40, "amount": "1000000"}
    path = "/sapi/v1/capital/withdraw/apply"
    assert refused(client, "POST", path, **withdrawal) == -4026
    assert refused(client, "POST", path, **(withdrawal | {"coin": "NOPE"})) == -4018
    assert refused(client, "POST", path, **(withdrawal | {"network": "TRX"})) == -4019
    assert refused(client, "POST", path, **(withdrawal | {"amount": "0.5"})) == -4028


def test_unknown_paths_and_methods_are_told_apart(client: BinanceClient) -> None:
    assert client.send("GET", "/api/v3/nothing").status == 404
    assert client.send("DELETE", "/api/v3/time").status == 405


def test_usage_is_told_in_headers(client: BinanceClient) -> None:
    first = dict(client.signed_response("GET", ACCOUNT).headers)
    second = dict(client.signed_response("POST", "/api/v3/order", **ORDER).headers)
    assert int(second["X-MBX-USED-WEIGHT-1M"]) == int(first["X-MBX-USED-WEIGHT-1M"]) + 1
    assert second["X-MBX-ORDER-COUNT-10S"] == "1"
    assert "X-MBX-ORDER-COUNT-10S" not in first


def test_a_symbol_list_must_be_json(client: BinanceClient) -> None:
    assert len(client.public("/api/v3/exchangeInfo", symbols='["BTCUSDT","ETHUSDT"]')["symbols"]) == 2
    assert client.public("/api/v3/exchangeInfo", symbols="BTCUSDT")["code"] == -1135
    assert client.public("/api/v3/exchangeInfo", symbols='["NOPE"]')["code"] == -1121
    assert client.public("/api/v3/klines", symbol="BTCUSDT", interval="7h")["code"] == -1120


def test_a_parameter_in_query_and_body_is_the_querys(client: BinanceClient) -> None:
    query = urlencode({**ORDER, "quantity": "0.2"})
    body = urlencode({"quantity": "0.3", "timestamp": client.venue.clock.now_ms()})
    signature = hmac.new(client.key.secret.encode(), (query + body).encode(), hashlib.sha256).hexdigest()
    answer = client.send("POST", "/api/v3/order", query, f"{body}&signature={signature}", key=client.key.key)
    assert (answer.status, json.loads(answer.body)["origQty"]) == (200, "0.20000000")


@pytest.mark.parametrize("part", ["query", "body"])
def test_a_parameter_twice_in_one_part_is_refused(client: BinanceClient, part: str) -> None:
    text = f"symbol=BTCUSDT&symbol=BTCUSDT&timestamp={client.venue.clock.now_ms()}&signature=x"
    sent = {part: text}
    assert code(client.send("DELETE", "/api/v3/order", key=client.key.key, **sent)) == (400, -1101)


def test_a_signature_may_be_written_in_capitals(client: BinanceClient) -> None:
    payload = f"timestamp={client.venue.clock.now_ms()}"
    signature = hmac.new(client.key.secret.encode(), payload.encode(), hashlib.sha256).hexdigest().upper()
    assert client.send("GET", ACCOUNT, f"{payload}&signature={signature}", key=client.key.key).status == 200


@pytest.mark.parametrize("path", ["/api/v3/order", "/fapi/v1/order"])
def test_a_client_id_holds_no_line_break(client: BinanceClient, path: str) -> None:
    assert refused(client, "POST", path, **{**ORDER, "price": "99000", "newClientOrderId": "mine\n"}) == -1100


@pytest.mark.parametrize("path", ["/api/v3/order", "/fapi/v1/order"])
def test_an_unknown_kind_of_answer_is_refused_before_the_order_is_placed(client: BinanceClient, path: str) -> None:
    assert refused(client, "POST", path, **{**ORDER, "price": "99000", "newOrderRespType": "SHORT"}) == -1130
    assert client.account.resting_orders() == []


@pytest.mark.parametrize(
    ("price", "quantity", "words"),
    [("1000000.01", "0.01", "PRICE_FILTER"), ("99000", "100", "NOTIONAL")],
)
def test_a_spot_order_keeps_the_largest_price_and_value(
    client: BinanceClient, price: str, quantity: str, words: str
) -> None:
    answer = client.signed("POST", "/api/v3/order", **{**ORDER, "price": price, "quantity": quantity})
    assert answer == {"code": -1013, "msg": f"Filter failure: {words}"}


@pytest.mark.parametrize(("path", "said"), [("/api/v3/order", -1013), ("/fapi/v1/order", -2025)])
def test_no_more_orders_rest_than_the_filter_says(client: BinanceClient, path: str, said: int) -> None:
    small = {**ORDER, "price": "99000", "quantity": "0.002"}
    for _ in range(200):
        assert "orderId" in client.signed("POST", path, **small)
    assert refused(client, "POST", path, **small) == said


@pytest.mark.parametrize("limit", [1, 7, 501])
def test_a_futures_book_has_the_depths_that_the_venue_names(client: BinanceClient, limit: int) -> None:
    assert client.public("/fapi/v1/depth", symbol="BTCUSDT", limit=limit)["code"] == -4021
    assert len(client.public("/fapi/v1/depth", symbol="BTCUSDT", limit=5)["bids"]) == 5


def test_a_price_that_the_venue_would_choose_is_not_offered(client: BinanceClient) -> None:
    order = {**ORDER, "price": "99000", "priceMatch": "OPPONENT"}
    assert refused(client, "POST", "/fapi/v1/order", **order) == -4120
