"""What is traded while everything is to be closed, and when that is done."""

from __future__ import annotations

from collections.abc import Iterable

from basis_strategy_v1.core.domain.instructions import InstructionBlock
from basis_strategy_v1.core.strategies.strategy import DecisionView, Strategy

LIQUIDATION = "liquidation"


def blocks_of(strategy: Strategy, closing: str, view: DecisionView) -> Iterable[InstructionBlock]:
    """What ``strategy`` does now, where everything is to be closed for the reason ``closing`` (empty: it is not)."""
    if closing == LIQUIDATION:
        return strategy.after_liquidation(view)
    return strategy.close(view) if closing else strategy.decide(view)


def is_done(strategy: Strategy, closing: str, view: DecisionView) -> bool:
    """Whether nothing is left to be closed."""
    return strategy.is_hedged(view) if closing == LIQUIDATION else strategy.is_closed(view)
