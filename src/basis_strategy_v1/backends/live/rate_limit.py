"""A token bucket in the venue's request weights, corrected by what the venue's headers say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf

from basis_strategy_v1.core.domain.timestamps import NANOSECONDS_PER_MINUTE, NANOSECONDS_PER_SECOND

BURST_SECONDS = 2.0
USED_WEIGHT = "x-mbx-used-weight-1m"
_NEARLY_ALL = 0.9
_REFUSED = 400


class LimitReachedError(Exception):
    """The venue asked to be left alone for longer than a request may wait; nothing was sent."""


class TokenBucket:
    """Spends tokens before each request and waits where there are none.

    Args:
        per_second: tokens that come back each second; infinite where nothing is limited.
        longest_wait: seconds that a request may wait for the venue's own pause.
        weight_limit: weight a minute that the venue's used-weight header counts towards, 0 where it sends none.
        now_ns, wait: the clock.
        counts_down: whether the venue's headers say how many requests are left.
    """

    def __init__(
        self,
        per_second: float,
        longest_wait: float,
        weight_limit: int,
        now_ns: Callable[[], int],
        wait: Callable[[float], None],
        *,
        counts_down: bool = False,
    ) -> None:
        self._per_second = per_second
        self._capacity = per_second * BURST_SECONDS
        self._tokens = self._capacity
        self._longest_wait = longest_wait
        self._is_limited = per_second < inf
        self._weight_limit = weight_limit
        self._nearly_all = _NEARLY_ALL * weight_limit
        self._counts_down = counts_down
        self._now_ns = now_ns
        self._wait = wait
        self._filled_at = now_ns()
        self._blocked_until = 0

    def throttle(self, cost: float | None = None) -> None:
        """Wait until a request of weight ``cost`` may leave.

        Raises:
            LimitReachedError: when the venue's pause is longer than a request may wait.
        """
        if self._blocked_until:
            self._wait_for_venue()
        if self._is_limited:
            self._spend(1.0 if cost is None else float(cost))

    def observe(self, status: int, headers: Mapping[str, str]) -> None:
        """Take in an answer's headers, asked for in lower case: a pause that is wanted, or how much is used up."""
        if status >= _REFUSED and status in (418, 429):
            seconds = _number(headers.get("retry-after"), 1.0 if status == 429 else 120.0)
            self._block_until(self._now_ns() + int(seconds * NANOSECONDS_PER_SECOND))
            return
        if self._weight_limit:
            try:
                used = float(headers[USED_WEIGHT])
            except (KeyError, ValueError):
                return
            if used >= self._nearly_all:
                self._block_until((self._now_ns() // NANOSECONDS_PER_MINUTE + 1) * NANOSECONDS_PER_MINUTE)
        elif self._counts_down and headers.get("x-bapi-limit-status") == "0":
            reset = _number(headers.get("x-bapi-limit-reset-timestamp"), 0.0)
            self._block_until(int(reset) * 1_000_000)

    def _block_until(self, time: int) -> None:
        self._blocked_until = max(self._blocked_until, time)

    def _wait_for_venue(self) -> None:
        seconds = (self._blocked_until - self._now_ns()) / NANOSECONDS_PER_SECOND
        if seconds <= 0:
            self._blocked_until = 0
            return
        if seconds > self._longest_wait:
            raise LimitReachedError(f"the venue asks for a pause of {seconds:.0f} s")
        self._wait(seconds)

    def _spend(self, weight: float) -> None:
        self._refill(self._now_ns())
        if self._tokens < weight:
            missing = min(weight, self._capacity) - self._tokens
            if missing > 0:
                self._wait(missing / self._per_second)
                self._refill(self._now_ns())
        self._tokens -= weight

    def _refill(self, now: int) -> None:
        elapsed = (now - self._filled_at) / NANOSECONDS_PER_SECOND
        self._filled_at = now
        if elapsed > 0:
            tokens = self._tokens + elapsed * self._per_second
            self._tokens = tokens if tokens < self._capacity else self._capacity


def _number(text: str | None, otherwise: float) -> float:
    try:
        return float(text) if text is not None else otherwise
    except ValueError:
        return otherwise
