"""Unmodified ccxt (binance and binanceusdm) against the local Binance."""

from __future__ import annotations

from typing import Any

import pytest

from basis_strategy_v1.sandbox.application import SandboxApplication
from local_venues import START_NS, ccxt_client, local_application

ccxt = pytest.importorskip("ccxt", reason="ccxt comes with the live extra")

SPOT = "BTC/USDT"
PERPETUAL = "BTC/USDT:USDT"
START_MS = START_NS // 1_000_000
ADDRESS = "0x" + "ab" * 20


@pytest.fixture
def application() -> SandboxApplication:
    balances = {"binance": {"USDT": 100_000, "BTC": 1}, "binance.derivatives": {"USDT": 100_000}}
    return local_application(("binance",), balances=balances)


@pytest.fixture
def spot(application: SandboxApplication) -> Any:
    return ccxt_client(application, "binance")


@pytest.fixture
def futures(application: SandboxApplication) -> Any:
    return ccxt_client(application, "binanceusdm", "binance-futures")


@pytest.fixture(autouse=True)
def no_defects(application: SandboxApplication) -> Any:
    yield
    assert application.failures == []


def test_markets_carry_the_venues_filters(spot: Any, futures: Any) -> None:
    market = spot.load_markets()[SPOT]
    assert (market["precision"]["price"], market["precision"]["amount"]) == (0.01, 0.00001)
    assert market["limits"]["cost"]["min"] == 5
    contract = futures.load_markets()[PERPETUAL]
    assert (contract["precision"]["price"], contract["precision"]["amount"]) == (0.1, 0.001)
    assert contract["limits"]["cost"]["min"] == 100
    assert contract["contractSize"] == 1


def test_balances_are_parted_by_wallet(spot: Any, futures: Any) -> None:
    assert spot.fetch_balance()["BTC"] == {"free": 1, "used": 0, "total": 1}
    assert futures.fetch_balance()["USDT"]["total"] == 100_000


def test_a_resting_order_locks_what_it_would_pay(spot: Any) -> None:
    spot.create_order(SPOT, "limit", "buy", 0.1, 90_000)
    assert spot.fetch_balance()["USDT"]["used"] == 9_000


def test_a_market_order_fills_at_once_and_pays_its_fee_in_what_it_receives(spot: Any) -> None:
    order = spot.create_order(SPOT, "market", "buy", 0.1)
    assert (order["status"], order["filled"], order["average"]) == ("closed", 0.1, 100_000)
    assert order["fees"] == [{"currency": "BTC", "cost": 0.0001}]
    assert spot.fetch_balance()["BTC"]["total"] == 1.0999


def test_a_market_order_by_cost_buys_what_the_ask_allows(spot: Any) -> None:
    order = spot.create_market_buy_order_with_cost(SPOT, 1_000)
    assert order["filled"] == 0.00999
    assert order["info"]["origQuoteOrderQty"] == "1000.00000000"


def test_a_limit_order_rests_until_the_market_comes(application: SandboxApplication, spot: Any) -> None:
    order = spot.create_order(SPOT, "limit", "sell", 0.1, 100_100)
    assert [found["id"] for found in spot.fetch_open_orders(SPOT)] == [order["id"]]
    application.world.clock.advance_rows(1)
    assert spot.fetch_open_orders(SPOT) == []
    filled = spot.fetch_order(order["id"], SPOT)
    assert (filled["status"], filled["average"]) == ("closed", 100_100)
    trade = spot.fetch_my_trades(SPOT)[0]
    assert (trade["takerOrMaker"], trade["timestamp"]) == ("maker", START_MS + 3_600_000)


@pytest.mark.parametrize(
    ("price", "parameters", "status"),
    [(99_000, {"timeInForce": "IOC"}, "expired"), (99_000, {"timeInForce": "FOK"}, "expired")],
)
def test_spot_orders_that_cannot_fill_now_expire(spot: Any, price: float, parameters: Any, status: str) -> None:
    assert spot.create_order(SPOT, "limit", "buy", 0.1, price, parameters)["status"] == status


def test_a_post_only_order_never_takes(spot: Any) -> None:
    with pytest.raises(ccxt.OrderImmediatelyFillable):
        spot.create_order(SPOT, "limit", "sell", 0.1, 99_000, {"postOnly": True})
    order = spot.create_order(SPOT, "limit", "sell", 0.1, 101_000, {"postOnly": True})
    assert spot.fetch_order(order["id"], SPOT)["postOnly"] is True


def test_orders_are_found_by_client_id_and_cancelled(spot: Any) -> None:
    spot.create_order(SPOT, "limit", "buy", 0.1, 90_000, {"clientOrderId": "mine"})
    found = spot.fetch_order(None, SPOT, {"origClientOrderId": "mine"})
    assert found["clientOrderId"] == "mine"
    assert spot.cancel_order(found["id"], SPOT)["status"] == "canceled"
    with pytest.raises(ccxt.OrderNotFound):
        spot.cancel_order(found["id"], SPOT)
    with pytest.raises(ccxt.OrderNotFound):
        spot.fetch_order(None, SPOT, {"origClientOrderId": "never"})


def test_a_client_id_is_taken_among_open_orders_only(spot: Any) -> None:
    named = {"clientOrderId": "twice"}
    spot.create_order(SPOT, "market", "buy", 0.1, None, named)
    spot.create_order(SPOT, "limit", "buy", 0.1, 90_000, named)
    with pytest.raises(ccxt.InvalidOrder, match="Duplicate order sent"):
        spot.create_order(SPOT, "limit", "buy", 0.1, 90_000, named)
    latest = spot.fetch_order(None, SPOT, {"origClientOrderId": "twice"})
    assert latest["type"] == "limit"


def test_editing_a_spot_order_replaces_it(spot: Any) -> None:
    order = spot.create_order(SPOT, "limit", "buy", 0.1, 90_000)
    edited = spot.edit_order(order["id"], SPOT, "limit", "buy", 0.2, 91_000)
    assert (edited["amount"], edited["price"], edited["status"]) == (0.2, 91_000, "open")
    assert edited["id"] != order["id"]
    assert spot.fetch_order(order["id"], SPOT)["status"] == "canceled"


def test_cancelling_all_leaves_nothing_open(spot: Any) -> None:
    for price in (90_000, 91_000):
        spot.create_order(SPOT, "limit", "buy", 0.1, price)
    spot.cancel_all_orders(SPOT)
    assert spot.fetch_open_orders(SPOT) == []
    assert {order["status"] for order in spot.fetch_orders(SPOT)} == {"canceled"}


def test_refusals_reach_ccxt_as_its_own_classes(spot: Any, futures: Any) -> None:
    with pytest.raises(ccxt.InsufficientFunds):
        spot.create_order(SPOT, "limit", "buy", 10, 90_000)
    with pytest.raises(ccxt.InsufficientFunds):
        futures.create_order(PERPETUAL, "market", "sell", 500)
    with pytest.raises(ccxt.InvalidOrder, match="notional"):
        futures.create_order(PERPETUAL, "limit", "buy", 0.001, 90_000)
    with pytest.raises(ccxt.OrderNotFillable):
        futures.create_order(PERPETUAL, "limit", "buy", 0.1, 90_000, {"timeInForce": "FOK"})
    with pytest.raises(ccxt.OrderNotFillable):
        futures.create_order(PERPETUAL, "limit", "buy", 0.1, 105_000, {"postOnly": True})
    with pytest.raises(ccxt.InvalidOrder):
        futures.create_order(PERPETUAL, "market", "sell", 0.1, None, {"reduceOnly": True})


def test_a_short_perpetual_is_shown_with_its_margin(futures: Any) -> None:
    order = futures.create_order(PERPETUAL, "market", "sell", 0.5)
    assert (order["status"], order["filled"], order["average"]) == ("closed", 0.5, 100_050)
    (position,) = futures.fetch_positions([PERPETUAL])
    assert (position["side"], position["contracts"], position["entryPrice"]) == ("short", 0.5, 100_050)
    assert position["markPrice"] == 100_040
    assert position["unrealizedPnl"] == 5
    assert position["initialMargin"] == 5_002
    assert position["liquidationPrice"] > 250_000


def test_editing_a_futures_order_keeps_its_ids(futures: Any) -> None:
    order = futures.create_order(PERPETUAL, "limit", "buy", 0.1, 90_000, {"clientOrderId": "kept"})
    edited = futures.edit_order(order["id"], PERPETUAL, "limit", "buy", 0.2, 91_000)
    assert (edited["id"], edited["clientOrderId"]) == (order["id"], "kept")
    assert (edited["amount"], edited["price"]) == (0.2, 91_000)
    assert futures.cancel_order(order["id"], PERPETUAL)["status"] == "canceled"


def test_a_reduce_only_order_closes_no_more_than_there_is(futures: Any) -> None:
    futures.create_order(PERPETUAL, "market", "sell", 0.1)
    closed = futures.create_order(PERPETUAL, "market", "buy", 0.1, None, {"reduceOnly": True})
    assert closed["filled"] == 0.1
    assert futures.fetch_positions([PERPETUAL]) == []


def test_leverage_and_modes(futures: Any) -> None:
    assert futures.set_leverage(5, PERPETUAL)["leverage"] == 5
    assert futures.fetch_leverages()[PERPETUAL]["longLeverage"] == 5
    with pytest.raises(ccxt.MarginModeAlreadySet):
        futures.set_margin_mode("cross", PERPETUAL)
    assert futures.fetch_position_mode(PERPETUAL)["hedged"] is False
    tiers = futures.fetch_leverage_tiers()[PERPETUAL]
    assert (tiers[0]["maxLeverage"], tiers[0]["maintenanceMarginRate"]) == (125, 0.004)


def test_a_short_receives_funding_at_each_settlement(application: SandboxApplication, futures: Any) -> None:
    futures.create_order(PERPETUAL, "market", "sell", 0.5)
    application.world.clock.advance_rows(16)
    payments = futures.fetch_funding_history(PERPETUAL)
    assert [payment["timestamp"] for payment in payments] == [START_MS + 8 * 3_600_000, START_MS + 16 * 3_600_000]
    assert payments[0]["amount"] == pytest.approx(0.5 * 0.0001 * 100_840.3)
    rate = futures.fetch_funding_rate(PERPETUAL)
    assert (rate["fundingRate"], rate["fundingTimestamp"]) == (0.0001, START_MS + 24 * 3_600_000)
    assert len(futures.fetch_funding_rate_history(PERPETUAL)) == 3


def test_income_adds_up_to_the_change_of_the_wallet(application: SandboxApplication, futures: Any) -> None:
    futures.create_order(PERPETUAL, "market", "sell", 0.5)
    application.world.clock.advance_rows(9)
    futures.create_order(PERPETUAL, "market", "buy", 0.5)
    entries = futures.fapiprivate_get_income({"limit": 1000})
    change = sum(float(entry["income"]) for entry in entries)
    assert futures.fetch_balance()["USDT"]["total"] == pytest.approx(100_000 + change, abs=1e-7)
    assert {entry["incomeType"] for entry in entries} == {"FUNDING_FEE", "REALIZED_PNL", "COMMISSION"}


def test_money_moves_between_the_wallets(spot: Any, futures: Any) -> None:
    moved = spot.transfer("USDT", 1_000, "spot", "swap")
    assert futures.fetch_balance()["USDT"]["total"] == 101_000
    (listed,) = spot.fetch_transfers("USDT")
    assert (listed["id"], listed["amount"], listed["fromAccount"]) == (moved["id"], 1_000, "spot")
    with pytest.raises(ccxt.ExchangeError, match="insufficient"):
        spot.transfer("USDT", 1_000_000, "spot", "swap")


def test_a_withdrawal_is_sent_and_arrives(application: SandboxApplication, spot: Any) -> None:
    sent = spot.withdraw("USDT", 100, ADDRESS, {"network": "ERC20", "withdrawOrderId": "out1"})
    (listed,) = spot.fetch_withdrawals("USDT")
    fee = float(application.world.venues["binance"].spec.withdrawal_fees["USDT"])
    assert (listed["id"], listed["status"]) == (sent["id"], "pending")
    assert (listed["amount"], listed["fee"]["cost"]) == (100 - fee, fee)
    assert spot.fetch_balance()["USDT"]["total"] == 99_900
    application.world.clock.advance_rows(1)
    assert spot.fetch_withdrawals("USDT")[0]["status"] == "ok"
    with pytest.raises(ccxt.InsufficientFunds):
        spot.withdraw("USDT", 1_000_000, ADDRESS, {"network": "ERC20"})


def test_market_data_is_that_of_the_row(application: SandboxApplication, spot: Any, futures: Any) -> None:
    application.world.clock.advance_rows(2)
    assert spot.fetch_ticker(SPOT)["last"] == 100_200
    assert futures.fetch_mark_price(PERPETUAL)["markPrice"] == 100_240.1
    assert futures.fetch_ohlcv(PERPETUAL, "1h", limit=2)[-1][:2] == [START_MS + 2 * 3_600_000, 100_250.1]
    book = spot.fetch_order_book(SPOT, 5)
    assert book["bids"][0][0] == 100_199.99
    assert book["asks"][0][0] == 100_200.01
    assert spot.fetch_time() == START_MS + 2 * 3_600_000


def test_fees_permissions_and_addresses_are_told(spot: Any, futures: Any) -> None:
    assert spot.fetch_trading_fees()[SPOT]["taker"] == 0.001
    assert futures.fetch_trading_fee(PERPETUAL)["taker"] == 0.0005
    assert spot.fetch_currencies()["USDT"]["networks"]["ERC20"]["fee"] > 0
    assert spot.fetch_deposit_address("USDT")["address"].startswith("0x")
    assert spot.sapi_get_account_apirestrictions()["enableReading"] is True
