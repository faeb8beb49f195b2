"""OKX's own SDK (python-okx) as a client of the local venue."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from sdk_calls import SdkRun, steer

SDK = "python-okx"
SWAP, SPOT = "BTC-USDT-SWAP", "BTC-USDT"
OUTSIDE = "0x" + "22" * 20


def _reason(answer: Any) -> str:
    """The SDK returns refusals as data."""
    if answer["code"] == "0":
        return ""
    details = [f"{row['sCode']} {row['sMsg']}" for row in answer.get("data", []) if row.get("sCode")]
    return "; ".join((f"{answer['code']} {answer['msg']}", *details))


def _rows(answer: Any) -> list[Any]:
    rows: list[Any] = answer["data"]
    return rows


def run_okx(url: str, key: str, secret: str, passphrase: str) -> SdkRun:
    """Every call of python-okx that the local venue serves."""
    from okx.Account import AccountAPI
    from okx.Funding import FundingAPI
    from okx.MarketData import MarketAPI
    from okx.PublicData import PublicAPI
    from okx.Trade import TradeAPI

    options: dict[str, Any] = {
        "api_key": key,
        "api_secret_key": secret,
        "passphrase": passphrase,
        "flag": "0",
        "domain": url,
    }
    run = SdkRun(f"{SDK} {version(SDK)}", reason=_reason)
    clients = [kind(**options) for kind in (PublicAPI, MarketAPI, AccountAPI, TradeAPI, FundingAPI)]
    public, market, account, trade, funding = clients
    try:
        _market_data(run, public, market)
        _settings(run, account)
        _swap_orders(run, trade)
        _spot_orders(run, trade)
        steer(url, "clock/advance", seconds=9 * 3600)
        steer(url, "deposit", location="okx.funding", asset="USDT", amount="25")
        _account(run, account, trade)
        _money(run, funding)
        _wrong_keys(run, options, clients)
    finally:
        for client in clients:
            client.close()
    return run


def _wrong_keys(run: SdkRun, options: dict[str, Any], clients: list[Any]) -> None:
    from okx.Account import AccountAPI

    wrong = {"api_key": "50111", "api_secret_key": "50113", "passphrase": "50105"}
    for field, code in wrong.items():
        clients.append(AccountAPI(**{**options, field: "wrong"}))
        run.refused(f"get_account_balance with a wrong {field}", code, clients[-1].get_account_balance)


def _market_data(run: SdkRun, public: Any, market: Any) -> None:
    run.call("get_system_time", public.get_system_time, check=lambda a: int(_rows(a)[0]["ts"]) > 0)
    run.call("get_instruments", public.get_instruments, "SWAP", check=lambda a: len(_rows(a)) >= 1)
    run.call("get_instruments(spot)", public.get_instruments, "SPOT", check=lambda a: len(_rows(a)) >= 1)
    run.call("get_funding_rate", public.get_funding_rate, SWAP, check=lambda a: len(_rows(a)) == 1)
    run.call("funding_rate_history", public.funding_rate_history, SWAP)
    run.call("get_mark_price", public.get_mark_price, "SWAP", instId=SWAP, check=lambda a: len(_rows(a)) == 1)
    run.call(
        "get_position_tiers", public.get_position_tiers, "SWAP", "cross", uly=SPOT, check=lambda a: len(_rows(a)) >= 1
    )
    run.call("get_tickers", market.get_tickers, "SWAP", check=lambda a: len(_rows(a)) >= 1)
    run.call("get_history_candlesticks", market.get_history_candlesticks, SWAP, bar="1H", limit="3")
    run.call("get_ticker", market.get_ticker, SWAP, check=lambda a: float(_rows(a)[0]["last"]) == 60_000)
    run.call("get_orderbook", market.get_orderbook, SWAP, "5", check=lambda a: len(_rows(a)[0]["bids"]) == 5)
    run.call("get_candlesticks", market.get_candlesticks, SWAP, bar="1H", limit="3", check=lambda a: len(_rows(a)) >= 1)
    run.refused("get_ticker of an unknown instrument", "51001", market.get_ticker, "NO-SUCH-SWAP")


def _settings(run: SdkRun, account: Any) -> None:
    run.call("get_account_config", account.get_account_config, check=lambda a: len(_rows(a)) == 1)
    run.call("set_leverage", account.set_leverage, lever="5", mgnMode="cross", instId=SWAP)
    run.call("get_leverage", account.get_leverage, "cross", instId=SWAP, check=lambda a: _rows(a)[0]["lever"] == "5")
    run.call("set_position_mode", account.set_position_mode, "net_mode")
    run.call("get_fee_rates", account.get_fee_rates, "SWAP", check=lambda a: len(_rows(a)) == 1)


def _swap_orders(run: SdkRun, trade: Any) -> None:
    base = {"instId": SWAP, "tdMode": "cross"}
    market = {**base, "side": "sell", "ordType": "market", "sz": "10"}
    placed = run.call("place_order(market)", trade.place_order, **market, clOrdId="market1")
    order_id = _rows(placed)[0]["ordId"]
    run.call("get_order(id)", trade.get_order, SWAP, ordId=order_id, check=lambda a: _rows(a)[0]["state"] == "filled")
    run.call(
        "get_order(client id)",
        trade.get_order,
        SWAP,
        clOrdId="market1",
        check=lambda a: _rows(a)[0]["ordId"] == order_id,
    )
    run.call("get_fills_history", trade.get_fills_history, "SWAP", check=lambda a: len(_rows(a)) == 1)
    limit = {**base, "side": "buy", "ordType": "limit", "sz": "1", "px": "50000"}
    run.call("place_order(limit)", trade.place_order, **limit, clOrdId="limit1")
    run.refused("place_order with an open order's id", "51016", trade.place_order, **market, clOrdId="limit1")
    run.call("get_order_list", trade.get_order_list, "SWAP", check=lambda a: len(_rows(a)) == 1)
    run.call(
        "amend_multiple_orders", trade.amend_multiple_orders, [{"instId": SWAP, "clOrdId": "limit1", "newSz": "3"}]
    )
    run.call("amend_order", trade.amend_order, SWAP, clOrdId="limit1", newSz="2", newPx="51000")
    run.call("cancel_order", trade.cancel_order, SWAP, clOrdId="limit1")
    several = [{**limit, "clOrdId": "limit2"}, {**limit, "ordType": "post_only", "clOrdId": "limit3"}]
    run.call("place_multiple_orders", trade.place_multiple_orders, several, check=lambda a: len(_rows(a)) == 2)
    cancels = [{"instId": SWAP, "clOrdId": "limit2"}, {"instId": SWAP, "clOrdId": "limit3"}]
    run.call("cancel_multiple_orders", trade.cancel_multiple_orders, cancels, check=lambda a: len(_rows(a)) == 2)
    run.refused("get_order of an unknown id", "51603", trade.get_order, SWAP, clOrdId="never")
    run.refused("order beyond the margin", "51008", trade.place_order, **{**market, "sz": "7000"})
    run.refused("id with a hyphen", "51000", trade.place_order, **market, clOrdId="not-allowed")


def _spot_orders(run: SdkRun, trade: Any) -> None:
    market = {"instId": SPOT, "tdMode": "cross", "side": "buy", "ordType": "market", "sz": "0.01", "tgtCcy": "base_ccy"}
    run.call("place_order(spot market)", trade.place_order, **market, clOrdId="spot1")
    run.call(
        "get_order(spot)", trade.get_order, SPOT, clOrdId="spot1", check=lambda a: _rows(a)[0]["state"] == "filled"
    )
    run.call("get_orders_history", trade.get_orders_history, "SPOT", check=lambda a: len(_rows(a)) == 1)


def _account(run: SdkRun, account: Any, trade: Any) -> None:
    run.call("get_account_balance", account.get_account_balance, check=lambda a: len(_rows(a)[0]["details"]) >= 1)
    run.call("get_positions", account.get_positions, check=lambda a: _rows(a)[0]["pos"] == "-10")
    run.call(
        "get_account_bills_archive", account.get_account_bills_archive, type="8", check=lambda a: len(_rows(a)) == 1
    )
    run.call("get_account_bills", account.get_account_bills, type="8", check=lambda a: len(_rows(a)) == 1)
    run.call("get_fills", trade.get_fills, check=lambda a: len(_rows(a)) >= 2)
    run.call("get_orders_history(swap)", trade.get_orders_history, "SWAP", check=lambda a: len(_rows(a)) >= 1)


def _money(run: SdkRun, funding: Any) -> None:
    run.call("get_currencies", funding.get_currencies, check=lambda a: len(_rows(a)) >= 1)
    moved = run.call("funds_transfer", funding.funds_transfer, "USDT", "100", "18", "6")
    run.call(
        "transfer_state",
        funding.transfer_state,
        _rows(moved)[0]["transId"],
        check=lambda a: _rows(a)[0]["state"] == "success",
    )
    run.call("get_balances", funding.get_balances, check=lambda a: len(_rows(a)) >= 1)
    run.call("get_deposit_address", funding.get_deposit_address, "USDT", check=lambda a: len(_rows(a)) >= 1)
    run.call("get_deposit_history", funding.get_deposit_history, check=lambda a: len(_rows(a)) == 1)
    run.call("withdrawal", funding.withdrawal, "USDT", "50", "4", OUTSIDE, chain="USDT-ERC20", clientId="withdrawal1")
    run.call("get_withdrawal_history", funding.get_withdrawal_history, check=lambda a: len(_rows(a)) == 1)
    run.refused(
        "withdrawal beyond the balance",
        "58350",
        funding.withdrawal,
        "USDT",
        "1000000000",
        "4",
        OUTSIDE,
        chain="USDT-ERC20",
    )
