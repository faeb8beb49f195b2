"""OKX: makes orders and changes of orders die young.

A signed request is good for half a minute, as long as silence about an order must last to prove that it never arrived:
one that was delayed on its way could be executed right after that. Transfers and withdrawals cannot expire.
"""

from __future__ import annotations

from typing import Any

EXPIRES_AFTER_MS = 5_000
"""How long after it was signed an order may still be executed; what other venues call a receive window."""
EXPIRING = ("trade/order", "trade/amend-order")


class ExpiringOrders:
    """Puts the time until which they are good into the headers of a ccxt exchange's orders."""

    def __init__(self, exchange: Any) -> None:
        self._exchange = exchange
        self._sign = exchange.sign
        exchange.sign = self.sign

    def sign(self, path: str, api: Any = "public", method: str = "GET", params: Any = None) -> dict[str, Any]:
        """Sign a request."""
        signed: dict[str, Any] = self._sign(path, api, method, {} if params is None else params)
        if method == "POST" and path in EXPIRING:
            signed["headers"]["expTime"] = str(self._exchange.milliseconds() + EXPIRES_AFTER_MS)
        return signed
