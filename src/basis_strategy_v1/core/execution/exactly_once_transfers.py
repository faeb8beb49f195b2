"""Transfers out of one exchange, each sent once."""

from __future__ import annotations

from basis_strategy_v1.core.domain.deltas import Outcome
from basis_strategy_v1.core.domain.orders import TransferReport, TransferRequest
from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.core.error_codes.error_code_registry import entry_for
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.execution.order_state import SENDABLE, UNCERTAIN, OrderState, Submission
from basis_strategy_v1.core.execution.submission_store import SubmissionStore
from basis_strategy_v1.core.execution.unknown_policy import (
    REFUSED_AT_THE_DOOR,
    Silence,
    UnknownPolicy,
    VenueTime,
)
from basis_strategy_v1.core.interfaces.not_sent import NotSentError
from basis_strategy_v1.core.interfaces.ports import LiveCEXBackend

_REJECTED = Outcome.REJECTED
_COMPONENT = "ExactlyOnceExchange"


class Transfers:
    """See ``ExactlyOnceExchange``, which this is a part of."""

    def __init__(
        self,
        venue: str,
        backend: LiveCEXBackend,
        store: SubmissionStore,
        time: VenueTime,
        policy: UnknownPolicy,
    ) -> None:
        self._venue = venue
        self._backend = backend
        self._store = store
        self._time = time
        self._policy = policy
        self._silence = Silence(policy)

    def send(self, request: TransferRequest) -> TransferReport:
        """See ``ExactlyOnceExchange.transfer``."""
        client_id = request.client_transfer_id
        known = self._store.get(client_id)
        if known is None:
            known = Submission(client_id=client_id, venue=self._venue, state=OrderState.INTENDED, transfer=request)
        elif known.transfer != request:
            raise ComponentError("EXI-001", f"{self._venue}: {client_id} is the id of another transfer", _COMPONENT)
        if known.state in SENDABLE:
            return self._send(known, request)
        if known.state in UNCERTAIN:
            return self._doubted(known)
        return known.transfer_report or _unknown(request, "no report was kept")

    def lookup(self, client_id: str) -> TransferReport | None:
        """See ``ExactlyOnceExchange.lookup_transfer``."""
        submission = self._store.get(client_id)
        if submission is None:
            return None
        request = _request(submission)
        if submission.state in SENDABLE:
            return _never_arrived(request)
        if submission.state not in UNCERTAIN:
            return submission.transfer_report
        report = self._ask(submission)
        if report is not None:
            if report.outcome is Outcome.UNKNOWN:
                return None
            self._silence.heard(client_id)
            self._store.transfer_reported(submission, report)
            return report
        if not self._silence.proves_absence(client_id, self._time.now()):
            return None
        self._store.move(submission, OrderState.ABSENT)
        return _never_arrived(request)

    def settle(self, submission: Submission) -> TransferReport:
        """Ask for an uncertain transfer until it is found or proved absent, or patience ends (then UNKNOWN)."""
        for question in range(self._policy.patience):
            try:
                report = self.lookup(submission.client_id)
            except ComponentError as error:
                if error.severity == "CRITICAL":
                    raise
                report = None
            if report is not None:
                return report
            self._time.wait(self._policy.pause(question))
        return _unknown(_request(submission), "the venue did not say what became of it")

    def _send(self, submission: Submission, request: TransferRequest) -> TransferReport:
        was_doubted = submission.state is OrderState.ABSENT
        submission = self._store.sending(submission)
        try:
            report = self._backend.transfer(request)
        except NotSentError:
            self._store.move(submission, OrderState.NOT_SENT)
            raise
        except Exception as error:  # noqa: BLE001 - whatever a backend lets through is a doubt
            report = _unknown(request, repr(error))
        if report.client_transfer_id != request.client_transfer_id:
            report = _unknown(request, f"the answer is about {report.client_transfer_id!r}")
        if report.outcome is _REJECTED and was_doubted:
            # The refusal may be due to the earlier attempt, if that has come through after all.
            report = self._ask(submission) or report
        if report.outcome is _REJECTED and entry_for(report.error_code or "EXI-001").retryable:
            # Turned away at the door (a rate limit, maintenance): the same id may come again.
            self._store.move(submission, OrderState.NOT_SENT)
        elif report.outcome is not Outcome.UNKNOWN:
            self._store.transfer_reported(submission, report)
        if report.outcome is not Outcome.UNKNOWN:
            return report
        lost = _unknown(request, report.reason)
        return self._doubted(self._store.transfer_reported(submission, lost))

    def _doubted(self, submission: Submission) -> TransferReport:
        """As with orders: UNKNOWN where nothing can be asked, for it may have been executed."""
        try:
            return self.settle(submission)
        except ComponentError as error:
            if not error.error_code.startswith(REFUSED_AT_THE_DOOR):
                raise
            return _unknown(_request(submission), error.message)

    def _ask(self, submission: Submission) -> TransferReport | None:
        """What the venue lists, told first which transfers are known to be others: some give them no id of ours."""
        for other in self._store.transfers_alike(submission):
            if other.transfer_report is not None:
                self._backend.claim_transfer(other.transfer_report)
        return self._backend.lookup_transfer(_request(submission), submission.sent_at)


def _request(submission: Submission) -> TransferRequest:
    assert submission.transfer is not None
    return submission.transfer


def _never_arrived(request: TransferRequest) -> TransferReport:
    return _report(request, _REJECTED, "EXI-003", "the venue knows nothing of it: it never arrived")


def _unknown(request: TransferRequest, reason: str) -> TransferReport:
    return _report(request, Outcome.UNKNOWN, "EXI-007", reason or "the answer was lost")


def _report(request: TransferRequest, outcome: Outcome, code: str, reason: str) -> TransferReport:
    return TransferReport(
        client_transfer_id=request.client_transfer_id,
        token=request.token,
        sent=ZERO,
        fee=ZERO,
        received=ZERO,
        outcome=outcome,
        error_code=code,
        reason=reason,
    )
