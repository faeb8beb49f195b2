"""What the factory is given to make interfaces with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypedDict

import msgspec

from basis_strategy_v1.core.domain.clock import Clock, SimulationClock
from basis_strategy_v1.core.domain.settings import ExecutionSettings, FactorySettings
from basis_strategy_v1.core.health.unified_health_manager import UnifiedHealthManager
from basis_strategy_v1.core.interfaces.credential_check import Secret
from basis_strategy_v1.core.interfaces.ports import BaseDataProvider, EventSink
from basis_strategy_v1.core.interfaces.transfers_in_flight import TransfersInFlight
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec

BackendSource = Callable[[str], Any]
"""Gives the backend of a venue, simulated or real; asked once per venue and attempt."""

CredentialSource = Callable[[VenueSpec, str], Mapping[str, Secret]]
"""Gives the credentials of a venue in an environment; asked in live mode only."""


class FactoryOptions(TypedDict, total=False):
    """The factory's keyword arguments; each means what the attribute of ``FactoryContext`` says."""

    backends: BackendSource
    specs: Sequence[VenueSpec]
    settings: ExecutionSettings
    factory_settings: FactorySettings
    event_logger: EventSink
    position_monitor: Any
    health_manager: UnifiedHealthManager
    clock: Clock
    environment: str
    credentials: CredentialSource
    required_capabilities: Mapping[str, frozenset[str]]
    transfers: TransfersInFlight
    pause: Callable[[int], None]


def _no_pause(attempt: int) -> None:
    """Try again at once."""


class FactoryContext(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that interfaces of one run are made with.

    Attributes:
        specs: venues that differ from what their class says (another deployment, a test's venue).
        required_capabilities: what the strategy needs of each venue.
        environment: ``dev``, ``staging`` or ``prod`` (alias ``production``).
        transfers: capital on its way, shared by all interfaces.
        pause: called with the number of a failed attempt before the next one.
    """

    execution_mode: str
    config: Mapping[str, Any]
    data_provider: BaseDataProvider | None
    backends: BackendSource | None = None
    specs: Sequence[VenueSpec] = ()
    settings: ExecutionSettings = msgspec.field(default_factory=ExecutionSettings)
    factory_settings: FactorySettings = msgspec.field(default_factory=FactorySettings)
    event_logger: EventSink | None = None
    position_monitor: Any = None
    health_manager: UnifiedHealthManager | None = None
    clock: Clock = msgspec.field(default_factory=SimulationClock)
    environment: str = "dev"
    credentials: CredentialSource | None = None
    required_capabilities: Mapping[str, frozenset[str]] = msgspec.field(default_factory=dict)
    transfers: TransfersInFlight = msgspec.field(default_factory=TransfersInFlight)
    pause: Callable[[int], None] = _no_pause
