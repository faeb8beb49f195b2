"""Rows of the journal's tables, as its statements take them."""

from __future__ import annotations

from typing import Any

from basis_strategy_v1.backends.live.journal_codec import amount_to_text, to_text
from basis_strategy_v1.core.domain.bookings import Booking
from basis_strategy_v1.core.domain.deltas import Fill
from basis_strategy_v1.core.execution.order_state import OrderState, Submission

_STATES = {state: state.value for state in OrderState}
"""Reading the value of an enum's member costs as much as the whole row."""


def submission_row(run_id: str, submission: Submission) -> dict[str, Any]:
    """Of a submission that is new to the journal."""
    return {
        "run_id": run_id,
        "client_id": submission.client_id,
        "venue": submission.venue,
        "booked": "0",
        "state": _STATES[submission.state],
        "filled": amount_to_text(submission.filled),
        "sent_at": submission.sent_at,
        "updated_at": submission.updated_at,
        "submission": to_text(submission),
    }


def submission_changes(run_id: str, submission: Submission) -> dict[str, Any]:
    """What becomes of a submission that is there."""
    return {
        "of_run": run_id,
        "of_id": submission.client_id,
        "to_state": _STATES[submission.state],
        "to_filled": amount_to_text(submission.filled),
        "to_sent_at": submission.sent_at,
        "to_updated_at": submission.updated_at,
        "to_submission": to_text(submission),
    }


def fill_row(run_id: str, booking: Booking, fill: Fill) -> dict[str, Any]:
    """Of one fill of a booking."""
    return {
        "run_id": run_id,
        "venue": fill.venue,
        "trade_type": fill.trade_type,
        "symbol": fill.symbol,
        "trade_id": fill.trade_id,
        "booking_id": booking.booking_id,
        "client_id": booking.order_id,
        "quantity": amount_to_text(fill.quantity),
        "price": amount_to_text(fill.price),
        "fee": amount_to_text(fill.fee),
        "fee_asset": fill.fee_asset,
    }
