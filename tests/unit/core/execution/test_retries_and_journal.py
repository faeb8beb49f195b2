"""Retries only of what provably was not executed; every side effect written down before and after."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from basis_strategy_v1.core.domain.clock import SimulationClock
from basis_strategy_v1.core.domain.deltas import ExecutionDeltas, Outcome
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.execution.execution_interface_manager import ExecutionInterfaceManager
from basis_strategy_v1.core.execution.journal import JournalEntry
from basis_strategy_v1.core.execution.retry import ExponentialBackoff, NoRetries
from basis_strategy_v1.core.health.unified_health_manager import HealthStatus
from execution_fakes import NOW, FakeData, failure, make_exchange, rejected_order, trade, unknown_order


class RecordingJournal:
    def __init__(self, backend: Any) -> None:
        self.lines: list[tuple[Any, ...]] = []
        self._backend = backend

    def record_intent(self, timestamp: int, instruction: Any) -> None:
        self.lines.append(("intent", instruction.instruction_id, len(self._backend.requests)))

    def record_outcome(
        self, timestamp: int, instruction_id: str, outcome: Outcome, deltas: ExecutionDeltas | None, error_code: str
    ) -> None:
        self.lines.append((outcome, instruction_id, deltas is not None, error_code))

    def record_sent(self, timestamp: int, instruction_id: str) -> None: ...

    def unresolved(self) -> Sequence[JournalEntry]:
        return ()


def backoff(pauses: list[float], jitter: float = 0.0) -> ExponentialBackoff:
    return ExponentialBackoff(3, Decimal("0.1"), pauses.append, lambda: jitter)


def manager_of(interface: Any, **options: Any) -> ExecutionInterfaceManager:
    return ExecutionInterfaceManager(
        {}, FakeData(), "live", interfaces={"exchange": interface}, clock=SimulationClock(), run_id="run", **options
    )


def refused(manager: ExecutionInterfaceManager) -> ComponentError:
    with pytest.raises(ComponentError) as raised:
        manager.route_instruction(NOW, trade())
    return raised.value


def test_without_retries_a_failure_is_raised_as_it_is() -> None:
    interface = make_exchange()
    interface.backend.failures = [failure("EXI-003")]
    assert refused(manager_of(interface, retry_policy=NoRetries())).error_code == "EXI-003"
    assert len(interface.backend.requests) == 1


@pytest.mark.parametrize("code", ["EXI-002", "EXI-003"])
def test_what_was_not_sent_is_sent_again_under_the_same_id_ever_later(code: str) -> None:
    pauses: list[float] = []
    interface = make_exchange()
    interface.backend.failures = [failure(code), failure(code), failure(code)]
    manager = manager_of(interface, retry_policy=backoff(pauses))
    assert manager.route_instruction(NOW, trade()).filled == 1
    assert pauses == pytest.approx([0.1, 0.2, 0.4])
    assert {request.client_order_id for request in interface.backend.requests} == {"order-1"}
    assert manager.health.status is HealthStatus.DEGRADED


def test_jitter_lengthens_a_pause_by_up_to_half() -> None:
    pauses: list[float] = []
    assert backoff(pauses, jitter=0.5).wait(1)
    assert pauses == pytest.approx([0.125])


def test_when_retries_are_exhausted_the_last_cause_is_kept() -> None:
    pauses: list[float] = []
    interface = make_exchange()
    interface.backend.failures = [failure("EXI-003")] * 4
    manager = manager_of(interface, retry_policy=backoff(pauses))
    error = refused(manager)
    assert error.error_code == "EIM-011"
    assert isinstance(error.original_exception, ComponentError)
    assert error.original_exception.error_code == "EXI-003"
    assert len(interface.backend.requests) == 4
    assert manager.health.status is HealthStatus.UNHEALTHY


@pytest.mark.parametrize("answer", [rejected_order("EXI-001"), rejected_order("EXI-006")])
def test_a_refusal_is_not_sent_again(answer: Any) -> None:
    pauses: list[float] = []
    interface = make_exchange()
    interface.backend.answers = [answer]
    refused(manager_of(interface, retry_policy=backoff(pauses)))
    assert (pauses, len(interface.backend.requests)) == ([], 1)


def test_an_unknown_outcome_is_never_sent_again() -> None:
    pauses: list[float] = []
    interface = make_exchange()
    interface.backend.answers = [unknown_order]
    manager = manager_of(interface, retry_policy=backoff(pauses))
    assert manager.route_instruction(NOW, trade()).outcome is Outcome.UNKNOWN
    assert (pauses, len(interface.backend.requests)) == ([], 1)


@pytest.mark.parametrize(
    ("second", "code"), [(failure("EXI-006"), "EXI-006"), (OSError("reset"), "EIM-006")], ids=["refused", "unforeseen"]
)
def test_a_retry_that_fails_otherwise_ends_with_that(second: Exception, code: str) -> None:
    interface = make_exchange()
    interface.backend.failures = [failure("EXI-003"), second]
    assert refused(manager_of(interface, retry_policy=backoff([]))).error_code == code
    assert len(interface.backend.requests) == 2


def test_the_journal_knows_the_intent_before_anything_is_sent() -> None:
    interface = make_exchange()
    journal = RecordingJournal(interface.backend)
    manager_of(interface, journal=journal).route_instruction(NOW, trade())
    assert journal.lines == [("intent", "order-1", 0), (Outcome.DONE, "order-1", True, "")]


@pytest.mark.parametrize(
    ("cause", "line"),
    [
        (failure("EXI-003"), (Outcome.REJECTED, "order-1", False, "EXI-003")),
        (OSError("reset"), (Outcome.UNKNOWN, "order-1", False, "EIM-006")),
    ],
    ids=["refused", "unforeseen"],
)
def test_the_journal_learns_how_an_instruction_failed(cause: Exception, line: tuple[Any, ...]) -> None:
    interface = make_exchange()
    interface.backend.failures = [cause]
    journal = RecordingJournal(interface.backend)
    refused(manager_of(interface, journal=journal))
    assert journal.lines[1:] == [line]


def test_the_journal_keeps_an_unknown_outcome_open() -> None:
    interface = make_exchange()
    interface.backend.answers = [unknown_order]
    journal = RecordingJournal(interface.backend)
    manager_of(interface, journal=journal).route_instruction(NOW, trade())
    assert journal.lines[1:] == [(Outcome.UNKNOWN, "order-1", True, "EXI-007")]


class LookingAgain:
    """Pre-trade checks that let everything pass once, and refuse with ``refusal`` what is to be sent again."""

    def __init__(self, refusal: ComponentError | None = None) -> None:
        self.seen: list[tuple[str, int]] = []
        self._refusal = refusal

    def check(self, trades: Any) -> None: ...

    def check_again(self, looked_at: Any, decided_at: int) -> None:
        self.seen.append((looked_at.symbol, decided_at))
        if self._refusal is not None:
            raise self._refusal


def test_a_trade_is_looked_at_again_before_each_further_try() -> None:
    interface = make_exchange()
    interface.backend.failures = [failure("EXI-003"), failure("EXI-002")]
    checks = LookingAgain()
    manager = manager_of(interface, retry_policy=backoff([]), pre_trade=checks)
    assert manager.route_instruction(NOW, trade()).filled == 1
    assert checks.seen == [("BTCUSDT", NOW), ("BTCUSDT", NOW)]


def test_a_trade_whose_decision_is_stale_is_rejected_and_not_sent_again() -> None:
    interface = make_exchange()
    interface.backend.failures = [failure("EXI-003")]
    journal = RecordingJournal(interface.backend)
    checks = LookingAgain(ComponentError("EXI-013", "decided on prices of 40 s ago"))
    manager = manager_of(interface, retry_policy=backoff([]), pre_trade=checks, journal=journal)
    assert refused(manager).error_code == "EXI-013"
    assert len(interface.backend.requests) == 1
    assert journal.lines[-1][0] is Outcome.REJECTED and journal.lines[-1][3] == "EXI-013"


class LookingAhead:
    """Refuses a block with a second leg."""

    def check(self, trades: Any) -> None:
        if len(trades) > 1:
            raise ComponentError("EXI-006", f"{trades[1].symbol} could not follow")

    def check_again(self, looked_at: Any, decided_at: int) -> None: ...


def test_all_legs_of_a_block_are_looked_at_before_the_first_is_sent() -> None:
    interface = make_exchange()
    manager = manager_of(interface, pre_trade=LookingAhead())
    legs = [trade(instruction_id="first"), trade(instruction_id="second")]
    with pytest.raises(ComponentError) as caught:
        manager.route_instruction(NOW, legs)
    assert caught.value.error_code == "EXI-006"
    assert interface.backend.requests == []
    manager.route_instruction(NOW, legs[:1])
    assert len(interface.backend.requests) == 1
