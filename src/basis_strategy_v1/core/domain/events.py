"""Events: what is written down, one line each."""

from __future__ import annotations

from typing import Any, Protocol

import msgspec


class Event(msgspec.Struct, frozen=True, gc=False):
    """One event. ``timestamp`` in ns UTC; ``data`` is a struct or a dict of plain values.

    ``sequence`` counts the events of a log over all components: the order in which they were logged.
    """

    timestamp: int
    event_type: str
    component: str
    data: Any
    sequence: int = 0


class Timed(Protocol):
    """Data of an event that carries the event's time."""

    @property
    def timestamp(self) -> int:
        """Nanoseconds UTC."""
