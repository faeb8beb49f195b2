"""What the local venues tell beside balances and orders comes from what happened on them, not from a template."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from basis_strategy_v1.core.domain.orders import OrderRequest
from basis_strategy_v1.core.domain.quantities import use_ledger_context
from basis_strategy_v1.sandbox.application import SandboxApplication
from basis_strategy_v1.sandbox.credentials import CREDENTIALS
from basis_strategy_v1.sandbox.wire import Request, Response
from basis_strategy_v1.sandbox.world import build_world
from venue_market import CEX, venue_market
from wire_clients import WireClient

FALLING = {"BTC": [60_000.0] * 10 + [59_000.0] * 38}


class Traded:
    """A short of 0.3 at one venue: 0.2 of it bought back ten hours later, after funding, 1,000 lower."""

    def __init__(self, venue: str) -> None:
        use_ledger_context()
        self.client = WireClient(venue, FALLING) if venue in ("bybit", "okx") else None
        world = self.client.world if self.client else build_world(venue_market((venue,), 48, FALLING), (venue,))
        self.application = self.client.application if self.client else SandboxApplication(world)
        self.account = world.venues[venue].account
        self.symbol = "BTC" if venue == "hyperliquid" else "BTCUSDT"
        self.trade("sell", "0.3")
        world.clock.advance_rows(10)
        self.trade("buy", "0.2")
        self.world = world

    def trade(self, side: Any, quantity: str) -> None:
        order = OrderRequest(
            client_order_id="", symbol=self.symbol, trade_type="perp", side=side, quantity=Decimal(quantity)
        )
        assert self.account.place(order).filled == Decimal(quantity)

    @property
    def profit(self) -> Decimal:
        return sum((trade.realised_pnl for trade in self.account.trades()), Decimal(0))

    @property
    def fees(self) -> Decimal:
        return sum((trade.fee for trade in self.account.trades()), Decimal(0))

    @property
    def funding(self) -> Decimal:
        return sum((payment.amount for payment in self.account.funding()), Decimal(0))

    def info(self, **question: Any) -> Any:
        user = CREDENTIALS["hyperliquid"].wallet_address
        body = json.dumps({"user": user, **question}).encode()
        headers = {"content-type": "application/json"}
        request = Request(method="POST", host="api.hyperliquid.xyz", path="/info", headers=headers, body=body)
        answer = self.application.handle(request)
        assert isinstance(answer, Response)
        return json.loads(answer.body)


@pytest.mark.parametrize("venue", CEX)
def test_results_are_those_of_the_position_that_is_held(venue: str) -> None:
    traded = Traded(venue)
    result = traded.account.results.of(traded.symbol)
    assert (result.profit, result.fees, result.funding) == (traded.profit, traded.fees, traded.funding)
    assert result.profit > 0 and result.fees > 0 and result.funding > 0 and result.funding_since_trade == 0
    traded.trade("buy", "0.1")
    traded.trade("sell", "0.1")
    again = traded.account.results.of(traded.symbol)
    assert (again.profit, again.funding, again.funding_ever) == (0, 0, traded.funding)
    assert again.ever == traded.profit - traded.fees + traded.funding


def test_bybit_tells_what_a_position_has_brought() -> None:
    traded = Traded("bybit")
    assert traded.client is not None
    brought = traded.profit - traded.fees + traded.funding
    linear = {"category": "linear", "symbol": "BTCUSDT"}
    (position,) = traded.client.signed("GET", "/v5/position/list", **linear)["result"]["list"]
    assert (Decimal(position["curRealisedPnl"]), Decimal(position["cumRealisedPnl"])) == (brought, brought)
    (wallet,) = traded.client.signed("GET", "/v5/account/wallet-balance", accountType="UNIFIED")["result"]["list"]
    told = {coin["coin"]: Decimal(coin["cumRealisedPnl"]) for coin in wallet["coin"]}
    assert told["USDT"] == brought
    (ticker,) = traded.client.signed("GET", "/v5/market/tickers", **linear)["result"]["list"]
    assert (ticker["lastPrice"], ticker["prevPrice1h"], ticker["prevPrice24h"]) == ("59000", "59000", "60000")


def test_okx_tells_what_a_position_has_brought() -> None:
    traded = Traded("okx")
    assert traded.client is not None
    (position,) = traded.client.signed("GET", "/api/v5/account/positions")["data"]
    told = [Decimal(position[name]) for name in ("pnl", "fee", "fundingFee")]
    assert told == [traded.profit, -traded.fees, traded.funding]
    assert Decimal(position["realizedPnl"]) == sum(told)


def test_okx_tells_where_the_day_opened() -> None:
    client = WireClient("okx", {"BTC": [60_000.0 + hour for hour in range(48)]})
    client.world.clock.advance_rows(40)
    (ticker,) = client.signed("GET", "/api/v5/market/ticker", instId="BTC-USDT")["data"]
    assert [ticker[name] for name in ("sodUtc0", "sodUtc8", "open24h")] == ["60024", "60040", "60017"]


def test_hyperliquid_tells_funding_volume_and_the_actions_they_allow() -> None:
    pytest.importorskip("eth_account", reason="eth-account comes with the live extra")
    traded = Traded("hyperliquid")
    value = sum((trade.quote_quantity for trade in traded.account.trades()), Decimal(0))
    (position,) = traded.info(type="clearinghouseState")["assetPositions"]
    paid = {name: Decimal(text) for name, text in position["position"]["cumFunding"].items()}
    assert paid == {"allTime": -traded.funding, "sinceOpen": -traded.funding, "sinceChange": 0}
    limits = traded.info(type="userRateLimit")
    assert (Decimal(limits["cumVlm"]), limits["nRequestsUsed"]) == (value, 0)
    assert limits["nRequestsCap"] == 10_000 + int(value)
    (today,) = traded.info(type="userFees")["dailyUserVlm"]
    assert (Decimal(today["userCross"]), today["userAdd"]) == (value, "0.0")
    assert traded.info(type="userFees", user="0x" + "1" * 40)["dailyUserVlm"] == []
