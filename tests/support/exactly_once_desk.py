"""An exactly-once exchange over a venue that answers by script, with a journal in memory and time moved by hand."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from basis_strategy_v1.core.domain.deltas import Outcome
from basis_strategy_v1.core.domain.orders import (
    OrderReport,
    OrderRequest,
    OrderStatus,
    TransferReport,
    TransferRequest,
)
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.execution.exactly_once import ExactlyOnceExchange
from basis_strategy_v1.core.execution.order_state import OPEN, UNCERTAIN, OrderState, Submission
from basis_strategy_v1.core.execution.unknown_policy import UnknownPolicy

POLICY = UnknownPolicy(polls=3, window=10.0, patience=6, first_pause=1.0, longest_pause=4.0)
BUY = OrderRequest(client_order_id="a", symbol="BTCUSDT", trade_type="perp", side="buy", quantity=Decimal(1))
MOVE = TransferRequest(
    client_transfer_id="t", from_location="alpha", to_location="beta", token="USDT", amount=Decimal(10)
)
NO_ANSWER = ComponentError("EXI-003", "unreachable")
SECOND = 1_000_000_000


def order(
    status: OrderStatus = OrderStatus.FILLED, outcome: Outcome = Outcome.DONE, code: str = "", **fields: Any
) -> OrderReport:
    values: dict[str, Any] = {
        "client_order_id": "a",
        "symbol": "BTCUSDT",
        "trade_type": "perp",
        "side": "buy",
        "quantity": Decimal(1),
        "status": status,
        "filled": Decimal(1) if status is OrderStatus.FILLED else Decimal(0),
        "outcome": outcome,
        "error_code": code,
    }
    return OrderReport(**{**values, **fields})


def moved(outcome: Outcome = Outcome.DONE, code: str = "", **fields: Any) -> TransferReport:
    values: dict[str, Any] = {"client_transfer_id": "t", "outcome": outcome, "error_code": code}
    amounts = {"sent": Decimal(10), "fee": Decimal(0), "received": Decimal(10)}
    return TransferReport(token="USDT", **{**amounts, **values, **fields})


RESTING = order(OrderStatus.NEW)
LOST = order(OrderStatus.NEW, Outcome.UNKNOWN)
REFUSED = order(OrderStatus.REJECTED, Outcome.REJECTED, "EXI-006")
BUSY = order(OrderStatus.REJECTED, Outcome.REJECTED, "EXI-002")


class MemoryJournal:
    """Keeps submissions; ``lines`` are their states in the order in which they were written."""

    def __init__(self) -> None:
        self.kept: dict[str, Submission] = {}
        self.lines: list[str] = []

    def record_submission(self, submission: Submission) -> None:
        self.kept[submission.client_id] = submission
        self.lines.append(submission.state.value)

    def submission(self, client_id: str) -> Submission | None:
        return self.kept.get(client_id)

    def open_submissions(self, venue: str) -> Sequence[Submission]:
        return [item for item in self.kept.values() if item.state in OPEN | UNCERTAIN]

    def transfers_done(self, venue: str, since: int) -> Sequence[Submission]:
        return [item for item in self.kept.values() if item.state is OrderState.DONE and item.sent_at >= since]


class Scripted:
    """A venue that answers each call with the next of its answers; an exception is raised."""

    def __init__(self, journal: MemoryJournal) -> None:
        self.answers: dict[str, list[Any]] = {}
        self.calls: list[str] = []
        self.states: list[str] = []
        self.remembered: list[str] = []
        self.forgotten: list[str] = []
        self.claimed: list[str] = []
        self._journal = journal

    def _answer(self, call: str) -> Any:
        self.calls.append(call)
        self.states.append(self._journal.lines[-1] if self._journal.lines else "")
        answers = self.answers[call]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def place_order(self, request: OrderRequest) -> Any:
        return self._answer("place")

    def cancel_order(self, client_order_id: str) -> Any:
        return self._answer("cancel")

    def amend_order(self, client_order_id: str, quantity: Decimal | None, price: Decimal | None) -> Any:
        return self._answer("amend")

    def transfer(self, request: TransferRequest) -> Any:
        return self._answer("transfer")

    def lookup_order(self, client_order_id: str) -> Any:
        return self._answer("lookup")

    def lookup_transfer(self, request: TransferRequest, sent_at: int) -> Any:
        return self._answer("lookup_transfer")

    def open_orders(self) -> Any:
        return self._answer("open_orders")

    def observe(self) -> Any:
        return self._answer("observe")

    def poll_events(self) -> Any:
        return self._answer("poll_events")

    def set_leverage(self, symbol: str, leverage: int) -> None:
        self.calls.append(f"leverage {symbol} {leverage}")

    def remember_order(self, client_order_id: str, symbol: str, trade_type: str) -> None:
        self.remembered.append(client_order_id)

    def claim_transfer(self, report: TransferReport) -> None:
        self.claimed.append(report.client_transfer_id)

    def forget_order(self, client_order_id: str) -> None:
        self.forgotten.append(client_order_id)


class HandTime:
    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> int:
        return int(self.seconds * SECOND)

    def wait(self, seconds: float) -> None:
        self.seconds += seconds


class Desk:
    """An exchange over a scripted venue; ``again`` is the next process on the same journal."""

    def __init__(self, journal: MemoryJournal | None = None, **answers: list[Any]) -> None:
        self.journal = journal or MemoryJournal()
        self.venue = Scripted(self.journal)
        self.venue.answers = answers
        self.time = HandTime()
        self.exchange = ExactlyOnceExchange("alpha", self.venue, self.journal, self.time, POLICY)

    def again(self, **answers: list[Any]) -> Desk:
        return Desk(self.journal, **answers)

    @property
    def state(self) -> str:
        return self.journal.kept["a"].state.value
