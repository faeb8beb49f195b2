"""Writing many events of one kind: what is the same for all of them is settled once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from basis_strategy_v1.core.interfaces.ports import EventSink

Recorder = Callable[[int, Any], None]
"""Writes one event: its time (ns UTC) and its data."""


def recorder(sink: EventSink, event_type: str, component: str) -> Recorder:
    """``sink.log_event`` for events of one type by one component; the sink's own shorter way where it has one."""
    own: Callable[[str, str], Recorder] | None = getattr(sink, "recorder", None)
    if own is not None:
        return own(event_type, component)

    def record(timestamp: int, data: Any) -> None:
        sink.log_event(timestamp, event_type, component, data)

    return record
