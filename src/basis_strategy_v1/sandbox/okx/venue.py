"""The wire of OKX v5: finds the endpoint, checks who asks, wraps answers and refusals as the venue does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from basis_strategy_v1.sandbox.account import SandboxAccount
from basis_strategy_v1.sandbox.clock import VenueClock
from basis_strategy_v1.sandbox.credentials import SandboxCredentials
from basis_strategy_v1.sandbox.market_view import MarketView
from basis_strategy_v1.sandbox.okx.assets import AssetEndpoints
from basis_strategy_v1.sandbox.okx.authentication import check_deadline, verify
from basis_strategy_v1.sandbox.okx.errors import WireError
from basis_strategy_v1.sandbox.okx.instruments import InstrumentNames
from basis_strategy_v1.sandbox.okx.orders import OrderEndpoints, SpentBy
from basis_strategy_v1.sandbox.okx.parameters import Parameters, parameters_of
from basis_strategy_v1.sandbox.okx.public import PublicEndpoints
from basis_strategy_v1.sandbox.okx.queries import QueryEndpoints
from basis_strategy_v1.sandbox.okx.trading_account import AccountEndpoints
from basis_strategy_v1.sandbox.wire import Headers, RefusalKind, Request, Response, json_response

PREFIX = "/api/v5/"
Entries = list[Any]
One = Callable[[Parameters], Entries]
Many = Callable[[list[Parameters]], list[dict[str, Any]]]


class Route(msgspec.Struct, frozen=True):
    """An endpoint: who answers, with one set of parameters or with one entry per order, and whether it is signed."""

    one: One | None = None
    many: Many | None = None
    is_batch: bool = False
    is_private: bool = True
    has_deadline: bool = False


class OKXWire:
    """One OKX account on the wire.

    Args:
        account: its state.
        market_view: what it shows of its markets.
        clock: its server's time.
        credentials: the keys that open it.
    """

    venue = "okx"
    hosts = frozenset({"www.okx.com", "aws.okx.com", "okx.com", "eea.okx.com", "us.okx.com"})
    prefixes = (PREFIX,)

    def __init__(
        self, account: SandboxAccount, market_view: MarketView, clock: VenueClock, credentials: SandboxCredentials
    ) -> None:
        self._clock = clock
        self._credentials = credentials
        names = InstrumentNames(account.spec)
        spent: SpentBy = {}
        self._routes = {
            **_public_routes(PublicEndpoints(market_view, clock, names)),
            **_order_routes(OrderEndpoints(account, market_view, clock, names, spent)),
            **_query_routes(QueryEndpoints(account, market_view, clock, names, spent)),
            **_account_routes(AccountEndpoints(account, clock, names)),
            **_asset_routes(AssetEndpoints(account)),
        }

    def endpoint(self, request: Request) -> str:
        """``POST /api/v5/trade/batch-orders``."""
        return f"{request.method} {request.path}"

    def handle(self, request: Request) -> Response:
        """Answer a request."""
        route = self._routes.get(f"{request.method} {request.path.removeprefix(PREFIX)}")
        try:
            if route is None:
                return json_response(404, {"msg": "Not Found", "code": "404"})
            if route.is_private:
                verify(request, self._credentials, self._clock)
            if route.has_deadline:
                check_deadline(request, self._clock)
            return self._answer(route, parameters_of(request))
        except WireError as refusal:
            return _refused(refusal)

    def refuse(self, kind: RefusalKind, options: Mapping[str, Any]) -> Response:
        """The venue's own answer for a scripted refusal."""
        words = str(options.get("message", ""))
        if kind == "rate_limit_429":
            headers = (("Retry-After", str(options["retry_after"])),) if "retry_after" in options else ()
            return _refused(WireError("50011", words or "Too Many Requests", int(options.get("status", 429))), headers)
        if kind == "banned_418":
            return Response(int(options.get("status", 403)), (words or "error code: 1015").encode())
        if kind == "maintenance":
            words = words or "Service temporarily unavailable. Please try again later."
            return _refused(WireError("50001", words, int(options.get("status", 503))))
        words = words or "System error. Please try again later."
        return _refused(WireError("50026", words, int(options.get("status", 500))))

    def _answer(self, route: Route, parameters: list[Parameters]) -> Response:
        if route.many is not None:
            if not route.is_batch and len(parameters) > 1:
                raise WireError("50002", "JSON syntax error", 400)
            return self._order_answer(route.many(parameters))
        assert route.one is not None
        return json_response(200, {"code": "0", "msg": "", "data": route.one(parameters[0])})

    def _order_answer(self, entries: list[dict[str, Any]]) -> Response:
        refused = sum(entry["sCode"] != "0" for entry in entries)
        code = "0" if not refused else "1" if refused == len(entries) else "2"
        words = {"0": "", "1": "All operations failed", "2": "Bulk operation partially succeeded."}[code]
        now_us = str(self._clock.now_ms() * 1000)
        return json_response(200, {"code": code, "msg": words, "data": entries, "inTime": now_us, "outTime": now_us})


def _refused(refusal: WireError, headers: Headers = ()) -> Response:
    body: dict[str, Any] = {"msg": refusal.words, "code": refusal.code}
    return json_response(refusal.status, body if refusal.status == 401 else {**body, "data": []}, headers)


def _one(handlers: Mapping[str, One], *, is_private: bool = True) -> dict[str, Route]:
    return {name: Route(one=handler, is_private=is_private) for name, handler in handlers.items()}


def _public_routes(public: PublicEndpoints) -> dict[str, Route]:
    return _one(
        {
            "GET public/time": public.time,
            "GET public/instruments": public.instruments,
            "GET public/funding-rate": public.funding_rate,
            "GET public/funding-rate-history": public.funding_history,
            "GET public/position-tiers": public.position_tiers,
            "GET public/mark-price": public.mark_price,
            "GET market/ticker": public.ticker,
            "GET market/tickers": public.tickers,
            "GET market/books": public.books,
            "GET market/candles": public.candles,
            "GET market/history-candles": public.candles,
        },
        is_private=False,
    )


def _order_routes(orders: OrderEndpoints) -> dict[str, Route]:
    return {
        "POST trade/order": Route(many=orders.place, has_deadline=True),
        "POST trade/batch-orders": Route(many=orders.place, is_batch=True, has_deadline=True),
        "POST trade/amend-order": Route(many=orders.amend, has_deadline=True),
        "POST trade/amend-batch-orders": Route(many=orders.amend, is_batch=True, has_deadline=True),
        "POST trade/cancel-order": Route(many=orders.cancel),
        "POST trade/cancel-batch-orders": Route(many=orders.cancel, is_batch=True),
    }


def _query_routes(queries: QueryEndpoints) -> dict[str, Route]:
    return _one(
        {
            "GET trade/order": queries.order,
            "GET trade/orders-pending": queries.pending,
            "GET trade/orders-history": queries.history,
            "GET trade/orders-history-archive": queries.archive,
            "GET trade/fills": queries.fills,
            "GET trade/fills-history": queries.fills_history,
            "GET account/bills": queries.bills,
            "GET account/bills-archive": queries.bills_archive,
            "GET account/positions": queries.positions,
        }
    )


def _account_routes(account: AccountEndpoints) -> dict[str, Route]:
    return _one(
        {
            "GET account/config": account.configuration,
            "GET account/balance": account.balance,
            "GET account/trade-fee": account.trade_fee,
            "GET account/leverage-info": account.leverage,
            "POST account/set-leverage": account.set_leverage,
            "POST account/set-position-mode": account.set_position_mode,
        }
    )


def _asset_routes(assets: AssetEndpoints) -> dict[str, Route]:
    return _one(
        {
            "GET asset/currencies": assets.currencies,
            "GET asset/balances": assets.balances,
            "GET asset/transfer-state": assets.transfer_state,
            "GET asset/deposit-address": assets.address,
            "GET asset/deposit-history": assets.deposits,
            "GET asset/withdrawal-history": assets.withdrawals,
            "POST asset/transfer": assets.transfer,
            "POST asset/withdrawal": assets.withdraw,
        }
    )
