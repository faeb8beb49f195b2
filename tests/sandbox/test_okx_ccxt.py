"""Unmodified ccxt against the local OKX, in process."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from wire_clients import START_MS, WireClient

ccxt = pytest.importorskip("ccxt", reason="ccxt comes with the live extra")

SPOT, PERP = "BTC/USDT", "BTC/USDT:USDT"
ACROSS = {"tdMode": "cross"}
"""How spot is traded in an account that counts all its assets as margin."""
BASE = ACROSS | {"tgtCcy": "base_ccy"}
"""And in what a market order's size is: to ccxt that is open where it is told a margin mode."""
OUTSIDE = "0x" + "11" * 20
HOUR = 3600


@pytest.fixture
def venue() -> Iterator[WireClient]:
    client = WireClient("okx")
    yield client
    assert client.application.failures == []


@pytest.fixture
def okx(venue: WireClient) -> Any:
    return venue.ccxt()


def lookup(okx: Any, symbol: str, client_id: str) -> Any:
    return okx.fetch_order(None, symbol, {"clientOrderId": client_id})


def test_markets_have_the_filters_of_the_venue_in_contracts(okx: Any) -> None:
    markets = okx.load_markets()
    assert set(markets) == {"BTC/USDT", "ETH/USDT", "BTC/USDT:USDT", "ETH/USDT:USDT"}
    assert markets[PERP]["contractSize"] == 0.01
    assert (markets[PERP]["precision"]["amount"], markets[PERP]["limits"]["amount"]["min"]) == (0.01, 0.01)
    assert markets["ETH/USDT:USDT"]["contractSize"] == 0.1
    assert (markets[SPOT]["precision"]["amount"], markets[SPOT]["limits"]["amount"]["min"]) == (1e-08, 1e-05)


def test_both_accounts_have_balances_of_their_own(okx: Any) -> None:
    assert okx.fetch_balance()["total"] == {"USDT": 100_000, "BTC": 1}
    assert okx.fetch_balance({"type": "funding"})["total"] == {"USDT": 5_000}


def test_an_order_comes_as_an_array_of_one_and_a_lookup_tells_its_fill(venue: WireClient, okx: Any) -> None:
    taken = okx.create_order(SPOT, "market", "buy", 0.01, None, BASE | {"clientOrderId": "a1"})
    assert (taken["status"], taken["filled"]) == (None, None)
    assert venue.world.requests.latest(endpoint="POST /api/v5/trade/batch-orders")
    order = lookup(okx, SPOT, "a1")
    assert (order["id"], order["status"], order["filled"]) == (taken["id"], "closed", 0.01)
    assert order["fee"] == {"cost": 1e-05, "currency": "BTC"}


def test_a_swap_counts_in_contracts(okx: Any) -> None:
    okx.create_order(PERP, "market", "sell", 5, None, {"clientOrderId": "p1"})
    order = lookup(okx, PERP, "p1")
    assert (order["amount"], order["filled"]) == (5, 5)
    assert order["cost"] == pytest.approx(3_000, rel=1e-4)
    (position,) = okx.fetch_positions()
    assert (position["side"], position["contracts"], position["notional"]) == ("short", 5, 3_000)
    (trade,) = okx.fetch_my_trades(PERP)
    assert (trade["amount"], trade["takerOrMaker"], trade["fee"]["currency"]) == (5, "taker", "USDT")


def test_a_market_buy_may_name_what_it_spends(okx: Any) -> None:
    okx.create_order(SPOT, "market", "buy", 600, None, ACROSS | {"tgtCcy": "quote_ccy", "clientOrderId": "q1"})
    order = lookup(okx, SPOT, "q1")
    assert 599.9 < order["filled"] * order["average"] <= 600
    assert (order["info"]["sz"], order["info"]["tgtCcy"]) == ("600", "quote_ccy")


def test_a_client_id_is_unique_among_open_orders(okx: Any) -> None:
    okx.create_order(PERP, "limit", "buy", 1, 50_000, {"clientOrderId": "mine"})
    with pytest.raises(ccxt.InvalidOrder, match="51016"):
        okx.create_order(SPOT, "market", "buy", 0.01, None, BASE | {"clientOrderId": "mine"})
    assert okx.fetch_balance()["total"]["BTC"] == 1


def test_a_blind_resend_of_a_filled_order_fills_twice_and_a_lookup_shows_the_latest(okx: Any) -> None:
    first = okx.create_order(SPOT, "market", "buy", 0.01, None, BASE | {"clientOrderId": "again"})
    second = okx.create_order(SPOT, "market", "buy", 0.02, None, BASE | {"clientOrderId": "again"})
    assert okx.fetch_balance()["total"]["BTC"] == pytest.approx(1.02997)
    assert lookup(okx, SPOT, "again")["id"] == second["id"]
    assert okx.fetch_order(first["id"], SPOT)["amount"] == 0.01


@pytest.mark.parametrize("client_id", ["with-dash", "with_underscore", "x" * 33])
def test_client_ids_are_up_to_32_letters_and_digits(okx: Any, client_id: str) -> None:
    with pytest.raises(ccxt.BadRequest, match="Parameter clOrdId error"):
        okx.create_order(SPOT, "market", "buy", 0.01, None, BASE | {"clientOrderId": client_id})


def test_an_unknown_order_is_not_found(okx: Any) -> None:
    with pytest.raises(ccxt.OrderNotFound, match="51603"):
        lookup(okx, SPOT, "nobody")
    with pytest.raises(ccxt.OrderNotFound, match="51603"):
        okx.fetch_order("1", SPOT)


def test_post_only_that_would_match_is_taken_and_then_canceled(okx: Any) -> None:
    taken = okx.create_order(PERP, "limit", "buy", 1, 70_000, {"clientOrderId": "po", "postOnly": True})
    assert taken["id"]
    order = lookup(okx, PERP, "po")
    assert (order["status"], order["filled"], order["postOnly"]) == ("canceled", 0, True)
    assert order["info"]["cancelSource"] == "31"


@pytest.mark.parametrize("time_in_force", ["IOC", "FOK"])
def test_what_cannot_fill_at_once_is_canceled(okx: Any, time_in_force: str) -> None:
    okx.create_order(PERP, "limit", "buy", 1, 50_000, {"clientOrderId": "now", "timeInForce": time_in_force})
    order = lookup(okx, PERP, "now")
    assert (order["status"], order["timeInForce"]) == ("canceled", time_in_force)


def test_an_order_is_amended_in_place(okx: Any) -> None:
    taken = okx.create_order(PERP, "limit", "buy", 1, 50_000, {"clientOrderId": "l1"})
    okx.edit_order(None, PERP, "limit", "buy", 2, 51_000, {"clientOrderId": "l1"})
    order = lookup(okx, PERP, "l1")
    assert (order["id"], order["amount"], order["price"]) == (taken["id"], 2, 51_000)
    with pytest.raises(ccxt.InvalidOrder, match="51121"):
        okx.privatePostTradeAmendOrder({"instId": "BTC-USDT-SWAP", "clOrdId": "l1", "newSz": "2.001"})


def test_a_finished_order_cannot_be_amended(okx: Any) -> None:
    okx.create_order(PERP, "market", "buy", 1, None, {"clientOrderId": "full"})
    for client_id in ("full", "nobody"):
        with pytest.raises(ccxt.OrderNotFound, match="51503"):
            okx.edit_order(None, PERP, "limit", "buy", 2, 51_000, {"clientOrderId": client_id})


def test_a_post_only_order_stays_as_it_was_when_its_amendment_would_match(okx: Any) -> None:
    okx.create_order(PERP, "limit", "buy", 1, 50_000, {"clientOrderId": "po", "postOnly": True})
    with pytest.raises(ccxt.ExchangeError, match="51511"):
        okx.edit_order(None, PERP, "limit", "buy", 1, 70_000, {"clientOrderId": "po"})
    assert (lookup(okx, PERP, "po")["price"], lookup(okx, PERP, "po")["status"]) == (50_000, "open")


def test_an_order_is_canceled_once(okx: Any) -> None:
    okx.create_order(PERP, "limit", "buy", 1, 50_000, {"clientOrderId": "l1"})
    okx.cancel_order(None, PERP, {"clientOrderId": "l1"})
    assert lookup(okx, PERP, "l1")["status"] == "canceled"
    with pytest.raises(ccxt.OrderNotFound, match="51400"):
        okx.cancel_order(None, PERP, {"clientOrderId": "l1"})


def test_several_orders_are_canceled_by_their_ids(okx: Any) -> None:
    ids = [okx.create_order(PERP, "limit", "buy", 1, 50_000 - number)["id"] for number in range(3)]
    assert [order["id"] for order in okx.cancel_orders(ids, PERP)] == ids
    assert okx.fetch_open_orders(PERP) == []


@pytest.mark.parametrize(
    ("symbol", "amount", "price", "error", "code"),
    [
        (SPOT, 100, 59_000, "InsufficientFunds", "51008"),
        (PERP, 10_000, 59_999, "InsufficientFunds", "51008"),
        (SPOT, 0.000001, 50_000, "InvalidOrder", "51020"),
    ],
)
def test_refusals_carry_the_orders_own_code(
    okx: Any, symbol: str, amount: float, price: float, error: str, code: str
) -> None:
    with pytest.raises(getattr(ccxt, error), match=code):
        okx.create_order(symbol, "limit", "buy", amount, price, ACROSS)
    assert okx.fetch_open_orders(symbol) == []


def test_reduce_only_needs_a_position(okx: Any) -> None:
    with pytest.raises(ccxt.ExchangeError, match="51169"):
        okx.create_order(PERP, "market", "sell", 1, None, {"reduceOnly": True})
    okx.create_order(PERP, "market", "buy", 1)
    with pytest.raises(ccxt.ExchangeError, match="51170"):
        okx.create_order(PERP, "market", "buy", 1, None, {"reduceOnly": True})
    okx.create_order(PERP, "market", "sell", 1, None, {"reduceOnly": True})
    assert okx.fetch_positions() == []


def test_margin_in_use_is_not_free(okx: Any) -> None:
    okx.create_order(PERP, "market", "sell", 5)
    balance = okx.fetch_balance()["USDT"]
    assert balance["used"] == pytest.approx(300)
    assert balance["free"] + balance["used"] == pytest.approx(balance["total"])


def test_leverage_is_set_and_read(okx: Any) -> None:
    okx.set_leverage(5, PERP)
    assert okx.fetch_leverage(PERP)["longLeverage"] == 5
    with pytest.raises(ccxt.ExchangeError, match="59102"):
        okx.set_leverage(125, PERP)


def test_positions_are_net(okx: Any) -> None:
    okx.set_position_mode(False)
    assert okx.fetch_position_mode()["hedged"] is False
    okx.set_position_mode(True)
    assert okx.fetch_position_mode()["hedged"] is True
    with pytest.raises(ccxt.ExchangeError, match="posSide"):
        okx.create_order(PERP, "market", "sell", 1)
    okx.set_position_mode(False)
    okx.create_order(PERP, "market", "sell", 1)
    with pytest.raises(ccxt.ExchangeError, match="59000"):
        okx.set_position_mode(True)
    with pytest.raises(ccxt.BadRequest, match="Parameter posSide error"):
        okx.create_order(PERP, "market", "buy", 1, None, {"hedged": True})


def test_funding_that_was_received_is_above_zero(venue: WireClient, okx: Any) -> None:
    okx.create_order(PERP, "market", "sell", 5)
    venue.world.clock.advance(9 * HOUR)
    (payment,) = okx.fetch_funding_history(PERP)
    assert (payment["amount"], payment["code"]) == (0.3, "USDT")
    assert payment["timestamp"] == START_MS + 8 * HOUR * 1000


def test_funding_rates_are_published(venue: WireClient, okx: Any) -> None:
    venue.world.clock.advance(9 * HOUR)
    now = okx.fetch_funding_rate(PERP)
    assert (now["fundingRate"], now["fundingTimestamp"]) == (0.0001, START_MS + 16 * HOUR * 1000)
    assert now["interval"] == "8h"
    (settled,) = okx.fetch_funding_rate_history(PERP)
    assert (settled["fundingRate"], settled["timestamp"]) == (0.0001, START_MS + 8 * HOUR * 1000)


def test_prices_books_and_candles(venue: WireClient, okx: Any) -> None:
    venue.world.clock.advance_rows(3)
    ticker = okx.fetch_ticker(SPOT)
    assert ticker["bid"] < ticker["last"] == 60_000 < ticker["ask"]
    book, swap_book = okx.fetch_order_book(SPOT, 5), okx.fetch_order_book(PERP, 5)
    assert book["bids"][0][0] < book["asks"][0][0]
    assert swap_book["bids"][0][1] > 10 * book["bids"][0][1]
    candles = okx.fetch_ohlcv(PERP, "1h")
    assert [candle[0] for candle in candles] == [START_MS + hour * HOUR * 1000 for hour in range(4)]
    assert okx.fetch_time() == START_MS + 3 * HOUR * 1000


def test_fees_and_tiers_are_published(okx: Any) -> None:
    swap, spot = okx.fetch_trading_fee(PERP), okx.fetch_trading_fee(SPOT)
    assert (swap["maker"], swap["taker"]) == (0.0002, 0.0005)
    assert (spot["maker"], spot["taker"]) == (0.0008, 0.001)
    tiers = okx.fetch_market_leverage_tiers(PERP)
    assert (tiers[0]["maxLeverage"], tiers[0]["maintenanceMarginRate"]) == (100, 0.004)


def test_finished_orders_are_listed_by_their_state(okx: Any) -> None:
    okx.create_order(PERP, "market", "sell", 1, None, {"clientOrderId": "done"})
    okx.create_order(PERP, "limit", "buy", 1, 50_000, {"clientOrderId": "gone", "timeInForce": "IOC"})
    assert [order["clientOrderId"] for order in okx.fetch_closed_orders(PERP)] == ["done"]
    assert [order["clientOrderId"] for order in okx.fetch_canceled_orders(PERP)] == ["gone"]


def test_money_moves_between_the_accounts_once_per_client_id(okx: Any) -> None:
    moved = okx.transfer("USDT", 1_000, "spot", "funding", {"clientId": "t1"})
    assert okx.fetch_balance({"type": "funding"})["total"]["USDT"] == 6_000
    assert okx.fetch_balance()["total"]["USDT"] == 99_000
    assert okx.fetch_transfer(moved["id"])["status"] == "ok"
    assert okx.privateGetAssetTransferState({"clientId": "t1"})["data"][0]["transId"] == moved["id"]
    with pytest.raises(ccxt.ExchangeError, match="50071"):
        okx.transfer("USDT", 1_000, "spot", "funding", {"clientId": "t1"})
    with pytest.raises(ccxt.InsufficientFunds, match="58350"):
        okx.transfer("USDT", 1_000_000, "funding", "spot")


def test_spot_and_swap_are_one_account(okx: Any) -> None:
    with pytest.raises(ccxt.ExchangeError, match="58123"):
        okx.transfer("USDT", 10, "spot", "swap")


def test_a_withdrawal_leaves_the_funding_account_with_its_fee_on_top(venue: WireClient, okx: Any) -> None:
    fee = okx.fetch_currencies()["USDT"]["networks"]["ERC20"]["fee"]
    okx.withdraw("USDT", 100, OUTSIDE, {"network": "ERC20", "clientId": "w1"})
    assert okx.fetch_balance({"type": "funding"})["total"]["USDT"] == 4_900 - fee
    with pytest.raises(ccxt.ExchangeError, match="50071"):
        okx.withdraw("USDT", 100, OUTSIDE, {"network": "ERC20", "clientId": "w1"})
    (pending,) = okx.fetch_withdrawals("USDT")
    assert (pending["status"], pending["amount"], pending["info"]["clientId"]) == ("pending", 100, "w1")
    venue.world.clock.advance(2 * HOUR)
    assert okx.fetch_withdrawals("USDT")[0]["status"] == "ok"
    with pytest.raises(ccxt.InsufficientFunds, match="58350"):
        okx.withdraw("USDT", 50_000, OUTSIDE, {"network": "ERC20"})


def test_withdrawals_that_are_held_are_not_sent(venue: WireClient, okx: Any) -> None:
    venue.fault("withdrawal_frozen", "POST /api/v5/asset/withdrawal", options={"mode": "held"})
    okx.withdraw("USDT", 100, OUTSIDE, {"network": "ERC20"})
    venue.world.clock.advance(5 * HOUR)
    assert okx.fetch_withdrawals("USDT")[0]["status"] == "pending"


def test_a_deposit_arrives_in_the_funding_account(venue: WireClient, okx: Any) -> None:
    venue.world.venues["okx"].account.deposit("okx.funding", "USDT", Decimal(7), "test")
    (deposit,) = okx.fetch_deposits()
    assert (deposit["amount"], deposit["status"], deposit["currency"]) == (7, "ok", "USDT")
    assert okx.fetch_deposit_address("USDT", {"network": "ERC20"})["address"].startswith("0x")


def test_an_order_taken_before_the_answer_was_lost_is_found(venue: WireClient, okx: Any) -> None:
    okx.load_markets()
    venue.fault("close_after", "POST /api/v5/trade/*")
    with pytest.raises(ccxt.NetworkError):
        okx.create_order(PERP, "market", "sell", 5, None, {"clientOrderId": "lost"})
    assert lookup(okx, PERP, "lost")["status"] == "closed"


def test_a_resting_order_that_arrives_twice_is_refused_once(venue: WireClient, okx: Any) -> None:
    venue.fault("duplicate_delivery", "POST /api/v5/trade/*", options={"answer": "second"})
    with pytest.raises(ccxt.InvalidOrder, match="51016"):
        okx.create_order(PERP, "limit", "buy", 1, 50_000, {"clientOrderId": "twice"})
    assert len(okx.fetch_open_orders(PERP)) == 1


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("rate_limit_429", "RateLimitExceeded"),
        ("maintenance", "OnMaintenance"),
        ("http_5xx_before", "ExchangeNotAvailable"),
        ("clock_skew", "InvalidNonce"),
    ],
)
def test_mishaps_reach_ccxt_as_the_venues_own(venue: WireClient, okx: Any, kind: str, error: str) -> None:
    okx.load_markets()
    venue.fault(kind, "POST /api/v5/trade/*", options={"ms": 60_000})
    with pytest.raises(getattr(ccxt, error)):
        okx.create_order(PERP, "market", "sell", 5)
    assert okx.fetch_positions() == []
