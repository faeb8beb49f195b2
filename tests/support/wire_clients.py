"""Clients of one local venue in process: unmodified ccxt, and requests signed by hand."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from basis_strategy_v1.sandbox.application import SandboxApplication
from basis_strategy_v1.sandbox.credentials import CREDENTIALS
from basis_strategy_v1.sandbox.faults import FaultRule
from basis_strategy_v1.sandbox.in_process import mount
from basis_strategy_v1.sandbox.wire import Request, Response
from basis_strategy_v1.sandbox.world import build_world
from venue_market import START, venue_market

START_MS = START // 1_000_000
HOSTS = {"bybit": "api.bybit.com", "okx": "www.okx.com"}
OPENING = {
    "bybit": {"bybit": {"USDT": Decimal(100_000), "BTC": Decimal(1)}},
    "okx": {"okx": {"USDT": Decimal(100_000), "BTC": Decimal(1)}, "okx.funding": {"USDT": Decimal(5_000)}},
}


class WireClient:
    """One local venue.

    Args:
        venue: ``bybit`` or ``okx``.
        moves: prices by base asset; constant ones when omitted.
    """

    def __init__(self, venue: str, moves: dict[str, list[float]] | None = None) -> None:
        self.venue = venue
        self.world = build_world(venue_market((venue,), moves=moves), (venue,), OPENING[venue])
        self.application = SandboxApplication(self.world)
        self.key = CREDENTIALS[venue].keys[0]
        self.clock = self.world.venues[venue].clock

    def ccxt(self, **options: Any) -> Any:
        """A ccxt client whose every request comes here."""
        import ccxt

        settings = {"apiKey": self.key.key, "secret": self.key.secret, "password": self.key.passphrase}
        client = getattr(ccxt, self.venue)({**settings, "enableRateLimit": False, **options})
        mount(client.session, self.application)
        return client

    def fault(self, kind: Any, endpoint: str, **fields: Any) -> None:
        """Script a mishap."""
        self.world.faults.add([FaultRule(kind=kind, endpoint=endpoint, **fields)])

    def send(self, method: str, path: str, headers: dict[str, str] | None = None, **parameters: Any) -> Response:
        """Send a request as it is."""
        posts = method == "POST"
        answer = self.application.handle(
            Request(
                method=method,
                host=HOSTS[self.venue],
                path=path,
                query="" if posts else urlencode(parameters),
                headers=headers or {},
                body=json.dumps(parameters).encode() if posts else b"",
            )
        )
        assert isinstance(answer, Response)
        return answer

    def signed(self, method: str, path: str, *, at_ms: int | None = None, **parameters: Any) -> Any:
        """The JSON answer to a signed request."""
        return json.loads(self.signed_response(method, path, at_ms=at_ms, **parameters).body)

    def signed_response(self, method: str, path: str, *, at_ms: int | None = None, **parameters: Any) -> Response:
        """The answer to a signed request."""
        return self.send(method, path, self.headers(method, path, parameters, at_ms), **parameters)

    def signed_list(self, path: str, entries: list[dict[str, Any]]) -> Any:
        """The JSON answer to a signed POST of an array."""
        body = json.dumps(entries).encode()
        return self.send_body("POST", path, self.sign("POST", path, body), body)

    def send_body(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Any:
        """The JSON answer to a request with any body."""
        answer = self.application.handle(
            Request(method=method, host=HOSTS[self.venue], path=path, headers=headers, body=body)
        )
        assert isinstance(answer, Response)
        return json.loads(answer.body)

    def sign(self, method: str, path: str, body: bytes) -> dict[str, str]:
        """The headers that sign a request with any body."""
        now_ms = self.clock.now_ms()
        if self.venue == "bybit":
            return self._bybit_headers(str(now_ms), body.decode())
        return self._okx_headers(now_ms, method + path + body.decode())

    def headers(self, method: str, path: str, parameters: dict[str, Any], at_ms: int | None = None) -> dict[str, str]:
        """The headers that sign a request."""
        now_ms = self.clock.now_ms() if at_ms is None else at_ms
        query = "" if method == "POST" else urlencode(parameters)
        body = json.dumps(parameters) if method == "POST" else ""
        if self.venue == "bybit":
            return self._bybit_headers(str(now_ms), query or body)
        return self._okx_headers(now_ms, method + path + (f"?{query}" if query else "") + body)

    def _bybit_headers(self, now: str, payload: str) -> dict[str, str]:
        text = f"{now}{self.key.key}5000{payload}"
        return {
            "x-bapi-api-key": self.key.key,
            "x-bapi-timestamp": now,
            "x-bapi-recv-window": "5000",
            "x-bapi-sign": hmac.new(self.key.secret.encode(), text.encode(), hashlib.sha256).hexdigest(),
        }

    def _okx_headers(self, now_ms: int, request: str) -> dict[str, str]:
        moment = datetime.fromtimestamp(now_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        stamp = f"{moment}.{now_ms % 1000:03d}Z"
        signature = hmac.new(self.key.secret.encode(), (stamp + request).encode(), hashlib.sha256).digest()
        return {
            "ok-access-key": self.key.key,
            "ok-access-passphrase": self.key.passphrase,
            "ok-access-timestamp": stamp,
            "ok-access-sign": base64.b64encode(signature).decode(),
        }
