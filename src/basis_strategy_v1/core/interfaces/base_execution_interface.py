"""What all execution interfaces share: their surroundings, their counters and how they report an outcome.

Whether a venue is simulated or real was decided when the interface was given its backend. ``execution_mode`` is carried
to be shown.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any, ClassVar

from basis_strategy_v1.core.domain.clock import Clock, SimulationClock
from basis_strategy_v1.core.domain.deltas import DONE, ExecutionDeltas
from basis_strategy_v1.core.domain.instructions import (
    AtomicBlock,
    Instruction,
    WalletTransfer,
    with_instruction_id,
)
from basis_strategy_v1.core.domain.instructions import (
    Sequence as InstructionSequence,
)
from basis_strategy_v1.core.domain.orders import (
    Arrival,
    LocationReport,
    OrderReport,
    TransferReport,
    TransferRequest,
)
from basis_strategy_v1.core.domain.parsing import parse_block
from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.core.domain.settings import ExecutionSettings
from basis_strategy_v1.core.domain.timestamps import to_nanoseconds
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.health.unified_health_manager import UnifiedHealthManager
from basis_strategy_v1.core.interfaces.arrivals import arrived
from basis_strategy_v1.core.interfaces.credential_check import Secret, check_credentials
from basis_strategy_v1.core.interfaces.execution_book import ExecutionBook
from basis_strategy_v1.core.interfaces.execution_records import COMPONENT, ExecutionRecord, TransferSent
from basis_strategy_v1.core.interfaces.instruction_naming import direct_instruction_id
from basis_strategy_v1.core.interfaces.ports import BaseDataProvider, EventSink
from basis_strategy_v1.core.interfaces.recorder import recorder
from basis_strategy_v1.core.interfaces.silent_sink import SilentSink
from basis_strategy_v1.core.interfaces.transfers_in_flight import (
    TransferInFlight,
    TransfersInFlight,
    transfer_deltas,
    transfer_request,
)
from basis_strategy_v1.core.interfaces.venue_spec import Family, VenueSpec


class BaseExecutionInterface(ABC):
    """One venue's executor.

    Args:
        venue: the venue's name.
        config: the run's configuration, kept for display.
        data_provider: market data as of a time.
        execution_mode: shown, never compared.
        backend: the simulated or real venue.
        spec: the venue as data; a venue's own class has it as a class attribute.
        settings: how instructions are executed.
        transfers: capital on its way, shared by all interfaces of a run.
        credentials: live only; checked here and kept by the backend.

    Raises:
        ComponentError: EXI-004 when a credential is missing or a placeholder.
    """

    family: ClassVar[Family]
    spec: VenueSpec
    backend: Any

    def __init__(
        self,
        venue: str,
        config: Mapping[str, Any],
        data_provider: BaseDataProvider,
        execution_mode: str,
        *,
        backend: Any,
        spec: VenueSpec | None = None,
        settings: ExecutionSettings | None = None,
        event_logger: EventSink | None = None,
        position_monitor: Any = None,
        health_manager: UnifiedHealthManager | None = None,
        clock: Clock | None = None,
        venue_config: Mapping[str, Any] | None = None,
        credentials: Mapping[str, Secret] | None = None,
        transfers: TransfersInFlight | None = None,
    ) -> None:
        self.venue = venue
        self.config = config
        self.execution_mode = execution_mode
        self.backend = backend
        if spec is not None:
            self.spec = spec
        self.settings = settings or ExecutionSettings()
        self.venue_config = dict(venue_config or {})
        self.transfers = transfers or TransfersInFlight()
        check_credentials(self.spec, credentials)
        self._clock: Clock = clock or SimulationClock()
        self._current_orders: dict[str, OrderReport] = {}
        self._observed: Sequence[LocationReport] | None = None
        self._book = ExecutionBook(venue, self.settings.max_slippage)
        if health_manager is not None:
            self.register_health(health_manager)
        self.set_dependencies(position_monitor, event_logger, data_provider)

    def set_dependencies(
        self, position_monitor: Any, event_logger: EventSink | None, data_provider: BaseDataProvider
    ) -> None:
        """Give the components this one works with."""
        self.position_monitor = position_monitor
        self.event_logger: EventSink = event_logger or SilentSink()
        self.data_provider = data_provider
        self._log = self.event_logger.log_event
        self._record_trade = recorder(self.event_logger, "CEX_TRADE_EXECUTED", COMPONENT)
        self._book.write_to(self.event_logger)

    def register_health(self, health_manager: UnifiedHealthManager) -> None:
        """Let ``health_manager`` ask this interface how it is."""
        health_manager.register_component(self._book.health.component_name, self._book.health_check)

    @property
    def current_orders(self) -> Mapping[str, OrderReport]:
        """Orders that are open at the venue, by client order id. Read only."""
        return MappingProxyType(self._current_orders)

    @property
    def execution_history(self) -> Sequence[ExecutionRecord]:
        """The last 10,000 executions, the oldest first."""
        return tuple(self._book.history)

    @property
    def orders_executed(self) -> int:
        """Instructions that the venue took."""
        return self._book.orders_executed

    @property
    def orders_failed(self) -> int:
        """Instructions that were refused."""
        return self._book.orders_failed

    @property
    def last_execution_timestamp(self) -> int | None:
        """When an instruction was last sent (ns UTC)."""
        return self._book.last_timestamp

    @property
    def unresolved_instructions(self) -> Mapping[str, Instruction | AtomicBlock]:
        """Instructions whose outcome is unknown, by id. Read only."""
        return MappingProxyType(self._book.unresolved)

    @property
    def transfers_in_flight(self) -> Mapping[str, TransferInFlight]:
        """Transfers on their way between any two venues of the run, by id."""
        return self.transfers.by_id

    def next_arrival(self) -> int | None:
        """When the next transfer arrives (ns UTC); None when nothing is on its way."""
        return self.transfers.next_arrival()

    def resting_orders(self) -> tuple[OrderReport, ...]:
        """Orders that wait at the venue: only exchanges have any."""
        return ()

    @abstractmethod
    def execute_instruction(self, timestamp: Any, instruction: Any) -> ExecutionDeltas:
        """Execute one instruction (a struct, or a mapping that is parsed once).

        Returns:
            What it did. An outcome of UNKNOWN carries no changes; a partial fill is DONE with less filled than
            requested; an outcome short of its estimate carries EXI-008 and its changes, for they happened.

        Raises:
            ComponentError: an ``EXI`` code when it was definitely not executed, ``EIM`` when it cannot be read.
        """

    def execute_trade(self, timestamp: Any, instruction: Any) -> ExecutionDeltas:
        """``execute_instruction``."""
        return self.execute_instruction(timestamp, instruction)

    def execute_order(self, timestamp: Any, instruction: Any) -> ExecutionDeltas:
        """``execute_instruction``."""
        return self.execute_instruction(timestamp, instruction)

    def execute_action(self, timestamp: Any, instruction: Any) -> ExecutionDeltas:
        """``execute_instruction``."""
        return self.execute_instruction(timestamp, instruction)

    @abstractmethod
    def validate_instruction(self, instruction: Any) -> bool:
        """True when this venue can take the instruction; nothing is sent.

        Raises:
            ComponentError: ``EIM`` when it cannot be read, EXI-005 when the venue does not offer it.
        """

    @abstractmethod
    def update_state(self, timestamp: Any, trigger_source: str, **kwargs: Any) -> tuple[ExecutionDeltas, ...]:
        """Catch up with the venue; places nothing.

        Returns:
            What happened to the account by itself and changes positions, in order: arrivals, fills of resting orders,
            liquidations, and the outcomes of instructions that were unknown.
        """

    @abstractmethod
    def observe(self) -> Sequence[LocationReport]:
        """What the venue says sits at each of its locations, asked now."""

    @abstractmethod
    def get_order_status(self, order_id: str) -> Any:
        """What the venue knows of an instruction.

        Raises:
            ComponentError: EXI-011 when it knows none of that id.
        """

    @abstractmethod
    def get_position(self, symbol: str, venue: str | None = None) -> Any:
        """The position in ``symbol`` as the venue reports it; zero when there is none."""

    @abstractmethod
    def cancel_order(self, order_id: str) -> Any:
        """Cancel one order.

        Raises:
            ComponentError: EXI-011 for an unknown order, EXI-005 where nothing can be cancelled.
        """

    @abstractmethod
    def cancel_all_orders(self, venue: str | None = None) -> tuple[Any, ...]:
        """Cancel every open order; their final reports."""

    def get_execution_deltas(self, instruction_id: str | None = None) -> ExecutionDeltas | None:
        """What an instruction of the history did (the last one by default); None when there is none."""
        return self._book.deltas_of(instruction_id)

    def get_balances(self) -> dict[str, dict[str, Decimal]]:
        """``{location: {asset: amount}}`` as the venue reports it."""
        return {report.location: dict(report.balances) for report in self._observation()}

    def get_balance(self, asset: str, venue: str | None = None) -> Decimal:
        """How much of ``asset`` sits here: at the location ``venue``, or at all of them."""
        reports = self._observation()
        return sum((report.balances.get(asset, ZERO) for report in reports if venue in (None, report.location)), ZERO)

    def get_execution_status(self) -> dict[str, Any]:
        """Counters and what is open, for people."""
        return {
            "venue": self.venue,
            "execution_mode": self.execution_mode,
            "orders_executed": self._book.orders_executed,
            "orders_failed": self._book.orders_failed,
            "open_orders": len(self._current_orders),
            "unresolved": tuple(self._book.unresolved),
            "transfers_in_flight": len(self.transfers_in_flight),
            "last_execution_timestamp": self._book.last_timestamp,
        }

    def get_state_snapshot(self) -> dict[str, Any]:
        """``get_execution_status`` and the open orders themselves."""
        return {**self.get_execution_status(), "current_orders": dict(self._current_orders)}

    def _observation(self) -> Sequence[LocationReport]:
        """The last observation, if nothing was sent and no state updated since; else a new one."""
        if self._observed is None:
            self._observed = self.observe()
        return self._observed

    def _read(self, instruction: Any) -> Any:
        """A typed instruction out of whatever came in.

        Raises:
            ComponentError: EIM-001, 002, 004 or 008 as ``parse_block`` raises them.
        """
        block = parse_block(instruction)
        if isinstance(block, InstructionSequence):
            raise ComponentError("EIM-001", f"{self.venue}: an interface takes one instruction at a time", COMPONENT)
        return block

    def _named(self, timestamp: int, instruction: Any) -> Any:
        if instruction.instruction_id:
            return instruction
        sequence = self._book.orders_executed + self._book.orders_failed
        return with_instruction_id(instruction, direct_instruction_id(self.venue, timestamp, sequence))

    def _execute_transfer(self, timestamp: int, transfer: WalletTransfer) -> ExecutionDeltas:
        """Move a token out of one of this venue's locations."""
        request = transfer_request(transfer)
        self._begin(timestamp)
        try:
            report: TransferReport = self.backend.transfer(request)
        except ComponentError as error:
            self._book.failed(timestamp, transfer, error)
            raise
        if report.outcome is not DONE:
            return self._book.not_done(timestamp, transfer, report.outcome, report.error_code, report.reason)
        return self._transfer_sent(timestamp, transfer, request, report)

    def _transfer_sent(
        self, timestamp: int, transfer: WalletTransfer, request: TransferRequest, report: TransferReport
    ) -> ExecutionDeltas:
        self._note_sent(timestamp, request, report)
        deltas = transfer_deltas(transfer.instruction_id, self.venue, request, report)
        return self._book.done(timestamp, transfer, deltas)

    def _note_sent(self, timestamp: int, request: TransferRequest, report: TransferReport) -> None:
        """Write a transfer down, and keep it in mind while it is on its way."""
        transfer_id = report.client_transfer_id
        source, target = request.from_location, request.to_location
        if report.arrives_at:
            on_its_way = TransferInFlight(
                client_transfer_id=transfer_id,
                token=report.token,
                amount=report.received,
                from_location=source,
                to_location=target,
                arrives_at=report.arrives_at,
            )
            self.transfers.put(on_its_way)
        sent = TransferSent(
            transfer_id,
            source,
            target,
            report.token,
            report.sent,
            report.fee,
            report.fee_asset or report.token,
            report.received,
            report.arrives_at,
        )
        self._log(timestamp, "TRANSFER_SENT", COMPONENT, sent)

    def _arrive(self, arrival: Arrival) -> tuple[ExecutionDeltas, ...]:
        """Book an arrival once; one that this run did not send is written down and left to reconciliation."""
        self._log(arrival.timestamp, "TRANSFER_ARRIVED", COMPONENT, arrival)
        found = arrived(self.venue, self.transfers, arrival)
        if found is None:
            return ()
        deltas, note = found
        if note is not None:
            self._log(arrival.timestamp, "error", COMPONENT, note)
        return (deltas,)

    def _unsupported(self, what: str) -> ComponentError:
        return ComponentError("EXI-005", f"{self.venue} does not offer {what}", COMPONENT)

    def _begin(self, timestamp: int) -> None:
        self._book.last_timestamp = timestamp
        self._observed = None


def nanoseconds(timestamp: Any) -> int:
    """``timestamp`` in ns UTC, whatever form it came in."""
    return timestamp if type(timestamp) is int else to_nanoseconds(timestamp)
