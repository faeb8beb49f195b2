"""Hyperliquid's own SDK as a client of the local venue."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from sdk_calls import SdkRun, steer
from venue_market import START

SDK = "hyperliquid-python-sdk"
SPOT = "UBTC/USDC"
START_MS = START // 1_000_000
OUTSIDE = "0x" + "22" * 20


def _reason(answer: Any) -> str:
    """The SDK returns refusals as data."""
    if not isinstance(answer, dict) or "status" not in answer:
        return ""
    if answer["status"] not in ("ok", "order"):
        return str(answer)
    response = answer.get("response", {})
    statuses = response.get("data", {}).get("statuses", []) if isinstance(response, dict) else []
    return "; ".join(status["error"] for status in statuses if isinstance(status, dict) and "error" in status)


def run_hyperliquid(url: str, private_key: str) -> SdkRun:
    """Every call of the SDK that the local venue serves."""
    import eth_account
    from hyperliquid.exchange import Exchange

    wallet = eth_account.Account.from_key(private_key)
    exchange = Exchange(wallet, url, timeout=10)
    run = SdkRun(f"{SDK} {version(SDK)}", reason=_reason)
    _market_data(run, exchange.info)
    _orders(run, exchange, wallet.address)
    steer(url, "clock/advance", seconds=2 * 3600)
    _money(run, exchange, wallet.address)
    _account(run, exchange.info, wallet.address)
    stranger = Exchange(eth_account.Account.from_key("0x" + "77" * 32), url, timeout=10)
    run.refused("order of an unknown wallet", "does not exist", stranger.market_open, "BTC", True, 0.01)
    return run


def _market_data(run: SdkRun, info: Any) -> None:
    run.call("meta", info.meta, check=lambda meta: meta["universe"][0]["name"] == "BTC")
    run.call("spot_meta", info.spot_meta, check=lambda meta: meta["tokens"][1]["name"] == "UBTC")
    run.call("meta_and_asset_ctxs", info.meta_and_asset_ctxs, check=lambda both: len(both) == 2)
    run.call("spot_meta_and_asset_ctxs", info.spot_meta_and_asset_ctxs, check=lambda both: len(both) == 2)
    run.call("perp_dexs", info.perp_dexs, check=lambda dexs: dexs == [None])
    run.call("all_mids", info.all_mids, check=lambda mids: float(mids["BTC"]) == 60_000)
    run.call("l2_snapshot", info.l2_snapshot, "BTC", check=lambda book: len(book["levels"]) == 2)
    run.call("l2_snapshot(spot)", info.l2_snapshot, SPOT, check=lambda book: book["coin"] == "@0")
    run.call(
        "candles_snapshot", info.candles_snapshot, "BTC", "1h", START_MS, START_MS, check=lambda bars: len(bars) == 1
    )
    run.call("funding_history", info.funding_history, "BTC", START_MS)


def _orders(run: SdkRun, exchange: Any, address: str) -> None:
    from hyperliquid.utils.types import Cloid

    info, gtc = exchange.info, {"limit": {"tif": "Gtc"}}
    market_id, limit_id = Cloid.from_int(1), Cloid.from_int(2)
    run.call("update_leverage", exchange.update_leverage, 5, "BTC")
    run.call("market_open", exchange.market_open, "BTC", False, 0.1, cloid=market_id, check=_is_filled)
    run.call("market_open(spot)", exchange.market_open, SPOT, True, 0.1, check=_is_filled)
    run.call(
        "query_order_by_cloid",
        info.query_order_by_cloid,
        address,
        market_id,
        check=lambda o: o["order"]["status"] == "filled",
    )
    placed = run.call("order(limit)", exchange.order, "BTC", True, 0.01, 50_000, gtc, cloid=limit_id, check=_is_resting)
    oid = _oid(placed)
    run.call(
        "query_order_by_oid", info.query_order_by_oid, address, oid, check=lambda o: o["order"]["status"] == "open"
    )
    run.call("open_orders", info.open_orders, address, check=lambda orders: len(orders) == 1)
    run.call("frontend_open_orders", info.frontend_open_orders, address, check=lambda orders: len(orders) == 1)
    modified = run.call(
        "modify_order", exchange.modify_order, oid, "BTC", True, 0.02, 51_000, gtc, cloid=limit_id, check=_is_resting
    )
    run.call("cancel", exchange.cancel, "BTC", _oid(modified))
    post_only = {"limit": {"tif": "Alo"}}
    run.call(
        "order(post only)", exchange.order, "BTC", True, 0.01, 50_000, post_only, cloid=limit_id, check=_is_resting
    )
    run.call("cancel_by_cloid", exchange.cancel_by_cloid, "BTC", limit_id)
    run.call(
        "bulk_orders",
        exchange.bulk_orders,
        [_request(50_000), _request(49_000)],
        check=lambda a: len(_statuses(a)) == 2,
    )
    cancels = [{"coin": "BTC", "oid": order["oid"]} for order in info.open_orders(address)]
    run.call("bulk_cancel", exchange.bulk_cancel, cancels, check=lambda a: _statuses(a) == ["success", "success"])
    run.call("market_close", exchange.market_close, "BTC", 0.05, check=_is_filled)
    run.refused("cancel of a finished order", "already canceled, or filled", exchange.cancel, "BTC", oid)
    run.refused("order off the tick", "divisible by tick size", exchange.order, "BTC", True, 0.01, 50_000.5, gtc)
    run.refused("order below the least value", "minimum value of $10", exchange.order, "BTC", True, 0.0001, 50_000, gtc)
    run.refused("order beyond the margin", "Insufficient margin", exchange.market_open, "BTC", True, 50)
    run.refused("post-only order that would match", "bbo was", exchange.order, "BTC", True, 0.01, 60_001, post_only)
    run.refused("query of an unknown order", "unknownOid", info.query_order_by_oid, address, 1)


def _money(run: SdkRun, exchange: Any, address: str) -> None:
    info = exchange.info
    run.call("usd_class_transfer", exchange.usd_class_transfer, 100.0, True)
    run.call("withdraw_from_bridge", exchange.withdraw_from_bridge, 50.0, OUTSIDE)
    run.call(
        "user_non_funding_ledger_updates",
        info.user_non_funding_ledger_updates,
        address,
        START_MS,
        check=lambda updates: len(updates) == 2,
    )
    run.refused("withdrawal beyond the balance", "Insufficient balance", exchange.withdraw_from_bridge, 1e9, OUTSIDE)
    run.refused("set_referrer", "err", exchange.set_referrer, "CODE")
    run.refused("approve_builder_fee", "err", exchange.approve_builder_fee, OUTSIDE, "0.01%")


def _account(run: SdkRun, info: Any, address: str) -> None:
    run.call("user_state", info.user_state, address, check=lambda state: len(state["assetPositions"]) == 1)
    run.call("spot_user_state", info.spot_user_state, address, check=lambda state: len(state["balances"]) == 2)
    run.call("user_fills", info.user_fills, address, check=lambda fills: len(fills) == 3)
    run.call("user_fills_by_time", info.user_fills_by_time, address, START_MS, check=lambda fills: len(fills) == 3)
    run.call("user_funding_history", info.user_funding_history, address, START_MS, check=lambda paid: len(paid) == 2)
    run.call("historical_orders", info.historical_orders, address, check=lambda orders: len(orders) >= 6)
    run.call("user_fees", info.user_fees, address, check=lambda fees: fees["userCrossRate"] == "0.00045")
    run.call("user_role", info.user_role, address, check=lambda role: role == {"role": "user"})
    run.call("query_user_abstraction_state", info.query_user_abstraction_state, address)
    run.call("user_rate_limit", info.user_rate_limit, address)
    run.call("query_sub_accounts", info.query_sub_accounts, address)
    run.call("funding_history(after two)", info.funding_history, "BTC", START_MS, check=lambda rates: len(rates) == 2)
    run.call(
        "extra_agents",
        info.extra_agents,
        address,
        check=lambda agents: [agent["name"] for agent in agents] == ["sandbox"],
    )


def _request(price: float) -> dict[str, Any]:
    return {
        "coin": "BTC",
        "is_buy": True,
        "sz": 0.01,
        "limit_px": price,
        "order_type": {"limit": {"tif": "Gtc"}},
        "reduce_only": False,
    }


def _statuses(answer: Any) -> list[Any]:
    statuses: list[Any] = answer["response"]["data"]["statuses"]
    return statuses


def _is_filled(answer: Any) -> bool:
    return "filled" in _statuses(answer)[0]


def _is_resting(answer: Any) -> bool:
    return "resting" in _statuses(answer)[0]


def _oid(answer: Any) -> int:
    return int(_statuses(answer)[0]["resting"]["oid"])
