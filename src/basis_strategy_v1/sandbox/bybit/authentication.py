"""Bybit's signed headers: HMAC-SHA256 in hex over timestamp, key, receive window, and the query or body as sent."""

from __future__ import annotations

import hashlib
import hmac

from basis_strategy_v1.sandbox.bybit.errors import EXPIRED, INVALID_KEY, INVALID_SIGNATURE, WireError
from basis_strategy_v1.sandbox.bybit.parameters import KEY_HEADER
from basis_strategy_v1.sandbox.clock import VenueClock
from basis_strategy_v1.sandbox.credentials import SandboxCredentials
from basis_strategy_v1.sandbox.numerals import whole_number
from basis_strategy_v1.sandbox.wire import Request

DEFAULT_WINDOW_MS = 5_000
FUTURE_TOLERANCE_MS = 1_000


def verify(request: Request, credentials: SandboxCredentials, clock: VenueClock) -> None:
    """Whether ``request`` carries a key of the account, a timestamp within its window, and the right signature.

    The venue's rule: ``server - window <= timestamp < server + 1000``.

    Raises:
        WireError: 10003, 10002 or 10004; HTTP 401 where nothing is signed at all.
    """
    headers = request.headers
    sent_key = headers.get(KEY_HEADER, "")
    if not sent_key:
        raise WireError(INVALID_KEY, "API key is invalid.", 401)
    key = credentials.find(sent_key)
    if key is None:
        raise WireError(INVALID_KEY, "API key is invalid.")
    timestamp = headers.get("x-bapi-timestamp", "")
    window = headers.get("x-bapi-recv-window", "")
    _check_time(timestamp, window, clock)
    payload = request.body.decode(errors="replace") if request.method == "POST" else request.query
    text = f"{timestamp}{sent_key}{window}{payload}"
    expected = hmac.new(key.secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), headers.get("x-bapi-sign", "").encode()):
        raise WireError(INVALID_SIGNATURE, f"error sign! origin_string[{text}]")


def _check_time(timestamp: str, window: str, clock: VenueClock) -> None:
    sent_window, stamp = whole_number(window), whole_number(timestamp)
    allowed = DEFAULT_WINDOW_MS if sent_window is None else sent_window
    if stamp is not None and clock.accepts(stamp, allowed, FUTURE_TOLERANCE_MS):
        return
    words = "invalid request, please check your server timestamp or recv_window param. "
    stamps = f"req_timestamp[{timestamp}],server_timestamp[{clock.now_ms()}],recv_window[{allowed}]"
    raise WireError(EXPIRED, words + stamps)
