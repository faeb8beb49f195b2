"""A client of a venue that dies and lives again, until all it was told to do is done.

One ``Story`` is a script of instructions and of things that happen at the venue. A life runs the real stack (manager,
interface, exactly-once exchange, tight loop, journal on disk) and may end at any point; the next one starts from what
is on disk. Nothing in memory is handed over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from basis_strategy_v1.backends.live.journal_sql import SqlJournal, open_journal
from basis_strategy_v1.core.domain.clock import SimulationClock
from basis_strategy_v1.core.domain.deltas import Changes, ExecutionDeltas
from basis_strategy_v1.core.domain.instructions import CexTrade, WalletTransfer
from basis_strategy_v1.core.domain.ledger import Ledger
from basis_strategy_v1.core.domain.market import MarketColumns
from basis_strategy_v1.core.domain.quantities import use_ledger_context
from basis_strategy_v1.core.domain.settings import RiskSettings
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.execution.booked_ids import BookedIds
from basis_strategy_v1.core.execution.exactly_once import ExactlyOnceExchange
from basis_strategy_v1.core.execution.execution_interface_manager import ExecutionInterfaceManager
from basis_strategy_v1.core.execution.restore import RestoredState, restore
from basis_strategy_v1.core.execution.unknown_policy import UnknownPolicy, VenueTime
from basis_strategy_v1.core.interfaces.cex_execution_interface import CEXExecutionInterface
from basis_strategy_v1.core.interfaces.silent_sink import SilentSink
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec
from basis_strategy_v1.core.monitors.catalog import HoldingCatalog
from basis_strategy_v1.core.monitors.exposure_monitor import ExposureMonitor
from basis_strategy_v1.core.monitors.pnl_monitor import PnLMonitor
from basis_strategy_v1.core.monitors.position_monitor import PositionMonitor
from basis_strategy_v1.core.monitors.risk_monitor import RiskMonitor
from basis_strategy_v1.core.reconciliation.records import ReconciliationResult
from basis_strategy_v1.core.strategies.components.position_update_handler import PositionUpdateHandler
from crash_points import Death, FullDisk, PointedJournal, Points
from execution_fakes import FakeData, FakeExchange
from simulated_market import CLASSIC

BETA = msgspec.structs.replace(
    CLASSIC, venue="beta", spot_location="beta", margin_location="beta", deposit_location="beta", locations=("beta",)
)
REMEMBERED = 2
"""Ids of bookings that a process keeps in memory: of all others it must ask its journal."""
POLICY = UnknownPolicy(polls=5, window=20.0, patience=12)
REFUSED_KEY = ("EXI-004", "EIM-005")
"""What ends a process whose credentials the venue refuses; the next one has its right again."""


class Story(msgspec.Struct, frozen=True):
    """What is to be done: instructions, ``('cancel', id)``, ``('amend', id, quantity, price)``, something that happens
    at the venue, ``('happens', name, action)``, or is booked by a person, ``('by hand', booking id, action)``; and
    ``('beside', instructions)``, each of which is sent though the outcome of the one before may be unknown."""

    name: str
    steps: tuple[Any, ...]

    @property
    def instructions(self) -> list[CexTrade | WalletTransfer]:
        """All instructions, in their order."""
        found: list[CexTrade | WalletTransfer] = []
        for step in self.steps:
            if isinstance(step, CexTrade | WalletTransfer):
                found.append(step)
            elif step[0] == "beside":
                found += step[1]
        return found


@dataclass(frozen=True, slots=True)
class Home:
    """A venue and what is known of it before a life begins. It lives on while its clients die.

    Attributes:
        connect: opens a client's connection, given the function to be called at each moment at which it could die.
        venue: what happens by itself is done to it.
        happened: what has happened already.
    """

    spec: VenueSpec
    market: MarketColumns
    opening: Changes
    time: VenueTime
    connect: Callable[[Callable[[str], None]], Any]
    venue: Any = None
    happened: set[int] = field(default_factory=set)

    def ledger(self) -> Ledger:
        """An empty ledger for its assets."""
        return Ledger(HoldingCatalog(self.market, "BTC", SimulationClock()))


class AgreeingReconciliation:
    """What venue and books say is compared by the test, once everything is over."""

    def reconcile_position(
        self, timestamp: int, deltas: ExecutionDeltas, meanwhile: Callable[[], None] | None = None
    ) -> ReconciliationResult:
        return ReconciliationResult(timestamp, deltas.instruction_id, deltas.venue, "success", 0)

    def hold_instruction(self, venue: str, instruction_id: str) -> None: ...


class FewRetries:
    def __init__(self, time: VenueTime) -> None:
        self._time = time

    def wait(self, retry: int) -> bool:
        self._time.wait(10.0)
        return retry <= 3


class Life:
    """One process."""

    def __init__(self, journal: SqlJournal, home: Home, point: Callable[[str], None]) -> None:
        use_ledger_context()
        self._home = home
        self.time = home.time
        self.name = home.spec.venue
        self.journal: Any = PointedJournal(journal, point)
        state = restore(journal)
        self.connection = home.connect(point)
        self.exchange = ExactlyOnceExchange(self.name, self.connection, self.journal, self.time, POLICY)
        self.interface = self._interface()
        self.clock = SimulationClock()
        self.ledger, self.handler = self._tight_loop()
        beta = CEXExecutionInterface(
            "beta", {}, FakeData(), "live", backend=FakeExchange(), spec=BETA, transfers=self.interface.transfers
        )
        self.manager = ExecutionInterfaceManager(
            {},
            FakeData(),
            "live",
            interfaces={self.name: self.interface, "beta": beta},
            clock=self.clock,
            run_id=state.run_id,
            retry_policy=FewRetries(self.time),
            journal=self.journal,
            position_update_handler=self.handler,
        )
        self._start(state)

    def _interface(self) -> CEXExecutionInterface:
        spec = self._home.spec
        data = FakeData(**{instrument.price_key: 50_000.0 for instrument in spec.instruments})
        return CEXExecutionInterface(self.name, {}, data, "live", backend=self.exchange, spec=spec)

    def _tight_loop(self) -> tuple[Ledger, PositionUpdateHandler]:
        ledger = self._home.ledger()
        agreeing: Any = AgreeingReconciliation()
        handler = PositionUpdateHandler(
            PositionMonitor(ledger),
            agreeing,
            ExposureMonitor(ledger),
            RiskMonitor(ledger, (self._home.spec,), RiskSettings()),
            PnLMonitor(ledger, self._home.market, 0),
            SilentSink(),
            self.clock,
        )
        self._booked = BookedIds(self.journal, ledger.applied, REMEMBERED)
        handler.keep_booking, handler.was_booked = self._booked.keep, self._booked.was_booked
        return ledger, handler

    def _start(self, state: RestoredState) -> None:
        if state.pnl is None:
            self.handler.open_books(self.time.now(), self._home.opening)
        else:
            self.handler.restore_books(state.bookings, state.pnl)
            self._booked.replayed(state.bookings)
        for transfer in (*state.transfers, *state.written_off):
            self.interface.transfers.put(transfer)
        if self.name in state.cursors:
            self.connection.import_cursor(state.cursors[self.name])
        self.exchange.resolve()
        unresolved = (*state.unresolved_trades(self.name), *state.unresolved_transfers(self.name))
        self.interface.remember_fills(self.journal.is_fill_booked)
        self.interface.restore_orders(unresolved, state.resting_trades(self.name))
        self.catch_up()

    def catch_up(self) -> None:
        """Ask until the venue could be asked and no outcome is unknown."""
        for _ in range(60):
            try:
                for deltas in self.interface.update_state(self.time.now(), "engine"):
                    self.handler.handle_position_update(self.time.now(), deltas)
                self.journal.set_cursor(self.name, self.connection.export_cursor())
            except ComponentError as error:
                _permit(error)
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
                if number not in self._home.happened:
                    self._home.happened.add(number)
                    step[2](self._home.venue)
                self.catch_up()
            elif step[0] == "by hand":
                self._by_hand(*step[1:])
            elif step[0] == "beside":
                self._send_beside(step[1])
            else:
                self._change(step)
        self._follow_up()

    def _by_hand(self, booking_id: str, action: Callable[[Any, int], None]) -> None:
        """A person books something while nothing runs: the next process finds it."""
        if not self.handler.has_booked(booking_id):
            action(self.journal, self.time.now())
            raise Death("a person has looked after it")

    def _follow_up(self) -> None:
        """Ticks go on until every order that ended at the venue is known to have ended."""
        for _ in range(8):
            resting = {report.client_order_id for report in self.interface.resting_orders()}
            try:
                if not resting or resting <= {report.client_order_id for report in self.connection.open_orders()}:
                    return
            except ComponentError as error:
                _permit(error)
            self.catch_up()
        raise AssertionError("an order that ended is still taken for open")

    def _execute(self, instruction: CexTrade | WalletTransfer) -> None:
        for _ in range(8):
            if self.handler.has_booked(instruction.instruction_id):
                return
            try:
                self.manager.route_instruction(self.time.now(), instruction)
            except ComponentError as error:
                _permit(error, "EIM-011")
            self.catch_up()
        raise AssertionError(f"{instruction.instruction_id} was never executed")

    def _send_beside(self, instructions: Sequence[CexTrade]) -> None:
        """Send each without waiting for what became of the one before, as at a hard limit; then see all to their end.

        One whose outcome is unknown is not sent again beside itself, and one that is booked not at all.
        """
        for instruction in instructions:
            name = instruction.instruction_id
            if self.handler.has_booked(name) or name in self.interface.unresolved_instructions:
                continue
            try:
                self.manager.route_instruction(self.time.now(), instruction)
            except ComponentError as error:
                _permit(error, "EIM-011")
        for instruction in instructions:
            self.catch_up()
            self._execute(instruction)

    def _change(self, step: tuple[Any, ...]) -> None:
        kind, order_id, *arguments = step
        for _ in range(8):
            try:
                order = self.interface.get_order_status(order_id)
                if not order.status.is_open or (kind == "amend" and [order.quantity, order.price] == arguments):
                    break
                if kind == "cancel":
                    self.interface.cancel_order(order_id)
                else:
                    self.interface.modify_order(order_id, *arguments)
            except ComponentError as error:
                _permit(error, "EXI-011")
            self.time.wait(1.0)
        self.catch_up()


def _permit(error: ComponentError, *codes: str) -> None:
    """Let pass that a venue could not be asked, or turned a request away: it is tried again later."""
    if error.error_code not in (*codes, "EXI-002", "EXI-003", "EXI-012"):
        raise error


def reopened(path: Path) -> SqlJournal:
    return open_journal(str(path), mode="btc_basis", environment="dev")


def fresh_journal(folder: Path) -> Path:
    """A journal whose run has been started and has done nothing: copied, it saves each run the making of tables."""
    path = folder / "fresh.db"
    reopened(path).close()
    return path


def run_story(path: Path, story: Story, home: Home, deaths: Sequence[int] = ()) -> Points:
    """Live through ``story``, dying at the points ``deaths`` (counted over all lives); the points passed."""
    points = Points(deaths)
    while True:
        journal = reopened(path)
        try:
            Life(journal, home, points).run(story)
        except Death:
            continue
        except ComponentError as error:
            if error.error_code not in REFUSED_KEY:
                raise
            continue
        finally:
            journal.close()
        return points


def run_story_on_a_full_disk(path: Path, story: Story, home: Home, full_from: Sequence[int]) -> FullDisk:
    """As ``run_story``, with processes that cannot write any more and must end for it."""
    points = FullDisk(full_from)
    while True:
        journal = reopened(path)
        try:
            Life(journal, home, points).run(story)
        except ComponentError as error:
            if error.severity != "CRITICAL":
                raise
            points.free()
            continue
        except Death:
            continue
        finally:
            journal.close()
        return points


def replayed(path: Path, home: Home) -> tuple[list[str], Changes]:
    """Trade ids that are booked, and the ledger that the journal's bookings give; nothing else is left open in it."""
    journal = reopened(path)
    try:
        state = restore(journal)
    finally:
        journal.close()
    assert (state.unresolved, state.never_sent, state.unbooked) == ((), (), ())
    assert state.pnl is not None
    gained = sum(state.pnl.buckets.values(), state.pnl.initial_nav + state.pnl.flows)
    assert state.pnl.nav == state.pnl.explained == gained
    assert not any(state.transfers)
    ids = [booking.booking_id for booking in state.bookings]
    assert len(ids) == len(set(ids))
    use_ledger_context()
    ledger = home.ledger()
    for booking in state.bookings:
        ledger.apply(booking.booking_id, booking.changes)
    books = ledger.to_dict()
    assert not any(books.pop("in_transit", {}).values())
    return sorted(fill.trade_id for booking in state.bookings for fill in booking.fills), books
