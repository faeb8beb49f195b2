"""How far back the lists of the local OKX reach, as the vendor's reference says of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from wire_clients import WireClient

SWAP = {"instType": "SWAP"}
SHORT = {"instId": "BTC-USDT-SWAP", "tdMode": "cross", "side": "sell", "ordType": "market", "sz": "1"}


@pytest.fixture
def okx() -> Iterator[WireClient]:
    client = WireClient("okx")
    yield client
    assert client.application.failures == []


@pytest.mark.parametrize(
    ("path", "fields", "days"),
    [
        ("trade/fills", SWAP, 3),
        ("trade/fills-history", SWAP, 90),
        ("trade/orders-history", SWAP, 7),
        ("trade/orders-history-archive", SWAP, 90),
        ("account/bills", {"type": "5"}, 7),
        ("account/bills-archive", {"type": "5"}, 90),
        ("account/bills", {"type": "8"}, 7),
        ("account/bills-archive", {"type": "8"}, 90),
    ],
)
def test_a_list_reaches_back_as_far_as_the_venue_says(
    okx: WireClient, path: str, fields: dict[str, Any], days: int
) -> None:
    def listed() -> int:
        return len(okx.signed("GET", f"/api/v5/{path}", **fields)["data"])

    okx.signed("POST", "/api/v5/trade/order", **SHORT)
    okx.world.clock.advance_rows(9)
    okx.world.venues["okx"].account.liquidate()
    assert listed() > 0
    okx.world.clock.advance((days - 1) * 86_400)
    assert listed() > 0
    okx.world.clock.advance(86_400 + 10 * 3_600)
    assert listed() == 0


@pytest.mark.parametrize("path", ["trade/fills-history", "trade/orders-history", "trade/orders-history-archive"])
def test_a_list_of_long_ago_needs_its_kind_of_instrument(okx: WireClient, path: str) -> None:
    assert okx.signed("GET", f"/api/v5/{path}")["code"] == "50014"
