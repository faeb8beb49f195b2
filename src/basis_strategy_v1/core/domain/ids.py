"""Deterministic identifiers: the same run, step and sequence always give the same id.

An id is 32 hexadecimal digits, which is a legal client order id on every supported venue.
"""

from __future__ import annotations

from hashlib import blake2b

ID_DIGITS = 32


def run_key(run_id: str) -> str:
    """The 12 hexadecimal digits that stand for a run inside its ids."""
    return blake2b(run_id.encode(), digest_size=6).hexdigest()


class InstructionIds:
    """Draws instruction ids for one run: ``run, step, sequence``.

    ``step`` is the row (backtest) or tick (live) at which the instruction was decided; the sequence
    restarts with each step.
    """

    __slots__ = ("_key", "_prefix", "_sequence", "_step")

    def __init__(self, run_id: str) -> None:
        self._key = run_key(run_id)
        self._prefix = ""
        self._step = -1
        self._sequence = 0

    def next(self, step: int) -> str:
        """The next id of ``step``."""
        if step != self._step:
            self._step = step
            self._prefix = f"{self._key}{step:012x}"
            self._sequence = 0
        sequence = self._sequence
        self._sequence = sequence + 1
        return f"{self._prefix}{sequence:08x}"
