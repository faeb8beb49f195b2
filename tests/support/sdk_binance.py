"""Binance's own SDKs (spot, USD-margined futures, wallet) as clients of the local venues."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from sdk_calls import SdkRun, steer

SPOT = "binance-sdk-spot"
FUTURES = "binance-sdk-derivatives-trading-usds-futures"
WALLET = "binance-sdk-wallet"


def _configuration(url: str, key: str, secret: str) -> Any:
    from binance_common.configuration import ConfigurationRestAPI

    return ConfigurationRestAPI(api_key=key, api_secret=secret, base_path=url, timeout=10_000, retries=0)


def _read(response: Any) -> Any:
    return response.data()


def run_spot(url: str, key: str, secret: str) -> SdkRun:
    """Every call of the spot SDK that the local venue serves."""
    from binance_sdk_spot.spot import Spot

    api = Spot(config_rest_api=_configuration(url, key, secret)).rest_api
    run = SdkRun(f"{SPOT} {version(SPOT)}", _read)
    _spot_market_data(run, api)
    _spot_trading(run, api)
    stranger = Spot(config_rest_api=_configuration(url, "nobody", secret)).rest_api
    forger = Spot(config_rest_api=_configuration(url, key, "wrong")).rest_api
    run.refused("get_account with an unknown key", "-2015", stranger.get_account)
    run.refused("get_account with a wrong secret", "-1022", forger.get_account)
    return run


def _spot_market_data(run: SdkRun, api: Any) -> None:
    run.call("ping", api.ping)
    run.call("time", api.time, check=lambda data: data.server_time > 0)
    run.call("exchange_info", api.exchange_info, check=lambda data: len(data.symbols) >= 1)
    run.call("exchange_info(symbol)", api.exchange_info, symbol="BTCUSDT", check=lambda data: len(data.symbols) == 1)
    run.call("depth", api.depth, "BTCUSDT", limit=5, check=lambda data: len(data.bids) == 5)
    run.call("klines", api.klines, "BTCUSDT", "1h", limit=3, check=lambda data: len(data) > 0)
    run.call("ticker24hr", api.ticker24hr, symbol="BTCUSDT")
    run.call("ticker_price", api.ticker_price, symbol="BTCUSDT")
    run.call("ticker_book_ticker", api.ticker_book_ticker, symbol="BTCUSDT")
    run.refused("depth of an unknown symbol", "-1121", api.depth, "NOSUCH")


def _spot_trading(run: SdkRun, api: Any) -> None:
    run.call("get_account", api.get_account, check=lambda data: any(b.asset == "USDT" for b in data.balances))
    run.call("account_commission", api.account_commission, "BTCUSDT")
    market = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": 0.01}
    run.call("order_test", api.order_test, **market)
    filled = run.call(
        "new_order(market)",
        api.new_order,
        **market,
        new_client_order_id="market-1",
        check=lambda data: data.status == "FILLED",
    )
    run.call(
        "get_order(id)",
        api.get_order,
        "BTCUSDT",
        order_id=filled and filled.order_id,
        check=lambda data: data.status == "FILLED",
    )
    run.call(
        "get_order(client id)",
        api.get_order,
        "BTCUSDT",
        orig_client_order_id="market-1",
        check=lambda data: data.executed_qty == "0.01000000" or float(data.executed_qty) == 0.01,
    )
    run.call("my_trades", api.my_trades, "BTCUSDT", check=lambda data: len(data) == 1)
    limit = {
        "symbol": "BTCUSDT",
        "side": "BUY",
        "type": "LIMIT",
        "time_in_force": "GTC",
        "quantity": 0.01,
        "price": 10_000,
    }
    run.call(
        "new_order(limit)",
        api.new_order,
        **limit,
        new_client_order_id="limit-1",
        check=lambda data: data.status == "NEW",
    )
    run.refused("new_order with an open id", "-2010", api.new_order, **limit, new_client_order_id="limit-1")
    run.call("get_open_orders", api.get_open_orders, symbol="BTCUSDT", check=lambda data: len(data) == 1)
    replace = {
        **limit,
        "quantity": 0.02,
        "cancel_replace_mode": "STOP_ON_FAILURE",
        "cancel_orig_client_order_id": "limit-1",
    }
    run.call("order_cancel_replace", api.order_cancel_replace, **replace, new_client_order_id="limit-2")
    run.call("delete_order", api.delete_order, "BTCUSDT", orig_client_order_id="limit-2")
    run.call(
        "new_order(post only)",
        api.new_order,
        symbol="BTCUSDT",
        side="BUY",
        type="LIMIT_MAKER",
        quantity=0.01,
        price=10_000,
    )
    run.call("delete_open_orders", api.delete_open_orders, "BTCUSDT", check=lambda data: len(data) == 1)
    run.call("all_orders", api.all_orders, "BTCUSDT", check=lambda data: len(data) == 4)
    run.refused("get_order of an unknown id", "-2013", api.get_order, "BTCUSDT", orig_client_order_id="never-placed")
    run.refused("new_order below the least notional", "-1013", api.new_order, **{**limit, "quantity": 0.0003})


def run_futures(url: str, key: str, secret: str) -> SdkRun:
    """Every call of the futures SDK that the local venue serves."""
    from binance_sdk_derivatives_trading_usds_futures.derivatives_trading_usds_futures import (
        DerivativesTradingUsdsFutures,
    )

    api = DerivativesTradingUsdsFutures(config_rest_api=_configuration(url, key, secret)).rest_api
    run = SdkRun(f"{FUTURES} {version(FUTURES)}", _read)
    _futures_market_data(run, api)
    _futures_settings(run, api)
    _futures_trading(run, api)
    steer(url, "clock/advance", seconds=9 * 3600)
    _futures_account(run, api)
    forger = DerivativesTradingUsdsFutures(config_rest_api=_configuration(url, key, "wrong")).rest_api
    run.refused("account_information_v3 with a wrong secret", "-1022", forger.account_information_v3)
    return run


def _futures_market_data(run: SdkRun, api: Any) -> None:
    run.call("test_connectivity", api.test_connectivity)
    run.call("check_server_time", api.check_server_time, check=lambda data: data.server_time > 0)
    run.call("exchange_information", api.exchange_information, check=lambda data: len(data.symbols) >= 1)
    run.call("order_book", api.order_book, "BTCUSDT", limit=5, check=lambda data: len(data.asks) == 5)
    run.call("kline_candlestick_data", api.kline_candlestick_data, "BTCUSDT", "1h", limit=3)
    run.call("mark_price_kline_candlestick_data", api.mark_price_kline_candlestick_data, "BTCUSDT", "1h", limit=3)
    run.call("mark_price", api.mark_price, symbol="BTCUSDT")
    run.call("symbol_price_ticker", api.symbol_price_ticker, symbol="BTCUSDT")
    run.call("symbol_price_ticker_v2", api.symbol_price_ticker_v2, symbol="BTCUSDT")
    run.call("symbol_order_book_ticker", api.symbol_order_book_ticker, symbol="BTCUSDT")
    run.call("get_funding_rate_history", api.get_funding_rate_history, symbol="BTCUSDT", limit=5)
    run.call("get_funding_rate_info", api.get_funding_rate_info)
    run.call("ticker24hr_price_change_statistics", api.ticker24hr_price_change_statistics, symbol="BTCUSDT")


def _futures_settings(run: SdkRun, api: Any) -> None:
    run.call(
        "change_initial_leverage", api.change_initial_leverage, "BTCUSDT", 5, check=lambda data: data.leverage == 5
    )
    run.call(
        "get_current_position_mode", api.get_current_position_mode, check=lambda data: data.dual_side_position is False
    )
    run.refused("change_position_mode to what it is", "-4059", api.change_position_mode, "false")
    run.refused("change_margin_type to what it is", "-4046", api.change_margin_type, "BTCUSDT", "CROSSED")
    run.call("notional_and_leverage_brackets", api.notional_and_leverage_brackets, symbol="BTCUSDT")
    run.call("get_current_multi_assets_mode", api.get_current_multi_assets_mode)
    run.call("futures_account_configuration", api.futures_account_configuration)
    run.call("symbol_configuration", api.symbol_configuration, symbol="BTCUSDT")
    run.call("user_commission_rate", api.user_commission_rate, "BTCUSDT")


def _futures_trading(run: SdkRun, api: Any) -> None:
    market = {"symbol": "BTCUSDT", "side": "SELL", "type": "MARKET", "quantity": 0.01, "new_order_resp_type": "RESULT"}
    filled = run.call(
        "new_order(market)",
        api.new_order,
        **market,
        new_client_order_id="market-1",
        check=lambda data: data.status == "FILLED",
    )
    run.call(
        "query_order(id)",
        api.query_order,
        "BTCUSDT",
        order_id=filled and filled.order_id,
        check=lambda data: data.status == "FILLED",
    )
    run.call("query_order(client id)", api.query_order, "BTCUSDT", orig_client_order_id="market-1")
    run.call("account_trade_list", api.account_trade_list, "BTCUSDT", check=lambda data: len(data) == 1)
    limit = {
        "symbol": "BTCUSDT",
        "side": "BUY",
        "type": "LIMIT",
        "time_in_force": "GTC",
        "quantity": 0.02,
        "price": 10_000,
    }
    run.call(
        "new_order(limit)",
        api.new_order,
        **limit,
        new_client_order_id="limit-1",
        check=lambda data: data.status == "NEW",
    )
    run.refused("new_order with an open id", "-4116", api.new_order, **limit, new_client_order_id="limit-1")
    run.call(
        "current_all_open_orders", api.current_all_open_orders, symbol="BTCUSDT", check=lambda data: len(data) == 1
    )
    run.call("query_current_open_order", api.query_current_open_order, "BTCUSDT", orig_client_order_id="limit-1")
    run.call("modify_order", api.modify_order, "BTCUSDT", "BUY", 0.03, 11_000, orig_client_order_id="limit-1")
    run.call(
        "cancel_order",
        api.cancel_order,
        "BTCUSDT",
        orig_client_order_id="limit-1",
        check=lambda data: data.status == "CANCELED",
    )
    run.call("new_order(post only)", api.new_order, **{**limit, "time_in_force": "GTX"})
    run.call("cancel_all_open_orders", api.cancel_all_open_orders, "BTCUSDT")
    run.call("all_orders", api.all_orders, symbol="BTCUSDT", check=lambda data: len(data) == 3)
    run.refused(
        "query_order of an unknown id", "-2013", api.query_order, "BTCUSDT", orig_client_order_id="never-placed"
    )
    run.refused("reduce-only order that adds", "-2022", api.new_order, **market, reduce_only="true")
    run.refused("new_order below the least notional", "-4164", api.new_order, **{**market, "quantity": 0.001})


def _futures_account(run: SdkRun, api: Any) -> None:
    run.call("position_information_v3", api.position_information_v3, check=lambda data: len(data) == 1)
    run.call("position_information_v2", api.position_information_v2, symbol="BTCUSDT")
    run.call("account_information_v3", api.account_information_v3, check=lambda data: len(data.assets) >= 1)
    run.call("account_information_v2", api.account_information_v2)
    run.call("futures_account_balance_v3", api.futures_account_balance_v3, check=lambda data: len(data) >= 1)
    run.call("futures_account_balance_v2", api.futures_account_balance_v2)
    run.call(
        "get_funding_rate_history(after one)",
        api.get_funding_rate_history,
        symbol="BTCUSDT",
        check=lambda data: len(data) == 1,
    )
    run.call(
        "get_income_history",
        api.get_income_history,
        symbol="BTCUSDT",
        income_type="FUNDING_FEE",
        check=lambda data: len(data) == 1,
    )


def run_wallet(url: str, key: str, secret: str) -> SdkRun:
    """Every call of the wallet SDK that the local venue serves."""
    from binance_sdk_wallet.wallet import Wallet

    api = Wallet(config_rest_api=_configuration(url, key, secret)).rest_api
    run = SdkRun(f"{WALLET} {version(WALLET)}", _read)
    run.call("all_coins_information", api.all_coins_information, check=lambda data: len(data) >= 1)
    run.call("trade_fee", api.trade_fee, symbol="BTCUSDT")
    run.call("deposit_address", api.deposit_address, "USDT")
    steer(url, "deposit", location="binance", asset="USDT", amount="25")
    run.call("deposit_history", api.deposit_history, check=lambda data: len(data) == 1)
    run.call("system_status", api.system_status)
    run.call("get_api_key_permission", api.get_api_key_permission, check=lambda data: data.enable_reading)
    run.call("user_universal_transfer", api.user_universal_transfer, "MAIN_UMFUTURE", "USDT", 100)
    run.call(
        "query_user_universal_transfer_history",
        api.query_user_universal_transfer_history,
        "MAIN_UMFUTURE",
        check=lambda data: len(data.rows) == 1,
    )
    address = "0x" + "22" * 20
    run.call("withdraw", api.withdraw, "USDT", address, 50, withdraw_order_id="withdrawal1", network="ETH")
    run.call("withdraw_history", api.withdraw_history, coin="USDT", check=lambda data: len(data) == 1)
    run.refused("withdraw more than there is", "-4026", api.withdraw, "USDT", address, 10_000_000_000, network="ETH")
    return run
