"""Whether and when an instruction that provably was not executed is sent again."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Protocol

from basis_strategy_v1.core.domain.conversions import float_from_decimal


class RetryPolicy(Protocol):
    """Decides on retries. Only failures that the registry calls retryable are put before it."""

    def wait(self, retry: int) -> bool:
        """Wait before the ``retry``-th retry (from 1) and return True; False when no more is permitted."""


class NoRetries:
    """Fail at once: the policy of a backtest."""

    def wait(self, retry: int) -> bool:
        """Permit none."""
        return False


class ExponentialBackoff:
    """Waits ``first_delay``, then twice as long each time, each lengthened by up to half of itself at random.

    Args:
        max_retries: how many retries follow the first attempt.
        first_delay: seconds before the first retry.
        sleep: waits a number of seconds.
        jitter: a number in [0, 1), another at each call.
    """

    def __init__(
        self,
        max_retries: int,
        first_delay: Decimal,
        sleep: Callable[[float], None],
        jitter: Callable[[], float],
    ) -> None:
        self._max_retries = max_retries
        self._first_delay = float_from_decimal(first_delay)
        self._sleep = sleep
        self._jitter = jitter

    def wait(self, retry: int) -> bool:
        """Wait and permit, up to ``max_retries`` times."""
        if retry > self._max_retries:
            return False
        self._sleep(self._first_delay * 2 ** (retry - 1) * (1 + self._jitter() / 2))
        return True
