"""Binance's rate limits: what it announces, and how much of them a client has used, told in headers.

They are counted, not enforced: a limit that strikes is a scripted fault.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from basis_strategy_v1.sandbox.wire import Headers

MINUTE_MS = 60_000.0
TEN_SECONDS_MS = 10_000.0
DAY_MS = 86_400_000.0


def _limit(kind: str, interval: str, number: int, limit: int) -> dict[str, Any]:
    return {"rateLimitType": kind, "interval": interval, "intervalNum": number, "limit": limit}


SPOT_LIMITS = [
    _limit("REQUEST_WEIGHT", "MINUTE", 1, 6000),
    _limit("ORDERS", "SECOND", 10, 100),
    _limit("ORDERS", "DAY", 1, 200_000),
    _limit("RAW_REQUESTS", "MINUTE", 5, 61_000),
]
FUTURES_LIMITS = [
    _limit("REQUEST_WEIGHT", "MINUTE", 1, 2400),
    _limit("ORDERS", "MINUTE", 1, 1200),
    _limit("ORDERS", "SECOND", 10, 300),
]


class Usage:
    """What one product's client has used, in windows of the venue's time."""

    def __init__(self, elapsed_ms: Callable[[], float]) -> None:
        self._elapsed_ms = elapsed_ms
        self._weights = _Window(MINUTE_MS)
        self._orders_10s = _Window(TEN_SECONDS_MS)
        self._orders_1m = _Window(MINUTE_MS)
        self._orders_1d = _Window(DAY_MS)

    def note(self, weight: int, *, is_order: bool, spot: bool) -> Headers:
        """Count a request; the headers that tell of it."""
        now = self._elapsed_ms()
        used = self._weights.add(now, weight)
        headers: list[tuple[str, str]] = [("X-MBX-USED-WEIGHT-1M", str(used))]
        if spot:
            headers.append(("X-MBX-USED-WEIGHT", str(used)))
        if is_order:
            headers.append(("X-MBX-ORDER-COUNT-10S", str(self._orders_10s.add(now, 1))))
            if spot:
                headers.append(("X-MBX-ORDER-COUNT-1D", str(self._orders_1d.add(now, 1))))
            else:
                headers.append(("X-MBX-ORDER-COUNT-1M", str(self._orders_1m.add(now, 1))))
        return tuple(headers)


class _Window:
    """A sum over fixed windows, as the venue counts: it starts anew with each window."""

    def __init__(self, length_ms: float) -> None:
        self._length_ms = length_ms
        self._number = -1
        self._sum = 0

    def add(self, now_ms: float, amount: int) -> int:
        number = int(now_ms // self._length_ms)
        if number != self._number:
            self._number, self._sum = number, 0
        self._sum += amount
        return self._sum
