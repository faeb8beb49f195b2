"""What a live run leaves for people to look at: its status now, its equity over time, its instructions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from basis_strategy_v1.bootstrap.live.refused_orders import RefusedOrders
from basis_strategy_v1.core.domain.deltas import ExecutionDeltas
from basis_strategy_v1.core.domain.pnl import BUCKETS
from basis_strategy_v1.core.domain.timestamps import to_iso
from basis_strategy_v1.core.engine.live_parts import Tick
from basis_strategy_v1.core.engine.run_log import Entry, LoggedInstruction, RunLog, record_of
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.strategies.strategy import TradingState

STATUS = "status.json"
EQUITY = "equity.csv"
INSTRUCTIONS = "instructions.jsonl"

StateWriter = Callable[[TradingState, str, int | None], None]
Attention = Callable[[int], Sequence[str]]


def _nothing(now: int) -> Sequence[str]:
    return ()


class DirectoryKeeper:
    """Keeps a run's directory up to date.

    Args:
        directory: of the run; made when missing.
        write_state: makes the trading state durable.

    Attributes:
        attention: what a person should look at as of a time (ns UTC), shown in the status.
    """

    def __init__(self, directory: Path, write_state: StateWriter) -> None:
        self._directory = directory
        self._write_state = write_state
        self.attention: Attention = _nothing
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / EQUITY
        is_new = not path.exists()
        self._equity = path.open("a", encoding="utf-8", buffering=1)
        if is_new:
            self._equity.write(",".join(["ts", "nav", *BUCKETS]) + "\n")

    def keep_state(self, state: TradingState, closing: str, halted_at: int | None) -> None:
        """See ``StateKeeper``."""
        self._write_state(state, closing, halted_at)

    def keep_tick(self, tick: Tick) -> None:
        """See ``StateKeeper``."""
        values = [to_iso(tick.timestamp), str(tick.nav), *(str(tick.buckets[name]) for name in BUCKETS)]
        self._equity.write(",".join(values) + "\n")
        document = {
            **msgspec.to_builtins(tick),
            "timestamp": to_iso(tick.timestamp),
            "attention": list(self.attention(tick.timestamp)),
        }
        replace_file(self._directory / STATUS, msgspec.json.format(msgspec.json.encode(document), indent=2))

    def close(self) -> None:
        """Close the files. What a full disk would not take it does not take now."""
        with suppress(OSError):
            self._equity.close()


class InstructionFile(RunLog):
    """Writes each instruction down as it ends, and keeps none in memory.

    Attributes:
        refused: orders that are refused while none is filled.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.refused = RefusedOrders()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab", buffering=0)

    def add(
        self,
        timestamp: int,
        instruction: LoggedInstruction,
        deltas: ExecutionDeltas | None,
        error: ComponentError | None,
    ) -> None:
        self.refused.note(instruction, deltas, error)
        self._file.write(msgspec.json.encode(record_of(Entry(timestamp, instruction, deltas, error))) + b"\n")

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def replace_file(path: Path, content: bytes) -> None:
    """Put ``content`` at ``path`` so that a reader finds the old file or the new one, never a part."""
    draft = path.with_name(f".{path.name}.draft")
    draft.write_bytes(content)
    draft.replace(path)
