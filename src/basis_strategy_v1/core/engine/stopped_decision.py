"""What stops a decision, and what ends the run with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from basis_strategy_v1.core.domain.error_notes import note_of
from basis_strategy_v1.core.domain.instructions import InstructionBlock
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.health.component_health import ComponentHealth
from basis_strategy_v1.core.interfaces.ports import EventSink

COMPONENT = "EventDrivenStrategyEngine"
VENUE_UNAVAILABLE = "EXI-003"
RETRIES_EXHAUSTED = "EIM-011"
STOPPING_PREFIXES = ("REC-", "PUH-")
RECOVERABLE = frozenset({"PUH-004", "PUH-012", "REC-009", "REC-010", "REC-012"})

HELD = "PUH-005"


def is_held(error: ComponentError) -> bool:
    """Whether an instruction's comparison with its venue is held: something of unknown outcome stands in between."""
    return error.error_code == HELD and error.original_exception is None


def ends_the_run(error: ComponentError, *, is_live: bool) -> bool:
    """Whether nothing may go on after a block that stopped with ``error``: the books can no longer be trusted.

    In a live run every CRITICAL error does, credentials that are refused, say: its process ends, and the next start
    finds out whether that helped. A simulated venue has no other state to be found by a start, so a backtest goes on.
    """
    if is_live and error.severity == "CRITICAL":
        return True
    return error.error_code.startswith(STOPPING_PREFIXES) and error.error_code not in RECOVERABLE


def is_unavailable(error: ComponentError) -> bool:
    """Whether a venue took no order for it is down, however often it was sent."""
    last = error.original_exception if error.error_code == RETRIES_EXHAUSTED else error
    return isinstance(last, ComponentError) and last.error_code == VENUE_UNAVAILABLE


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
