"""What is known of something that was sent to a venue, as a state, and how evidence moves it.

Invariants, over any order in which evidence comes:

1. What is sent, is written down as SENT before. Nothing is sent again unless it is proved that it never got there.
2. The filled quantity never falls, and an end (FILLED, CANCELED, EXPIRED) never becomes open again: a report that says
   so is older than what is known and changes nothing.
3. A doubt never overrides evidence, and evidence always overrides a verdict: what was taken for REJECTED or ABSENT and
   shows up at the venue after all is there.
"""

from __future__ import annotations

from decimal import Decimal
from enum import Enum

import msgspec

from basis_strategy_v1.core.domain.deltas import Outcome
from basis_strategy_v1.core.domain.orders import (
    OrderReport,
    OrderRequest,
    OrderStatus,
    TransferReport,
    TransferRequest,
)
from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.core.error_codes.exceptions import ComponentError


class OrderState(Enum):
    """States of an order; a transfer uses those in which nothing fills."""

    # A state is looked up in sets at every step of an order; by default its name would be hashed each time.
    __hash__ = object.__hash__

    INTENDED = "intended"
    """Written down; nothing has left."""
    SENT = "sent"
    """Bytes may have left; no answer yet."""
    NOT_SENT = "not_sent"
    """Provably nothing left."""
    UNKNOWN = "unknown"
    """The answer was lost or not understood."""
    ABSENT = "absent"
    """The venue knew nothing of it for longer than it could have been on its way."""
    REJECTED = "rejected"
    ACKNOWLEDGED = "acknowledged"
    PARTIALLY_FILLED = "partially_filled"
    CANCEL_SENT = "cancel_sent"
    AMEND_SENT = "amend_sent"
    FILLED = "filled"
    CANCELED = "canceled"
    EXPIRED = "expired"
    DONE = "done"
    """A transfer that the venue has taken."""


_S = OrderState
ENDED = frozenset({_S.FILLED, _S.CANCELED, _S.EXPIRED, _S.DONE})
"""It happened, and no more of it will."""
OPEN = frozenset({_S.ACKNOWLEDGED, _S.PARTIALLY_FILLED, _S.CANCEL_SENT, _S.AMEND_SENT})
"""It rests at the venue."""
UNCERTAIN = frozenset({_S.SENT, _S.UNKNOWN})
"""It may have happened or not: its worst case counts against risk both ways."""
NOTHING_HAPPENED = frozenset({_S.INTENDED, _S.NOT_SENT, _S.ABSENT, _S.REJECTED})
SENDABLE = frozenset({_S.INTENDED, _S.NOT_SENT, _S.ABSENT})
"""It may be sent (again): it is certain that the venue does not have it."""

# Read at every step of an order: a member looked up on its enum costs ten times a global.
_SENT, _UNKNOWN, _ACKNOWLEDGED = _S.SENT, _S.UNKNOWN, _S.ACKNOWLEDGED
_IN_DOUBT, _REFUSED = Outcome.UNKNOWN, Outcome.REJECTED

_EXISTS = ENDED | {_S.ACKNOWLEDGED, _S.PARTIALLY_FILLED}
_CHANGED_AT_VENUE = {_S.CANCEL_SENT, _S.AMEND_SENT}

EDGES: dict[OrderState, frozenset[OrderState]] = {
    _S.INTENDED: frozenset({_S.SENT}),
    _S.SENT: _EXISTS | {_S.NOT_SENT, _S.UNKNOWN, _S.ABSENT, _S.REJECTED},
    _S.NOT_SENT: frozenset({_S.SENT}),
    _S.UNKNOWN: _EXISTS | {_S.ABSENT, _S.REJECTED},
    _S.ABSENT: _EXISTS | {_S.SENT, _S.UNKNOWN},
    _S.REJECTED: frozenset(_EXISTS),
    _S.ACKNOWLEDGED: _EXISTS | _CHANGED_AT_VENUE | {_S.REJECTED},
    _S.PARTIALLY_FILLED: _EXISTS - {_S.ACKNOWLEDGED} | _CHANGED_AT_VENUE,
    _S.CANCEL_SENT: _EXISTS | {_S.CANCEL_SENT, _S.REJECTED},
    _S.AMEND_SENT: _EXISTS | {_S.AMEND_SENT, _S.CANCEL_SENT, _S.REJECTED},
    _S.FILLED: frozenset(),
    _S.CANCELED: frozenset({_S.CANCELED, _S.FILLED}),
    _S.EXPIRED: frozenset({_S.EXPIRED, _S.FILLED}),
    _S.DONE: frozenset(),
}
"""From each state, the states that may follow. CANCELED and EXPIRED stay while fills that came before are learned."""

_BY_STATUS = {
    OrderStatus.NEW: _S.ACKNOWLEDGED,
    OrderStatus.PARTIALLY_FILLED: _S.PARTIALLY_FILLED,
    OrderStatus.FILLED: _S.FILLED,
    OrderStatus.CANCELED: _S.CANCELED,
    OrderStatus.EXPIRED: _S.EXPIRED,
    OrderStatus.REJECTED: _S.REJECTED,
}


class Submission(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An order or transfer, what was told to the venue and what is known of it.

    Attributes:
        filled: base units filled by the latest report; 0 for a transfer.
        sent_at, updated_at: ns UTC.
        attempts: how often it was sent.
        order_report, transfer_report: the latest evidence, whichever applies.
    """

    client_id: str
    venue: str
    state: OrderState
    order: OrderRequest | None = None
    transfer: TransferRequest | None = None
    filled: Decimal = ZERO
    attempts: int = 0
    sent_at: int = 0
    updated_at: int = 0
    order_report: OrderReport | None = None
    transfer_report: TransferReport | None = None


def moved(submission: Submission, state: OrderState, now: int) -> Submission:
    """``submission`` in ``state``.

    Raises:
        ComponentError: PUH-010 when the table of edges does not permit it: an error of ours, never of a venue.
    """
    _check_edge(submission, state)
    return msgspec.structs.replace(submission, state=state, updated_at=now)


def _check_edge(submission: Submission, state: OrderState) -> None:
    if state not in EDGES[submission.state]:
        edge = f"{submission.state.value} to {state.value}"
        raise ComponentError(
            "PUH-010", f"{submission.client_id} at {submission.venue} cannot go from {edge}", "Journal"
        )


def sent(submission: Submission, now: int) -> Submission:
    """``submission`` as it stands when its bytes are about to leave (raises as ``moved``)."""
    _check_edge(submission, _SENT)
    attempts = submission.attempts + 1
    return msgspec.structs.replace(submission, state=_SENT, updated_at=now, sent_at=now, attempts=attempts)


def state_of(report: OrderReport) -> OrderState:
    """The state that a report shows."""
    if report.outcome is _IN_DOUBT:
        return _UNKNOWN
    if report.outcome is _REFUSED:
        return OrderState.REJECTED
    state = _BY_STATUS[report.status]
    return OrderState.PARTIALLY_FILLED if state is _ACKNOWLEDGED and report.filled else state


def order_reported(submission: Submission, report: OrderReport, now: int) -> Submission:
    """``submission`` after ``report``: the same object when the report is older than what is known, or adds nothing."""
    state = state_of(report)
    if state not in EDGES[submission.state] or report.filled < submission.filled:
        return submission
    if state is submission.state and report.filled == submission.filled:
        return submission
    return msgspec.structs.replace(submission, state=state, filled=report.filled, updated_at=now, order_report=report)


def transfer_reported(submission: Submission, report: TransferReport, now: int) -> Submission:
    """``submission`` after ``report`` of a transfer: the same object when that adds nothing."""
    by_outcome = {
        Outcome.DONE: OrderState.DONE,
        Outcome.REJECTED: OrderState.REJECTED,
        Outcome.UNKNOWN: OrderState.UNKNOWN,
    }
    state = by_outcome[report.outcome]
    if state not in EDGES[submission.state]:
        return submission
    return msgspec.structs.replace(submission, state=state, updated_at=now, transfer_report=report)
