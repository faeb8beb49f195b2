"""How long a doubt is looked into, and when silence is proof."""

from __future__ import annotations

from typing import Protocol

import msgspec

from basis_strategy_v1.core.domain.timestamps import NANOSECONDS_PER_SECOND

REFUSED_AT_THE_DOOR = ("EXI-", "EIF-")
"""Errors of a connection, credentials say; those of our own, a full disk say, are no doubt about an order."""


class UnknownPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """When what a venue does not know is taken for never arrived.

    The window must be longer than a request can be on its way and still be executed: the venue's own timeout and its
    receive window (10 s and 5 s at the slowest of the supported ones), with room for a lookup that lags.

    Attributes:
        polls, window: "not found" must be said this often, over at least this many seconds.
        listed_after: seconds for which an order that the venue has acknowledged cannot be absent, though it lists none:
            its lists may be late. Later it may have dropped one that took nothing (OKX does so after two hours).
        patience: how often a call asks before it gives the doubt back as UNKNOWN.
        first_pause, longest_pause: seconds between two questions; each is twice the one before.
    """

    polls: int = 5
    window: float = 30.0
    listed_after: float = 3_600.0
    patience: int = 14
    first_pause: float = 0.2
    longest_pause: float = 4.0

    @property
    def window_ns(self) -> int:
        return int(self.window * NANOSECONDS_PER_SECOND)

    @property
    def listed_after_ns(self) -> int:
        return int(self.listed_after * NANOSECONDS_PER_SECOND)

    def pause(self, question: int) -> float:
        """Seconds to wait after the ``question``-th unanswered question (from 0)."""
        return min(self.first_pause * 2.0 ** min(question, 30), self.longest_pause)


class VenueTime(Protocol):
    """The time that venues go by. It runs on while nobody looks."""

    def now(self) -> int:
        """Nanoseconds since the epoch, UTC."""

    def wait(self, seconds: float) -> None:
        """Let that much of it pass."""


class Silence:
    """How long each client id has been unknown to its venue."""

    def __init__(self, policy: UnknownPolicy) -> None:
        self._policy = policy
        self._since: dict[str, tuple[int, int]] = {}

    def heard(self, client_id: str) -> None:
        """The venue knows it."""
        self._since.pop(client_id, None)

    def proves_absence(self, client_id: str, now: int) -> bool:
        """Count one "not found" at ``now`` (ns); whether all of them together are proof."""
        first, count = self._since.get(client_id, (now, 0))
        self._since[client_id] = (first, count + 1)
        policy = self._policy
        if count + 1 < policy.polls or now - first < policy.window_ns:
            return False
        del self._since[client_id]
        return True
