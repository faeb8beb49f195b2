"""A client of a lossy venue that dies and lives again, until all it was told to do is done.

One ``Story`` is a script of instructions and of things that happen at the venue. A life runs the real stack (manager,
interface, exactly-once exchange, tight loop, journal on disk) and may end at any point; the next one starts from what
is on disk. Nothing in memory is handed over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from basis_strategy_v1.backends.live.journal_sql import SqlJournal, open_journal
from basis_strategy_v1.core.domain.clock import SimulationClock
from basis_strategy_v1.core.domain.deltas import Changes, ExecutionDeltas
from basis_strategy_v1.core.domain.instructions import CexTrade, WalletTransfer
from basis_strategy_v1.core.domain.ledger import Ledger
from basis_strategy_v1.core.domain.quantities import use_ledger_context
from basis_strategy_v1.core.domain.settings import RiskSettings
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.execution.exactly_once import ExactlyOnceExchange
from basis_strategy_v1.core.execution.execution_interface_manager import ExecutionInterfaceManager
from basis_strategy_v1.core.execution.restore import RestoredState, restore
from basis_strategy_v1.core.execution.unknown_policy import UnknownPolicy
from basis_strategy_v1.core.interfaces.cex_execution_interface import CEXExecutionInterface
from basis_strategy_v1.core.interfaces.silent_sink import SilentSink
from basis_strategy_v1.core.monitors.catalog import HoldingCatalog
from basis_strategy_v1.core.monitors.exposure_monitor import ExposureMonitor
from basis_strategy_v1.core.monitors.pnl_monitor import PnLMonitor
from basis_strategy_v1.core.monitors.position_monitor import PositionMonitor
from basis_strategy_v1.core.monitors.risk_monitor import RiskMonitor
from basis_strategy_v1.core.reconciliation.records import ReconciliationResult
from basis_strategy_v1.core.strategies.components.position_update_handler import PositionUpdateHandler
from execution_fakes import FakeData, FakeExchange
from lossy_venue import Fault, LossyConnection, LossyVenue
from simulated_market import CLASSIC
from tight_loop import market_columns

MARKET = market_columns((50_000.0,))
OPENING: Changes = {"alpha": {"USDT": Decimal(500_000)}, "alpha.derivatives": {"USDT": Decimal(500_000)}}
DATA = FakeData(**{"alpha:BTCUSDT": 50_000.0, "alpha:BTCUSDT-PERP": 50_000.0})
BETA = msgspec.structs.replace(
    CLASSIC, venue="beta", spot_location="beta", margin_location="beta", deposit_location="beta", locations=("beta",)
)
POLICY = UnknownPolicy(polls=5, window=20.0, patience=12)
JOURNAL_WRITES = frozenset(
    {"record_intent", "record_outcome", "record_submission", "record_booking", "set_cursor", "keep_state"}
)


class Death(BaseException):
    """The process is gone. No handler for exceptions may see it."""


class Story(msgspec.Struct, frozen=True):
    """What is to be done: instructions, ``('cancel', id)``, ``('amend', id, quantity, price)``, or something that
    happens at the venue, ``('happens', name, action)``."""

    name: str
    steps: tuple[Any, ...]


class Points:
    """Counts the moments at which a process could die, and dies at those given."""

    def __init__(self, deaths: Sequence[int] = ()) -> None:
        self._deaths = set(deaths)
        self.names: list[str] = []

    def __call__(self, name: str) -> None:
        self.names.append(name)
        if len(self.names) in self._deaths:
            raise Death(name)


class PointedJournal:
    """A journal with a point before and after each write."""

    def __init__(self, journal: SqlJournal, point: Callable[[str], None]) -> None:
        self._journal = journal
        self._point = point

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._journal, name)
        if name not in JOURNAL_WRITES:
            return method

        def written(*arguments: Any) -> Any:
            self._point(f"before {name}")
            result = method(*arguments)
            self._point(f"after {name}")
            return result

        return written


class AgreeingReconciliation:
    """What venue and books say is compared by the test, once everything is over."""

    def reconcile_position(self, timestamp: int, deltas: ExecutionDeltas) -> ReconciliationResult:
        return ReconciliationResult(timestamp, deltas.instruction_id, deltas.venue, "success", 0)

    def hold_instruction(self, venue: str, instruction_id: str) -> None: ...


class Time:
    """The venue's time."""

    def __init__(self, venue: LossyVenue) -> None:
        self._venue = venue

    def now(self) -> int:
        return self._venue.now_ns

    def wait(self, seconds: float) -> None:
        self._venue.pass_time(seconds)


class FewRetries:
    def __init__(self, time: Time) -> None:
        self._time = time

    def wait(self, retry: int) -> bool:
        self._time.wait(0.1)
        return retry <= 3


class Life:
    """One process."""

    def __init__(
        self, journal: SqlJournal, venue: LossyVenue, faults: Sequence[Fault], counts: dict[str, int], point: Points
    ) -> None:
        use_ledger_context()
        self.venue = venue
        self.time = Time(venue)
        self.journal: Any = PointedJournal(journal, point)
        state = restore(journal)
        self.connection = LossyConnection(venue, faults, counts, point)
        self.exchange = ExactlyOnceExchange("alpha", self.connection, self.journal, self.time, POLICY)
        self.interface = CEXExecutionInterface("alpha", {}, DATA, "live", backend=self.exchange, spec=CLASSIC)
        beta = CEXExecutionInterface(
            "beta", {}, DATA, "live", backend=FakeExchange(), spec=BETA, transfers=self.interface.transfers
        )
        self.clock = SimulationClock()
        self.ledger, self.handler = self._tight_loop()
        self.manager = ExecutionInterfaceManager(
            {},
            DATA,
            "live",
            interfaces={"alpha": self.interface, "beta": beta},
            clock=self.clock,
            run_id=state.run_id,
            retry_policy=FewRetries(self.time),
            journal=self.journal,
            position_update_handler=self.handler,
        )
        self._start(state)

    def _tight_loop(self) -> tuple[Ledger, PositionUpdateHandler]:
        ledger = Ledger(HoldingCatalog(MARKET, "BTC", self.clock))
        agreeing: Any = AgreeingReconciliation()
        handler = PositionUpdateHandler(
            PositionMonitor(ledger),
            agreeing,
            ExposureMonitor(ledger),
            RiskMonitor(ledger, (CLASSIC,), RiskSettings()),
            PnLMonitor(ledger, MARKET, 0),
            SilentSink(),
            self.clock,
        )
        handler.keep_booking = self.journal.record_booking
        return ledger, handler

    def _start(self, state: RestoredState) -> None:
        if state.pnl is None:
            self.handler.open_books(self.time.now(), OPENING)
        else:
            self.handler.restore_books(state.bookings, state.pnl)
        for transfer in state.transfers:
            self.interface.transfers.put(transfer)
        if "alpha" in state.cursors:
            self.connection.import_cursor(state.cursors["alpha"])
        self.exchange.resolve()
        unresolved = (*state.unresolved_trades("alpha"), *state.unresolved_transfers("alpha"))
        self.interface.restore_orders(unresolved, state.resting_trades("alpha"), state.bookings)
        self.catch_up()

    def catch_up(self) -> None:
        """Ask until the venue could be asked and no outcome is unknown."""
        for _ in range(60):
            try:
                for deltas in self.interface.update_state(self.time.now(), "engine"):
                    self.handler.handle_position_update(self.time.now(), deltas)
                self.journal.set_cursor("alpha", self.connection.export_cursor())
            except ComponentError as error:
                _permit(error, "EXI-003")
            else:
                if not self.interface.unresolved_instructions:
                    return
            self.time.wait(1.0)
        raise AssertionError("the venue never said what became of an instruction")

    def run(self, story: Story) -> None:
        for number, step in enumerate(story.steps):
            if isinstance(step, CexTrade | WalletTransfer):
                self._execute(step)
            elif step[0] == "happens":
                if f"{number}" not in self.venue.happened:
                    self.venue.happened.add(f"{number}")
                    step[2](self.venue)
                self.catch_up()
            else:
                self._change(step)
        self._follow_up()

    def _follow_up(self) -> None:
        """Ticks go on until every order that ended at the venue is known to have ended."""
        for _ in range(8):
            orders = [self.venue.latest(report.client_order_id) for report in self.interface.resting_orders()]
            if all(order is not None and order.status.is_open for order in orders):
                return
            self.catch_up()
        raise AssertionError("an order that ended is still taken for open")

    def _execute(self, instruction: CexTrade | WalletTransfer) -> None:
        for _ in range(8):
            if self.ledger.has_applied(instruction.instruction_id):
                return
            try:
                self.manager.route_instruction(self.time.now(), instruction)
            except ComponentError as error:
                _permit(error, "EIM-011", "EXI-002", "EXI-003")
            self.catch_up()
        raise AssertionError(f"{instruction.instruction_id} was never executed")

    def _change(self, step: tuple[Any, ...]) -> None:
        kind, order_id, *arguments = step
        for _ in range(8):
            order = self.venue.latest(order_id)
            assert order is not None
            if not order.status.is_open or (kind == "amend" and [order.quantity, order.price] == arguments):
                break
            try:
                if kind == "cancel":
                    self.interface.cancel_order(order_id)
                else:
                    self.interface.modify_order(order_id, *arguments)
            except ComponentError as error:
                _permit(error, "EXI-002", "EXI-003")
            self.time.wait(1.0)
        self.catch_up()


def _permit(error: ComponentError, *codes: str) -> None:
    if error.error_code not in codes:
        raise error


def reopened(path: Path) -> SqlJournal:
    return open_journal(str(path), mode="btc_basis", environment="dev")


def fresh_journal(folder: Path) -> Path:
    """A journal whose run has been started and has done nothing: copied, it saves each run the making of tables."""
    path = folder / "fresh.db"
    reopened(path).close()
    return path


def run_story(
    path: Path, story: Story, faults: Sequence[Fault] = (), deaths: Sequence[int] = ()
) -> tuple[Points, LossyVenue]:
    """Live through ``story``, dying at the points ``deaths`` (counted over all lives); what was passed, the venue."""
    venue = LossyVenue()
    for location, assets in OPENING.items():
        for asset, amount in assets.items():
            venue.book(location, asset, amount)
    points = Points(deaths)
    counts: dict[str, int] = {}
    while True:
        journal = reopened(path)
        try:
            Life(journal, venue, faults, counts, points).run(story)
        except Death:
            continue
        finally:
            journal.close()
        return points, venue


def verify(path: Path, story: Story, venue: LossyVenue) -> None:
    """One effect per instruction at the venue; each effect booked once; nothing else in the replayed ledger."""
    instructions = [step for step in story.steps if isinstance(step, CexTrade | WalletTransfer)]
    sent = [order.request.client_order_id for order in venue.orders]
    sent += [request.client_transfer_id for request, _ in venue.transfers.values()]
    assert sorted(sent) == sorted(item.instruction_id for item in instructions)
    journal = reopened(path)
    try:
        state = restore(journal)
    finally:
        journal.close()
    assert (state.unresolved, state.never_sent, state.unbooked) == ((), (), ())
    ids = [booking.booking_id for booking in state.bookings]
    assert len(ids) == len(set(ids))
    booked = [fill.trade_id for booking in state.bookings for fill in booking.fills]
    assert sorted(booked) == sorted(fill.trade_id for order in venue.orders for fill in order.fills)
    use_ledger_context()
    ledger = Ledger(HoldingCatalog(MARKET, "BTC", SimulationClock()))
    for booking in state.bookings:
        ledger.apply(booking.booking_id, booking.changes)
    books = ledger.to_dict()
    books.pop("in_transit", None)
    assert books == venue.held()
