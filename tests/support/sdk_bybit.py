"""Bybit's own SDK (pybit) as a client of the local venue."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from sdk_calls import SdkRun, steer

SDK = "pybit"
OUTSIDE = "0x" + "22" * 20
LINEAR = {"category": "linear", "symbol": "BTCUSDT"}
SPOT = {"category": "spot", "symbol": "BTCUSDT"}


def _list(answer: Any) -> list[Any]:
    found: list[Any] = answer["result"]["list"]
    return found


def run_bybit(url: str, key: str, secret: str) -> SdkRun:
    """Every call of pybit that the local venue serves."""
    from pybit.unified_trading import HTTP

    session = HTTP(api_key=key, api_secret=secret, max_retries=1)
    session.endpoint = url
    run = SdkRun(f"{SDK} {version(SDK)}")
    _market_data(run, session)
    _settings(run, session)
    _orders(run, session)
    _spot_orders(run, session)
    steer(url, "clock/advance", seconds=9 * 3600)
    steer(url, "deposit", location="bybit", asset="USDT", amount="25")
    _account(run, session)
    _money(run, session)
    for name, code, credentials in (
        ("an unknown key", "10003", ("nobody", secret)),
        ("a wrong secret", "10004", (key, "wrong")),
    ):
        other = HTTP(api_key=credentials[0], api_secret=credentials[1], max_retries=1)
        other.endpoint = url
        run.refused(f"get_wallet_balance with {name}", code, other.get_wallet_balance, accountType="UNIFIED")
    return run


def _market_data(run: SdkRun, session: Any) -> None:
    run.call("get_server_time", session.get_server_time, check=lambda a: int(a["result"]["timeSecond"]) > 0)
    run.call(
        "get_instruments_info", session.get_instruments_info, category="linear", check=lambda a: len(_list(a)) >= 1
    )
    run.call("get_instruments_info(spot)", session.get_instruments_info, **SPOT, check=lambda a: len(_list(a)) == 1)
    run.call("get_tickers", session.get_tickers, **LINEAR, check=lambda a: float(_list(a)[0]["markPrice"]) == 60_000)
    run.call("get_orderbook", session.get_orderbook, **LINEAR, limit=5, check=lambda a: len(a["result"]["b"]) == 5)
    run.call("get_kline", session.get_kline, **LINEAR, interval=60, limit=3, check=lambda a: len(_list(a)) >= 1)
    run.call("get_mark_price_kline", session.get_mark_price_kline, **LINEAR, interval=60, limit=3)
    run.call("get_risk_limit", session.get_risk_limit, **LINEAR, check=lambda a: len(_list(a)) >= 1)
    run.call("get_funding_rate_history", session.get_funding_rate_history, **LINEAR)


def _settings(run: SdkRun, session: Any) -> None:
    run.call("get_api_key_information", session.get_api_key_information)
    run.call("get_account_info", session.get_account_info)
    run.call("get_fee_rates", session.get_fee_rates, **LINEAR, check=lambda a: len(_list(a)) == 1)
    run.call("set_leverage", session.set_leverage, **LINEAR, buyLeverage="5", sellLeverage="5")
    run.refused(
        "set_leverage to what it is", "110043", session.set_leverage, **LINEAR, buyLeverage="5", sellLeverage="5"
    )
    run.call("get_coin_info", session.get_coin_info, coin="USDT")


def _orders(run: SdkRun, session: Any) -> None:
    market = {**LINEAR, "side": "Sell", "orderType": "Market", "qty": "0.1"}
    placed = run.call("place_order(market)", session.place_order, **market, orderLinkId="market-1")
    run.call(
        "get_open_orders(id)",
        session.get_open_orders,
        **LINEAR,
        orderId=placed["result"]["orderId"],
        check=lambda a: _list(a)[0]["orderStatus"] == "Filled",
    )
    run.call(
        "get_open_orders(client id)",
        session.get_open_orders,
        **LINEAR,
        orderLinkId="market-1",
        check=lambda a: len(_list(a)) == 1,
    )
    run.call(
        "get_order_history",
        session.get_order_history,
        **LINEAR,
        orderLinkId="market-1",
        check=lambda a: len(_list(a)) == 1,
    )
    run.call("get_executions", session.get_executions, **LINEAR, check=lambda a: len(_list(a)) == 1)
    run.refused("place_order with a used id", "110072", session.place_order, **market, orderLinkId="market-1")
    limit = {**LINEAR, "side": "Buy", "orderType": "Limit", "qty": "0.01", "price": "50000"}
    run.call("place_order(limit)", session.place_order, **limit, orderLinkId="limit-1")
    run.call(
        "get_open_orders",
        session.get_open_orders,
        **LINEAR,
        openOnly=0,
        check=lambda a: any(o["orderLinkId"] == "limit-1" and o["orderStatus"] == "New" for o in _list(a)),
    )
    run.call("amend_order", session.amend_order, **LINEAR, orderLinkId="limit-1", qty="0.02", price="51000")
    run.call("cancel_order", session.cancel_order, **LINEAR, orderLinkId="limit-1")
    run.call("place_order(post only)", session.place_order, **limit, timeInForce="PostOnly", orderLinkId="limit-2")
    run.call("cancel_all_orders", session.cancel_all_orders, **LINEAR, check=lambda a: len(_list(a)) == 1)
    run.refused("cancel_order of a finished order", "110001", session.cancel_order, **LINEAR, orderLinkId="limit-1")
    run.refused("reduce-only order that adds", "110017", session.place_order, **market, reduceOnly=True)
    run.refused("order beyond the margin", "110007", session.place_order, **{**market, "qty": "70"})
    run.call("get_positions", session.get_positions, **LINEAR, check=lambda a: _list(a)[0]["size"] in ("0.1", "0.100"))


def _spot_orders(run: SdkRun, session: Any) -> None:
    market = {**SPOT, "side": "Buy", "orderType": "Market", "qty": "0.01", "marketUnit": "baseCoin"}
    run.call("place_order(spot market)", session.place_order, **market, orderLinkId="spot-1")
    run.call(
        "get_open_orders(spot)",
        session.get_open_orders,
        **SPOT,
        orderLinkId="spot-1",
        check=lambda a: _list(a)[0]["orderStatus"] == "Filled",
    )
    run.refused("spot order with a used id", "170141", session.place_order, **market, orderLinkId="spot-1")
    run.refused("spot order beyond the balance", "170131", session.place_order, **{**market, "qty": "1000"})


def _account(run: SdkRun, session: Any) -> None:
    run.call(
        "get_wallet_balance",
        session.get_wallet_balance,
        accountType="UNIFIED",
        check=lambda a: len(_list(a)[0]["coin"]) >= 1,
    )
    run.refused(
        "switch_position_mode to what it is",
        "110025",
        session.switch_position_mode,
        category="linear",
        symbol="BTCUSDT",
        mode=0,
    )
    run.call(
        "get_executions(funding)",
        session.get_executions,
        **LINEAR,
        execType="Funding",
        check=lambda a: len(_list(a)) == 1,
    )
    run.call(
        "get_funding_rate_history(after one)",
        session.get_funding_rate_history,
        **LINEAR,
        check=lambda a: len(_list(a)) == 1,
    )
    run.call("set_margin_mode", session.set_margin_mode, setMarginMode="REGULAR_MARGIN")


def _money(run: SdkRun, session: Any) -> None:
    run.call("get_master_deposit_address", session.get_master_deposit_address, coin="USDT")
    run.call(
        "get_deposit_records", session.get_deposit_records, coin="USDT", check=lambda a: len(a["result"]["rows"]) == 1
    )
    withdrawal = {"coin": "USDT", "chain": "ETH", "address": OUTSIDE, "accountType": "UTA", "timestamp": 0}
    transfer = {"transferId": "4f0b0c9e-6a10-4a5e-8e9d-0c2a6a3f4b11", "coin": "USDT", "amount": "100"}
    accounts = {"fromAccountType": "UNIFIED", "toAccountType": "FUND"}
    run.refused("create_internal_transfer", "131231", session.create_internal_transfer, **transfer, **accounts)
    run.call("withdraw", session.withdraw, **withdrawal, amount="50")
    run.call(
        "get_withdrawal_records",
        session.get_withdrawal_records,
        coin="USDT",
        check=lambda a: len(a["result"]["rows"]) == 1,
    )
