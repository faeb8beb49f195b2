"""What is known of an exchange's orders and transfers, in memory while they are open and in the journal for ever."""

from __future__ import annotations

from collections.abc import Sequence

from basis_strategy_v1.core.domain.orders import OrderReport, TransferReport
from basis_strategy_v1.core.domain.timestamps import NANOSECONDS_PER_SECOND
from basis_strategy_v1.core.execution.journal import SubmissionJournal
from basis_strategy_v1.core.execution.order_state import (
    OPEN,
    UNCERTAIN,
    OrderState,
    Submission,
    moved,
    order_reported,
    sent,
    transfer_reported,
)
from basis_strategy_v1.core.execution.unknown_policy import VenueTime

ABOUT_THEN = 60 * NANOSECONDS_PER_SECOND
_UNFINISHED = OPEN | UNCERTAIN


class SubmissionStore:
    """Each change is in the journal before the call returns; what changes nothing is not written."""

    def __init__(self, venue: str, journal: SubmissionJournal, time: VenueTime) -> None:
        self._venue = venue
        self._journal = journal
        self._time = time
        self._unfinished = {item.client_id: item for item in journal.open_submissions(venue)}

    @property
    def unfinished(self) -> tuple[Submission, ...]:
        """Those that are uncertain or rest at the venue, the oldest first."""
        return tuple(self._unfinished.values())

    def transfers_alike(self, doubted: Submission) -> Sequence[Submission]:
        """Transfers known to be done that could be taken for ``doubted``: sent about then, or later."""
        return self._journal.transfers_done(self._venue, doubted.sent_at - ABOUT_THEN)

    def get(self, client_id: str) -> Submission | None:
        """What is known of ``client_id``."""
        return self._unfinished.get(client_id) or self._journal.submission(client_id)

    def sending(self, submission: Submission) -> Submission:
        """Write down that it is about to be sent. Afterwards, and not before, the first byte may leave."""
        return self._keep(sent(submission, self._time.now()))

    def move(self, submission: Submission, state: OrderState) -> Submission:
        """Write down a step of our own."""
        return self._keep(moved(submission, state, self._time.now()))

    def order_reported(self, submission: Submission, report: OrderReport) -> Submission:
        """Take in evidence about an order."""
        after = order_reported(submission, report, self._time.now())
        return submission if after is submission else self._keep(after)

    def transfer_reported(self, submission: Submission, report: TransferReport) -> Submission:
        """Take in evidence about a transfer."""
        after = transfer_reported(submission, report, self._time.now())
        return submission if after is submission else self._keep(after)

    def _keep(self, submission: Submission) -> Submission:
        self._journal.record_submission(submission)
        if submission.state in _UNFINISHED:
            self._unfinished[submission.client_id] = submission
        else:
            self._unfinished.pop(submission.client_id, None)
        return submission
