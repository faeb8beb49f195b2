"""How far the account's events have been told: kept outside the process, so that a restart misses and repeats none."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from basis_strategy_v1.backends.live.dialects.venue_records import VenueDeposit
from basis_strategy_v1.core.domain.orders import TransferRequest
from basis_strategy_v1.core.domain.quantities import ZERO

OVERLAP_MS = 3_600_000
"""Events are asked for again over this time before the last question, because venues list some late."""

DEPOSIT_OVERLAP_MS = 86_400_000
"""The same for deposits, which venues list by when they were first seen and not by when they were credited."""

FEW = 1_000
NANOSECONDS_PER_MILLISECOND = 1_000_000


class WatchedOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An open order whose later fills must be told; ``filled`` has been told already."""

    client_order_id: str
    symbol: str
    trade_type: str
    filled: Decimal


class PendingWithdrawal(msgspec.Struct, frozen=True, kw_only=True):
    """A withdrawal that has not left yet; ``sent_at`` in ns, ``received`` what should arrive, ``fee`` as declared."""

    request: TransferRequest
    sent_at: int
    received: Decimal
    fee: Decimal = ZERO


class EventCursor(msgspec.Struct, kw_only=True):
    """What has been told.

    Attributes:
        origin_ms: events up to it are none of ours: what they did is in the first observation.
        polled_ms: when the venue was last asked.
        told: keys of the events of the last while, with their times in ms.
        watched: open orders by client id.
        withdrawals: withdrawals on their way by client transfer id.
        unexplained: deposits that are no transfer we know of, by their id: what comes to light later may explain them.
    """

    origin_ms: int
    polled_ms: int
    told: dict[str, int] = {}
    watched: dict[str, WatchedOrder] = {}
    withdrawals: dict[str, PendingWithdrawal] = {}
    unexplained: dict[str, VenueDeposit] = {}

    def since(self) -> int:
        """From when on to ask, in ms."""
        return max(self.origin_ms, self.polled_ms - OVERLAP_MS)

    def is_new(self, key: str, timestamp_ms: int) -> bool:
        """Whether an event has not been told; it counts as told from now on."""
        if timestamp_ms <= self.origin_ms or key in self.told:
            return False
        self.told[key] = timestamp_ms
        return True

    def polled(self, now_ms: int) -> None:
        """Note that the venue was asked; keys that it cannot bring up again are forgotten."""
        self.polled_ms = max(self.polled_ms, now_ms)
        oldest = self.since() - 2 * DEPOSIT_OVERLAP_MS
        if len(self.told) > FEW:
            self.told = {key: time for key, time in self.told.items() if time >= oldest}

    def encoded(self) -> str:
        """The cursor as text."""
        return msgspec.json.encode(self).decode()


def decoded(text: str) -> EventCursor:
    """The cursor that ``encoded`` wrote.

    Raises:
        msgspec.ValidationError: when the text is none.
    """
    return msgspec.json.decode(text, type=EventCursor)
