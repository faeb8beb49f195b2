"""Scripted mishaps of the local Hyperliquid, met by unmodified ccxt."""

from __future__ import annotations

from typing import Any

import pytest

from basis_strategy_v1.sandbox.application import SandboxApplication
from basis_strategy_v1.sandbox.credentials import CREDENTIALS
from basis_strategy_v1.sandbox.faults import FaultRule
from basis_strategy_v1.sandbox.in_process import mount
from basis_strategy_v1.sandbox.world import build_world
from venue_market import venue_market

ccxt = pytest.importorskip("ccxt", reason="ccxt comes with the live extra")

PERP = "BTC/USDC:USDC"
CLIENT_ID = "0x" + "ab" * 16
ORDER = "POST /exchange order"


class Venue:
    """The local venue with one fault scripted, and a ccxt client of it."""

    def __init__(self, kind: Any, endpoint: str = ORDER, **fields: Any) -> None:
        rule = FaultRule(kind=kind, venue="hyperliquid", endpoint=endpoint, **fields)
        world = build_world(venue_market(("hyperliquid",)), ("hyperliquid",), faults=[rule])
        self.application = SandboxApplication(world)
        keys = CREDENTIALS["hyperliquid"]
        self.client: Any = ccxt.hyperliquid(
            {"walletAddress": keys.wallet_address, "privateKey": keys.private_key, "enableRateLimit": False}
        )
        self.client.initialize_client = lambda: True
        mount(self.client.session, self.application)

    def short(self) -> Any:
        return self.client.create_order(PERP, "market", "sell", 0.1, 60_000, {"clientOrderId": CLIENT_ID})

    def find(self) -> Any:
        return self.client.fetch_order(None, PERP, {"clientOrderId": CLIENT_ID})

    def positions(self) -> list[float]:
        return [position["contracts"] for position in self.client.fetch_positions()]


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("lose_answer_after", ccxt.RequestTimeout),
        ("close_after", ccxt.NetworkError),
        ("http_5xx_after", ccxt.ExchangeNotAvailable),
    ],
)
def test_an_order_whose_answer_was_lost_is_found_by_its_client_id(kind: str, error: type[Exception]) -> None:
    venue = Venue(kind)
    with pytest.raises(error):
        venue.short()
    assert (venue.find()["status"], venue.positions()) == ("closed", [0.1])


@pytest.mark.parametrize(
    "kind", ["lose_answer_before", "close_before", "http_5xx_before", "rate_limit_429", "maintenance"]
)
def test_an_order_that_never_arrived_is_unknown(kind: str) -> None:
    venue = Venue(kind)
    with pytest.raises(ccxt.NetworkError):
        venue.short()
    with pytest.raises(ccxt.OrderNotFound):
        venue.find()
    assert venue.positions() == []


def test_an_order_can_stay_out_of_sight_for_a_while() -> None:
    venue = Venue("lookup_lag", options={"polls": 2})
    venue.short()
    for _ in range(2):
        with pytest.raises(ccxt.OrderNotFound):
            venue.find()
    assert venue.find()["status"] == "closed"


def test_a_request_that_arrives_twice_is_executed_once() -> None:
    venue = Venue("duplicate_delivery")
    venue.short()
    assert venue.positions() == [0.1]


def test_a_part_that_fills_is_told_and_the_rest_is_cancelled() -> None:
    venue = Venue("partial_then_cancel", options={"share": "0.25"})
    assert venue.short()["filled"] == 0.025
    assert (venue.find()["status"], venue.find()["remaining"], venue.positions()) == ("canceled", 0.075, [0.025])


def test_a_withdrawal_can_be_refused() -> None:
    venue = Venue("withdrawal_frozen", endpoint="POST /exchange withdraw3")
    with pytest.raises(ccxt.ExchangeError, match="temporarily disabled"):
        venue.client.withdraw("USDC", 50, "0x" + "22" * 20)
    assert venue.client.fetch_balance()["USDC"]["total"] == 100_000


def test_an_action_may_expire_and_vaults_are_nobodys() -> None:
    venue = Venue("maintenance", endpoint="never")
    client = venue.client
    client.load_markets()
    order = {"symbol": PERP, "type": "limit", "side": "buy", "amount": "0.01", "price": "50000", "params": {}}
    request = client.create_orders_request([order])
    expired = request["nonce"] - 1
    request |= {
        "expiresAfter": expired,
        "signature": client.sign_l1_action(request["action"], request["nonce"], None, expired),
    }
    with pytest.raises(ccxt.ExchangeError, match="expired"):
        client.privatePostExchange(request)
    with pytest.raises(ccxt.ExchangeError, match="Vault not registered"):
        client.create_order(PERP, "limit", "buy", 0.01, 50_000, {"vaultAddress": "0x" + "33" * 20})
    assert client.fetch_open_orders() == []
