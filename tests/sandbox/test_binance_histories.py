"""How far back one request of the local Binance looks: the spans of time in the vendor's reference, and their pages.

Sources: the descriptions of ``binance-sdk-spot`` 13.2.0 (myTrades, allOrders), of
``binance-sdk-derivatives-trading-usds-futures`` 18.0.1 (userTrades, allOrders, income) and of ``binance-sdk-wallet``
13.7.0 (deposit, withdraw and transfer histories).
"""

from __future__ import annotations

from typing import Any

import pytest

from binance_wire import BinanceClient

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
START_MS = 1_704_067_200_000
BTC = {"symbol": "BTCUSDT"}
TRANSFER = {"type": "MAIN_UMFUTURE", "asset": "USDT", "amount": "1"}
WITHDRAWAL = {"coin": "USDT", "address": "0x" + "a" * 40, "amount": "100", "withdrawOrderId": "mine"}


@pytest.fixture
def client() -> BinanceClient:
    return BinanceClient(rows=120 * 24)


def days_pass(client: BinanceClient, days: int) -> None:
    client.world.clock.advance_rows(days * 24)


@pytest.mark.parametrize(
    ("path", "more", "longest_ms"),
    [
        ("/api/v3/myTrades", BTC, DAY_MS),
        ("/api/v3/allOrders", BTC, DAY_MS),
        ("/fapi/v1/userTrades", BTC, 7 * DAY_MS),
        ("/fapi/v1/allOrders", BTC, 7 * DAY_MS),
        ("/sapi/v1/capital/deposit/hisrec", {}, 90 * DAY_MS - 1),
        ("/sapi/v1/capital/withdraw/history", {}, 90 * DAY_MS - 1),
        ("/sapi/v1/capital/withdraw/history", {"withdrawOrderId": "mine"}, 7 * DAY_MS - 1),
    ],
)
def test_a_longer_span_than_the_venue_names_is_refused(
    client: BinanceClient, path: str, more: dict[str, Any], longest_ms: int
) -> None:
    whole = {**more, "startTime": START_MS, "endTime": START_MS + longest_ms}
    assert client.signed("GET", path, **whole) == []
    answer = client.signed("GET", path, **{**whole, "endTime": START_MS + longest_ms + 1})
    assert (answer["code"], answer["msg"].startswith("More than")) == (-1127, True)


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/api/v3/myTrades", {"fromId": 1}),
        ("/api/v3/myTrades", {"orderId": 1}),
        ("/fapi/v1/userTrades", {"fromId": 1}),
    ],
)
def test_ids_and_times_do_not_go_together(client: BinanceClient, path: str, more: dict[str, Any]) -> None:
    assert client.signed("GET", path, **BTC, **more, startTime=START_MS)["code"] == -1128


@pytest.mark.parametrize("path", ["/fapi/v1/userTrades", "/fapi/v1/allOrders"])
def test_futures_are_listed_by_the_week_that_is_named_or_the_last(client: BinanceClient, path: str) -> None:
    client.futures_order()
    days_pass(client, 8)
    client.futures_order("SELL")
    assert len(client.signed("GET", path, **BTC)) == 1
    assert len(client.signed("GET", path, **BTC, startTime=START_MS)) == 1
    assert len(client.signed("GET", path, **BTC, startTime=START_MS + 2 * DAY_MS)) == 1
    assert len(client.signed("GET", path, **BTC, endTime=START_MS + 2 * DAY_MS)) == 1
    by_id = {"fromId": 1} if path.endswith("Trades") else {"orderId": 1}
    assert len(client.signed("GET", path, **BTC, **by_id)) == 2


def test_spot_trades_are_listed_from_any_time_on(client: BinanceClient) -> None:
    client.spot_order()
    days_pass(client, 8)
    client.spot_order("SELL")
    assert len(client.signed("GET", "/api/v3/myTrades", **BTC, startTime=START_MS)) == 2


def test_income_without_times_is_the_last_weeks(client: BinanceClient) -> None:
    client.futures_order()
    days_pass(client, 8)
    income = client.signed("GET", "/fapi/v1/income", incomeType="COMMISSION")
    assert income == []
    assert len(client.signed("GET", "/fapi/v1/income", incomeType="COMMISSION", startTime=START_MS)) == 1


def test_money_of_more_than_ninety_days_ago_is_listed_where_its_time_is_named(client: BinanceClient) -> None:
    client.deposit("binance", "USDT", "5")
    client.signed("POST", "/sapi/v1/capital/withdraw/apply", **WITHDRAWAL)
    days_pass(client, 91)
    for path in ("/sapi/v1/capital/deposit/hisrec", "/sapi/v1/capital/withdraw/history"):
        assert client.signed("GET", path) == []
        assert len(client.signed("GET", path, startTime=START_MS, endTime=START_MS + DAY_MS)) == 1


def test_a_withdrawal_is_found_by_its_id_for_a_week(client: BinanceClient) -> None:
    client.signed("POST", "/sapi/v1/capital/withdraw/apply", **WITHDRAWAL)
    path, by_id = "/sapi/v1/capital/withdraw/history", {"withdrawOrderId": "mine"}
    assert len(client.signed("GET", path, **by_id)) == 1
    days_pass(client, 8)
    assert client.signed("GET", path, **by_id) == []
    assert len(client.signed("GET", path, **by_id, startTime=START_MS, endTime=START_MS + DAY_MS)) == 1


def test_transfers_without_times_are_the_last_weeks(client: BinanceClient) -> None:
    client.signed("POST", "/sapi/v1/asset/transfer", **TRANSFER)
    days_pass(client, 8)
    kind = {"type": "MAIN_UMFUTURE"}
    assert client.signed("GET", "/sapi/v1/asset/transfer", **kind)["total"] == 0
    assert client.signed("GET", "/sapi/v1/asset/transfer", **kind, startTime=START_MS)["total"] == 1


def test_deposits_are_paged_from_the_latest_by_an_offset(client: BinanceClient) -> None:
    for amount in ("1", "2", "3"):
        client.deposit("binance", "USDT", amount)
    path = "/sapi/v1/capital/deposit/hisrec"
    amounts = [item["amount"] for first in (0, 2) for item in client.signed("GET", path, limit=2, offset=first)]
    assert amounts == ["3", "2", "1"]
