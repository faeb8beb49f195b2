"""Orders of one exchange, each sent once: place, cancel and amend with a lookup behind every lost answer."""

from __future__ import annotations

from decimal import Decimal

from basis_strategy_v1.core.domain.deltas import DONE, Outcome
from basis_strategy_v1.core.domain.orders import OrderReport, OrderRequest, OrderStatus
from basis_strategy_v1.core.error_codes.error_code_registry import entry_for
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.execution.order_state import (
    ENDED,
    NOTHING_HAPPENED,
    OPEN,
    SENDABLE,
    UNCERTAIN,
    OrderState,
    Submission,
)
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
_UNKNOWN = Outcome.UNKNOWN
_INTENDED = OrderState.INTENDED
_ABSENT = OrderState.ABSENT
_COMPONENT = "ExactlyOnceExchange"


class Orders:
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
        for submission in store.unfinished:
            if submission.order is not None:
                backend.remember_order(submission.client_id, submission.order.symbol, submission.order.trade_type)

    def place(self, request: OrderRequest) -> OrderReport:
        """See ``ExactlyOnceExchange.place_order``."""
        client_id = request.client_order_id
        known = self._store.get(client_id)
        if known is None:
            known = Submission(client_id=client_id, venue=self._venue, state=_INTENDED, order=request)
        elif known.order != request:
            raise ComponentError("EXI-001", f"{self._venue}: {client_id} is the id of another order", _COMPONENT)
        if known.state in SENDABLE:
            return self._send(known, request)
        if known.state in UNCERTAIN:
            return self._doubted(known)
        return self.lookup(client_id) or _unknown(request, "the venue was asked and gave no answer")

    def cancel(self, client_id: str) -> OrderReport:
        """See ``ExactlyOnceExchange.cancel_order``."""
        submission = self._store.get(client_id)
        if submission is None:
            return self._backend.cancel_order(client_id)
        if submission.state in UNCERTAIN:
            report = self.settle(submission)
            submission = self._store.get(client_id) or submission
            if submission.state not in OPEN:
                return report
        elif submission.state not in OPEN:
            return self.lookup(client_id) or _ended(submission)
        for attempt in range(self._policy.patience):
            submission = self._store.move(submission, OrderState.CANCEL_SENT)
            answer = self._tell_cancel(client_id, submission)
            ended = answer.outcome is DONE and not answer.status.is_open
            found = answer if ended else self._ask(client_id)
            if found is not None:
                submission = self._store.order_reported(submission, found)
                if not found.status.is_open:
                    return found
            if answer.outcome is _REJECTED:
                return answer
            self._time.wait(self._policy.pause(attempt))
        return _unknown(_request(submission), "cancelled, and neither confirmed nor refused")

    def amend(self, client_id: str, quantity: Decimal | None, price: Decimal | None) -> OrderReport:
        """See ``ExactlyOnceExchange.amend_order``."""
        submission = self._store.get(client_id)
        if submission is None or submission.state not in OPEN:
            return self._backend.amend_order(client_id, quantity, price)
        before = submission
        submission = self._store.move(submission, OrderState.AMEND_SENT)
        try:
            report = self._backend.amend_order(client_id, quantity, price)
        except NotSentError:
            self._store.move(submission, before.state if before.state in _RESTING else OrderState.ACKNOWLEDGED)
            raise
        except Exception as error:  # noqa: BLE001 - whatever a backend lets through is a doubt
            report = _unknown(_request(submission), repr(error))
        if report.outcome is Outcome.UNKNOWN:
            report = self._look_for_change(submission, quantity, price)
        elif report.outcome is _REJECTED:
            found = self._ask(client_id)
            if found is not None:
                self.note(found)
            return report
        self._store.order_reported(submission, report)
        return report

    def lookup(self, client_id: str) -> OrderReport | None:
        """See ``ExactlyOnceExchange.lookup_order``."""
        submission = self._store.get(client_id)
        if submission is None:
            return self._backend.lookup_order(client_id)
        report = self._backend.lookup_order(client_id)
        if report is not None and report.outcome is not Outcome.UNKNOWN:
            return self._found(submission, report)
        if report is not None:
            # It is there, though not all of it is told yet: what was silent before was late.
            self._silence.heard(client_id)
            if submission.state is OrderState.ABSENT:
                self._store.order_reported(submission, report)
            return None
        if submission.state in (*ENDED, OrderState.REJECTED) and submission.order_report is not None:
            return submission.order_report
        if submission.state in NOTHING_HAPPENED:
            return _never_arrived(_request(submission))
        now = self._time.now()
        if submission.state in OPEN or self._was_just_taken(submission, now):
            return None
        if not self._silence.proves_absence(client_id, now):
            return None
        self._store.move(submission, OrderState.ABSENT)
        self._backend.forget_order(client_id)
        return _never_arrived(_request(submission))

    def settle(self, submission: Submission) -> OrderReport:
        """Ask for an uncertain order until it is found or proved absent, or patience ends (then UNKNOWN)."""
        client_id = submission.client_id
        for question in range(self._policy.patience):
            try:
                report = self.lookup(client_id)
            except ComponentError as error:
                if error.severity == "CRITICAL":
                    raise
                report = None
            if report is not None:
                return report
            self._time.wait(self._policy.pause(question))
        return _unknown(_request(submission), "the venue did not say what became of it")

    def note(self, report: OrderReport) -> None:
        """Take in a report that came by itself; an order that is not ours is left alone."""
        submission = self._store.get(report.client_order_id)
        if submission is not None and report.outcome is DONE:
            self._found(submission, report)

    def _send(self, submission: Submission, request: OrderRequest) -> OrderReport:
        was_doubted = submission.state is _ABSENT
        submission = self._store.sending(submission)
        try:
            report = self._backend.place_order(request)
        except NotSentError:
            self._store.move(submission, OrderState.NOT_SENT)
            raise
        except Exception as error:  # noqa: BLE001 - whatever a backend lets through is a doubt
            report = _unknown(request, repr(error))
        if report.client_order_id != request.client_order_id:
            report = _unknown(request, f"the answer is about {report.client_order_id!r}")
        if report.outcome is _REJECTED and was_doubted:
            # The refusal may be due to the earlier attempt, if that has come through after all.
            report = self._ask(request.client_order_id, in_part=True) or report
        if report.outcome is _REJECTED and entry_for(report.error_code or "EXI-001").retryable:
            # Turned away at the door (a rate limit, maintenance): the same id may come again.
            self._store.move(submission, OrderState.NOT_SENT)
        elif report.outcome is not _UNKNOWN:
            self._store.order_reported(submission, report)
        if report.outcome is not _UNKNOWN:
            return report
        lost = _unknown(request, report.reason, report.venue_order_id)
        return self._doubted(self._store.order_reported(submission, lost))

    def _was_just_taken(self, submission: Submission, now: int) -> bool:
        """Whether the venue has said that it took the order: where none is listed, the list is late, not the order."""
        report = submission.order_report
        if report is None or not report.venue_order_id:
            return False
        return now - submission.sent_at < self._policy.listed_after_ns

    def _doubted(self, submission: Submission) -> OrderReport:
        """What ``settle`` finds; UNKNOWN where nothing can be asked: whoever asks next learns why, and ends with it.

        The order may have been executed, so what keeps it from being looked up must not pass as its refusal.
        """
        try:
            return self.settle(submission)
        except ComponentError as error:
            if not error.error_code.startswith(REFUSED_AT_THE_DOOR):
                raise
            return _unknown(_request(submission), error.message)

    def _found(self, submission: Submission, report: OrderReport) -> OrderReport:
        self._silence.heard(submission.client_id)
        self._store.order_reported(submission, report)
        return report

    def _tell_cancel(self, client_id: str, submission: Submission) -> OrderReport:
        """The answer to a cancellation; to send one again does no harm."""
        try:
            return self._backend.cancel_order(client_id)
        except Exception as error:  # noqa: BLE001 - whatever a backend lets through is a doubt
            return _unknown(_request(submission), repr(error))

    def _look_for_change(self, submission: Submission, quantity: Decimal | None, price: Decimal | None) -> OrderReport:
        for question in range(self._policy.patience):
            found = self._ask(submission.client_id)
            if found is not None and _is_changed(found, quantity, price):
                return found
            self._time.wait(self._policy.pause(question))
        return _unknown(_request(submission), "the venue did not say whether the change was made")

    def _ask(self, client_id: str, *, in_part: bool = False) -> OrderReport | None:
        """The order as the venue knows it, all of it or ``in_part``; None when it knows none or could not be asked."""
        try:
            report = self._backend.lookup_order(client_id)
        except ComponentError:
            return None
        return report if report is not None and (in_part or report.outcome is DONE) else None


_RESTING = (OrderState.ACKNOWLEDGED, OrderState.PARTIALLY_FILLED)


def _is_changed(report: OrderReport, quantity: Decimal | None, price: Decimal | None) -> bool:
    if not report.status.is_open:
        return True
    return (quantity is None or report.quantity == quantity) and (price is None or report.price == price)


def _request(submission: Submission) -> OrderRequest:
    assert submission.order is not None
    return submission.order


def _ended(submission: Submission) -> OrderReport:
    return submission.order_report or _never_arrived(_request(submission))


def _never_arrived(request: OrderRequest) -> OrderReport:
    reason = "the venue knows nothing of it: it never arrived"
    return _report(request, _REJECTED, OrderStatus.REJECTED, "EXI-003", reason)


def _unknown(request: OrderRequest, reason: str, venue_order_id: str = "") -> OrderReport:
    words = reason or "the answer was lost"
    return _report(request, Outcome.UNKNOWN, OrderStatus.NEW, "EXI-007", words, venue_order_id)


def _report(
    request: OrderRequest, outcome: Outcome, status: OrderStatus, code: str, reason: str, venue_order_id: str = ""
) -> OrderReport:
    return OrderReport(
        client_order_id=request.client_order_id,
        symbol=request.symbol,
        trade_type=request.trade_type,
        side=request.side,
        quantity=request.quantity,
        status=status,
        venue_order_id=venue_order_id,
        outcome=outcome,
        error_code=code,
        reason=reason,
    )
