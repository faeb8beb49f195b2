"""What happened at a venue by itself: funding, fills of resting orders, arrivals, liquidations."""

from __future__ import annotations

from collections.abc import Sequence

from basis_strategy_v1.core.domain.deltas import ExecutionDeltas
from basis_strategy_v1.core.engine.parts import EngineInterface, EngineParts
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

COMPONENT = "EventDrivenStrategyEngine"


def events_of(parts: EngineParts, interface: EngineInterface, now: int) -> Sequence[ExecutionDeltas]:
    """What happened at a venue by itself; nothing, said aloud, from a real one that cannot be asked just now.

    Raises:
        ComponentError: what a simulated venue raises; of a real one what is CRITICAL.
    """
    try:
        return interface.update_state(now, "engine")
    except ComponentError as error:
        if not parts.asks_each_row or error.severity == "CRITICAL":
            raise
        data = {"venue": interface.venue, "error_code": error.error_code, "message": error.message}
        parts.event_logger.log_event(now, "venue_unavailable", COMPONENT, data)
        return ()
