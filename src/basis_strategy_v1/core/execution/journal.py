"""The write-ahead journal: what was meant, sent and answered, durable before the first byte leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from basis_strategy_v1.core.domain.bookings import Booking
from basis_strategy_v1.core.domain.deltas import ExecutionDeltas, Fill, Outcome
from basis_strategy_v1.core.domain.instructions import AtomicBlock, Instruction
from basis_strategy_v1.core.domain.settings import Flow
from basis_strategy_v1.core.execution.order_state import Submission
from basis_strategy_v1.core.monitors.pnl_state import PnLState
from basis_strategy_v1.core.strategies.strategy import TradingState


class JournalEntry(msgspec.Struct, frozen=True):
    """An instruction without a known end; ``sent`` when bytes may have left."""

    timestamp: int
    instruction_id: str
    instruction: Instruction | AtomicBlock
    sent: bool


class KeptState(msgspec.Struct, frozen=True):
    """The trading state as a run left it.

    Attributes:
        closing: the block that is closing positions, empty when none is.
        halted_at: ns UTC, None while not halted.
        reason: why it changed.
    """

    timestamp: int = 0
    state: TradingState = TradingState.ACTIVE
    closing: str = ""
    halted_at: int | None = None
    reason: str = ""


class Request(msgspec.Struct, frozen=True):
    """What another process asks of the running one: ``kind`` such as ``kill``, ``text`` such as its reason."""

    sequence: int
    timestamp: int
    kind: str
    text: str


class Journal(Protocol):
    """Where side effects are written down before and after they happen.

    Every call is durable when it returns. But of a trade or transfer, which an exchange is asked for by its id, two may
    wait: its intent for its submission, its outcome DONE for its booking. No call after them finds them missing.
    """

    def record_intent(self, timestamp: int, instruction: Instruction | AtomicBlock) -> None:
        """Before anything is sent. A second intent of the same id, a retry, changes nothing."""

    def record_sent(self, timestamp: int, instruction_id: str) -> None:
        """From here on the venue may have it."""

    def record_outcome(
        self, timestamp: int, instruction_id: str, outcome: Outcome, deltas: ExecutionDeltas | None, error_code: str
    ) -> None:
        """How it ended: DONE or REJECTED closes the entry, UNKNOWN keeps it open."""

    def unresolved(self) -> Sequence[JournalEntry]:
        """Entries without a DONE or REJECTED, the oldest first: where a start begins."""


class SubmissionJournal(Protocol):
    """Orders and transfers by client id.

    Every call is durable when it returns, but the end of one that was only just sent may wait for its booking.
    """

    def record_submission(self, submission: Submission) -> None:
        """Keep ``submission`` as what is known of its client id."""

    def submission(self, client_id: str) -> Submission | None:
        """What is known of ``client_id``; None when it was never written down."""

    def open_submissions(self, venue: str) -> Sequence[Submission]:
        """Those of a venue that are uncertain or rest there, the oldest first."""

    def transfers_done(self, venue: str, since: int) -> Sequence[Submission]:
        """Transfers that a venue has taken, sent at ``since`` (ns UTC) or later."""


class RunJournal(Journal, SubmissionJournal, Protocol):
    """The journal of one live run: all that must outlive its process.

    Attributes:
        run_id: drawn once, at the run's first start; names the run in all its ids.
    """

    run_id: str

    def record_booking(self, booking: Booking, pnl: PnLState) -> None:
        """Keep a change of the books, its fills and P&L after it, all or nothing (a handler's ``keep_booking``).

        Raises:
            ComponentError: PUH-004 (CRITICAL) when the booking or one of its fills is in the books already.
        """

    def bookings(self) -> Sequence[Booking]:
        """All bookings in their order."""

    def is_booked(self, booking_id: str) -> bool:
        """Whether there is a booking of that id."""

    def last_booked(self, beginning: str) -> int:
        """The latest time (ns UTC) of a booking whose id begins so; 0 where there is none."""

    def is_fill_booked(self, fill: Fill) -> bool:
        """Whether an execution, known by its venue's id, is in the books."""

    def latest_pnl(self) -> PnLState | None:
        """P&L after the last booking; None before the first."""

    def instructions_unbooked(self) -> Sequence[tuple[JournalEntry, ExecutionDeltas | None]]:
        """Instructions neither booked nor rejected, the oldest first.

        Each with its outcome where that is known and no venue can be asked for it by client id.
        """

    def submissions_unfinished(self) -> Sequence[Submission]:
        """Those that are uncertain, rest at a venue, have fills that are not booked, or are still on their way."""

    def instruction(self, instruction_id: str) -> Instruction | AtomicBlock | None:
        """The instruction of that id; None when none was written down."""

    def next_step(self) -> int:
        """The first step whose instruction ids were never used."""

    def set_cursor(self, name: str, value: str) -> None:
        """Remember how far the events of ``name`` are booked."""

    def cursors(self) -> Mapping[str, str]:
        """All cursors by name."""

    def keep_state(self, kept: KeptState) -> None:
        """Change the trading state."""

    def kept_state(self) -> KeptState:
        """The trading state; ACTIVE where none was ever kept."""

    def ask(self, timestamp: int, kind: str, text: str) -> None:
        """Leave a request for the running process."""

    def requests_open(self) -> Sequence[Request]:
        """Requests that are not done, in their order."""

    def request_done(self, sequence: int) -> None:
        """Close a request."""

    def declare_flow(self, flow_id: str, flow: Flow) -> bool:
        """Announce a subscription or redemption, to be booked under ``flow_id``; whether the id was new.

        The same id again changes nothing.
        """

    def cancel_flow(self, timestamp: int, flow_id: str) -> bool:
        """Take a declared flow back; False where none of that id is declared and not booked.

        A process that runs may have it in hand: whoever takes it back has the run to himself.
        """

    def flows_unbooked(self) -> Sequence[tuple[str, Flow]]:
        """Declared flows that are neither booked nor taken back, the oldest first."""

    def flows_declared(self, since: int) -> Sequence[Flow]:
        """Flows declared at or after a time (ns UTC) and not taken back, booked or not, the oldest first."""

    def close(self) -> None:
        """Release files, connections and the lock."""
