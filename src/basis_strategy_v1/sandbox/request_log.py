"""What the local venues were asked: the latest requests, and counts of all."""

from __future__ import annotations

from collections import Counter, deque

import msgspec

KEPT = 10_000


class SeenRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One request: ``status`` 0 means that no answer was sent. ``faults`` are the kinds it met."""

    sequence: int
    time_ms: int
    venue: str
    endpoint: str
    status: int
    faults: tuple[str, ...] = ()


class RequestLog:
    """The last ``KEPT`` requests; ``counts`` and ``total`` are of all."""

    def __init__(self) -> None:
        self._seen: deque[SeenRequest] = deque(maxlen=KEPT)
        self.counts: Counter[tuple[str, str]] = Counter()
        self.total = 0

    def note(self, time_ms: int, venue: str, endpoint: str, status: int, faults: tuple[str, ...]) -> None:
        """Remember one request."""
        self.total += 1
        self.counts[venue, endpoint] += 1
        self._seen.append(
            SeenRequest(
                sequence=self.total, time_ms=time_ms, venue=venue, endpoint=endpoint, status=status, faults=faults
            )
        )

    def latest(self, venue: str = "", endpoint: str = "") -> list[SeenRequest]:
        """The requests still kept, oldest first, of a venue and endpoint where given."""
        return [
            seen
            for seen in self._seen
            if (not venue or seen.venue == venue) and (not endpoint or seen.endpoint == endpoint)
        ]
