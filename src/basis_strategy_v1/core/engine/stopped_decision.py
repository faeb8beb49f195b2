"""A decision that stops because nothing trades."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from basis_strategy_v1.core.domain.error_notes import note_of
from basis_strategy_v1.core.domain.instructions import InstructionBlock
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.health.component_health import ComponentHealth
from basis_strategy_v1.core.interfaces.ports import EventSink

COMPONENT = "EventDrivenStrategyEngine"
VENUE_UNAVAILABLE = "EXI-003"


def until_unavailable(
    blocks: Iterable[InstructionBlock], now: int, event_logger: EventSink, health: ComponentHealth
) -> Iterator[InstructionBlock]:
    """``blocks`` up to where the strategy says with EXI-003 that it cannot go on; what it has done stays done.

    Raises:
        ComponentError: any other error of the strategy.
    """
    try:
        yield from blocks
    except ComponentError as error:
        if error.error_code != VENUE_UNAVAILABLE:
            raise
        health.record_error(error.error_code, error.message, error.severity, now)
        event_logger.log_event(now, "error", COMPONENT, note_of(error))
