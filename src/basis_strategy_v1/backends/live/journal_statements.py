"""The journal's statements, built once: SQLAlchemy compiles each of them once per database."""

from __future__ import annotations

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Text,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from basis_strategy_v1.backends.live.journal_tables import (
    bookings,
    cursors,
    fills,
    flows,
    instructions,
    requests,
    runs,
    submissions,
    trading_states,
)
from basis_strategy_v1.core.domain.deltas import Outcome
from basis_strategy_v1.core.execution.order_state import NOTHING_HAPPENED, OPEN, UNCERTAIN, OrderState

_RUN: BindParameter[str] = bindparam("of_run")
_ID: BindParameter[str] = bindparam("of_id")


def _constant(text: str) -> ColumnElement[str]:
    """A word of our own inside the SQL: what comes from outside is always a parameter."""
    assert text.replace("_", "").replace(".", "").isalpha()
    return literal_column(f"'{text}'", Text())


def _values(states: frozenset[OrderState]) -> list[ColumnElement[str]]:
    return [_constant(text) for text in sorted(state.value for state in states)]


def _is_booked(instruction_id: ColumnElement[str]) -> ColumnElement[bool]:
    wanted = (bookings.c.run_id == _RUN) & (bookings.c.booking_id == instruction_id)
    return select(bookings.c.sequence).where(wanted).exists()


FIND_RUN = select(runs).where(
    runs.c.mode == bindparam("of_mode"),
    runs.c.environment == bindparam("of_environment"),
    runs.c.label == bindparam("of_label"),
)
ADD_RUN = insert(runs)

ADD_INSTRUCTION = insert(instructions)
GET_INSTRUCTION = select(instructions).where(instructions.c.run_id == _RUN, instructions.c.instruction_id == _ID)
KNOWN_ID = select(
    select(instructions.c.timestamp)
    .where(instructions.c.run_id == _RUN, instructions.c.instruction_id == _ID)
    .exists()
    .label("as_instruction"),
    select(submissions.c.sent_at)
    .where(submissions.c.run_id == _RUN, submissions.c.client_id == _ID)
    .exists()
    .label("as_submission"),
)
MARK_SENT = (
    update(instructions)
    .where(instructions.c.run_id == _RUN, instructions.c.instruction_id == _ID)
    .values(sent=bindparam("is_sent"))
)
END_INSTRUCTION = (
    update(instructions)
    .where(instructions.c.run_id == _RUN, instructions.c.instruction_id == _ID)
    .values(outcome=bindparam("with_outcome"), deltas=bindparam("with_deltas"), error_code=bindparam("with_code"))
)
LATEST_INSTRUCTION = select(func.max(instructions.c.instruction_id)).where(
    instructions.c.run_id == _RUN, instructions.c.instruction_id.like(bindparam("like"))
)
_SUBMISSION_OF_INSTRUCTION = (submissions.c.run_id == instructions.c.run_id) & (
    submissions.c.client_id == instructions.c.instruction_id
)
UNBOOKED_INSTRUCTIONS = (
    select(instructions, submissions.c.state)
    .select_from(instructions.outerjoin(submissions, _SUBMISSION_OF_INSTRUCTION))
    .where(
        instructions.c.run_id == _RUN,
        ~_is_booked(instructions.c.instruction_id),
        or_(
            instructions.c.outcome.is_(None),
            instructions.c.outcome != _constant(Outcome.REJECTED.value),
            submissions.c.state.not_in(_values(NOTHING_HAPPENED)),
        ),
        or_(submissions.c.state.is_(None), submissions.c.state != _constant(OrderState.REJECTED.value)),
    )
    .order_by(instructions.c.timestamp, instructions.c.instruction_id)
)
"""Neither booked nor rejected. A rejection that the venue's own evidence contradicts is none."""

ADD_SUBMISSION = insert(submissions)
CHANGE_SUBMISSION = (
    update(submissions)
    .where(submissions.c.run_id == _RUN, submissions.c.client_id == _ID)
    .values(
        state=bindparam("to_state"),
        filled=bindparam("to_filled"),
        sent_at=bindparam("to_sent_at"),
        updated_at=bindparam("to_updated_at"),
        submission=bindparam("to_submission"),
    )
)
GET_SUBMISSION = select(submissions.c.submission).where(submissions.c.run_id == _RUN, submissions.c.client_id == _ID)
GET_BOOKED = select(submissions.c.booked).where(submissions.c.run_id == _RUN, submissions.c.client_id == _ID)
SET_BOOKED = (
    update(submissions)
    .where(submissions.c.run_id == _RUN, submissions.c.client_id == _ID)
    .values(booked=bindparam("to_booked"))
)
OPEN_SUBMISSIONS = (
    select(submissions.c.submission)
    .where(
        submissions.c.run_id == _RUN,
        submissions.c.venue == bindparam("of_venue"),
        submissions.c.state.in_(_values(UNCERTAIN | OPEN)),
    )
    .order_by(submissions.c.sent_at, submissions.c.client_id)
)
DONE_TRANSFERS = select(submissions.c.submission).where(
    submissions.c.run_id == _RUN,
    submissions.c.venue == bindparam("of_venue"),
    submissions.c.state == _constant(OrderState.DONE.value),
    submissions.c.sent_at >= bindparam("since"),
)
UNFINISHED_SUBMISSIONS = (
    select(submissions.c.submission)
    .where(
        submissions.c.run_id == _RUN,
        or_(
            submissions.c.state.in_(_values(UNCERTAIN | OPEN)),
            submissions.c.filled != submissions.c.booked,
            (submissions.c.state == _constant(OrderState.DONE.value))
            & ~_is_booked(submissions.c.client_id + _constant(".arrival")),
        ),
    )
    .order_by(submissions.c.sent_at, submissions.c.client_id)
)
"""Orders not at their end or not booked in full, and transfers not known to have arrived."""

ADD_BOOKING = insert(bookings)
ADD_FILLS = insert(fills)
FIND_FILL = select(fills.c.booking_id).where(
    fills.c.run_id == _RUN,
    *(fills.c[name] == bindparam(name) for name in ("venue", "trade_type", "symbol", "trade_id")),
)
FIND_BOOKING = select(bookings.c.sequence).where(bookings.c.run_id == _RUN, bookings.c.booking_id == _ID)
LATEST_BOOKED = select(func.max(bookings.c.timestamp)).where(
    bookings.c.run_id == _RUN, bookings.c.booking_id.like(bindparam("like"))
)
COUNT_BOOKINGS = select(func.max(bookings.c.sequence)).where(bookings.c.run_id == _RUN)
GET_BOOKINGS = select(bookings.c.booking).where(bookings.c.run_id == _RUN).order_by(bookings.c.sequence)
LATEST_PNL = select(bookings.c.pnl).where(
    bookings.c.run_id == _RUN, bookings.c.sequence == COUNT_BOOKINGS.scalar_subquery()
)

DROP_CURSOR = delete(cursors).where(cursors.c.run_id == _RUN, cursors.c.name == _ID)
ADD_CURSOR = insert(cursors)
GET_CURSORS = select(cursors.c.name, cursors.c.value).where(cursors.c.run_id == _RUN)

ADD_TRADING_STATE = insert(trading_states)
_LATEST_STATE = select(func.max(trading_states.c.sequence)).where(trading_states.c.run_id == _RUN)
LATEST_TRADING_STATE = select(trading_states).where(trading_states.c.sequence == _LATEST_STATE.scalar_subquery())

ADD_REQUEST = insert(requests)
OPEN_REQUESTS = (
    select(requests).where(requests.c.run_id == _RUN, requests.c.done.is_(False)).order_by(requests.c.sequence)
)
CLOSE_REQUEST = update(requests).where(requests.c.sequence == _ID).values(done=bindparam("is_done"))

ADD_FLOW = insert(flows)
GET_FLOW = select(flows.c.flow_id).where(flows.c.run_id == _RUN, flows.c.flow_id == _ID)
CANCELED_FLOW = "canceled_flow"
"""The kind of request, done as it is made, whose text is the id of a flow that was taken back."""
_IS_CANCELED = (
    select(requests.c.sequence)
    .where(requests.c.run_id == _RUN, requests.c.kind == _constant(CANCELED_FLOW), requests.c.text == flows.c.flow_id)
    .exists()
)
UNBOOKED_FLOWS = (
    select(flows)
    .where(flows.c.run_id == _RUN, ~_is_booked(flows.c.flow_id), ~_IS_CANCELED)
    .order_by(flows.c.timestamp, flows.c.flow_id)
)
DECLARED_FLOWS = (
    select(flows)
    .where(flows.c.run_id == _RUN, flows.c.timestamp >= bindparam("since"), ~_IS_CANCELED)
    .order_by(flows.c.timestamp, flows.c.flow_id)
)
