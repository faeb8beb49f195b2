"""One local Binance in process, and requests signed by hand."""

from __future__ import annotations

import hashlib
import hmac
import json
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from basis_strategy_v1.sandbox.credentials import CREDENTIALS
from basis_strategy_v1.sandbox.wire import Request, Response
from local_venues import local_application

BALANCES = {"binance": {"USDT": 100_000, "BTC": 1}, "binance.derivatives": {"USDT": 100_000}}
POSTED = ("POST", "PUT")


class BinanceClient:
    """Sends requests to a Binance of its own; ``options`` are those of ``local_application``."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("balances", BALANCES)
        self.application = local_application(("binance",), **options)
        self.world = self.application.world
        self.venue = self.world.venues["binance"]
        self.account = self.venue.account
        self.key = CREDENTIALS["binance"].keys[0]

    def send(
        self,
        method: str,
        path: str,
        query: str = "",
        body: str = "",
        key: str | None = None,
        host: str = "api.binance.com",
    ) -> Response:
        """Send a request as it is; ``key`` goes into the header that names the API key."""
        headers = {} if key is None else {"x-mbx-apikey": key}
        request = Request(method=method, host=host, path=path, query=query, headers=headers, body=body.encode())
        answer = self.application.handle(request)
        assert isinstance(answer, Response)
        failures, self.application.failures = self.application.failures, []
        assert not failures, failures[0]
        return answer

    def public(self, path: str, **parameters: Any) -> Any:
        """The JSON answer to an unsigned GET."""
        return json.loads(self.send("GET", path, urlencode(parameters)).body)

    def signed_response(self, method: str, path: str, **parameters: Any) -> Response:
        """The answer to a signed request; ``timestamp`` is the venue's time unless given."""
        parameters.setdefault("timestamp", self.venue.clock.now_ms())
        payload = urlencode(parameters)
        signature = hmac.new(self.key.secret.encode(), payload.encode(), hashlib.sha256).hexdigest()
        text = f"{payload}&signature={signature}"
        if method in POSTED:
            return self.send(method, path, body=text, key=self.key.key)
        return self.send(method, path, text, key=self.key.key)

    def signed(self, method: str, path: str, **parameters: Any) -> Any:
        """The JSON answer to a signed request."""
        return json.loads(self.signed_response(method, path, **parameters).body)

    def spot_order(self, side: str = "BUY", quantity: str = "0.1", **parameters: Any) -> Any:
        """Place a spot order: a market one, or with ``price`` a limit order that rests."""
        return self.signed("POST", "/api/v3/order", **_order(side, quantity, parameters))

    def futures_order(self, side: str = "BUY", quantity: str = "0.1", **parameters: Any) -> Any:
        """Place a futures order likewise, and ask for its result."""
        parameters.setdefault("newOrderRespType", "RESULT")
        return self.signed("POST", "/fapi/v1/order", **_order(side, quantity, parameters))

    def deposit(self, location: str, asset: str, amount: str) -> None:
        """Money from outside."""
        answer = self.send(
            "POST",
            "/sandbox/deposit",
            body=json.dumps({"location": location, "asset": asset, "amount": str(Decimal(amount))}),
        )
        assert answer.status == 200


def _order(side: str, quantity: str, parameters: dict[str, Any]) -> dict[str, Any]:
    order = {"symbol": "BTCUSDT", "side": side, "type": "MARKET", "quantity": quantity}
    if "price" in parameters:
        order["type"] = parameters.get("type", "LIMIT")
        if order["type"] == "LIMIT":
            order["timeInForce"] = "GTC"
    return order | parameters
