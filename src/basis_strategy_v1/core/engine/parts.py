"""The objects an engine works with, built once by bootstrap."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Protocol

import msgspec

from basis_strategy_v1.core.domain.clock import SimulationClock
from basis_strategy_v1.core.domain.deltas import ExecutionDeltas
from basis_strategy_v1.core.domain.instructions import InstructionBlock
from basis_strategy_v1.core.domain.market import MarketColumns
from basis_strategy_v1.core.domain.orders import OrderReport
from basis_strategy_v1.core.domain.settings import RunSettings
from basis_strategy_v1.core.domain.uncertain import UncertainSource, nothing_uncertain
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.interfaces.ports import EventSink
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec
from basis_strategy_v1.core.monitors.exposure_monitor import ExposureMonitor
from basis_strategy_v1.core.monitors.pnl_monitor import PnLMonitor
from basis_strategy_v1.core.monitors.position_monitor import PositionMonitor
from basis_strategy_v1.core.monitors.risk_monitor import RiskMonitor
from basis_strategy_v1.core.reconciliation.reconciliation_component import ReconciliationComponent
from basis_strategy_v1.core.strategies.components.position_update_handler import PositionUpdateHandler
from basis_strategy_v1.core.strategies.portfolio import Portfolio
from basis_strategy_v1.core.strategies.strategy import Strategy


class EngineInterface(Protocol):
    """What the engine needs of an execution interface."""

    @property
    def venue(self) -> str: ...

    def update_state(self, timestamp: int, trigger_source: str) -> Sequence[ExecutionDeltas]:
        """Refresh from the venue; what happened there by itself, as deltas."""

    def next_arrival(self) -> int | None:
        """When the next transfer on its way arrives (ns); None when none is."""

    def resting_orders(self) -> Iterable[OrderReport]:
        """Orders that are open."""

    @property
    def unresolved_instructions(self) -> Mapping[str, object]:
        """Instructions whose outcome is unknown, by id."""

    def cancel_order(self, order_id: str) -> OrderReport:
        """Cancel one order; the report of its final state."""

    def cancel_all_orders(self, venue: str | None = None) -> Iterable[OrderReport]:
        """Cancel every open order; their final reports."""


class BlockOutcome(Protocol):
    """How one block ended."""

    @property
    def error(self) -> ComponentError | None: ...

    @property
    def is_unknown(self) -> bool:
        """Whether it stopped at an instruction whose outcome is unknown."""


class BlockRunner(Protocol):
    """The ExecutionManager, as the engine calls it."""

    def execute_block(self, timestamp: int, block: InstructionBlock) -> BlockOutcome:
        """Run one block through manager and tight loop."""


class EngineParts(msgspec.Struct, frozen=True):
    """Everything an engine is given. ``credit`` moves an investor's money into a venue's books (negative: out).

    ``asks_each_row``: whether venues are asked at each row what happened by itself, because it cannot be foreseen.
    ``uncertain``: what may have happened or not.
    ``next_expiry``: when the oldest resting order expires (ns), where that can be foreseen.
    """

    settings: RunSettings
    market: MarketColumns
    clock: SimulationClock
    specs: tuple[VenueSpec, ...]
    strategy: Strategy
    interfaces: Mapping[str, EngineInterface]
    execution_manager: BlockRunner
    position_monitor: PositionMonitor
    pnl_monitor: PnLMonitor
    exposure_monitor: ExposureMonitor
    risk_monitor: RiskMonitor
    reconciliation: ReconciliationComponent
    position_update_handler: PositionUpdateHandler
    portfolio: Portfolio
    event_logger: EventSink
    credit: Callable[[str, str, Decimal], None]
    asks_each_row: bool = False
    uncertain: UncertainSource = nothing_uncertain
    next_expiry: Callable[[], int | None] = lambda: None
