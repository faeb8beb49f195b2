"""Whatever a client sends, the local Binance answers; whatever it does, the money adds up."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from hypothesis import given, settings
from hypothesis import strategies as st

from binance_wire import BinanceClient

SHARED = BinanceClient()
ROUTES = dict(SHARED.venue.wire._routes)  # type: ignore[attr-defined]
VALUES = """
0 -1 1 0.001 1e9 99999999999999999999 NaN true BTCUSDT ETHUSDT BUY SELL LIMIT MARKET LIMIT_MAKER GTC GTX IOC FOK 1h
USDT MAIN_UMFUTURE CROSSED STOP_ON_FAILURE ALLOW_FAILURE ONLY_NEW [] {} ["BTCUSDT"] [1] ERC20 ETH 1704067200000 100000
"""
TEXTS = st.sampled_from(["", "é\x00", "0x" + "1" * 40, *VALUES.split()])


@settings(max_examples=500)
@given(data=st.data())
def test_no_request_is_a_defect(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(ROUTES)))
    route = ROUTES[name]
    sent = {
        parameter: data.draw(TEXTS)
        for parameter in sorted(route.parameters)
        if data.draw(st.booleans(), label=parameter)
    }
    method, path = name.split()
    if route.security == "none":
        answer = SHARED.send(method, path, urlencode(sent))
    else:
        answer = SHARED.signed_response(method, path, **sent)
    body = json.loads(answer.body)
    assert answer.status in (200, 400, 401, 405, 409)
    if answer.status != 200:
        assert body["code"] < 0
        assert body["msg"]


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["spot", "futures", "limit", "maker", "cancel", "amend", "transfer", "row", "lever"]),
        st.sampled_from(["BUY", "SELL"]),
        st.integers(1, 300),
        st.integers(-30, 30),
    ),
    max_size=25,
)


def act(client: BinanceClient, kind: str, side: str, size: int, offset: int) -> None:
    quantity = str(Decimal(size) / 1000)
    price = str(Decimal(100_050 + 20 * offset))
    resting = client.account.resting_orders()
    if kind == "spot":
        client.spot_order(side, quantity)
    elif kind == "futures":
        client.futures_order(side, quantity)
    elif kind == "limit":
        client.futures_order(side, quantity, price=price)
    elif kind == "maker":
        client.spot_order(side, quantity, price=price, type="LIMIT_MAKER")
    elif kind == "row":
        client.world.clock.advance_rows(size % 4)
    elif kind == "lever":
        client.signed("POST", "/fapi/v1/leverage", symbol="BTCUSDT", leverage=size % 125 + 1)
    elif kind == "transfer":
        way = "MAIN_UMFUTURE" if side == "BUY" else "UMFUTURE_MAIN"
        client.signed("POST", "/sapi/v1/asset/transfer", type=way, asset="USDT", amount=size * 100)
    elif kind == "cancel" and resting:
        path = "/api/v3/order" if resting[0].trade_type == "spot" else "/fapi/v1/order"
        client.signed("DELETE", path, symbol="BTCUSDT", orderId=resting[0].order_id)
    elif kind == "amend" and resting and resting[0].trade_type == "perp":
        named: dict[str, Any] = {"symbol": "BTCUSDT", "orderId": resting[0].order_id, "side": resting[0].side.upper()}
        client.signed("PUT", "/fapi/v1/order", **named, quantity=quantity, price=price)


@settings(max_examples=60)
@given(actions=ACTIONS)
def test_trades_income_and_transfers_explain_every_balance(actions: list[tuple[str, str, int, int]]) -> None:
    client = BinanceClient(slippage="square_root")
    for action in actions:
        act(client, *action)
    ask = client.signed
    spot = {"USDT": Decimal(100_000), "BTC": Decimal(1)}
    for trade in ask("GET", "/api/v3/myTrades", symbol="BTCUSDT", limit=1000):
        sign = 1 if trade["isBuyer"] else -1
        spot["BTC"] += sign * Decimal(trade["qty"])
        spot["USDT"] -= sign * Decimal(trade["quoteQty"])
        spot[trade["commissionAsset"]] -= Decimal(trade["commission"])
    income = ask("GET", "/fapi/v1/income", limit=1000)
    for entry in income:
        if entry["incomeType"] == "TRANSFER":
            spot["USDT"] -= Decimal(entry["income"])
    for balance in ask("GET", "/api/v3/account")["balances"]:
        assert Decimal(balance["free"]) + Decimal(balance["locked"]) == spot[balance["asset"]]
        assert Decimal(balance["free"]) >= 0 <= Decimal(balance["locked"])
    (wallet,) = ask("GET", "/fapi/v3/balance")
    change = sum((Decimal(entry["income"]) for entry in income), Decimal(0))
    # Income is shown with eight decimals, a wallet holds what was moved.
    assert abs(Decimal(wallet["balance"]) - Decimal(100_000) - change) <= Decimal("1e-8") * (len(income) + 1)
    traded = sum(
        (
            Decimal(trade["qty"]) if trade["buyer"] else -Decimal(trade["qty"])
            for trade in ask("GET", "/fapi/v1/userTrades", symbol="BTCUSDT", limit=1000)
        ),
        Decimal(0),
    )
    held = sum((Decimal(entry["positionAmt"]) for entry in ask("GET", "/fapi/v2/positionRisk")), Decimal(0))
    assert held == traded
