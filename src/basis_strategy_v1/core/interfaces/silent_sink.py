"""Where events go when nobody listens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from basis_strategy_v1.core.domain.events import Timed


class SilentSink:
    """An event sink that writes nothing."""

    def log_event(self, timestamp: int, event_type: str, component: str, data: Any) -> None:
        """Drop the event."""

    def log_events(self, event_type: str, component: str, items: Sequence[Timed]) -> None:
        """Drop the events."""
