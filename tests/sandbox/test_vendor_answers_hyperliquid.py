"""Answers that Hyperliquid documents, and that its SDK recorded: each field is produced here, of the same kind."""

from __future__ import annotations

import contextlib
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from basis_strategy_v1.sandbox.application import SandboxApplication
from basis_strategy_v1.sandbox.credentials import CREDENTIALS
from basis_strategy_v1.sandbox.in_process import mount
from basis_strategy_v1.sandbox.world import build_world
from json_fields import fields
from venue_market import START, venue_market

ccxt = pytest.importorskip("ccxt", reason="ccxt comes with the live extra")

DOCUMENTED = json.loads((Path(__file__).parent / "vendor_answers" / "hyperliquid.json").read_text(encoding="utf-8"))
NAMES = [entry["name"] for entry in DOCUMENTED]
NUMBER = re.compile(r"^-?[0-9]+(\.[0-9]+)?$")
HEXADECIMAL = re.compile(r"^0x[0-9a-f]+$")
PAGES = (
    "https://hyperliquid.gitbook.io/hyperliquid-docs/for-developers/api/",
    "https://github.com/hyperliquid-dex/hyperliquid-python-sdk/blob/",
)
PERP = "BTC/USDC:USDC"
USER = CREDENTIALS["hyperliquid"].wallet_address
START_MS = START // 1_000_000
OUTSIDE = "0x" + "22" * 20


def kind(value: Any) -> str:
    """The kind of a JSON value; numbers and hexadecimal numbers written as text are kinds of their own."""
    if not isinstance(value, str):
        return type(value).__name__
    if NUMBER.match(value):
        return "number as text"
    return "hexadecimal text" if HEXADECIMAL.match(value) else "text"


class Asker:
    """Sends signed actions and questions as they are, and gives the raw answers."""

    def __init__(self) -> None:
        self.world = build_world(venue_market(("hyperliquid",)), ("hyperliquid",))
        self.account = self.world.venues["hyperliquid"].account
        keys = CREDENTIALS["hyperliquid"]
        self.client: Any = ccxt.hyperliquid(
            {"walletAddress": keys.wallet_address, "privateKey": keys.private_key, "enableRateLimit": False}
        )
        self.client.initialize_client = lambda: True
        mount(self.client.session, SandboxApplication(self.world))
        self.client.load_markets()

    def ask(self, question: str, **more: Any) -> Any:
        """The answer to a question."""
        return self.last_answer(self.client.publicPostInfo, {"type": question, **more})

    def mine(self, question: str, **more: Any) -> Any:
        """The answer to a question about the account."""
        return self.ask(question, user=USER, **more)

    def order(self, kind: str, side: str, amount: float, price: float, **params: Any) -> Any:
        """The venue's answer to an order."""
        return self.last_answer(self.client.create_order, PERP, kind, side, amount, price, params)

    def last_answer(self, function: Any, *arguments: Any) -> Any:
        """The raw answer to a call, refusals included."""
        with contextlib.suppress(ccxt.ExchangeError):
            function(*arguments)
        return json.loads(self.client.last_http_response)


@pytest.fixture(scope="module")
def produced() -> dict[str, Any]:
    """What the local venue answers, by the names of the documented answers."""
    asker = Asker()
    made = _orders(asker)
    made |= _account(asker)
    return made | _money(asker) | _market(asker)


def _orders(asker: Asker) -> dict[str, Any]:
    made = {"order_filled": asker.order("market", "buy", 2.5, 60_000)}
    filled = made["order_filled"]["response"]["data"]["statuses"][0]["filled"]["oid"]
    made["order_status"] = asker.mine("orderStatus", oid=filled)
    made["order_resting"] = asker.order("limit", "buy", 0.01, 50_000)
    resting = asker.mine("openOrders")
    made["open_orders"], made["frontend_open_orders"] = resting, asker.mine("frontendOpenOrders")
    oid = str(resting[0]["oid"])
    made["modify"] = asker.last_answer(asker.client.edit_order, oid, PERP, "limit", "buy", 0.02, 51_000)
    made["cancel_error"] = asker.last_answer(asker.client.cancel_order, oid, PERP)
    replaced = str(asker.mine("openOrders")[0]["oid"])
    made["cancel"] = asker.last_answer(asker.client.cancel_order, replaced, PERP)
    made["order_error"] = asker.order("limit", "buy", 0.0001, 50_000)
    asker.order("limit", "buy", 0.01, 59_000, timeInForce="IOC")
    made["orders"], made["order_unknown"] = asker.mine("historicalOrders"), asker.mine("orderStatus", oid=1)
    made["leverage"] = asker.last_answer(asker.client.set_leverage, 5, PERP)
    return made


def _account(asker: Asker) -> dict[str, Any]:
    asker.world.clock.advance(3600)
    return {
        "fills": asker.mine("userFills"),
        "fills_by_time": asker.mine("userFillsByTime", startTime=START_MS),
        "perpetuals": asker.mine("clearinghouseState"),
        "user_funding": asker.mine("userFunding", startTime=START_MS),
        "spot_balances": asker.mine("spotClearinghouseState"),
        "fees": asker.mine("userFees"),
        "role": asker.mine("userRole"),
    }


def _money(asker: Asker) -> dict[str, Any]:
    made = {
        "class_transfer": asker.last_answer(asker.client.transfer, "USDC", 100, "swap", "spot"),
        "withdraw": asker.last_answer(asker.client.withdraw, "USDC", 50, OUTSIDE),
    }
    asker.account.deposit("hyperliquid", "USDC", Decimal("25.5"))
    asker.account.deposit("hyperliquid.spot", "BTC", Decimal("0.5"))
    ledger = asker.mine("userNonFundingLedgerUpdates", startTime=0)
    for name, of in (("deposit", "deposit"), ("transfer", "accountClassTransfer"), ("spot", "spotTransfer")):
        made[f"ledger_{name}"] = [update for update in ledger if update["delta"]["type"] == of]
    return made


def _market(asker: Asker) -> dict[str, Any]:
    candles = {"coin": "BTC", "interval": "15m", "startTime": START_MS, "endTime": START_MS}
    return {
        "mids": asker.ask("allMids"),
        "book": asker.ask("l2Book", coin="BTC"),
        "candles": asker.ask("candleSnapshot", req=candles),
        "perp_meta": asker.ask("meta"),
        "perp_contexts": asker.ask("metaAndAssetCtxs"),
        "funding_history": asker.ask("fundingHistory", coin="BTC", startTime=START_MS),
        "spot_meta": asker.ask("spotMeta"),
        "spot_contexts": asker.ask("spotMetaAndAssetCtxs"),
    }


@pytest.mark.parametrize("name", NAMES)
def test_every_documented_field_is_produced_and_of_its_kind(name: str, produced: dict[str, Any]) -> None:
    (entry,) = [entry for entry in DOCUMENTED if entry["name"] == name]
    documented = set(fields(entry["answer"], kind))
    assert documented - set(fields(produced[name], kind)) == set()
    assert documented


def test_every_documented_answer_names_its_page() -> None:
    assert all(entry["source"].startswith(PAGES) for entry in DOCUMENTED)
    assert sum(len(list(fields(entry["answer"], kind))) for entry in DOCUMENTED) >= 250


def test_words_of_refusal_are_the_documented_ones(produced: dict[str, Any]) -> None:
    for name in ("order_error", "cancel_error"):
        (entry,) = [entry for entry in DOCUMENTED if entry["name"] == name]
        said, documented = (
            answer["response"]["data"]["statuses"][0]["error"] for answer in (produced[name], entry["answer"])
        )
        assert said == f"{documented} asset=0"


def test_ccxt_reads_the_documented_fill_and_the_local_one_alike(produced: dict[str, Any]) -> None:
    reader = ccxt.hyperliquid()
    (documented,) = [entry["answer"] for entry in DOCUMENTED if entry["name"] == "fills"]
    theirs, ours = reader.parse_trade(documented[0]), reader.parse_trade(produced["fills"][0])
    assert {name for name, value in theirs.items() if value is not None} == {
        name for name, value in ours.items() if value is not None
    }
    assert theirs["fee"]["currency"] == ours["fee"]["currency"] == "USDC"
