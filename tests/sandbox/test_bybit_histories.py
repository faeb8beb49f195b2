"""How far back one request of the local Bybit looks, as the vendor's reference says of each list."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from wire_clients import START_MS, WireClient

DAY_MS = 86_400_000
SHORT = {"category": "linear", "symbol": "BTCUSDT", "side": "Sell", "orderType": "Market", "qty": "0.01"}


@pytest.fixture
def bybit() -> Iterator[WireClient]:
    client = WireClient("bybit")
    yield client
    assert client.application.failures == []


@pytest.mark.parametrize("path", ["/v5/asset/deposit/query-record", "/v5/asset/withdraw/query-record"])
def test_money_is_listed_by_thirty_days(bybit: WireClient, path: str) -> None:
    account = bybit.world.venues["bybit"].account
    account.deposit("bybit", "USDT", Decimal(5), "somebody")
    account.withdraw("bybit", "USDT", Decimal(100), "0x" + "a" * 40)

    def listed(**times: int) -> int:
        return len(bybit.signed("GET", path, **times)["result"]["rows"])

    assert listed() == listed(startTime=START_MS) == 1
    bybit.world.clock.advance(40 * 86_400)
    assert listed() == 0
    assert listed(startTime=START_MS) == listed(startTime=START_MS, endTime=START_MS + 30 * DAY_MS) == 1
    assert listed(startTime=START_MS - 31 * DAY_MS) == 0
    whole = bybit.signed("GET", path, startTime=START_MS, endTime=START_MS + 30 * DAY_MS + 1)
    assert whole["retCode"] == 10001


def test_the_log_of_transactions_covers_a_day_unless_both_times_are_named(bybit: WireClient) -> None:
    bybit.signed("POST", "/v5/order/create", **SHORT)
    bybit.world.venues["bybit"].account.liquidate()
    bybit.world.clock.advance(2 * 86_400)

    def logged(**times: int) -> int:
        return len(bybit.signed("GET", "/v5/account/transaction-log", **times)["result"]["list"])

    assert (logged(), logged(startTime=START_MS), logged(endTime=START_MS)) == (0, 1, 1)
    assert logged(startTime=START_MS - 2 * DAY_MS) == 0
    assert logged(startTime=START_MS - DAY_MS, endTime=START_MS + 6 * DAY_MS) == 1
