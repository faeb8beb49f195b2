"""Checks a request's key, signature and time stamp as Binance does (HMAC SHA-256 keys)."""

from __future__ import annotations

import hashlib
import hmac
import re

from basis_strategy_v1.sandbox.binance.errors import BinanceError, missing
from basis_strategy_v1.sandbox.binance.parameters import Parameters
from basis_strategy_v1.sandbox.clock import VenueClock
from basis_strategy_v1.sandbox.credentials import ApiKey, SandboxCredentials
from basis_strategy_v1.sandbox.wire import Request

KEY_HEADER = "x-mbx-apikey"
DEFAULT_RECEIVE_WINDOW_MS = 5_000
LARGEST_RECEIVE_WINDOW_MS = 60_000
AHEAD_MS = 1_000
_SIGNATURE = re.compile(rb"&?signature=([^&]*)")


def check_key(request: Request, credentials: SandboxCredentials) -> ApiKey:
    """The API key that the request shows.

    Raises:
        BinanceError: 401 with -2014 for none, -2015 for an unknown one.
    """
    text = request.headers.get(KEY_HEADER, "")
    if not text:
        raise BinanceError(-2014, "API-key format invalid.", 401)
    key = credentials.find(text)
    if key is None:
        raise BinanceError(-2015, "Invalid API-key, IP, or permissions for action.", 401)
    return key


def check_signed(
    request: Request, parameters: Parameters, credentials: SandboxCredentials, clock: VenueClock
) -> ApiKey:
    """Check key, time stamp and signature, whose letters may be of either case.

    Raises:
        BinanceError: -2014, -2015, -1102, -1131, -1021 or -1022.
    """
    key = check_key(request, credentials)
    parameters.need("signature")
    _check_time(parameters, clock)
    payload, signature = _signed_payload(request)
    expected = hmac.new(key.secret.encode(), payload, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), signature.lower().encode()):
        raise BinanceError(-1022, "Signature for this request is not valid.")
    return key


def _check_time(parameters: Parameters, clock: VenueClock) -> None:
    parameters.need("timestamp")
    timestamp = parameters.integer("timestamp")
    window = parameters.decimal("recvWindow")
    if timestamp is None:
        raise missing("timestamp")
    receive_window = DEFAULT_RECEIVE_WINDOW_MS if window is None else int(window)
    if receive_window > LARGEST_RECEIVE_WINDOW_MS:
        raise BinanceError(-1131, "recvWindow must be less than 60000")
    if clock.accepts(timestamp, receive_window, AHEAD_MS):
        return
    if clock.is_behind(timestamp):
        raise BinanceError(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
    raise BinanceError(-1021, "Timestamp for this request is outside of the recvWindow.")


def _signed_payload(request: Request) -> tuple[bytes, str]:
    """What was signed (query and body as sent, without the signature) and the signature."""
    found = ""
    parts = []
    for part in (request.query.encode(), request.body):
        match = _SIGNATURE.search(part)
        if match is not None:
            found = match.group(1).decode("ascii", "replace")
            part = part[: match.start()] + part[match.end() :]
            part = part.removeprefix(b"&")
        parts.append(part)
    return b"".join(parts), found
