"""``POST /info``: which question is which."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any

import msgspec

from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.sandbox.clock import VenueClock
from basis_strategy_v1.sandbox.hyperliquid.actions import Malformed, NotJson
from basis_strategy_v1.sandbox.hyperliquid.formats import number_text
from basis_strategy_v1.sandbox.hyperliquid.info_account import AccountInfo
from basis_strategy_v1.sandbox.hyperliquid.info_market import MarketInfo
from basis_strategy_v1.sandbox.hyperliquid.money import MoneyActions
from basis_strategy_v1.sandbox.wire import UNREADABLE_JSON

LATEST_MS = 2**53
Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=LATEST_MS)]


class CandleRange(msgspec.Struct, frozen=True):
    """What ``candleSnapshot`` asks for."""

    coin: str
    interval: str
    startTime: Milliseconds  # noqa: N815 - the venue's spelling
    endTime: Milliseconds | None = None  # noqa: N815


class Question(msgspec.Struct, frozen=True):
    """The body of ``POST /info``: a type and what it needs. Unknown fields are ignored, as the venue does."""

    type: str
    user: str = ""
    dex: str | None = None
    coin: str = ""
    oid: int | str | None = None
    req: CandleRange | None = None
    startTime: Milliseconds | None = None  # noqa: N815
    endTime: Milliseconds | None = None  # noqa: N815


Answer = Callable[[Question], Any]


class Missing(Malformed):
    """A field that the question's type needs is not there."""


class InfoEndpoint:
    """Answers questions about the markets and, to anybody who names its address, about the account."""

    def __init__(
        self,
        market: MarketInfo,
        account: AccountInfo,
        money: MoneyActions,
        spot_meta: Callable[[], Any],
        clock: VenueClock,
        users: frozenset[str],
        actions_taken: Callable[[], int],
    ) -> None:
        self._clock = clock
        self._users = users
        self._account = account
        self._public = _market_answers(market, spot_meta, clock)
        self._private = _account_answers(account, money, clock, actions_taken)

    def answer(self, body: bytes) -> Any:
        """The answer to one question.

        Raises:
            Malformed: when it is none that the venue knows.
        """
        try:
            question = msgspec.json.decode(body, type=Question)
        except msgspec.ValidationError as error:
            raise Malformed(str(error)) from error
        except UNREADABLE_JSON as error:
            raise NotJson(str(error)) from error
        if question.dex:
            raise Malformed(f"unknown dex {question.dex}")
        if question.type in self._public:
            return self._public[question.type](question)
        ask = self._private.get(question.type)
        if ask is None or not _is_address(question.user):
            raise Malformed(f"unknown question {question.type} for {question.user!r}")
        if question.user.lower() not in self._users:
            return self._about_a_stranger(question.type)
        return ask(question)

    def _about_a_stranger(self, kind: str) -> Any:
        nothing = {"accountValue": "0.0", "totalNtlPos": "0.0", "totalRawUsd": "0.0", "totalMarginUsed": "0.0"}
        match kind:
            case "clearinghouseState":
                return {
                    "marginSummary": nothing,
                    "crossMarginSummary": nothing,
                    "crossMaintenanceMarginUsed": "0.0",
                    "withdrawable": "0.0",
                    "assetPositions": [],
                    "time": self._clock.now_ms(),
                }
            case "spotClearinghouseState":
                return {"balances": []}
            case "orderStatus":
                return {"status": "unknownOid"}
            case "userRole":
                return {"role": "missing"}
            case "userAbstraction":
                return "default"
            case "userFees":
                return self._account.fees(self._clock.now_ms()) | {"dailyUserVlm": []}
            case "userRateLimit":
                return _request_limits(ZERO, 0)
            case "subAccounts":
                return None
            case _:
                return []


def _market_answers(market: MarketInfo, spot_meta: Callable[[], Any], clock: VenueClock) -> dict[str, Answer]:
    return {
        "meta": lambda _: market.meta(),
        "spotMeta": lambda _: spot_meta(),
        "metaAndAssetCtxs": lambda _: market.meta_and_contexts(),
        "spotMetaAndAssetCtxs": lambda _: market.spot_meta_and_contexts(),
        "perpDexs": lambda _: [None],
        "allMids": lambda _: market.all_mids(),
        "l2Book": lambda question: market.book(question.coin),
        "candleSnapshot": lambda question: _candles(market, question),
        "fundingHistory": lambda question: market.funding_history(question.coin, _start(question), question.endTime),
        "exchangeStatus": lambda _: {"time": clock.now_ms(), "specialStatuses": None},
    }


def _account_answers(
    account: AccountInfo, money: MoneyActions, clock: VenueClock, actions_taken: Callable[[], int]
) -> dict[str, Answer]:
    return {
        "clearinghouseState": lambda _: account.perpetuals(clock.now_ms()),
        "spotClearinghouseState": lambda _: account.spot(),
        "activeAssetData": lambda question: account.active_asset(question.coin),
        "openOrders": lambda _: account.open_orders(),
        "frontendOpenOrders": lambda _: account.frontend_open_orders(),
        "orderStatus": lambda question: account.order(_oid(question)),
        "historicalOrders": lambda _: account.orders(),
        "userFills": lambda _: account.fills(),
        "userFillsByTime": lambda question: account.fills_between(_start(question), _end(question)),
        "userFunding": lambda question: account.funding(_start(question), _end(question)),
        "userNonFundingLedgerUpdates": lambda question: money.ledger(_start(question), _end(question)),
        "userFees": lambda _: account.fees(clock.now_ms()),
        "userRole": lambda _: {"role": "user"},
        "userAbstraction": lambda _: account.abstraction(),
        "userRateLimit": lambda _: _request_limits(account.traded(), actions_taken()),
        "extraAgents": lambda _: account.agents(),
        "subAccounts": lambda _: None,
    }


def _is_address(text: str) -> bool:
    return len(text) == 42 and text.startswith("0x") and all(digit in "0123456789abcdefABCDEF" for digit in text[2:])


def _oid(question: Question) -> int | str:
    if question.oid is None:
        raise Missing("oid")
    return question.oid.lower() if isinstance(question.oid, str) else question.oid


def _start(question: Question) -> int:
    if question.startTime is None:
        raise Missing("startTime")
    return question.startTime


def _end(question: Question) -> int:
    return LATEST_MS if question.endTime is None else question.endTime


def _candles(market: MarketInfo, question: Question) -> Any:
    if question.req is None:
        raise Missing("req")
    wanted = question.req
    return market.candles(wanted.coin, wanted.interval, wanted.startTime, wanted.endTime)


def _request_limits(traded: Decimal, used: int) -> dict[str, Any]:
    """One action for each USDC that was traded, and ten thousand beside."""
    allowed = 10_000 + int(traded)
    return {"cumVlm": number_text(traded), "nRequestsUsed": used, "nRequestsCap": allowed, "nRequestsSurplus": 0}
