"""The local Hyperliquid as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from basis_strategy_v1.sandbox.account import SandboxAccount
from basis_strategy_v1.sandbox.clock import VenueClock
from basis_strategy_v1.sandbox.credentials import SandboxCredentials
from basis_strategy_v1.sandbox.hyperliquid import errors
from basis_strategy_v1.sandbox.hyperliquid.actions import Malformed, NotJson
from basis_strategy_v1.sandbox.hyperliquid.assets import Assets
from basis_strategy_v1.sandbox.hyperliquid.exchange import ExchangeEndpoint
from basis_strategy_v1.sandbox.hyperliquid.info import InfoEndpoint
from basis_strategy_v1.sandbox.hyperliquid.info_account import AccountInfo
from basis_strategy_v1.sandbox.hyperliquid.info_market import MarketInfo
from basis_strategy_v1.sandbox.hyperliquid.money import MoneyActions
from basis_strategy_v1.sandbox.hyperliquid.orders import OrderDesk
from basis_strategy_v1.sandbox.market_view import MarketView
from basis_strategy_v1.sandbox.wire import UNREADABLE_JSON, RefusalKind, Request, Response, json_response

PLAIN_TEXT = ("Content-Type", "text/plain; charset=utf-8")


class _Kind(msgspec.Struct, frozen=True):
    type: str = ""


class _KindOfAction(msgspec.Struct, frozen=True):
    action: _Kind = _Kind()


class HyperliquidWire:
    """Answers ``POST /info`` and ``POST /exchange``.

    Args:
        strict: refuse and remember every action that gives others a share of the account's fees.
    """

    venue = "hyperliquid"
    hosts = frozenset({"api.hyperliquid.xyz", "api.hyperliquid-testnet.xyz"})
    prefixes = ("/info", "/exchange")

    def __init__(
        self,
        account: SandboxAccount,
        market: MarketView,
        clock: VenueClock,
        credentials: SandboxCredentials,
        *,
        strict: bool = True,
    ) -> None:
        user = credentials.wallet_address.lower()
        users, agents = frozenset({user}), frozenset({credentials.agent_address.lower()})
        assets = Assets(market.instruments())
        orders = OrderDesk(account, market, assets)
        money = MoneyActions(account, user)
        market_info = MarketInfo(market, assets)
        account_info = AccountInfo(account, orders, market_info, assets, user, credentials.agent_address)
        self._exchange = ExchangeEndpoint(account, orders, money, assets, clock, users, agents, strict=strict)
        self._info = InfoEndpoint(
            market_info, account_info, money, assets.spot_meta, clock, users, lambda: self._exchange.taken
        )

    @property
    def unwanted_actions(self) -> tuple[str, ...]:
        """Fee-sharing actions that clients have sent: a trading client of ours must send none."""
        return tuple(self._exchange.unwanted)

    @property
    def signed_sources(self) -> frozenset[str]:
        """The networks that clients have signed for: ``a`` the main one, ``b`` the test one."""
        return frozenset(self._exchange.sources)

    def handle(self, request: Request) -> Response:
        """Answer a request."""
        if request.path not in self.prefixes:
            return Response(404, b"", (PLAIN_TEXT,))
        if request.method != "POST":
            return Response(405, b"", (("Allow", "POST"), PLAIN_TEXT))
        if not request.headers.get("content-type", "").startswith("application/json"):
            return Response(415, b"Expected request with `Content-Type: application/json`", (PLAIN_TEXT,))
        try:
            endpoint = self._info if request.path == "/info" else self._exchange
            return json_response(200, endpoint.answer(request.body))
        except NotJson:
            return Response(400, errors.NOT_JSON.encode(), (PLAIN_TEXT,))
        except Malformed:
            return Response(422, errors.DESERIALIZE.encode(), (PLAIN_TEXT,))

    def endpoint(self, request: Request) -> str:
        """``POST /info orderStatus``, ``POST /exchange order``."""
        try:
            if request.path == "/exchange":
                kind = msgspec.json.decode(request.body, type=_KindOfAction).action.type
            else:
                kind = msgspec.json.decode(request.body, type=_Kind).type
        except UNREADABLE_JSON:
            kind = ""
        return f"{request.method} {request.path} {kind}".rstrip()

    def refuse(self, kind: RefusalKind, options: Mapping[str, Any]) -> Response:
        """The venue's answer to too many requests (a bare ``null``), or of a gateway before it that is in trouble."""
        match kind:
            case "rate_limit_429":
                after = options.get("retry_after")
                headers = () if after is None else (("Retry-After", str(after)),)
                return json_response(int(options.get("status", 429)), None, headers)
            case "banned_418":
                return Response(int(options.get("status", 403)), b"Forbidden", (PLAIN_TEXT,))
            case _:
                status = int(options.get("status", 503 if kind == "maintenance" else 502))
                words = str(options.get("message", "Bad Gateway" if status == 502 else "Service Unavailable"))
                return Response(status, words.encode(), (PLAIN_TEXT,))
