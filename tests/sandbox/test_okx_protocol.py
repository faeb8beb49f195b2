"""The local OKX's rules, asked by hand: who signs, which id wins, what is refused, how lists are paged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from wire_clients import START_MS, WireClient

ORDER = "/api/v5/trade/order"
BATCH = "/api/v5/trade/batch-orders"
LIMIT = {
    "instId": "BTC-USDT-SWAP",
    "tdMode": "cross",
    "side": "buy",
    "ordType": "limit",
    "sz": "1",
    "px": "50000",
}
SPOT = {"instId": "BTC-USDT", "tdMode": "cross", "side": "buy", "ordType": "limit", "sz": "0.01", "px": "50000"}


@pytest.fixture
def okx() -> Iterator[WireClient]:
    client = WireClient("okx")
    yield client
    assert client.application.failures == []


def place(okx: WireClient, client_id: str, **changes: Any) -> str:
    """Place an order; its id."""
    answer = okx.signed("POST", ORDER, **{**LIMIT, **changes}, clOrdId=client_id)
    assert answer["code"] == "0", answer
    order_id: str = answer["data"][0]["ordId"]
    return order_id


def ids(answer: Any) -> list[str]:
    return [entry["clOrdId"] for entry in answer["data"]]


@pytest.mark.parametrize(
    ("header", "value", "code"),
    [
        ("ok-access-key", "", "50103"),
        ("ok-access-passphrase", "", "50104"),
        ("ok-access-sign", "", "50106"),
        ("ok-access-timestamp", "", "50107"),
        ("ok-access-key", "somebody", "50111"),
        ("ok-access-passphrase", "open sesame", "50105"),
        ("ok-access-timestamp", "noon", "50112"),
        ("ok-access-sign", "AAAA", "50113"),
    ],
)
def test_a_header_that_is_wrong_is_told_without_data(okx: WireClient, header: str, value: str, code: str) -> None:
    headers = okx.headers("GET", "/api/v5/account/balance", {}) | {header: value}
    answer = okx.send("GET", "/api/v5/account/balance", headers)
    body = json.loads(answer.body)
    assert (answer.status, body["code"], "data" in body) == (401, code, False)


@pytest.mark.parametrize(("offset_ms", "code"), [(-29_000, "0"), (-31_000, "50102"), (29_000, "0"), (31_000, "50102")])
def test_a_timestamp_counts_for_thirty_seconds_either_way(okx: WireClient, offset_ms: int, code: str) -> None:
    answer = okx.signed("GET", "/api/v5/account/balance", at_ms=okx.clock.now_ms() + offset_ms)
    assert answer["code"] == code


def test_an_order_that_names_its_end_is_refused_after_it(okx: WireClient) -> None:
    headers = okx.headers("POST", ORDER, LIMIT)
    late = okx.send("POST", ORDER, headers | {"exptime": str(START_MS - 1_000)}, **LIMIT)
    assert json.loads(late.body)["code"] == "50036"
    in_time = okx.send("POST", ORDER, headers | {"exptime": str(START_MS + 10_000)}, **LIMIT)
    assert json.loads(in_time.body)["code"] == "0"


def test_a_body_changed_on_its_way_is_refused(okx: WireClient) -> None:
    answer = okx.send("POST", ORDER, okx.headers("POST", ORDER, LIMIT), **{**LIMIT, "sz": "100"})
    assert json.loads(answer.body)["code"] == "50113"
    assert okx.signed("GET", "/api/v5/trade/orders-pending")["data"] == []


def test_an_unknown_route_is_not_found(okx: WireClient) -> None:
    assert okx.send("GET", "/api/v5/trade/everything").status == 404


def test_an_order_id_wins_over_a_client_order_id(okx: WireClient) -> None:
    first = place(okx, "first")
    place(okx, "second")
    both = {"instId": "BTC-USDT-SWAP", "ordId": first, "clOrdId": "second"}
    assert ids(okx.signed("GET", ORDER, **both)) == ["first"]
    assert okx.signed("POST", "/api/v5/trade/cancel-order", **both)["data"][0]["ordId"] == first
    assert ids(okx.signed("GET", "/api/v5/trade/orders-pending")) == ["second"]


def test_an_order_belongs_to_its_instrument(okx: WireClient) -> None:
    place(okx, "perp")
    assert okx.signed("GET", ORDER, instId="BTC-USDT", clOrdId="perp")["code"] == "51603"
    wrong = okx.signed("POST", "/api/v5/trade/cancel-order", instId="BTC-USDT", clOrdId="perp")
    assert wrong["data"][0]["sCode"] == "51400"


@pytest.mark.parametrize("missing", [{}, {"ordId": "", "clOrdId": ""}])
def test_an_order_must_be_named(okx: WireClient, missing: dict[str, str]) -> None:
    assert okx.signed("GET", ORDER, instId="BTC-USDT", **missing)["code"] == "51003"


@pytest.mark.parametrize(
    ("order", "changes", "code"),
    [
        (LIMIT, {"sz": "0.015"}, "51121"),
        (LIMIT, {"px": "50000.05"}, "51000"),
        (LIMIT, {"px": ""}, "51204"),
        (LIMIT, {"sz": ""}, "50014"),
        (LIMIT, {"sz": "-1"}, "51000"),
        (LIMIT, {"sz": "many"}, "51000"),
        (LIMIT, {"instId": "DOGE-USDT"}, "51001"),
        (LIMIT, {"instId": ""}, "50014"),
        (LIMIT, {"tdMode": "cash"}, "51000"),
        (LIMIT, {"tdMode": "isolated"}, "51000"),
        (LIMIT, {"posSide": "long"}, "51000"),
        (LIMIT, {"side": "Buy"}, "51000"),
        (LIMIT, {"ordType": "stop"}, "51000"),
        (LIMIT, {"attachAlgoOrds": [{"tpTriggerPx": "60000"}]}, "51000"),
        (LIMIT, {"sz": "0.001"}, "51121"),
        (SPOT, {"sz": "0.000001"}, "51020"),
        (SPOT, {"tdMode": "cash"}, "51000"),
        (SPOT, {"reduceOnly": True}, "51133"),
        (SPOT, {"ordType": "market", "tgtCcy": "third_ccy"}, "51000"),
    ],
)
def test_an_order_that_breaks_a_rule_is_refused_and_frees_its_id(
    okx: WireClient, order: dict[str, Any], changes: dict[str, Any], code: str
) -> None:
    answer = okx.signed("POST", ORDER, **{**order, **changes}, clOrdId="again")
    (entry,) = answer["data"]
    assert (answer["code"], entry["sCode"], entry["ordId"]) == ("1", code, "")
    assert okx.signed("POST", ORDER, **order, clOrdId="again")["code"] == "0"


@pytest.mark.parametrize(("level", "accepted", "refused"), [("1", "cash", "cross"), ("3", "cross", "cash")])
def test_spot_is_traded_as_the_level_of_the_account_asks(
    okx: WireClient, level: str, accepted: str, refused: str
) -> None:
    okx.world.venues["okx"].account.modes.level = level
    assert okx.signed("POST", ORDER, **SPOT | {"tdMode": refused})["data"][0]["sCode"] == "51000"
    assert okx.signed("POST", ORDER, **SPOT | {"tdMode": accepted})["code"] == "0"
    (pending,) = okx.signed("GET", "/api/v5/trade/orders-pending")["data"]
    assert pending["tdMode"] == accepted


def test_orders_of_an_array_are_judged_one_by_one(okx: WireClient) -> None:
    good, bad = LIMIT | {"clOrdId": "good"}, LIMIT | {"clOrdId": "bad", "sz": "0.015"}
    answer = okx.signed_list(BATCH, [good, bad])
    assert [entry["sCode"] for entry in answer["data"]] == ["0", "51121"]
    assert (answer["code"], answer["msg"]) == ("2", "Bulk operation partially succeeded.")
    assert okx.signed_list(BATCH, [bad, bad])["code"] == "1"
    assert okx.signed_list(BATCH, [LIMIT] * 21)["code"] == "51111"
    assert ids(okx.signed("GET", "/api/v5/trade/orders-pending")) == ["good"]


def test_an_array_is_no_single_order(okx: WireClient) -> None:
    assert okx.signed_list(ORDER, [LIMIT, LIMIT])["code"] == "50002"


def test_amended_size_counts_what_is_filled() -> None:
    okx = WireClient("okx")
    place(okx, "l1", sz="2")
    named = {"instId": "BTC-USDT-SWAP", "clOrdId": "l1"}
    answer = okx.signed("POST", "/api/v5/trade/amend-order", **named, newSz="5", reqId="r1")
    assert answer["data"][0]["reqId"] == "r1"
    (order,) = okx.signed("GET", ORDER, **named)["data"]
    assert (order["sz"], order["accFillSz"], order["state"]) == ("5", "0", "live")
    assert okx.signed("POST", "/api/v5/trade/amend-order", **named)["data"][0]["sCode"] == "51500"


def test_a_failed_amendment_cancels_when_asked_to(okx: WireClient) -> None:
    place(okx, "l1")
    named = {"instId": "BTC-USDT-SWAP", "clOrdId": "l1"}
    answer = okx.signed("POST", "/api/v5/trade/amend-order", **named, newSz="0.015", cxlOnFail=True)
    assert answer["data"][0]["sCode"] == "51121"
    assert okx.signed("GET", ORDER, **named)["data"][0]["state"] == "canceled"


def test_an_amendment_beyond_the_margin_is_refused(okx: WireClient) -> None:
    place(okx, "l1", px="59999")
    named = {"instId": "BTC-USDT-SWAP", "clOrdId": "l1"}
    answer = okx.signed("POST", "/api/v5/trade/amend-order", **named, newSz="100000")
    assert answer["data"][0]["sCode"] == "51502"


def test_lists_are_paged_by_id_newest_first(okx: WireClient) -> None:
    placed = [place(okx, f"n{number}") for number in range(5)]
    pending = "/api/v5/trade/orders-pending"
    assert ids(okx.signed("GET", pending, limit=2)) == ["n4", "n3"]
    assert ids(okx.signed("GET", pending, after=placed[3], limit=2)) == ["n2", "n1"]
    assert ids(okx.signed("GET", pending, before=placed[3])) == ["n4"]


def test_histories_need_an_instrument_type(okx: WireClient) -> None:
    assert okx.signed("GET", "/api/v5/trade/orders-history")["code"] == "50014"
    assert okx.signed("GET", "/api/v5/trade/orders-history", instType="COINS")["code"] == "51000"


def test_a_resting_order_fills_as_maker_when_the_price_comes() -> None:
    okx = WireClient("okx", moves={"BTC": [60_000.0, 49_000.0] + [60_000.0] * 46})
    place(okx, "rest")
    okx.world.clock.advance_rows(1)
    (fill,) = okx.signed("GET", "/api/v5/trade/fills-history", instType="SWAP")["data"]
    assert (fill["execType"], fill["fillPx"], fill["fillSz"], fill["fee"]) == ("M", "50000", "1", "-0.1")
    (order,) = okx.signed("GET", ORDER, instId="BTC-USDT-SWAP", clOrdId="rest")["data"]
    assert (order["state"], order["accFillSz"]) == ("filled", "1")


def test_a_liquidation_leaves_no_position(okx: WireClient) -> None:
    okx.signed("POST", ORDER, **{**LIMIT, "ordType": "market"})
    okx.fault("liquidation", "GET /api/v5/account/positions")
    assert okx.signed("GET", "/api/v5/account/positions")["data"] == []
    history = okx.signed("GET", "/api/v5/trade/orders-history", instType="SWAP")["data"]
    assert history[0]["category"] == "full_liquidation"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ccy": "DOGE"}, "51012"),
        ({"dest": "3"}, "51000"),
        ({"chain": "USDT-TRC20"}, "58010"),
        ({"amt": ""}, "50014"),
        ({"toAddr": ""}, "50014"),
        ({"fee": "0.000001"}, "58211"),
    ],
)
def test_a_withdrawal_that_breaks_a_rule_is_refused(okx: WireClient, changes: dict[str, str], code: str) -> None:
    withdrawal = {"ccy": "USDT", "amt": "10", "dest": "4", "toAddr": "0x" + "1" * 40, "chain": "USDT-ERC20"}
    answer = okx.signed("POST", "/api/v5/asset/withdrawal", **{**withdrawal, **changes})
    assert (answer["code"], answer["data"]) == (code, [])


def test_money_for_a_transfer_must_be_there(okx: WireClient) -> None:
    transfer = {"ccy": "USDT", "amt": "5001", "from": "6", "to": "18"}
    assert okx.signed("POST", "/api/v5/asset/transfer", **transfer)["code"] == "58350"
    assert okx.signed("POST", "/api/v5/asset/transfer", **{**transfer, "to": "9"})["code"] == "51000"


def test_bodies_that_are_no_json_are_refused(okx: WireClient) -> None:
    for body, code in (
        (b"", "50000"),
        (b"{broken", "50002"),
        (b'"text"', "50002"),
        (b"[]", "50002"),
        (b"[1]", "50002"),
    ):
        assert okx.send_body("POST", ORDER, okx.sign("POST", ORDER, body), body)["code"] == code


@pytest.mark.parametrize(
    ("method", "path", "parameters", "code"),
    [
        ("GET", "account/trade-fee", {"instType": "OPTION"}, "51000"),
        ("GET", "account/trade-fee", {"instType": "SWAP", "uly": "DOGE-USDT"}, "51001"),
        ("GET", "account/leverage-info", {"instId": "BTC-USDT", "mgnMode": "cross"}, "51001"),
        ("POST", "account/set-leverage", {"instId": "BTC-USDT-SWAP", "mgnMode": "isolated", "lever": "2"}, "51000"),
        ("POST", "account/set-leverage", {"instId": "BTC-USDT-SWAP", "mgnMode": "cross", "lever": "2.5"}, "51000"),
        ("POST", "account/set-position-mode", {"posMode": "hedged"}, "51000"),
        ("GET", "asset/transfer-state", {}, "50015"),
        ("GET", "asset/transfer-state", {"transId": "17"}, "58129"),
        ("GET", "asset/deposit-address", {"ccy": "DOGE"}, "51012"),
        ("GET", "trade/fills-history", {"instType": "COINS"}, "51000"),
        ("GET", "trade/orders-pending", {"limit": "some"}, "51000"),
        ("GET", "trade/order", {"instId": "DOGE-USDT", "ordId": "1"}, "51001"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(
    okx: WireClient, method: str, path: str, parameters: dict[str, str], code: str
) -> None:
    answer = okx.signed(method, f"/api/v5/{path}", **parameters)
    assert (answer["code"], answer["data"]) == (code, [])


@pytest.mark.parametrize(
    ("path", "parameters", "code"),
    [
        ("public/instruments", {"instType": "COINS"}, "51000"),
        ("public/instruments", {"instType": "SPOT", "instId": "DOGE-USDT"}, "51001"),
        ("public/instruments", {}, "50014"),
        ("public/funding-rate", {"instId": "BTC-USDT"}, "51000"),
        ("market/ticker", {"instId": "DOGE-USDT"}, "51001"),
        ("market/books", {"instId": "BTC-USDT", "sz": 401}, "51000"),
        ("market/candles", {"instId": "BTC-USDT", "bar": "7m"}, "51000"),
    ],
)
def test_a_public_request_that_makes_no_sense_is_refused(
    okx: WireClient, path: str, parameters: dict[str, Any], code: str
) -> None:
    assert json.loads(okx.send("GET", f"/api/v5/{path}", **parameters).body)["code"] == code


@pytest.mark.parametrize("product", ["FUTURES", "OPTION"])
def test_products_that_are_not_offered_are_listed_empty(okx: WireClient, product: str) -> None:
    answer = json.loads(okx.send("GET", "/api/v5/public/instruments", instType=product).body)
    assert (answer["code"], answer["data"]) == ("0", [])


def test_funding_rates_marks_and_tickers_come_for_all_swaps_at_once(okx: WireClient) -> None:
    swaps = ["BTC-USDT-SWAP", "ETH-USDT-SWAP"]
    for path, parameters in (
        ("public/funding-rate", {"instId": "ANY"}),
        ("public/mark-price", {"instType": "SWAP"}),
        ("market/tickers", {"instType": "SWAP"}),
    ):
        entries = json.loads(okx.send("GET", f"/api/v5/{path}", **parameters).body)["data"]
        assert [entry["instId"] for entry in entries] == swaps


def test_bills_of_other_kinds_than_funding_are_not_kept(okx: WireClient) -> None:
    okx.signed("POST", ORDER, **{**LIMIT, "ordType": "market"})
    okx.world.clock.advance_rows(9)
    assert okx.signed("GET", "/api/v5/account/bills-archive", type="2")["data"] == []
    (bill,) = okx.signed("GET", "/api/v5/account/bills")["data"]
    assert (bill["type"], bill["subType"], bill["balChg"], bill["sz"]) == ("8", "173", "-0.06", "1")


def test_positions_of_other_instruments_are_left_out(okx: WireClient) -> None:
    okx.signed("POST", ORDER, **{**LIMIT, "ordType": "market"})
    path = "/api/v5/account/positions"
    assert [entry["instId"] for entry in okx.signed("GET", path)["data"]] == ["BTC-USDT-SWAP"]
    assert okx.signed("GET", path, instId="ETH-USDT-SWAP")["data"] == []
    assert okx.signed("GET", path, instType="FUTURES")["data"] == []


def test_a_banned_address_gets_no_json(okx: WireClient) -> None:
    okx.fault("banned_418", "GET /api/v5/public/time")
    answer = okx.send("GET", "/api/v5/public/time")
    assert (answer.status, answer.body) == (403, b"error code: 1015")
