"""Answers from Binance's own documentation: each documented field is produced here, of the same kind."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from binance_wire import BinanceClient
from json_fields import fields

DOCUMENTED = {
    entry["name"]: entry
    for entry in json.loads((Path(__file__).parent / "vendor_answers" / "binance.json").read_text())
}
NUMBER = re.compile(r"^-?[0-9]+(\.[0-9]+)?$")


def kind(value: Any) -> str:
    """The kind of a JSON value; a number written as text is a kind of its own."""
    if isinstance(value, str):
        return "number as text" if NUMBER.match(value) else "text"
    return type(value).__name__


@pytest.fixture(scope="module")
def produced() -> dict[str, Any]:
    """What the local Binance answers, by the names of the documented answers."""
    client = BinanceClient()
    made = spot_orders(client) | spot_market(client) | cancel_replacements(client)
    made |= futures_orders(client) | futures_account(client) | wallet(client)
    return made


def spot_market(client: BinanceClient) -> dict[str, Any]:
    return {
        "spot_depth": client.public("/api/v3/depth", symbol="BTCUSDT"),
        "spot_klines": client.public("/api/v3/klines", symbol="BTCUSDT", interval="1h"),
        "spot_ticker_24h": client.public("/api/v3/ticker/24hr", symbol="BTCUSDT"),
        "spot_ticker_price": client.public("/api/v3/ticker/price", symbol="BTCUSDT"),
        "spot_book_ticker": client.public("/api/v3/ticker/bookTicker", symbol="BTCUSDT"),
        "spot_invalid_symbol": client.public("/api/v3/depth", symbol="NOTHING"),
    }


def spot_orders(client: BinanceClient) -> dict[str, Any]:
    ask = client.signed
    named = {"symbol": "BTCUSDT", "origClientOrderId": "myOrder1"}
    made = {
        "spot_order_ack": client.spot_order("SELL", newOrderRespType="ACK"),
        "spot_order_result": client.spot_order("SELL", newOrderRespType="RESULT"),
        "spot_order_full": client.spot_order("SELL"),
    }
    client.spot_order(price="99000", newClientOrderId="myOrder1")
    made["spot_order_query"] = ask("GET", "/api/v3/order", **named)
    made["spot_cancel_restricted"] = ask("DELETE", "/api/v3/order", **named, cancelRestrictions="ONLY_PARTIALLY_FILLED")
    made["spot_cancel_restrictions_unknown"] = ask("DELETE", "/api/v3/order", **named, cancelRestrictions="NEVER")
    made["spot_order_cancel"] = ask("DELETE", "/api/v3/order", **named, newClientOrderId="cancelMyOrder1")
    return made


def cancel_replacements(client: BinanceClient) -> dict[str, Any]:
    def replace(mode: str, order: str, kind: str = "LIMIT_MAKER", price: str = "99000", **more: Any) -> Any:
        fields = {"symbol": "BTCUSDT", "side": "BUY", "type": kind, "quantity": "0.01", "price": price, **more}
        return client.signed(
            "POST", "/api/v3/order/cancelReplace", cancelReplaceMode=mode, cancelOrigClientOrderId=order, **fields
        )

    for name in ("one", "two"):
        client.spot_order(price="98000", newClientOrderId=name, quantity="0.01")
    return {
        "spot_cancel_replace": replace("STOP_ON_FAILURE", "one", "LIMIT", timeInForce="GTC"),
        "spot_cancel_replace_stopped": replace("STOP_ON_FAILURE", "never"),
        "spot_cancel_replace_both_failed": replace("ALLOW_FAILURE", "never", price="150000"),
        "spot_cancel_replace_half_done": replace("ALLOW_FAILURE", "two", price="150000"),
    }


def futures_orders(client: BinanceClient) -> dict[str, Any]:
    made = {"usdm_order_new": client.futures_order(price="99000", newClientOrderId="testOrder")}
    made["usdm_order_modify"] = client.signed(
        "PUT",
        "/fapi/v1/order",
        symbol="BTCUSDT",
        side="BUY",
        quantity="0.2",
        price="98000",
        origClientOrderId="testOrder",
    )
    made["usdm_cancel_all"] = client.signed("DELETE", "/fapi/v1/allOpenOrders", symbol="BTCUSDT")
    client.futures_order("SELL", "0.5")
    client.futures_order("BUY", "0.1")
    made["usdm_position_risk"] = client.signed("GET", "/fapi/v3/positionRisk")
    made["usdm_user_trades"] = client.signed("GET", "/fapi/v1/userTrades", symbol="BTCUSDT")
    return made


def futures_account(client: BinanceClient) -> dict[str, Any]:
    return {
        "usdm_balance": client.signed("GET", "/fapi/v3/balance"),
        "usdm_account_v2": client.signed("GET", "/fapi/v2/account"),
        "usdm_account_v3": client.signed("GET", "/fapi/v3/account"),
        "usdm_income": client.signed("GET", "/fapi/v1/income", incomeType="COMMISSION"),
        "usdm_premium_index": client.public("/fapi/v1/premiumIndex", symbol="BTCUSDT"),
    }


def wallet(client: BinanceClient) -> dict[str, Any]:
    client.deposit("binance", "USDT", "100")
    return {
        "wallet_coins": client.signed("GET", "/sapi/v1/capital/config/getall"),
        "wallet_deposit_address": client.signed("GET", "/sapi/v1/capital/deposit/address", coin="BTC"),
        "wallet_deposits": client.signed("GET", "/sapi/v1/capital/deposit/hisrec"),
        "wallet_api_restrictions": client.signed("GET", "/sapi/v1/account/apiRestrictions"),
    }


FREE_TEXT = {"clientOrderId", "origClientOrderId", "addressTag", "url", "info", "tradeId", "contractAddressUrl"}
"""Fields whose text is anybody's, so that it may look like a number or not."""


def name_of(path: str) -> str:
    return path.rpartition(".")[2].removesuffix("[]")


@pytest.mark.parametrize("name", list(DOCUMENTED))
def test_every_documented_field_is_produced_of_its_kind(name: str, produced: dict[str, Any]) -> None:
    entry = DOCUMENTED[name]
    excused = {*entry.get("absent", {}), *entry.get("types", {})}
    here: dict[str, set[str]] = {}
    for path, found in fields(produced[name], kind):
        here.setdefault(path, set()).add(found)
    wrong = {}
    for path, wanted in fields(entry["answer"], kind):
        if name_of(path) in excused:
            continue
        textual = name_of(path) in FREE_TEXT and wanted.endswith("text")
        got = here.get(path, set())
        if not (got if textual else wanted in got):
            wrong[path] = (wanted, got)
    assert wrong == {}


@pytest.mark.parametrize("name", [name for name, entry in DOCUMENTED.items() if entry.get("exact")])
def test_documented_refusals_come_word_for_word(name: str, produced: dict[str, Any]) -> None:
    assert produced[name] == DOCUMENTED[name]["answer"]


def test_a_half_done_replacement_says_which_half(produced: dict[str, Any]) -> None:
    theirs, ours = DOCUMENTED["spot_cancel_replace_half_done"]["answer"], produced["spot_cancel_replace_half_done"]
    assert (ours["code"], ours["msg"]) == (theirs["code"], theirs["msg"])
    for part in ("cancelResult", "newOrderResult", "newOrderResponse"):
        assert ours["data"][part] == theirs["data"][part]


def test_every_documented_answer_names_its_page() -> None:
    assert len(DOCUMENTED) >= 30
    for entry in DOCUMENTED.values():
        assert re.match(r"https://(developers\.binance\.com/docs|github\.com/binance)/", entry["source"])


CCXT = pytest.importorskip("ccxt", reason="ccxt comes with the live extra")


def test_ccxt_reads_the_documented_filled_spot_order_and_the_local_one_alike(produced: dict[str, Any]) -> None:
    theirs = CCXT.binance().parse_order(DOCUMENTED["spot_order_full"]["answer"])
    ours = CCXT.binance().parse_order(produced["spot_order_full"])
    for name in ("status", "type", "timeInForce", "side", "remaining", "postOnly"):
        assert ours[name] == theirs[name], name
    assert ours["average"] == 100_000
    assert [trade["fee"]["currency"] for trade in ours["trades"]] == ["USDT"] == [theirs["fees"][0]["currency"]]


def test_ccxt_reads_the_documented_futures_trade_and_the_local_one_alike(produced: dict[str, Any]) -> None:
    theirs = CCXT.binanceusdm().parse_trade(DOCUMENTED["usdm_user_trades"]["answer"][0])
    ours = CCXT.binanceusdm().parse_trade(produced["usdm_user_trades"][0])
    for name in ("side", "takerOrMaker"):
        assert ours[name] == theirs[name], name
    assert ours["fee"]["currency"] == theirs["fee"]["currency"] == "USDT"
    assert Decimal(str(ours["amount"])) == Decimal("0.5")
