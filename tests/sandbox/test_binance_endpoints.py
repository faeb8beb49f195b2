"""Every endpoint of the local Binance answers what it documents: lists, pages, ranges, times."""

from __future__ import annotations

from typing import Any

import pytest

from binance_wire import BinanceClient
from local_venues import START_NS

HOUR_MS = 3_600_000
START_MS = START_NS // 1_000_000
BTC = {"symbol": "BTCUSDT"}
ORDER = {**BTC, "side": "BUY", "type": "MARKET", "quantity": "0.1"}
LIMIT = {**BTC, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.1", "price": "99000"}
NAMED = {**BTC, "origClientOrderId": "open"}
CANDLES = {**BTC, "interval": "1h"}
ARGUMENTS: dict[str, dict[str, Any]] = {
    "POST /api/v3/order": ORDER,
    "POST /api/v3/order/test": ORDER,
    "GET /api/v3/order": NAMED,
    "DELETE /api/v3/order": NAMED,
    "DELETE /api/v3/openOrders": BTC,
    "POST /api/v3/order/cancelReplace": {
        **LIMIT,
        "cancelReplaceMode": "STOP_ON_FAILURE",
        "cancelOrigClientOrderId": "open",
    },
    "GET /api/v3/allOrders": BTC,
    "GET /api/v3/myTrades": BTC,
    "GET /api/v3/account/commission": BTC,
    "GET /api/v3/depth": BTC,
    "GET /api/v3/klines": CANDLES,
    "POST /fapi/v1/order": ORDER,
    "POST /fapi/v1/order/test": ORDER,
    "PUT /fapi/v1/order": {**NAMED, "side": "BUY", "quantity": "0.2", "price": "99000"},
    "GET /fapi/v1/order": NAMED,
    "DELETE /fapi/v1/order": NAMED,
    "DELETE /fapi/v1/allOpenOrders": BTC,
    "GET /fapi/v1/openOrder": NAMED,
    "GET /fapi/v1/allOrders": BTC,
    "GET /fapi/v1/userTrades": BTC,
    "GET /fapi/v1/depth": BTC,
    "GET /fapi/v1/klines": CANDLES,
    "GET /fapi/v1/markPriceKlines": CANDLES,
    "GET /fapi/v1/commissionRate": BTC,
    "POST /fapi/v1/leverage": {**BTC, "leverage": 7},
    "POST /fapi/v1/marginType": {**BTC, "marginType": "CROSSED"},
    "POST /fapi/v1/positionSide/dual": {"dualSidePosition": "false"},
    "POST /sapi/v1/asset/transfer": {"type": "MAIN_UMFUTURE", "asset": "USDT", "amount": "5"},
    "GET /sapi/v1/asset/transfer": {"type": "MAIN_UMFUTURE"},
    "POST /sapi/v1/capital/withdraw/apply": {"coin": "USDT", "address": "0x" + "1" * 40, "amount": "50"},
    "GET /sapi/v1/capital/deposit/address": {"coin": "USDT"},
}
"""What an endpoint needs; the others need nothing."""
UNCHANGED = {"POST /fapi/v1/marginType": -4046, "POST /fapi/v1/positionSide/dual": -4059}
"""Where nothing is left to change, which is an error here."""


def every_endpoint() -> list[str]:
    return sorted(BinanceClient().venue.wire._routes)  # type: ignore[attr-defined]


@pytest.fixture
def client() -> BinanceClient:
    """A venue with an open order in each product and something in every list."""
    made = BinanceClient()
    made.spot_order(price="90000", newClientOrderId="open")
    made.futures_order(price="96000", newClientOrderId="open")
    made.spot_order("SELL", "0.5")
    made.futures_order("SELL", "0.5")
    made.deposit("binance", "USDT", "10")
    made.world.clock.advance_rows(9)
    return made


@pytest.mark.parametrize("name", every_endpoint())
def test_it_answers(client: BinanceClient, name: str) -> None:
    method, path = name.split()
    route = client.venue.wire._routes[name]  # type: ignore[attr-defined]
    arguments = ARGUMENTS.get(name, {})
    answer = client.public(path, **arguments) if route.security == "none" else client.signed(method, path, **arguments)
    code = answer.get("code", 0) if isinstance(answer, dict) else 0
    assert code in (0, 200, UNCHANGED.get(name))


@pytest.fixture
def orders(client: BinanceClient) -> list[int]:
    """Ids of the venue's futures orders, placed an hour apart."""
    for _ in range(3):
        client.futures_order()
        client.world.clock.advance_rows(1)
    return [order["orderId"] for order in client.signed("GET", "/fapi/v1/allOrders", **BTC)]


def test_order_lists_start_at_an_id_or_a_time_and_end_at_a_limit(client: BinanceClient, orders: list[int]) -> None:
    def ids(**parameters: Any) -> list[int]:
        return [found["orderId"] for found in client.signed("GET", "/fapi/v1/allOrders", **BTC, **parameters)]

    assert ids(orderId=orders[2]) == orders[2:]
    assert ids(limit=2) == orders[-2:]
    assert ids(startTime=START_MS + 10 * HOUR_MS) == orders[-2:]
    assert ids(startTime=START_MS + 9 * HOUR_MS, limit=1) == [orders[2]]
    assert ids(endTime=START_MS) == orders[:2]


def test_trade_lists_start_at_an_id_or_a_time_and_else_go_back_a_week(client: BinanceClient, orders: list[int]) -> None:
    def numbers(**parameters: Any) -> list[int]:
        return [found["id"] for found in client.signed("GET", "/fapi/v1/userTrades", **BTC, **parameters)]

    everything = numbers()
    assert len(everything) == 4
    assert numbers(fromId=everything[1], limit=2) == everything[1:3]
    assert numbers(orderId=orders[-1]) == everything[-1:]
    assert numbers(startTime=START_MS + 9 * HOUR_MS) == everything[1:]
    client.world.clock.advance(8 * 86_400)
    assert numbers() == []
    assert numbers(startTime=START_MS) == everything


def test_spot_lists_likewise(client: BinanceClient) -> None:
    sold = client.spot_order("SELL")["orderId"]
    trades = client.signed("GET", "/api/v3/myTrades", **BTC)
    assert [trade["orderId"] for trade in trades][-1] == sold
    assert client.signed("GET", "/api/v3/myTrades", **BTC, orderId=sold) == trades[-1:]
    assert client.signed("GET", "/api/v3/myTrades", **BTC, fromId=trades[-1]["id"]) == trades[-1:]
    listed = client.signed("GET", "/api/v3/allOrders", **BTC)
    assert client.signed("GET", "/api/v3/allOrders", **BTC, orderId=sold) == listed[-1:]
    assert client.signed("GET", "/api/v3/allOrders", **BTC, startTime=START_MS + HOUR_MS) == listed[-1:]
    assert client.signed("GET", "/api/v3/allOrders", **BTC, limit=1) == listed[-1:]


def test_income_is_filtered_and_paged(client: BinanceClient) -> None:
    def income(**parameters: Any) -> list[Any]:
        found: list[Any] = client.signed("GET", "/fapi/v1/income", **parameters)
        return found

    client.signed("POST", "/sapi/v1/asset/transfer", type="UMFUTURE_MAIN", asset="USDT", amount="5")
    everything = income()
    assert [entry["incomeType"] for entry in everything] == ["COMMISSION", "FUNDING_FEE", "TRANSFER"]
    assert income(incomeType="FUNDING_FEE") == everything[1:2]
    assert income(symbol="ETHUSDT") == []
    assert income(page=2, limit=2) == everything[2:]
    assert income(startTime=START_MS + 1, limit=1) == everything[1:2]
    assert income(endTime=START_MS) == everything[:1]
    assert everything[2]["income"] == "-5.00000000"


def test_funding_rates_are_listed_for_one_instrument_or_all(client: BinanceClient) -> None:
    one = client.public("/fapi/v1/fundingRate", **BTC)
    assert [entry["fundingTime"] for entry in one] == [START_MS, START_MS + 8 * HOUR_MS]
    assert len(client.public("/fapi/v1/fundingRate")) == 4
    assert client.public("/fapi/v1/fundingRate", **BTC, startTime=START_MS + 1) == one[1:]
    assert client.public("/fapi/v1/fundingRate", **BTC, limit=1) == one[1:]


def test_a_position_is_listed_by_both_versions_each_in_its_way(client: BinanceClient) -> None:
    latest = client.signed("GET", "/fapi/v3/positionRisk")
    assert [entry["symbol"] for entry in latest] == ["BTCUSDT"]
    older = client.signed("GET", "/fapi/v2/positionRisk")
    assert [entry["symbol"] for entry in older] == ["BTCUSDT", "ETHUSDT"]
    assert latest[0]["positionAmt"] == older[0]["positionAmt"] == "-0.500"
    assert older[1]["entryPrice"] == "0.00000000"
    account = client.signed("GET", "/fapi/v2/account")
    assert [entry["symbol"] for entry in account["positions"]] == ["BTCUSDT", "ETHUSDT"]


def test_a_liquidation_shows_in_orders_trades_and_income(client: BinanceClient) -> None:
    client.account.liquidate()
    closing = client.signed("GET", "/fapi/v1/allOrders", **BTC)[-1]
    assert (closing["origType"], closing["clientOrderId"][:10], closing["side"]) == ("LIQUIDATION", "autoclose-", "BUY")
    kinds = [entry["incomeType"] for entry in client.signed("GET", "/fapi/v1/income")]
    assert kinds[-1] == "INSURANCE_CLEAR"
    assert client.signed("GET", "/fapi/v3/balance")[0]["balance"] == "0.00000000"


def test_transfers_are_paged_latest_first(client: BinanceClient) -> None:
    for amount in (1, 2, 3):
        client.signed("POST", "/sapi/v1/asset/transfer", type="MAIN_UMFUTURE", asset="USDT", amount=amount)
    client.signed("POST", "/sapi/v1/asset/transfer", type="UMFUTURE_MAIN", asset="USDT", amount=9)
    page = client.signed("GET", "/sapi/v1/asset/transfer", type="MAIN_UMFUTURE", size=2)
    assert (page["total"], [row["amount"] for row in page["rows"]]) == (3, ["3", "2"])
    last = client.signed("GET", "/sapi/v1/asset/transfer", type="MAIN_UMFUTURE", size=2, current=2)
    assert [row["amount"] for row in last["rows"]] == ["1"]


def test_withdrawals_are_found_by_coin_id_and_status(client: BinanceClient) -> None:
    apply = {"coin": "USDT", "address": "0x" + "1" * 40, "amount": "50"}
    client.signed("POST", "/sapi/v1/capital/withdraw/apply", **apply, withdrawOrderId="a")
    client.signed("POST", "/sapi/v1/capital/withdraw/apply", **apply, withdrawOrderId="b")

    def found(**parameters: Any) -> list[str]:
        rows = client.signed("GET", "/sapi/v1/capital/withdraw/history", **parameters)
        return [row["withdrawOrderId"] for row in rows]

    assert found() == ["b", "a"]
    assert found(withdrawOrderId="a") == ["a"]
    assert found(coin="BTC") == []
    assert found(status=6) == []
    client.world.clock.advance_rows(1)
    assert found(status=6) == ["b", "a"]
