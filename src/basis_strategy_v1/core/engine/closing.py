"""What is traded while everything is to be closed, and when that is done."""

from __future__ import annotations

from collections.abc import Iterable

from basis_strategy_v1.core.domain.instructions import InstructionBlock
from basis_strategy_v1.core.strategies.strategy import DecisionView, Strategy

LIQUIDATION = "liquidation"
HARD = "hard_limit"
PLANNED = "exit_at"


def reason_of(closing: str, more: str) -> str:
    """What all is closed for once ``more`` has come: the first reason stays, but a planned exit does not end there.

    It goes on in full, and ends as the limit or the liquidation that it met on its way.
    """
    if closing == PLANNED and more != PLANNED:
        return f"{more} during {PLANNED}"
    return closing or more


def is_limit_open(closing: str) -> bool:
    """Whether a hard limit is still to be acted on: nothing is closed yet, or for a plan only."""
    return closing in ("", PLANNED)


def blocks_of(strategy: Strategy, closing: str, view: DecisionView) -> Iterable[InstructionBlock]:
    """What ``strategy`` does now, where everything is to be closed for the reason ``closing`` (empty: it is not)."""
    if closing == LIQUIDATION:
        return strategy.after_liquidation(view)
    return strategy.close(view) if closing else strategy.decide(view)


def is_done(strategy: Strategy, closing: str, view: DecisionView) -> bool:
    """Whether nothing is left to be closed."""
    return strategy.is_hedged(view) if closing == LIQUIDATION else strategy.is_closed(view)
