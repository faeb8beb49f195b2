"""OKX's signed headers: HMAC-SHA256 in base64 over timestamp, method, path with query, and body as sent."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime

from basis_strategy_v1.sandbox.clock import VenueClock
from basis_strategy_v1.sandbox.credentials import SandboxCredentials
from basis_strategy_v1.sandbox.numerals import whole_number
from basis_strategy_v1.sandbox.okx.errors import WireError
from basis_strategy_v1.sandbox.wire import Request

WINDOW_MS = 30_000
"""How far a request's timestamp may be from the venue's clock."""

_FAR_AHEAD_MS = 10**15


def verify(request: Request, credentials: SandboxCredentials, clock: VenueClock) -> None:
    """Whether ``request`` carries a key of the account with its passphrase, a fresh timestamp, and the right signature.

    Raises:
        WireError: 50102 to 50113 with HTTP 401.
    """
    sent = {name: _header(request, name, code) for name, code in _REQUIRED}
    key = credentials.find(sent["OK-ACCESS-KEY"])
    if key is None:
        raise WireError("50111", "Invalid OK-ACCESS-KEY", 401)
    timestamp = sent["OK-ACCESS-TIMESTAMP"]
    if not clock.accepts(_milliseconds(timestamp), WINDOW_MS, WINDOW_MS):
        raise WireError("50102", "Timestamp request expired", 401)
    if sent["OK-ACCESS-PASSPHRASE"] != key.passphrase:
        raise WireError("50105", "Request header OK-ACCESS-PASSPHRASE incorrect.", 401)
    path = f"{request.path}?{request.query}" if request.query else request.path
    text = timestamp.encode() + request.method.encode() + path.encode() + request.body
    expected = base64.b64encode(hmac.new(key.secret.encode(), text, hashlib.sha256).digest()).decode()
    if not hmac.compare_digest(expected.encode(), sent["OK-ACCESS-SIGN"].encode()):
        raise WireError("50113", "Invalid Sign", 401)


def check_deadline(request: Request, clock: VenueClock) -> None:
    """Whether the ``expTime`` that a request to place or amend orders may carry has not passed.

    Raises:
        WireError: 50036.
    """
    expires = request.headers.get("exptime", "")
    moment = whole_number(expires)
    if expires and (moment is None or not clock.accepts(moment, 0, _FAR_AHEAD_MS)):
        words = "The expTime can't be earlier than the current system time. Please adjust the expTime and try again."
        raise WireError("50036", words)


_REQUIRED = (
    ("OK-ACCESS-KEY", "50103"),
    ("OK-ACCESS-PASSPHRASE", "50104"),
    ("OK-ACCESS-SIGN", "50106"),
    ("OK-ACCESS-TIMESTAMP", "50107"),
)


def _header(request: Request, name: str, code: str) -> str:
    value = request.headers.get(name.lower(), "")
    if not value:
        raise WireError(code, f"Request header {name} can not be empty.", 401)
    return value


def _milliseconds(timestamp: str) -> int:
    """The time of an ISO 8601 text in UTC, with milliseconds."""
    try:
        moment = datetime.strptime(timestamp, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    except ValueError:
        raise WireError("50112", "Invalid OK-ACCESS-TIMESTAMP", 401) from None
    return int(moment.timestamp()) * 1000 + moment.microsecond // 1000
