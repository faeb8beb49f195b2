"""Where events go when nobody listens."""

from __future__ import annotations

from typing import Any


class SilentSink:
    """An event sink that writes nothing."""

    def log_event(self, timestamp: int, event_type: str, component: str, data: Any) -> None:
        """Drop the event."""
