"""The wire of Bybit v5: finds the endpoint, checks who asks, wraps answers and refusals as the venue does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from basis_strategy_v1.sandbox.account import SandboxAccount
from basis_strategy_v1.sandbox.bybit.assets import AssetEndpoints
from basis_strategy_v1.sandbox.bybit.authentication import verify
from basis_strategy_v1.sandbox.bybit.errors import NO_ROUTE, SERVER_ERROR, TOO_MANY, WireError
from basis_strategy_v1.sandbox.bybit.orders import OrderEndpoints, SpentBy
from basis_strategy_v1.sandbox.bybit.parameters import Parameters
from basis_strategy_v1.sandbox.bybit.public import PublicEndpoints
from basis_strategy_v1.sandbox.bybit.queries import QueryEndpoints
from basis_strategy_v1.sandbox.bybit.unified_account import AccountEndpoints
from basis_strategy_v1.sandbox.clock import VenueClock
from basis_strategy_v1.sandbox.credentials import SandboxCredentials
from basis_strategy_v1.sandbox.market_view import MarketView
from basis_strategy_v1.sandbox.rate_window import RateWindow
from basis_strategy_v1.sandbox.wire import Headers, RefusalKind, Request, Response, json_response

Handler = Callable[[Parameters], dict[str, Any]]


class Route(msgspec.Struct, frozen=True):
    """An endpoint: who answers, whether it is signed, and how often a second it may be called."""

    handler: Handler
    is_private: bool = True
    limit: int = 50


class BybitWire:
    """One Bybit account on the wire.

    Args:
        account: its state.
        market_view: what it shows of its markets.
        clock: its server's time.
        credentials: the keys that open it.
    """

    venue = "bybit"
    hosts = frozenset({"api.bybit.com", "api.bytick.com", "api-demo.bybit.com", "api-testnet.bybit.com"})
    prefixes = ("/v5/",)

    def __init__(
        self, account: SandboxAccount, market_view: MarketView, clock: VenueClock, credentials: SandboxCredentials
    ) -> None:
        self._clock = clock
        self._credentials = credentials
        self._windows = RateWindow(clock.shared.running_ms)
        spent: SpentBy = {}
        orders = OrderEndpoints(account, market_view, spent)
        queries = QueryEndpoints(account, market_view, clock, spent)
        self._routes = {
            **_public_routes(PublicEndpoints(market_view, clock)),
            **_order_routes(orders, queries),
            **_account_routes(AccountEndpoints(account, market_view, clock)),
            **_asset_routes(AssetEndpoints(account, clock)),
        }

    def endpoint(self, request: Request) -> str:
        """``POST /v5/order/create``."""
        return f"{request.method} {request.path}"

    def handle(self, request: Request) -> Response:
        """Answer a request."""
        route = self._routes.get(self.endpoint(request))
        try:
            if route is None:
                raise WireError(NO_ROUTE, "Route not found.", 404)
            if route.is_private:
                verify(request, self._credentials, self._clock)
            result = route.handler(Parameters.of(request))
        except WireError as refusal:
            return self._refused(refusal, self._headers(request, route))
        return self._answer(200, 0, "OK", result, self._headers(request, route))

    def refuse(self, kind: RefusalKind, options: Mapping[str, Any]) -> Response:
        """The venue's own answer for a scripted refusal.

        A key's limit is a 200 with 10006 (a ``status`` of 429 makes it the system's); a banned address gets a 403.
        """
        words = str(options.get("message", ""))
        if kind == "rate_limit_429":
            wait_ms = int(float(options.get("retry_after", 1)) * 1000)
            reset = str(self._clock.now_ms() + wait_ms)
            status = int(options.get("status", 200))
            headers = (
                ("X-Bapi-Limit", "10"),
                ("X-Bapi-Limit-Status", "0"),
                ("X-Bapi-Limit-Reset-Timestamp", reset),
                *((("Retry-After", str(max(1, wait_ms // 1000))),) if status == 429 else ()),
            )
            refusal = WireError(TOO_MANY, words or "Too many visits. Exceeded the API Rate Limit.", status)
            return self._refused(refusal, headers)
        if kind == "banned_418":
            return Response(int(options.get("status", 403)), (words or "access too frequent").encode())
        if kind == "maintenance":
            words = words or "Internal System Error."
            return self._refused(WireError(SERVER_ERROR, words, int(options.get("status", 200))), ())
        status = int(options.get("status", 502))
        return Response(status, b"<html><body>Bad Gateway</body></html>", (("Content-Type", "text/html"),))

    def _refused(self, refusal: WireError, headers: Headers) -> Response:
        return self._answer(refusal.status, refusal.code, refusal.words, refusal.result, headers)

    def _answer(self, status: int, code: int, words: str, result: dict[str, Any], headers: Headers) -> Response:
        now_ms = self._clock.now_ms()
        body = {"retCode": code, "retMsg": words, "result": result, "retExtInfo": {}, "time": now_ms}
        return json_response(status, body, (*headers, ("Timenow", str(now_ms))))

    def _headers(self, request: Request, route: Route | None) -> Headers:
        if route is None or not route.is_private:
            return ()
        used, left_ms = self._windows.count(request.path, 1000)
        return (
            ("X-Bapi-Limit", str(route.limit)),
            ("X-Bapi-Limit-Status", str(max(route.limit - used, 0))),
            ("X-Bapi-Limit-Reset-Timestamp", str(self._clock.now_ms() + left_ms)),
        )


def _public_routes(public: PublicEndpoints) -> dict[str, Route]:
    handlers: dict[str, Handler] = {
        "GET /v5/market/time": public.time,
        "GET /v5/market/instruments-info": public.instruments,
        "GET /v5/market/risk-limit": public.risk_limits,
        "GET /v5/market/tickers": public.tickers,
        "GET /v5/market/orderbook": public.order_book,
        "GET /v5/market/kline": public.klines,
        "GET /v5/market/mark-price-kline": public.mark_klines,
        "GET /v5/market/funding/history": public.funding_history,
    }
    return {name: Route(handler, is_private=False) for name, handler in handlers.items()}


def _order_routes(orders: OrderEndpoints, queries: QueryEndpoints) -> dict[str, Route]:
    return {
        "POST /v5/order/create": Route(orders.create, limit=20),
        "POST /v5/order/amend": Route(orders.amend, limit=20),
        "POST /v5/order/cancel": Route(orders.cancel, limit=20),
        "POST /v5/order/cancel-all": Route(orders.cancel_all, limit=20),
        "GET /v5/order/realtime": Route(queries.realtime),
        "GET /v5/order/history": Route(queries.history),
        "GET /v5/execution/list": Route(queries.executions),
        "GET /v5/position/list": Route(queries.positions),
    }


def _account_routes(account: AccountEndpoints) -> dict[str, Route]:
    return {
        "GET /v5/user/query-api": Route(account.key_information, limit=10),
        "GET /v5/account/info": Route(account.information),
        "GET /v5/account/wallet-balance": Route(account.wallet),
        "GET /v5/account/transaction-log": Route(account.transaction_log, limit=30),
        "GET /v5/account/fee-rate": Route(account.fee_rates, limit=10),
        "POST /v5/account/set-margin-mode": Route(account.set_margin_mode, limit=5),
        "POST /v5/position/set-leverage": Route(account.set_leverage, limit=10),
        "POST /v5/position/switch-mode": Route(account.switch_mode, limit=10),
    }


def _asset_routes(assets: AssetEndpoints) -> dict[str, Route]:
    return {
        "GET /v5/asset/coin/query-info": Route(assets.coins, limit=5),
        "GET /v5/asset/transfer/query-account-coins-balance": Route(assets.funding_balances, limit=5),
        "POST /v5/asset/transfer/inter-transfer": Route(assets.transfer, limit=20),
        "GET /v5/asset/deposit/query-address": Route(assets.address, limit=10),
        "GET /v5/asset/deposit/query-record": Route(assets.deposits, limit=5),
        "POST /v5/asset/withdraw/create": Route(assets.withdraw, limit=5),
        "GET /v5/asset/withdraw/query-record": Route(assets.withdrawals, limit=5),
    }
