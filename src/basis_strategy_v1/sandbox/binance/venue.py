"""Binance behind the wire: routes, security, rate-limit headers, errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from basis_strategy_v1.sandbox.account import SandboxAccount
from basis_strategy_v1.sandbox.binance.authentication import check_key, check_signed
from basis_strategy_v1.sandbox.binance.errors import BinanceError
from basis_strategy_v1.sandbox.binance.futures_account import FuturesAccount
from basis_strategy_v1.sandbox.binance.futures_public import FuturesPublic
from basis_strategy_v1.sandbox.binance.futures_trading import FuturesTrading
from basis_strategy_v1.sandbox.binance.limits import Usage
from basis_strategy_v1.sandbox.binance.parameters import read_parameters
from basis_strategy_v1.sandbox.binance.routes import Context, Route, Routes
from basis_strategy_v1.sandbox.binance.spot_account import SpotAccount
from basis_strategy_v1.sandbox.binance.spot_public import SpotPublic
from basis_strategy_v1.sandbox.binance.spot_trading import SpotTrading
from basis_strategy_v1.sandbox.binance.wallet import Wallet
from basis_strategy_v1.sandbox.clock import VenueClock
from basis_strategy_v1.sandbox.credentials import SandboxCredentials
from basis_strategy_v1.sandbox.market_view import MarketView
from basis_strategy_v1.sandbox.wire import Headers, RefusalKind, Request, Response, json_response

RETRY_AFTER_SECONDS = 30


class BinanceWire:
    """Spot and USD-margined perpetuals of one account."""

    venue = "binance"
    hosts = frozenset(
        {
            "api.binance.com",
            "api1.binance.com",
            "api2.binance.com",
            "api3.binance.com",
            "api4.binance.com",
            "api-gcp.binance.com",
            "fapi.binance.com",
            "dapi.binance.com",
        }
    )
    prefixes = ("/api/", "/sapi/", "/fapi/", "/dapi/")

    def __init__(
        self, account: SandboxAccount, market_view: MarketView, clock: VenueClock, credentials: SandboxCredentials
    ) -> None:
        self._context = Context(account, market_view, clock, credentials)
        parts = (SpotPublic, SpotTrading, SpotAccount, Wallet, FuturesPublic, FuturesTrading, FuturesAccount)
        self._routes: Routes = {}
        for part in parts:
            self._routes.update(part(self._context).routes())
        self._spot_usage = Usage(clock.shared.running_ms)
        self._futures_usage = Usage(clock.shared.running_ms)

    def endpoint(self, request: Request) -> str:
        """Method and path."""
        return f"{request.method} {request.path}"

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        route = self._routes.get(self.endpoint(request))
        if route is None:
            return self._unknown(request)
        headers = self._headers(request, route)
        try:
            return json_response(200, self._answer(request, route), headers)
        except BinanceError as error:
            return json_response(error.status, error.body(), headers)

    def refuse(self, kind: RefusalKind, options: Mapping[str, Any]) -> Response:
        """The venue's own words for a limit, a ban, a server error or maintenance."""
        seconds = int(options.get("retry_after", RETRY_AFTER_SECONDS))
        retry_after = (("Retry-After", str(seconds)),)
        if kind == "rate_limit_429":
            words = "Too much request weight used; current limit is 6000 request weight per 1 MINUTE."
            return json_response(429, {"code": -1003, "msg": str(options.get("message", words))}, retry_after)
        if kind == "banned_418":
            until = self._context.clock.now_ms() + seconds * 1000
            words = f"Way too much request weight used; IP banned until {until}."
            return json_response(418, {"code": -1003, "msg": str(options.get("message", words))}, retry_after)
        if kind == "maintenance":
            return json_response(503, {"code": -1016, "msg": "This service is no longer available."})
        status = int(options.get("status", 502))
        if status == 408:
            words = "Timeout waiting for response from backend server. Send status unknown; execution status unknown."
            return json_response(408, {"code": -1007, "msg": str(options.get("message", words))})
        if status == 503:
            words = "Unknown error, please check your request or try again later."
            return json_response(503, {"code": -1000, "msg": str(options.get("message", words))})
        return Response(status, b"<html><body>Bad Gateway</body></html>", (("Content-Type", "text/html"),))

    def _answer(self, request: Request, route: Route) -> Any:
        parameters = read_parameters(request)
        if route.security == "signed":
            check_signed(request, parameters, self._context.credentials, self._context.clock)
        elif route.security == "key":
            check_key(request, self._context.credentials)
        if route.is_strict:
            parameters.check_known(route.parameters, signed=route.security != "none")
        return route.handler(parameters)

    def _headers(self, request: Request, route: Route) -> Headers:
        spot = not request.path.startswith(("/fapi", "/dapi"))
        usage = self._spot_usage if spot else self._futures_usage
        return usage.note(route.weight, is_order=route.is_order, spot=spot)

    def _unknown(self, request: Request) -> Response:
        if any(name.endswith(f" {request.path}") for name in self._routes):
            return json_response(405, {"code": -1000, "msg": "Request method not supported."})
        return Response(404, b"<html><body>Not Found</body></html>", (("Content-Type", "text/html"),))
