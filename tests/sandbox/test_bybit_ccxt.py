"""Unmodified ccxt against the local Bybit, in process."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from wire_clients import START_MS, WireClient

ccxt = pytest.importorskip("ccxt", reason="ccxt comes with the live extra")

SPOT, PERP = "BTC/USDT", "BTC/USDT:USDT"
OUTSIDE = "0x" + "11" * 20
HOUR = 3600


@pytest.fixture
def venue() -> Iterator[WireClient]:
    client = WireClient("bybit")
    yield client
    assert client.application.failures == []


@pytest.fixture
def bybit(venue: WireClient) -> Any:
    return venue.ccxt()


def lookup(bybit: Any, symbol: str, client_id: str) -> Any:
    """The one way to ask for an order by client id that ccxt sends as it should."""
    (order,) = bybit.fetch_open_orders(symbol, params={"orderLinkId": client_id})
    return order


def test_markets_have_the_filters_of_the_venue(bybit: Any) -> None:
    markets = bybit.load_markets()
    assert set(markets) == {"BTC/USDT", "ETH/USDT", "BTC/USDT:USDT", "ETH/USDT:USDT"}
    perp, spot = markets[PERP], markets[SPOT]
    assert (perp["precision"]["amount"], perp["precision"]["price"], perp["limits"]["cost"]["min"]) == (0.001, 0.1, 5)
    assert (spot["precision"]["amount"], spot["precision"]["price"]) == (1e-06, 0.01)
    assert perp["limits"]["leverage"]["max"] == 100
    assert perp["contractSize"] == 1


def test_an_acknowledgement_says_nothing_of_fills_and_a_lookup_says_all(bybit: Any) -> None:
    taken = bybit.create_order(SPOT, "market", "buy", 0.01, None, {"clientOrderId": "a1"})
    assert (taken["clientOrderId"], taken["status"], taken["filled"]) == ("a1", None, None)
    order = lookup(bybit, SPOT, "a1")
    assert (order["status"], order["filled"], order["amount"]) == ("closed", 0.01, 0.01)
    assert order["fee"] == {"cost": 1e-05, "currency": "BTC"}
    assert order["id"] == taken["id"]


def test_a_market_buy_with_a_price_spends_the_quote_coin(bybit: Any) -> None:
    bybit.create_order(SPOT, "market", "buy", 0.01, 60_000, {"clientOrderId": "q1"})
    order = lookup(bybit, SPOT, "q1")
    assert 599 < order["cost"] <= 600


def test_a_price_beside_marketunit_base_coin_orders_the_cost_in_coins(bybit: Any) -> None:
    with pytest.raises(ccxt.InsufficientFunds, match="170131"):
        bybit.create_order(SPOT, "market", "buy", 0.01, 100_000, {"marketUnit": "baseCoin"})


def test_a_client_id_serves_once_for_ever(bybit: Any) -> None:
    bybit.create_order(SPOT, "market", "buy", 0.01, None, {"clientOrderId": "once"})
    with pytest.raises(ccxt.InvalidOrder, match="170141"):
        bybit.create_order(SPOT, "market", "buy", 0.01, None, {"clientOrderId": "once"})
    bybit.create_order(PERP, "limit", "buy", 0.01, 50_000, {"clientOrderId": "once-perp"})
    bybit.cancel_order(None, PERP, {"orderLinkId": "once-perp"})
    with pytest.raises(ccxt.InvalidOrder, match="110072"):
        bybit.create_order(PERP, "limit", "buy", 0.01, 50_000, {"clientOrderId": "once-perp"})
    assert bybit.fetch_balance()["total"]["BTC"] == pytest.approx(1.00999)


def test_the_literal_none_that_ccxt_sends_finds_no_order(bybit: Any) -> None:
    bybit.create_order(SPOT, "limit", "buy", 0.01, 50_000, {"clientOrderId": "alive"})
    with pytest.raises(ccxt.OrderNotFound):
        bybit.fetch_order(None, SPOT, {"orderLinkId": "alive", "acknowledged": True})
    assert lookup(bybit, SPOT, "alive")["status"] == "open"


def test_a_lookup_by_an_unknown_parameter_returns_another_order(bybit: Any) -> None:
    bybit.create_order(SPOT, "limit", "buy", 0.01, 50_000, {"clientOrderId": "first"})
    bybit.create_order(SPOT, "limit", "buy", 0.01, 49_000, {"clientOrderId": "second"})
    wrong = bybit.fetch_order_with_client_order_id("first", SPOT, {"acknowledged": True})
    assert wrong["clientOrderId"] == "second"


def test_post_only_that_would_match_is_taken_and_then_cancelled(bybit: Any) -> None:
    taken = bybit.create_order(PERP, "limit", "buy", 0.01, 70_000, {"clientOrderId": "po", "postOnly": True})
    assert taken["id"]
    order = lookup(bybit, PERP, "po")
    assert (order["status"], order["filled"]) == ("canceled", 0)
    assert order["info"]["rejectReason"] == "EC_PostOnlyWillTakeLiquidity"
    with pytest.raises(ccxt.InvalidOrder, match="110072"):
        bybit.create_order(PERP, "limit", "buy", 0.01, 50_000, {"clientOrderId": "po"})


def test_post_only_below_the_market_rests(bybit: Any) -> None:
    bybit.create_order(PERP, "limit", "buy", 0.01, 50_000, {"clientOrderId": "po", "postOnly": True})
    order = lookup(bybit, PERP, "po")
    assert (order["status"], order["postOnly"]) == ("open", True)


@pytest.mark.parametrize("market", [SPOT, PERP])
def test_a_listing_without_symbol_shows_each_order_in_its_own_market(bybit: Any, market: str) -> None:
    bybit.load_markets()
    kind = {"type": "spot" if market == SPOT else "swap", "settleCoin": "USDT"}
    bybit.create_order(market, "limit", "buy", 0.01, 50_000, {"clientOrderId": "rest"})
    bybit.create_order(market, "market", "buy", 0.01, None, {"clientOrderId": "fill"})
    assert [order["symbol"] for order in bybit.fetch_open_orders(None, params=kind)] == [market]
    assert [trade["symbol"] for trade in bybit.fetch_my_trades(None, params=kind)] == [market]


@pytest.mark.parametrize("time_in_force", ["IOC", "FOK"])
def test_what_cannot_fill_at_once_is_cancelled(bybit: Any, time_in_force: str) -> None:
    params = {"clientOrderId": "now", "timeInForce": time_in_force}
    bybit.create_order(PERP, "limit", "buy", 0.01, 50_000, params)
    assert lookup(bybit, PERP, "now")["status"] == "canceled"


def test_an_immediate_order_through_the_market_fills_as_taker(bybit: Any) -> None:
    bybit.create_order(PERP, "limit", "buy", 0.01, 61_000, {"clientOrderId": "ioc", "timeInForce": "IOC"})
    assert lookup(bybit, PERP, "ioc")["status"] == "closed"
    (trade,) = bybit.fetch_my_trades(PERP)
    assert (trade["takerOrMaker"], trade["amount"], trade["fee"]["currency"]) == ("taker", 0.01, "USDT")
    assert trade["fee"]["rate"] == 0.00055


def test_an_order_is_amended_in_place(bybit: Any) -> None:
    taken = bybit.create_order(PERP, "limit", "buy", 0.01, 50_000, {"clientOrderId": "l1"})
    bybit.edit_order(None, PERP, "limit", "buy", 0.02, 51_000, {"clientOrderId": "l1"})
    order = lookup(bybit, PERP, "l1")
    assert (order["id"], order["amount"], order["price"]) == (taken["id"], 0.02, 51_000)


def test_a_post_only_order_amended_through_the_market_is_cancelled(bybit: Any) -> None:
    bybit.create_order(PERP, "limit", "buy", 0.01, 50_000, {"clientOrderId": "po", "postOnly": True})
    bybit.edit_order(None, PERP, "limit", "buy", 0.01, 70_000, {"clientOrderId": "po"})
    assert lookup(bybit, PERP, "po")["status"] == "canceled"


def test_an_order_is_cancelled_by_client_id_once(bybit: Any) -> None:
    bybit.create_order(PERP, "limit", "buy", 0.01, 50_000, {"clientOrderId": "l1"})
    bybit.cancel_order(None, PERP, {"orderLinkId": "l1"})
    assert lookup(bybit, PERP, "l1")["status"] == "canceled"
    with pytest.raises(ccxt.OrderNotFound, match="110001"):
        bybit.cancel_order(None, PERP, {"orderLinkId": "l1"})
    with pytest.raises(ccxt.OrderNotFound, match="170213"):
        bybit.cancel_order("1", SPOT)


def test_all_orders_of_a_category_are_cancelled_together(bybit: Any) -> None:
    for number in range(3):
        bybit.create_order(PERP, "limit", "buy", 0.01, 50_000 - number)
    bybit.create_order(SPOT, "limit", "buy", 0.01, 50_000)
    assert len(bybit.cancel_all_orders(PERP)) == 3
    assert bybit.fetch_open_orders(PERP) == []
    assert len(bybit.fetch_open_orders(SPOT)) == 1


@pytest.mark.parametrize(
    ("symbol", "amount", "price", "error", "code"),
    [
        (SPOT, 100, 59_000, ccxt.InsufficientFunds, "170131"),
        (PERP, 100, 59_999, ccxt.InsufficientFunds, "110007"),
        (SPOT, 0.000001, 50_000, ccxt.InvalidOrder, "170140"),
        ("ETH/USDT:USDT", 0.01, 400, ccxt.InvalidOrder, "110094"),
    ],
)
def test_refusals_have_the_code_of_their_product(
    bybit: Any, symbol: str, amount: float, price: float, error: type[Exception], code: str
) -> None:
    with pytest.raises(error, match=code):
        bybit.create_order(symbol, "limit", "buy", amount, price)
    assert bybit.fetch_open_orders(symbol) == []


def test_reduce_only_needs_a_position(bybit: Any) -> None:
    with pytest.raises(ccxt.InvalidOrder, match="110017"):
        bybit.create_order(PERP, "market", "sell", 0.01, None, {"reduceOnly": True})
    bybit.create_order(PERP, "market", "buy", 0.01)
    bybit.create_order(PERP, "market", "sell", 0.01, None, {"reduceOnly": True})
    assert bybit.fetch_positions() == []


def test_a_position_is_shown_at_its_mark(bybit: Any) -> None:
    bybit.create_order(PERP, "market", "sell", 0.05)
    (position,) = bybit.fetch_positions()
    assert (position["side"], position["contracts"], position["markPrice"]) == ("short", 0.05, 60_000)
    assert position["initialMargin"] == pytest.approx(300)
    assert bybit.fetch_position("ETH/USDT:USDT")["contracts"] == 0


def test_margin_in_use_is_not_free(bybit: Any) -> None:
    bybit.create_order(PERP, "market", "sell", 0.05)
    balance = bybit.fetch_balance()["USDT"]
    assert balance["used"] == pytest.approx(300)
    assert balance["free"] + balance["used"] == pytest.approx(balance["total"])


def test_leverage_that_changes_nothing_is_refused(bybit: Any) -> None:
    bybit.set_leverage(5, PERP)
    with pytest.raises(ccxt.BadRequest, match="110043"):
        bybit.set_leverage(5, PERP)
    with pytest.raises(ccxt.BadRequest, match="110013"):
        bybit.set_leverage(101, PERP)
    assert bybit.fetch_leverage(PERP)["longLeverage"] == 5


def test_modes_are_switched_and_told_while_nothing_is_held(bybit: Any) -> None:
    bybit.set_margin_mode("cross", PERP)
    with pytest.raises(ccxt.NoChange, match="110025"):
        bybit.set_position_mode(False, PERP)
    bybit.set_position_mode(True, PERP)
    sides = bybit.private_get_v5_position_list({"category": "linear", "symbol": "BTCUSDT"})["result"]["list"]
    assert [side["positionIdx"] for side in sides] == [1, 2]
    with pytest.raises(ccxt.ExchangeError, match="position idx not match position mode"):
        bybit.create_order(PERP, "market", "sell", 0.05)
    bybit.set_position_mode(False, PERP)
    bybit.set_margin_mode("portfolio", PERP)
    assert bybit.private_get_v5_account_info()["result"]["marginMode"] == "PORTFOLIO_MARGIN"
    with pytest.raises(ccxt.ExchangeError, match="not offered here"):
        bybit.create_order(PERP, "market", "sell", 0.05)
    bybit.set_margin_mode("cross", PERP)


def test_modes_stay_while_something_is_held_or_open(bybit: Any) -> None:
    order = bybit.create_order(PERP, "limit", "buy", 0.05, 30_000)
    with pytest.raises(ccxt.ExchangeError, match="no active orders"):
        bybit.set_margin_mode("isolated", PERP)
    with pytest.raises(ccxt.ExchangeError, match="110028"):
        bybit.set_position_mode(True, PERP)
    bybit.cancel_order(order["id"], PERP)
    bybit.create_order(PERP, "market", "sell", 0.05)
    with pytest.raises(ccxt.ExchangeError, match="no positions"):
        bybit.set_margin_mode("isolated", PERP)
    with pytest.raises(ccxt.ExchangeError, match="110024"):
        bybit.set_position_mode(True, PERP)
    assert bybit.private_get_v5_account_info()["result"]["marginMode"] == "REGULAR_MARGIN"


def test_funding_that_was_received_is_a_fee_below_zero(venue: WireClient, bybit: Any) -> None:
    bybit.create_order(PERP, "market", "sell", 0.05)
    venue.world.clock.advance(9 * HOUR)
    (payment,) = bybit.fetch_funding_history(PERP)
    assert (payment["amount"], payment["rate"]) == (-0.3, -0.0001)
    assert payment["timestamp"] == START_MS + 8 * HOUR * 1000
    assert bybit.fetch_my_trades(PERP)[0]["info"]["execType"] == "Trade"


def test_funding_rates_are_published(venue: WireClient, bybit: Any) -> None:
    venue.world.clock.advance(9 * HOUR)
    now = bybit.fetch_funding_rate(PERP)
    assert (now["fundingRate"], now["fundingTimestamp"]) == (0.0001, START_MS + 16 * HOUR * 1000)
    (settled,) = bybit.fetch_funding_rate_history(PERP)
    assert (settled["fundingRate"], settled["timestamp"]) == (0.0001, START_MS + 8 * HOUR * 1000)


def test_prices_books_and_candles(venue: WireClient, bybit: Any) -> None:
    venue.world.clock.advance_rows(3)
    ticker = bybit.fetch_ticker(SPOT)
    assert ticker["bid"] < ticker["last"] == 60_000 < ticker["ask"]
    book = bybit.fetch_order_book(PERP, 5)
    assert book["bids"][0][0] < book["asks"][0][0]
    assert len(book["bids"]) == 5
    candles = bybit.fetch_ohlcv(PERP, "1h")
    assert [candle[0] for candle in candles] == [START_MS + hour * HOUR * 1000 for hour in range(4)]
    assert bybit.fetch_time() == START_MS + 3 * HOUR * 1000


def test_fees_and_tiers_are_published(bybit: Any) -> None:
    fee = bybit.fetch_trading_fee(PERP)
    assert (fee["maker"], fee["taker"]) == (0.0002, 0.00055)
    tiers = bybit.fetch_market_leverage_tiers(PERP)
    assert [tier["maxNotional"] for tier in tiers[:2]] == [2_000_000, 2_600_000]
    assert tiers[0]["maintenanceMarginRate"] == 0.005


def test_a_withdrawal_takes_its_fee_on_top_and_serves_its_id_once(venue: WireClient, bybit: Any) -> None:
    sent = {"network": "ERC20", "requestId": "w1"}
    fee = bybit.fetch_currencies()["USDT"]["networks"]["ERC20"]["fee"]
    bybit.withdraw("USDT", 100, OUTSIDE, sent)
    assert fee > 0
    assert bybit.fetch_balance()["total"]["USDT"] == 99_900 - fee
    with pytest.raises(ccxt.BadRequest, match="10014"):
        bybit.withdraw("USDT", 100, OUTSIDE, sent)
    (pending,) = bybit.fetch_withdrawals("USDT")
    assert (pending["status"], pending["amount"], pending["fee"]["cost"]) == ("pending", 100, fee)
    venue.world.clock.advance(2 * HOUR)
    (arrived,) = bybit.fetch_withdrawals("USDT")
    assert arrived["status"] == "ok"


def test_withdrawals_that_are_closed_are_refused(venue: WireClient, bybit: Any) -> None:
    venue.fault("withdrawal_frozen", "POST /v5/asset/withdraw/create")
    with pytest.raises(ccxt.ExchangeError, match="131097"):
        bybit.withdraw("USDT", 100, OUTSIDE, {"network": "ERC20"})
    assert bybit.fetch_balance()["total"]["USDT"] == 100_000


def test_a_deposit_is_listed_when_it_has_arrived(venue: WireClient, bybit: Any) -> None:
    assert bybit.fetch_deposits() == []
    venue.world.venues["bybit"].account.deposit("bybit", "USDT", Decimal(7), "test")
    (deposit,) = bybit.fetch_deposits()
    assert (deposit["amount"], deposit["status"], deposit["currency"]) == (7, "ok", "USDT")
    assert bybit.fetch_deposit_address("USDT", {"network": "ERC20"})["address"].startswith("0x")


def test_the_funding_account_is_empty_and_takes_nothing(bybit: Any) -> None:
    with pytest.raises(ccxt.NotSupported, match="131231"):
        bybit.transfer("USDT", 10, "unified", "funding")
    with pytest.raises(ccxt.InsufficientFunds, match="131212"):
        bybit.transfer("USDT", 10, "funding", "unified")
    assert bybit.fetch_balance({"type": "funding"})["total"] == {}


def test_an_order_taken_before_the_answer_was_lost_is_found(venue: WireClient, bybit: Any) -> None:
    bybit.load_markets()
    venue.fault("lose_answer_after", "POST /v5/order/create")
    with pytest.raises(ccxt.RequestTimeout):
        bybit.create_order(PERP, "market", "sell", 0.05, None, {"clientOrderId": "lost"})
    assert lookup(bybit, PERP, "lost")["status"] == "closed"


def test_a_lagging_lookup_finds_the_order_after_its_polls(venue: WireClient, bybit: Any) -> None:
    venue.fault("lookup_lag", "POST /v5/order/create", options={"polls": 2})
    bybit.create_order(PERP, "market", "sell", 0.05, None, {"clientOrderId": "lag"})
    seen = [len(bybit.fetch_open_orders(PERP, params={"orderLinkId": "lag"})) for _ in range(3)]
    assert seen == [0, 0, 1]


def test_a_request_that_arrives_twice_makes_one_order(venue: WireClient, bybit: Any) -> None:
    venue.fault("duplicate_delivery", "POST /v5/order/create")
    bybit.create_order(PERP, "market", "sell", 0.05, None, {"clientOrderId": "twice"})
    (position,) = bybit.fetch_positions()
    assert position["contracts"] == 0.05


def test_a_partial_fill_that_the_venue_cancels_keeps_what_was_filled(venue: WireClient, bybit: Any) -> None:
    venue.fault("partial_then_cancel", "POST /v5/order/create", options={"share": "0.4"})
    bybit.create_order(PERP, "market", "sell", 0.05, None, {"clientOrderId": "part"})
    order = lookup(bybit, PERP, "part")
    assert (order["status"], order["filled"], order["amount"]) == ("canceled", 0.02, 0.05)


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("rate_limit_429", "RateLimitExceeded"),
        ("maintenance", "ExchangeError"),
        ("http_5xx_before", "ExchangeNotAvailable"),
        ("clock_skew", "InvalidNonce"),
        ("close_before", "NetworkError"),
    ],
)
def test_mishaps_reach_ccxt_as_the_venues_own(venue: WireClient, bybit: Any, kind: str, error: str) -> None:
    bybit.load_markets()
    venue.fault(kind, "POST /v5/order/create")
    with pytest.raises(getattr(ccxt, error)):
        bybit.create_order(PERP, "market", "sell", 0.05)
    assert bybit.fetch_positions() == []
