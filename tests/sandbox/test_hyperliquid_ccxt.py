"""Unmodified ccxt against the local Hyperliquid, in process."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from basis_strategy_v1.sandbox.application import SandboxApplication
from basis_strategy_v1.sandbox.credentials import CREDENTIALS
from basis_strategy_v1.sandbox.hyperliquid.venue import HyperliquidWire
from basis_strategy_v1.sandbox.in_process import mount
from basis_strategy_v1.sandbox.wire import Request, Response
from basis_strategy_v1.sandbox.world import build_world
from venue_market import START, venue_market

ccxt = pytest.importorskip("ccxt", reason="ccxt comes with the live extra")

PERP, SPOT = "BTC/USDC:USDC", "BTC/USDC"
START_MS = START // 1_000_000
CLIENT_ID = "0x" + "ab" * 16
OUTSIDE = "0x" + "22" * 20


class Venue:
    """The local venue and a ccxt client of it."""

    def __init__(self, *, quiet: bool = True) -> None:
        keys = CREDENTIALS["hyperliquid"]
        self.client: Any = ccxt.hyperliquid(
            {"walletAddress": keys.wallet_address, "privateKey": keys.private_key, "enableRateLimit": False}
        )
        if quiet:
            self.client.initialize_client = lambda: True
        self.rebuild()

    def rebuild(self, moves: Any = None) -> None:
        """Begin anew, with other prices."""
        rows = 48 if moves is None else len(next(iter(moves.values())))
        self.world = build_world(venue_market(("hyperliquid",), rows, moves), ("hyperliquid",))
        self.application = SandboxApplication(self.world)
        mount(self.client.session, self.application)
        wire = self.world.venues["hyperliquid"].wire
        assert isinstance(wire, HyperliquidWire)
        self.wire = wire

    def buy_spot(self, amount: float = 0.1, **params: Any) -> Any:
        return self.client.create_order(SPOT, "market", "buy", amount, 60_000, params)

    def short(self, amount: float = 0.1, **params: Any) -> Any:
        return self.client.create_order(PERP, "market", "sell", amount, 60_000, params)

    def rest(self, price: float = 50_000, amount: float = 0.01, **params: Any) -> Any:
        return self.client.create_order(PERP, "limit", "buy", amount, price, params)

    def by_client_id(self, client_id: str = CLIENT_ID) -> Any:
        return self.client.fetch_order(None, PERP, {"clientOrderId": client_id})

    def perpetuals(self) -> Any:
        return self.client.fetch_balance()["info"]

    def post(self, path: str, body: Any, content_type: str = "application/json") -> Response:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"content-type": content_type}
        request = Request(method="POST", host="api.hyperliquid.xyz", path=path, headers=headers, body=raw)
        answer = self.application.handle(request)
        assert isinstance(answer, Response)
        return answer


@pytest.fixture
def venue() -> Venue:
    return Venue()


def test_markets_carry_the_venues_steps_and_numbers(venue: Venue) -> None:
    markets = venue.client.load_markets()
    assert set(markets) == {"BTC/USDC", "ETH/USDC", "BTC/USDC:USDC", "ETH/USDC:USDC"}
    assert markets[PERP]["baseId"] == "0" and markets[SPOT]["baseId"] == "10000"
    assert markets[PERP]["precision"]["amount"] == 1e-5
    assert markets["ETH/USDC:USDC"]["precision"] == {"amount": 1e-4, "price": 0.1}
    assert markets[PERP]["limits"]["leverage"]["max"] == 40


def test_prices_books_and_candles_agree(venue: Venue) -> None:
    book = venue.client.fetch_order_book(PERP)
    ticker = venue.client.fetch_ticker(PERP)
    assert (book["bids"][0][0], book["asks"][0][0]) == (ticker["bid"], ticker["ask"]) == (59_999, 60_001)
    assert len(book["bids"]) == len(book["asks"]) == 20
    venue.world.clock.advance(3 * 3600)
    candles = venue.client.fetch_ohlcv(PERP, "1h", START_MS)
    assert [candle[0] for candle in candles] == [START_MS + hour * 3_600_000 for hour in range(4)]


def test_a_spot_purchase_pays_its_fee_in_the_coin(venue: Venue) -> None:
    order = venue.buy_spot(clientOrderId=CLIENT_ID)
    assert (order["filled"], order["average"]) == (0.1, 60_001)
    balance = venue.client.fetch_balance({"type": "spot"})
    assert balance["BTC"]["total"] == pytest.approx(0.1 * (1 - 0.0007), abs=0)
    assert balance["USDC"]["total"] == 100_000 - 0.1 * 60_001
    (trade,) = venue.client.fetch_my_trades(SPOT)
    assert trade["fee"] == {"currency": "UBTC", "cost": 7e-05}
    assert trade["info"]["cloid"] == CLIENT_ID


def test_a_short_shows_in_positions_and_margin(venue: Venue) -> None:
    venue.short()
    (position,) = venue.client.fetch_positions()
    assert (position["side"], position["contracts"], position["entryPrice"]) == ("short", 0.1, 59_999)
    state = venue.perpetuals()
    fee = 0.1 * 59_999 * 0.00045
    assert float(state["marginSummary"]["totalRawUsd"]) == pytest.approx(100_000 + 0.1 * 59_999 - fee, abs=1e-9)
    assert float(state["marginSummary"]["accountValue"]) == pytest.approx(100_000 - 0.1 - fee, abs=1e-9)
    assert state["marginSummary"]["totalMarginUsed"] == "600.0"


def test_a_filled_order_is_found_by_both_ids(venue: Venue) -> None:
    order = venue.short(clientOrderId=CLIENT_ID)
    for found in (venue.by_client_id(), venue.client.fetch_order(order["id"], PERP)):
        assert (found["status"], found["filled"], found["side"]) == ("closed", 0.1, "sell")
        assert (found["id"], found["clientOrderId"]) == (order["id"], CLIENT_ID)


def test_an_unknown_order_is_not_found(venue: Venue) -> None:
    with pytest.raises(ccxt.OrderNotFound):
        venue.by_client_id("0x" + "ff" * 16)


def test_a_client_id_may_repeat_and_a_lookup_gives_the_latest(venue: Venue) -> None:
    first = venue.short(clientOrderId=CLIENT_ID)
    second = venue.short(clientOrderId=CLIENT_ID)
    assert first["id"] != second["id"]
    assert venue.by_client_id()["id"] == second["id"]


def test_replacing_an_order_gives_it_another_id_and_keeps_the_client_id(venue: Venue) -> None:
    old = venue.rest(clientOrderId=CLIENT_ID)
    new = venue.client.edit_order(old["id"], PERP, "limit", "buy", 0.02, 51_000, {"clientOrderId": CLIENT_ID})
    assert new["id"] != old["id"]
    assert venue.client.fetch_order(old["id"], PERP)["status"] == "canceled"
    (resting,) = venue.client.fetch_open_orders()
    assert (resting["id"], resting["clientOrderId"]) == (new["id"], CLIENT_ID)
    assert (resting["amount"], resting["price"]) == (0.02, 51_000)


def test_a_malformed_replacement_leaves_the_order_alone(venue: Venue) -> None:
    old = venue.rest()
    request = venue.client.edit_orders_request(
        [{"id": old["id"], "symbol": PERP, "type": "limit", "side": "buy", "amount": "0.02", "price": "51000"}]
    )
    action = request["action"]
    action["modifies"][0]["order"]["p"] = "51000.5"
    request["signature"] = venue.client.sign_l1_action(action, request["nonce"])
    with pytest.raises(ccxt.InvalidOrder, match="tick size"):
        venue.client.privatePostExchange(request)
    assert [order["id"] for order in venue.client.fetch_open_orders()] == [old["id"]]


def test_orders_are_cancelled_by_either_id_and_only_once(venue: Venue) -> None:
    by_id, _ = venue.rest(), venue.rest(clientOrderId=CLIENT_ID)
    venue.client.cancel_order(by_id["id"], PERP)
    venue.client.cancel_order(None, PERP, {"clientOrderId": CLIENT_ID})
    assert venue.client.fetch_open_orders() == []
    with pytest.raises(ccxt.OrderNotFound, match="never placed, already canceled, or filled"):
        venue.client.cancel_order(by_id["id"], PERP)


def test_a_resting_order_fills_when_the_price_comes() -> None:
    venue = Venue()
    venue.rebuild(moves={"BTC": [60_000.0, 50_000.0, 50_000.0]})
    order = venue.rest(price=55_000, clientOrderId=CLIENT_ID)
    venue.world.clock.advance_rows(1)
    assert venue.by_client_id()["status"] == "closed"
    (trade,) = venue.client.fetch_my_trades(PERP, START_MS)
    assert (trade["takerOrMaker"], trade["price"], trade["order"]) == ("maker", 55_000, order["id"])


REFUSALS: list[tuple[type[Exception], str, Callable[[Venue], Any]]] = [
    (ccxt.InvalidOrder, "bbo was 59999.0@60001.0", lambda v: v.rest(60_001, postOnly=True)),
    (ccxt.InvalidOrder, "could not immediately match", lambda v: v.rest(59_000, timeInForce="IOC")),
    (ccxt.InvalidOrder, r"minimum value of \$10", lambda v: v.rest(59_000, 0.0001)),
    (ccxt.ExchangeError, "minimum value of 10 USDC", lambda v: v.buy_spot(0.0001)),
    (ccxt.InsufficientFunds, "Insufficient margin", lambda v: v.short(70)),
    (ccxt.InsufficientFunds, "Insufficient spot balance", lambda v: v.buy_spot(10)),
    (ccxt.InvalidOrder, "would increase position", lambda v: v.short(reduceOnly=True)),
    (ccxt.InvalidOrder, "more than 80% away", lambda v: v.rest(10_000)),
    (ccxt.ExchangeError, "Invalid leverage", lambda v: v.client.set_leverage(500, PERP)),
    (ccxt.InsufficientFunds, "token transfer", lambda v: v.client.transfer("USDC", 1e9, "spot", "swap")),
    (ccxt.InsufficientFunds, "for withdrawal", lambda v: v.client.withdraw("USDC", 1e9, OUTSIDE)),
]


@pytest.mark.parametrize(("kind", "words", "ask"), REFUSALS)
def test_what_the_venue_refuses_changes_nothing(
    venue: Venue, kind: type[Exception], words: str, ask: Callable[[Venue], Any]
) -> None:
    before = venue.perpetuals(), venue.client.fetch_balance({"type": "spot"})["total"]
    with pytest.raises(kind, match=words):
        ask(venue)
    assert (venue.perpetuals(), venue.client.fetch_balance({"type": "spot"})["total"]) == before
    assert venue.client.fetch_open_orders() == []
    assert venue.application.failures == []


def test_an_order_that_the_market_refused_is_remembered_as_refused(venue: Venue) -> None:
    with pytest.raises(ccxt.InvalidOrder):
        venue.rest(59_000, timeInForce="IOC", clientOrderId=CLIENT_ID)
    found = venue.by_client_id()
    assert (found["status"], found["info"]["status"], found["filled"]) == ("rejected", "iocCancelRejected", 0)


def test_leverage_sets_the_margin_of_a_position(venue: Venue) -> None:
    venue.short()
    venue.client.set_leverage(5, PERP)
    assert venue.perpetuals()["marginSummary"]["totalMarginUsed"] == "1200.0"


def test_money_moves_between_the_wallets_and_out(venue: Venue) -> None:
    venue.client.transfer("USDC", 100, "spot", "swap")
    venue.client.withdraw("USDC", 50, OUTSIDE)
    assert venue.client.fetch_balance({"type": "spot"})["USDC"]["total"] == 99_900
    assert venue.client.fetch_balance()["USDC"]["total"] == 100_050
    (withdrawal,) = venue.client.fetch_withdrawals(since=0)
    assert (withdrawal["amount"], withdrawal["fee"]["cost"], withdrawal["addressTo"]) == (49, 1, OUTSIDE)
    transfer, _ = venue.client.fetch_ledger(since=0)
    assert transfer["info"]["delta"] == {"type": "accountClassTransfer", "usdc": "100.0", "toPerp": True}


def test_deposits_show_in_the_ledger(venue: Venue) -> None:
    venue.world.venues["hyperliquid"].account.deposit("hyperliquid", "USDC", Decimal(25))
    (deposit,) = venue.client.fetch_deposits(since=0)
    assert deposit["amount"] == 25


def test_funding_is_paid_hourly_and_listed(venue: Venue) -> None:
    venue.short()
    venue.world.clock.advance(2 * 3600)
    payments = venue.client.fetch_funding_history(PERP, since=START_MS)
    assert [(payment["amount"], payment["timestamp"]) for payment in payments] == [
        (0.6, START_MS + 3_600_000),
        (0.6, START_MS + 7_200_000),
    ]
    assert venue.client.fetch_funding_rate(PERP)["fundingRate"] == 0.0001
    assert len(venue.client.fetch_funding_rate_history(PERP, START_MS)) == 2


def test_fills_tell_the_position_they_started_from(venue: Venue) -> None:
    venue.short(0.1)
    venue.client.create_order(PERP, "market", "buy", 0.3, 60_000)
    turn, opening = (trade["info"] for trade in reversed(venue.client.fetch_my_trades(PERP)))
    assert (opening["dir"], opening["startPosition"], opening["closedPnl"]) == ("Open Short", "0.0", "0.0")
    assert (turn["dir"], turn["startPosition"], turn["closedPnl"]) == ("Short > Long", "-0.1", "-0.2")


def test_a_liquidation_shows_in_fills_and_ledger(venue: Venue) -> None:
    venue.short()
    venue.world.venues["hyperliquid"].account.liquidate()
    assert venue.client.fetch_positions() == []
    (liquidation,) = venue.client.fetch_my_liquidations()
    assert (liquidation["contracts"], liquidation["side"]) == (0.1, "buy")
    assert venue.client.fetch_ledger(since=0)[-1]["type"] == "liquidation"


def test_a_client_that_shares_fees_is_noticed_and_refused() -> None:
    venue = Venue(quiet=False)
    venue.client.load_markets()
    assert venue.wire.unwanted_actions == ("approveBuilderFee", "setReferrer")
    venue.client.options["approvedBuilderFee"] = True
    with pytest.raises(ccxt.ExchangeError, match="Builder fee has not been approved"):
        venue.short()
    assert "order with builder" in venue.wire.unwanted_actions


def test_our_way_of_using_ccxt_shares_no_fees(venue: Venue) -> None:
    venue.short()
    assert venue.wire.unwanted_actions == ()
    assert venue.wire.signed_sources == {"a"}


def test_another_key_is_told_that_its_wallet_does_not_exist(venue: Venue) -> None:
    venue.client.privateKey = "0x" + "77" * 32
    with pytest.raises(ccxt.ExchangeError, match=r"User or API Wallet 0x[0-9a-f]{40} does not exist"):
        venue.short()


def test_a_repeated_request_is_a_duplicate_nonce(venue: Venue) -> None:
    venue.client.load_markets()
    order = {"symbol": PERP, "type": "limit", "side": "buy", "amount": "0.01", "price": "50000", "params": {}}
    request = venue.client.create_orders_request([order])
    venue.client.privatePostExchange(request)
    with pytest.raises(ccxt.ExchangeError, match="duplicate nonce"):
        venue.client.privatePostExchange(request)
    assert len(venue.client.fetch_open_orders()) == 1


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/info", b"[]"),
        ("/info", {"type": "nonsense"}),
        ("/info", {"type": "userFunding", "user": CREDENTIALS["hyperliquid"].wallet_address}),
        ("/info", {"type": "openOrders", "user": "me"}),
        ("/exchange", {"action": {"type": "order"}}),
    ],
)
def test_a_body_of_another_form_is_answered_with_422(venue: Venue, path: str, body: Any) -> None:
    answer = venue.post(path, body)
    assert (answer.status, answer.body) == (422, b"Failed to deserialize the JSON body into the target type")


def test_only_json_is_read(venue: Venue) -> None:
    assert venue.post("/info", b"not json").status == venue.post("/exchange", b"not json").status == 400
    assert venue.post("/info", {"type": "meta"}, content_type="text/plain").status == 415


def test_strangers_have_nothing(venue: Venue) -> None:
    venue.short()
    stranger = {"user": OUTSIDE}
    assert venue.client.fetch_positions(params=stranger) == []
    assert venue.client.fetch_open_orders(params=stranger) == []
    assert json.loads(venue.post("/info", {"type": "userRole", **stranger}).body) == {"role": "missing"}
    assert json.loads(venue.post("/info", {"type": "orderStatus", "oid": 1, **stranger}).body) == {
        "status": "unknownOid"
    }
    assert venue.client.fetch_balance({"type": "spot", **stranger})["total"] == {}
    assert venue.client.fetch_my_trades(params=stranger) == venue.client.fetch_orders(params=stranger) == []


def test_an_instrument_without_a_price_is_halted() -> None:
    venue = Venue()
    venue.rebuild(moves={"BTC": [60_000.0, None]})
    venue.world.clock.advance_rows(1)
    with pytest.raises(ccxt.ExchangeError, match="Trading is halted"):
        venue.short()
    assert venue.application.failures == []


def test_reduce_only_is_for_perpetuals(venue: Venue) -> None:
    with pytest.raises(ccxt.InvalidOrder, match="Reduce only"):
        venue.buy_spot(reduceOnly=True)


def test_only_the_main_perpetual_dex_is_there(venue: Venue) -> None:
    assert venue.post("/info", {"type": "meta", "dex": "xyz"}).status == 422
    assert json.loads(venue.post("/info", {"type": "perpDexs"}).body) == [None]


def test_other_paths_and_methods_are_not_served(venue: Venue) -> None:
    assert venue.post("/elsewhere", {}).status == 404
    request = Request(method="GET", host="api.hyperliquid.xyz", path="/info")
    answer = venue.application.handle(request)
    assert isinstance(answer, Response) and answer.status == 405
    assert venue.wire.endpoint(request) == "GET /info"


def test_scripted_refusals_have_the_venues_form(venue: Venue) -> None:
    limited = venue.wire.refuse("rate_limit_429", {"retry_after": 3})
    assert (limited.status, limited.body) == (429, b"null")
    assert ("Retry-After", "3") in limited.headers
    assert venue.wire.refuse("http_5xx", {}).status == 502
    assert venue.wire.refuse("maintenance", {}).status == 503
    assert venue.wire.refuse("banned_418", {}).status == 403


def test_the_margin_mode_is_switched_and_told_while_nothing_is_held(venue: Venue) -> None:
    def told() -> Any:
        question = {"type": "activeAssetData", "user": venue.client.walletAddress, "coin": "BTC"}
        return venue.client.public_post_info(question)["leverage"]

    venue.client.set_margin_mode("isolated", PERP, {"leverage": 5})
    assert told() == {"type": "isolated", "value": 5}
    with pytest.raises(ccxt.ExchangeError, match="halted"):
        venue.short()
    venue.client.set_margin_mode("cross", PERP, {"leverage": 4})
    assert told() == {"type": "cross", "value": 4}
    venue.short()
    with pytest.raises(ccxt.ExchangeError, match="Cannot switch leverage type with open position"):
        venue.client.set_margin_mode("isolated", PERP, {"leverage": 4})
    assert told() == {"type": "cross", "value": 4}
