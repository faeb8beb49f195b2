"""A list of instruction blocks, each at its time: what ``basis execute`` runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import msgspec

from basis_strategy_v1.core.domain.instructions import InstructionBlock
from basis_strategy_v1.core.strategies.strategy import DecisionView, Strategy
from basis_strategy_v1.core.strategies.triggers import Trigger


class ScriptedBlock(msgspec.Struct, frozen=True):
    """A block and the time (ns) from which on it is due: it runs at the first row at or after it."""

    timestamp: int
    block: InstructionBlock


class ScriptedStrategy(Strategy):
    """Runs given blocks at given times; it decides nothing.

    Args:
        blocks: in any order; blocks of one time run in the order given.
        on_block: told the position of each block just before it runs.
    """

    def __init__(self, blocks: Sequence[ScriptedBlock], on_block: Callable[[int], None] | None = None) -> None:
        self._blocks = sorted(enumerate(blocks), key=lambda entry: entry[1].timestamp)
        self._next = 0
        self._on_block = on_block

    def triggers(self) -> Sequence[Trigger]:
        return ()

    def next_time(self) -> int | None:
        """When the next block is due (ns)."""
        return self._blocks[self._next][1].timestamp if self._next < len(self._blocks) else None

    def decide(self, view: DecisionView) -> Iterator[InstructionBlock] | tuple[()]:
        time = self.next_time()
        if time is None or time > view.timestamp:
            return ()
        return self._due(view.timestamp)

    def _due(self, now: int) -> Iterator[InstructionBlock]:
        while self._next < len(self._blocks) and self._blocks[self._next][1].timestamp <= now:
            position, scripted = self._blocks[self._next]
            self._next += 1
            if self._on_block is not None:
                self._on_block(position)
            yield scripted.block

    def close(self, view: DecisionView) -> Iterator[InstructionBlock] | tuple[()]:
        """A script has no exit of its own: what it opened stays."""
        return ()

    def is_closed(self, view: DecisionView) -> bool:
        return True
