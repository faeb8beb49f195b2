"""Hyperliquid: makes signed trading actions die young.

A nonce is good for days, so without an expiry an order that was delayed on its way could be executed long after a
look-up said that the venue does not know it. Transfers are signed otherwise and cannot expire.
"""

from __future__ import annotations

from typing import Any

EXPIRES_AFTER_MS = 5_000
"""How long after it was signed an action may still be executed; what other venues call a receive window."""


class ExpiringActions:
    """Puts an expiry into the signature and the body of every trading action of a ccxt exchange."""

    def __init__(self, exchange: Any) -> None:
        self._sign = exchange.sign_l1_action
        self._post = exchange.privatePostExchange
        self._expiry: int | None = None
        exchange.sign_l1_action = self.sign
        exchange.privatePostExchange = self.post

    def sign(self, action: Any, nonce: Any, vault_address: str | None = None, expires_after: int | None = None) -> Any:
        """Sign an action whose nonce is the time in ms."""
        self._expiry = int(nonce) + EXPIRES_AFTER_MS if expires_after is None else expires_after
        return self._sign(action, nonce, vault_address, self._expiry)

    def post(self, request: dict[str, Any], *arguments: Any, **named: Any) -> Any:
        """Send an action with the expiry it was signed with."""
        expiry, self._expiry = self._expiry, None
        if expiry is not None:
            request = {**request, "expiresAfter": expiry}
        return self._post(request, *arguments, **named)
