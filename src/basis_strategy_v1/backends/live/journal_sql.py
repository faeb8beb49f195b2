"""The journal in a SQL database: SQLite by default, PostgreSQL by its address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from basis_strategy_v1.backends.live import journal_statements as statements
from basis_strategy_v1.backends.live.journal_codec import (
    amount_to_text,
    booking_from_text,
    deltas_from_text,
    instruction_from_text,
    instruction_to_text,
    pnl_from_text,
    submission_from_text,
    to_text,
)
from basis_strategy_v1.backends.live.journal_database import COMPONENT, JournalDatabase, RepeatedEntryError
from basis_strategy_v1.backends.live.journal_lock import RunLock, lock_session
from basis_strategy_v1.backends.live.journal_prepared import Transaction
from basis_strategy_v1.backends.live.journal_rows import fill_row, submission_changes, submission_row
from basis_strategy_v1.backends.live.journal_runs import run_of
from basis_strategy_v1.backends.live.order_reports import total_of
from basis_strategy_v1.core.domain.bookings import Booking
from basis_strategy_v1.core.domain.deltas import DONE, ExecutionDeltas, Fill, Outcome
from basis_strategy_v1.core.domain.ids import run_key
from basis_strategy_v1.core.domain.instructions import AtomicBlock, CexTrade, Instruction, WalletTransfer
from basis_strategy_v1.core.domain.settings import Flow
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.execution.journal import JournalEntry, KeptState, Request
from basis_strategy_v1.core.execution.order_state import ENDED, SENDABLE, Submission
from basis_strategy_v1.core.monitors.pnl_state import PnLState
from basis_strategy_v1.core.strategies.strategy import TradingState

_STEP_OF_ID = slice(12, 24)
MOST_KNOWN = 10_000
"""Client ids remembered to be in the journal with nothing booked; of others it is asked."""
_OUTCOMES = {outcome: outcome.value for outcome in Outcome}
_WALLETS = frozenset({"wallet", "alchemy"})
_NEVER_LEFT = frozenset(state.value for state in SENDABLE)


def open_journal(
    url: str,
    *,
    mode: str,
    environment: str,
    label: str = "",
    config_sha256: str = "",
    now: int = 0,
    exclusive: bool = True,
) -> SqlJournal:
    """Open the journal of a live run; the first start draws the run's id, later ones find it.

    Args:
        url: a path or ``sqlite:///path``; ``postgresql://user:password@host/name``.
        mode, environment, label: name the run; ``label`` tells several of one mode apart.
        config_sha256: of the configuration at the first start, kept to be shown.
        now: ns UTC, kept as the time of the first start.
        exclusive: take the run's lock. Without it only a run that exists is opened, to be looked at or told something.

    Raises:
        ComponentError: RES-001 when the journal cannot be opened or is in use, or has no such run (without
            ``exclusive``).
    """
    database = JournalDatabase(url)
    try:
        run_id, is_new = run_of(database, mode, environment, label, config_sha256, now, create=exclusive)
        lock = RunLock(database, run_id) if exclusive else None
    except ComponentError:
        database.close()
        raise
    return SqlJournal(database, run_id, lock, is_new=is_new)


class SqlJournal:
    """``RunJournal`` over SQL. A change is durable when the call returns, but for two that wait for the next one:

    - the intent of an instruction that is submitted under its own id before anything leaves: it is written with that;
    - the end of such an instruction's submission, and its outcome DONE: they are written with the booking that follows.

    Lost, they leave what a death just before them leaves: an instruction that never was, or one that must be looked up.

    Attributes:
        run_id: of this run.
        is_new: whether this is the run's first start.
    """

    def __init__(self, database: JournalDatabase, run_id: str, lock: RunLock | None, *, is_new: bool) -> None:
        self.run_id = run_id
        self.is_new = is_new
        self._database = database
        self._lock = lock
        self._known: set[str] = set()
        self._begun = ""
        self._unheard = ""
        self._key = run_key(run_id)
        # Ids grow: one greater than all before it is in the journal neither as an instruction nor as a submission.
        self._latest = self._latest_instruction()
        self._bookings = int(self._scalar(statements.COUNT_BOOKINGS) or 0)

    def record_intent(self, timestamp: int, instruction: Instruction | AtomicBlock) -> None:
        """See ``Journal``."""
        instruction_id = instruction.instruction_id
        is_submitted_first = _is_submitted_first(instruction)
        self._begun = instruction_id if is_submitted_first else ""
        if instruction_id.startswith(self._key) and instruction_id > self._latest:
            self._latest = instruction_id
            self._unheard = self._begun
        else:
            known = self._rows(statements.KNOWN_ID, of_id=instruction_id)[0]
            self._unheard = "" if known.as_submission else self._begun
            if known.as_instruction:
                return
        row = {
            "run_id": self.run_id,
            "instruction_id": instruction_id,
            "timestamp": timestamp,
            "instruction": instruction_to_text(instruction),
            "sent": False,
        }
        if is_submitted_first:
            self._database.later(statements.ADD_INSTRUCTION, row)
        else:
            self._write(statements.ADD_INSTRUCTION, row)

    def record_sent(self, timestamp: int, instruction_id: str) -> None:
        """See ``Journal``."""
        self._write(statements.MARK_SENT, {"of_run": self.run_id, "of_id": instruction_id, "is_sent": True})

    def record_outcome(
        self, timestamp: int, instruction_id: str, outcome: Outcome, deltas: ExecutionDeltas | None, error_code: str
    ) -> None:
        """See ``Journal``."""
        is_to_be_booked = outcome is DONE and instruction_id == self._begun and self._database.is_waiting
        self._begun = ""
        row = {
            "of_run": self.run_id,
            "of_id": instruction_id,
            "with_outcome": _OUTCOMES[outcome],
            # Of what is written with its booking the booking has all, and its submission proves it besides.
            "with_deltas": None if deltas is None or is_to_be_booked else to_text(deltas),
            "with_code": error_code,
        }
        if is_to_be_booked:
            self._database.later(statements.END_INSTRUCTION, row)
        else:
            self._write(statements.END_INSTRUCTION, row)

    def unresolved(self) -> Sequence[JournalEntry]:
        """See ``Journal``."""
        return [entry for entry, deltas in self.instructions_unbooked() if deltas is None]

    def instructions_unbooked(self) -> Sequence[tuple[JournalEntry, ExecutionDeltas | None]]:
        """See ``RunJournal``."""
        return [(_entry(row), _done(row)) for row in self._rows(statements.UNBOOKED_INSTRUCTIONS)]

    def instruction(self, instruction_id: str) -> Instruction | AtomicBlock | None:
        """See ``RunJournal``."""
        rows = self._rows(statements.GET_INSTRUCTION, of_id=instruction_id)
        return instruction_from_text(rows[0].instruction) if rows else None

    def next_step(self) -> int:
        """See ``RunJournal``."""
        latest = self._latest_instruction()
        return int(latest[_STEP_OF_ID], 16) + 1 if latest else 0

    def record_submission(self, submission: Submission) -> None:
        """See ``SubmissionJournal``."""
        client_id = submission.client_id
        if client_id in self._known or self.submission(client_id) is not None:
            changes = submission_changes(self.run_id, submission)
            if submission.state in ENDED and client_id == self._begun:
                self._database.later(statements.CHANGE_SUBMISSION, changes)
            else:
                self._write(statements.CHANGE_SUBMISSION, changes)
            return
        self._unheard = ""
        self._write(statements.ADD_SUBMISSION, submission_row(self.run_id, submission))
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known.add(client_id)

    def submission(self, client_id: str) -> Submission | None:
        """See ``SubmissionJournal``."""
        if client_id == self._unheard:
            return None
        text = self._scalar(statements.GET_SUBMISSION, of_id=client_id)
        return None if text is None else submission_from_text(text)

    def open_submissions(self, venue: str) -> Sequence[Submission]:
        """See ``SubmissionJournal``."""
        return [submission_from_text(row[0]) for row in self._rows(statements.OPEN_SUBMISSIONS, of_venue=venue)]

    def transfers_done(self, venue: str, since: int) -> Sequence[Submission]:
        """See ``SubmissionJournal``."""
        rows = self._rows(statements.DONE_TRANSFERS, of_venue=venue, since=since)
        return [submission_from_text(row[0]) for row in rows]

    def submissions_unfinished(self) -> Sequence[Submission]:
        """See ``RunJournal``."""
        return [submission_from_text(row[0]) for row in self._rows(statements.UNFINISHED_SUBMISSIONS)]

    def record_booking(self, booking: Booking, pnl: PnLState) -> None:
        """See ``RunJournal``."""
        run_id, sequence = self.run_id, self._bookings + 1
        row = {
            "run_id": run_id,
            "sequence": sequence,
            "booking_id": booking.booking_id,
            "timestamp": booking.timestamp,
            "booking": to_text(booking),
            "pnl": to_text(pnl),
        }
        try:
            with self._database.transaction() as transaction:
                transaction.run(statements.ADD_BOOKING, row)
                if booking.fills:
                    _add_fills(transaction, run_id, booking, is_first=booking.order_id in self._known)
        except RepeatedEntryError as error:
            message = f"{booking.booking_id}, or a fill in it, is in the books already"
            raise ComponentError("PUH-004", message, COMPONENT, "CRITICAL", error) from error
        self._bookings = sequence
        self._known.discard(booking.order_id)

    def bookings(self) -> Sequence[Booking]:
        """See ``RunJournal``."""
        return [booking_from_text(row[0]) for row in self._rows(statements.GET_BOOKINGS)]

    def is_booked(self, booking_id: str) -> bool:
        """See ``RunJournal``."""
        return self._scalar(statements.FIND_BOOKING, of_id=booking_id) is not None

    def last_booked(self, beginning: str) -> int:
        """See ``RunJournal``."""
        return int(self._scalar(statements.LATEST_BOOKED, like=f"{beginning}%") or 0)

    def is_fill_booked(self, fill: Fill) -> bool:
        """See ``RunJournal``."""
        which = {"venue": fill.venue, "trade_type": fill.trade_type, "symbol": fill.symbol, "trade_id": fill.trade_id}
        return self._scalar(statements.FIND_FILL, **which) is not None

    def latest_pnl(self) -> PnLState | None:
        """See ``RunJournal``."""
        text = self._scalar(statements.LATEST_PNL)
        return None if text is None else pnl_from_text(text)

    def set_cursor(self, name: str, value: str) -> None:
        """See ``RunJournal``."""
        with self._database.transaction() as transaction:
            transaction.run(statements.DROP_CURSOR, {"of_run": self.run_id, "of_id": name})
            transaction.run(statements.ADD_CURSOR, {"run_id": self.run_id, "name": name, "value": value})

    def cursors(self) -> Mapping[str, str]:
        """See ``RunJournal``."""
        return {row.name: row.value for row in self._rows(statements.GET_CURSORS)}

    def keep_state(self, kept: KeptState) -> None:
        """See ``RunJournal``."""
        row = {
            "run_id": self.run_id,
            "timestamp": kept.timestamp,
            "state": kept.state.value,
            "closing": kept.closing,
            "halted_at": kept.halted_at,
            "reason": kept.reason,
        }
        self._write(statements.ADD_TRADING_STATE, row)

    def kept_state(self) -> KeptState:
        """See ``RunJournal``."""
        rows = self._rows(statements.LATEST_TRADING_STATE)
        if not rows:
            return KeptState()
        row = rows[0]
        return KeptState(row.timestamp, TradingState(row.state), row.closing, row.halted_at, row.reason)

    def ask(self, timestamp: int, kind: str, text: str) -> None:
        """See ``RunJournal``."""
        row = {"run_id": self.run_id, "timestamp": timestamp, "kind": kind, "text": text, "done": False}
        self._write(statements.ADD_REQUEST, row)

    def requests_open(self) -> Sequence[Request]:
        """See ``RunJournal``."""
        rows = self._rows(statements.OPEN_REQUESTS)
        return [Request(row.sequence, row.timestamp, row.kind, row.text) for row in rows]

    def request_done(self, sequence: int) -> None:
        """See ``RunJournal``."""
        self._write(statements.CLOSE_REQUEST, {"of_id": sequence, "is_done": True})

    def hold_account(self, name: str, holder: str) -> None:
        """Hold an account against all who share this journal from other machines, until it is closed.

        Raises:
            HeldError: when another process holds it.
        """
        lock_session(self._database, f"account {name}", holder)

    def declare_flow(self, flow_id: str, flow: Flow) -> bool:
        """See ``RunJournal``."""
        if self._rows(statements.GET_FLOW, of_id=flow_id):
            return False
        row = {
            "run_id": self.run_id,
            "flow_id": flow_id,
            "timestamp": flow.timestamp,
            "location": flow.location,
            "asset": flow.asset,
            "amount": amount_to_text(flow.amount),
        }
        self._write(statements.ADD_FLOW, row)
        return True

    def cancel_flow(self, timestamp: int, flow_id: str) -> bool:
        """See ``RunJournal``."""
        if flow_id not in [declared for declared, _ in self.flows_unbooked()]:
            return False
        kind = statements.CANCELED_FLOW
        row = {"run_id": self.run_id, "timestamp": timestamp, "kind": kind, "text": flow_id, "done": True}
        self._write(statements.ADD_REQUEST, row)
        return True

    def flows_unbooked(self) -> Sequence[tuple[str, Flow]]:
        """See ``RunJournal``."""
        return [(row.flow_id, _flow(row)) for row in self._rows(statements.UNBOOKED_FLOWS)]

    def flows_declared(self, since: int) -> Sequence[Flow]:
        """See ``RunJournal``."""
        return [_flow(row) for row in self._rows(statements.DECLARED_FLOWS, since=since)]

    def close(self) -> None:
        """See ``RunJournal``."""
        self._database.close()
        if self._lock is not None:
            self._lock.release()

    def _latest_instruction(self) -> str:
        return str(self._scalar(statements.LATEST_INSTRUCTION, like=f"{self._key}%") or "")

    def _write(self, statement: Any, values: Mapping[str, Any]) -> None:
        with self._database.transaction() as transaction:
            transaction.run(statement, values)

    def _rows(self, statement: Any, **values: Any) -> Sequence[Any]:
        with self._database.transaction() as transaction:
            return transaction.rows(statement, {"of_run": self.run_id, **values})

    def _scalar(self, statement: Any, **values: Any) -> Any:
        with self._database.transaction() as transaction:
            return transaction.scalar(statement, {"of_run": self.run_id, **values})


def _flow(row: Any) -> Flow:
    return Flow(timestamp=row.timestamp, amount=Decimal(row.amount), asset=row.asset, location=row.location)


def _entry(row: Any) -> JournalEntry:
    instruction = instruction_from_text(row.instruction)
    if row.state is None:
        sent = row.sent or not _is_submitted_first(instruction)
    else:
        sent = row.state not in _NEVER_LEFT
    return JournalEntry(row.timestamp, row.instruction_id, instruction, sent)


def _is_submitted_first(instruction: Instruction | AtomicBlock) -> bool:
    """Whether a submission is written down before anything of it leaves: so it is at every exchange."""
    if isinstance(instruction, WalletTransfer):
        return instruction.from_venue.partition(".")[0] not in _WALLETS
    return isinstance(instruction, CexTrade)


def _done(row: Any) -> ExecutionDeltas | None:
    """The outcome, of an instruction that leaves no submission behind."""
    has_outcome = row.state is None and row.outcome == Outcome.DONE.value and row.deltas
    return deltas_from_text(row.deltas) if has_outcome else None


def _add_fills(transaction: Transaction, run_id: str, booking: Booking, *, is_first: bool) -> None:
    """Keep the fills of a booking, and how much of their order is booked with them."""
    transaction.run_many(statements.ADD_FILLS, [fill_row(run_id, booking, fill) for fill in booking.fills])
    order = {"of_run": run_id, "of_id": booking.order_id}
    booked = "0" if is_first else transaction.scalar(statements.GET_BOOKED, order)
    if booked is not None:
        total = Decimal(booked) + total_of(booking.fills)
        transaction.run(statements.SET_BOOKED, {**order, "to_booked": amount_to_text(total)})
