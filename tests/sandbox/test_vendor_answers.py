"""Answers from the vendors' own documentation: each documented field is produced here, and ccxt reads both alike."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from json_fields import fields
from wire_clients import WireClient

FOLDER = Path(__file__).parent / "vendor_answers"
ADDRESS = "0x" + "1" * 40

NOT_PRODUCED = {
    # Documentation and venue spell it differently; later pages say ``mmrSysUpdatedTime``, which is what is produced.
    "bybit positions: result.list[].mmrSysUpdateTime",
    # A permission list's entries are the key's own.
    "bybit key: result.permissions.Options[]",
}
"""Documented fields that a local venue leaves out, each with its reason."""


def documented(venue: str) -> list[Any]:
    return json.loads((FOLDER / f"{venue}.json").read_text())


def answer_of(venue: str, name: str) -> Any:
    return next(entry["answer"] for entry in documented(venue) if entry["name"] == name)


def bybit_answers() -> dict[str, Any]:
    """What the local Bybit answers, by the names of the documented answers."""
    client = WireClient("bybit")
    ask: Callable[..., Any] = client.signed
    made: dict[str, Any] = {}
    order = {"category": "linear", "symbol": "BTCUSDT", "side": "Sell", "qty": "0.05"}
    made["create"] = ask("POST", "/v5/order/create", **order, orderType="Market", orderLinkId="m1")
    limit = {**order, "side": "Buy", "orderType": "Limit", "price": "50000"}
    ask("POST", "/v5/order/create", **limit, orderLinkId="l1")
    named = {"category": "linear", "symbol": "BTCUSDT", "orderLinkId": "l1"}
    made["amend"] = ask("POST", "/v5/order/amend", **named, price="51000")
    made["open_order"] = ask("GET", "/v5/order/realtime", category="linear", symbol="BTCUSDT")
    made["cancel"] = ask("POST", "/v5/order/cancel", **named)
    ask("POST", "/v5/order/create", **limit, orderLinkId="l2")
    made["cancel_all"] = ask("POST", "/v5/order/cancel-all", category="linear", symbol="BTCUSDT")
    ask("POST", "/v5/order/create", **{**limit, "price": "70000"}, timeInForce="PostOnly", orderLinkId="p1")
    made["post_only_cancelled"] = ask("GET", "/v5/order/history", category="linear", orderLinkId="p1")
    made["executions"] = ask("GET", "/v5/execution/list", category="linear", symbol="BTCUSDT")
    made["positions"] = ask("GET", "/v5/position/list", category="linear", symbol="BTCUSDT")
    made["wallet"] = ask("GET", "/v5/account/wallet-balance", accountType="UNIFIED")
    made["account"] = ask("GET", "/v5/account/info")
    made["key"] = ask("GET", "/v5/user/query-api")
    made["fees"] = ask("GET", "/v5/account/fee-rate", category="linear")
    made["expired"] = ask("GET", "/v5/account/info", at_ms=client.clock.now_ms() - 60_000)
    made["set_leverage"] = ask(
        "POST", "/v5/position/set-leverage", category="linear", symbol="BTCUSDT", buyLeverage="5", sellLeverage="5"
    )
    made["margin_mode_refused"] = ask("POST", "/v5/account/set-margin-mode", setMarginMode="PORTFOLIO_MARGIN")
    return made | bybit_market_answers(client) | bybit_money_answers(client)


def bybit_market_answers(client: WireClient) -> dict[str, Any]:
    client.world.clock.advance_rows(9)

    def ask(path: str, **parameters: Any) -> Any:
        return json.loads(client.send("GET", f"/v5/market/{path}", **parameters).body)

    return {
        "linear_instruments": ask("instruments-info", category="linear"),
        "spot_instruments": ask("instruments-info", category="spot"),
        "linear_ticker": ask("tickers", category="linear", symbol="BTCUSDT"),
        "spot_ticker": ask("tickers", category="spot", symbol="BTCUSDT"),
        "book": ask("orderbook", category="linear", symbol="BTCUSDT"),
        "klines": ask("kline", category="linear", symbol="BTCUSDT", interval="60"),
        "funding_history": ask("funding/history", category="linear", symbol="BTCUSDT"),
        "risk_limits": ask("risk-limit", category="linear"),
    }


def bybit_money_answers(client: WireClient) -> dict[str, Any]:
    client.world.venues["bybit"].account.deposit("bybit", "USDT", Decimal(10), "test")
    withdrawal = {"coin": "USDT", "chain": "ETH", "address": ADDRESS, "amount": "24", "accountType": "UTA"}
    return {
        "coins": client.signed("GET", "/v5/asset/coin/query-info"),
        "deposit_address": client.signed("GET", "/v5/asset/deposit/query-address", coin="USDT"),
        "deposits": client.signed("GET", "/v5/asset/deposit/query-record"),
        "withdraw": client.signed("POST", "/v5/asset/withdraw/create", **withdrawal, timestamp=1),
        "withdrawals": client.signed("GET", "/v5/asset/withdraw/query-record"),
    }


def okx_answers() -> dict[str, Any]:
    """What the local OKX answers, by the names of the documented answers."""
    client = WireClient("okx")
    ask: Callable[..., Any] = client.signed
    made: dict[str, Any] = {}
    spot = {"instId": "BTC-USDT", "tdMode": "cross", "side": "buy"}
    made["place"] = ask("POST", "/api/v5/trade/order", **spot, ordType="market", sz="100", clOrdId="m1")
    limit = {**spot, "ordType": "limit", "sz": "0.01", "px": "50000"}
    ask("POST", "/api/v5/trade/order", **limit, clOrdId="l1")
    made["refused"] = ask("POST", "/api/v5/trade/order", **{**limit, "sz": "1000"})
    named = {"instId": "BTC-USDT", "clOrdId": "l1"}
    made["amend"] = ask("POST", "/api/v5/trade/amend-order", **named, newPx="51000", reqId="b12344")
    made["pending"] = ask("GET", "/api/v5/trade/orders-pending")
    made["cancel"] = ask("POST", "/api/v5/trade/cancel-order", **named)
    made["order"] = ask("GET", "/api/v5/trade/order", instId="BTC-USDT", clOrdId="m1")
    made["history"] = ask("GET", "/api/v5/trade/orders-history", instType="SPOT")
    made["fills"] = ask("GET", "/api/v5/trade/fills-history", instType="SPOT")
    swap = {"instId": "BTC-USDT-SWAP", "tdMode": "cross", "side": "sell", "ordType": "market", "sz": "5"}
    orders = [swap | {"clOrdId": f"b{count}"} for count in range(2)]
    made["place_batch"] = client.signed_list("/api/v5/trade/batch-orders", orders)
    made["positions"] = ask("GET", "/api/v5/account/positions")
    client.world.clock.advance_rows(9)
    made["bills"] = ask("GET", "/api/v5/account/bills-archive", type="8")
    made["balance"] = ask("GET", "/api/v5/account/balance")
    made["config"] = ask("GET", "/api/v5/account/config")
    made["fees"] = ask("GET", "/api/v5/account/trade-fee", instType="SPOT")
    lever = {"instId": "BTC-USDT-SWAP", "mgnMode": "cross"}
    made["set_leverage"] = ask("POST", "/api/v5/account/set-leverage", **lever, lever="5")
    made["leverage"] = ask("GET", "/api/v5/account/leverage-info", **lever)
    made["position_mode"] = ask("POST", "/api/v5/account/set-position-mode", posMode="net_mode")
    made["expired"] = ask("GET", "/api/v5/account/balance", at_ms=client.clock.now_ms() - 60_000)
    return made | okx_market_answers(client) | okx_money_answers(client)


def okx_market_answers(client: WireClient) -> dict[str, Any]:
    def ask(path: str, **parameters: Any) -> Any:
        return json.loads(client.send("GET", f"/api/v5/{path}", **parameters).body)

    swap = "BTC-USDT-SWAP"
    return {
        "instruments": ask("public/instruments", instType="SPOT"),
        "funding_rate": ask("public/funding-rate", instId=swap),
        "funding_history": ask("public/funding-rate-history", instId=swap),
        "tiers": ask("public/position-tiers", instType="SWAP", tdMode="cross", uly="BTC-USDT"),
        "ticker": ask("market/ticker", instId=swap),
        "book": ask("market/books", instId=swap, sz=5),
        "candles": ask("market/candles", instId=swap, bar="1H"),
        "time": ask("public/time"),
    }


def okx_money_answers(client: WireClient) -> dict[str, Any]:
    ask = client.signed
    client.world.venues["okx"].account.deposit("okx.funding", "USDT", Decimal(10), "test")
    transfer = {"ccy": "USDT", "amt": "1.5", "from": "18", "to": "6", "clientId": "t1"}
    withdrawal = {"ccy": "USDT", "amt": "10", "dest": "4", "toAddr": ADDRESS, "chain": "USDT-ERC20", "clientId": "w1"}
    return {
        "currencies": ask("GET", "/api/v5/asset/currencies"),
        "funding_balance": ask("GET", "/api/v5/asset/balances"),
        "transfer": ask("POST", "/api/v5/asset/transfer", **transfer),
        "transfer_state": ask("GET", "/api/v5/asset/transfer-state", clientId="t1"),
        "deposit_address": ask("GET", "/api/v5/asset/deposit-address", ccy="USDT"),
        "deposits": ask("GET", "/api/v5/asset/deposit-history"),
        "withdraw": ask("POST", "/api/v5/asset/withdrawal", **withdrawal),
        "withdrawals": ask("GET", "/api/v5/asset/withdrawal-history"),
    }


@pytest.mark.parametrize(("venue", "produce"), [("bybit", bybit_answers), ("okx", okx_answers)])
def test_every_documented_field_is_produced_with_its_type(venue: str, produce: Callable[[], dict[str, Any]]) -> None:
    produced = produce()
    missing = set()
    compared = 0
    for entry in documented(venue):
        here = set(fields(produced[entry["name"]]))
        for path, kind in fields(entry["answer"]):
            compared += 1
            if (path, kind) not in here:
                missing.add(f"{venue} {entry['name']}: {path}")
    assert missing == {path for path in NOT_PRODUCED if path.startswith(venue)}
    assert compared >= 300


@pytest.mark.parametrize("venue", ["bybit", "okx"])
def test_every_documented_answer_names_the_page_it_comes_from(venue: str) -> None:
    page = {"bybit": "https://bybit-exchange.github.io/docs/v5/", "okx": "https://www.okx.com/docs-v5/en/#"}[venue]
    assert all(entry["source"].startswith(page) for entry in documented(venue))


CCXT = pytest.importorskip("ccxt", reason="ccxt comes with the live extra")


def test_ccxt_reads_bybits_documented_post_only_order_and_the_local_one_alike() -> None:
    reader = CCXT.bybit()
    theirs = reader.parse_order(answer_of("bybit", "post_only_cancelled")["result"]["list"][0])
    ours = reader.parse_order(bybit_answers()["post_only_cancelled"]["result"]["list"][0])
    alike = ("status", "type", "timeInForce", "postOnly", "side", "filled", "remaining", "average", "fee")
    assert {name: theirs[name] for name in alike} == {name: ours[name] for name in alike}
    assert ours["status"] == "canceled"


def test_ccxt_reads_okxs_documented_filled_order_and_the_local_one_alike() -> None:
    reader = CCXT.okx()
    theirs = reader.parse_order(answer_of("okx", "order")["data"][0])
    ours = reader.parse_order(okx_answers()["order"]["data"][0])
    alike = ("status", "symbol", "type", "timeInForce", "side", "reduceOnly", "remaining")
    assert {name: theirs[name] for name in alike} == {name: ours[name] for name in alike}
    assert theirs["fee"]["currency"] == ours["fee"]["currency"] == "BTC"
    assert theirs["fee"]["cost"] > 0 < ours["fee"]["cost"]
