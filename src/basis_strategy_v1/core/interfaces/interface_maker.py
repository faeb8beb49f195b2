"""Makes one interface after the other for a run: checks, attempts, events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from basis_strategy_v1.core.domain.error_notes import stack_of
from basis_strategy_v1.core.error_codes.error_code_registry import entry_for
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.health.unified_health_manager import ComponentHealth
from basis_strategy_v1.core.interfaces.base_execution_interface import BaseExecutionInterface
from basis_strategy_v1.core.interfaces.credential_check import Secret
from basis_strategy_v1.core.interfaces.factory_checks import (
    COMPONENT,
    check_capabilities,
    check_environment,
    checked_environment,
    checked_venue_config,
    live_credentials,
)
from basis_strategy_v1.core.interfaces.factory_context import FactoryContext
from basis_strategy_v1.core.interfaces.silent_sink import SilentSink
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec

_EVENT_OF_CODE = {
    "EIF-002": "venue_validation_failed",
    "EIF-003": "credential_validation_failed",
    "EIF-006": "credential_validation_failed",
    "EXI-004": "credential_validation_failed",
}


class FactoryInitialized(msgspec.Struct, frozen=True):
    """Data of ``component_initialization``."""

    execution_mode: str
    available_venues: list[str]


class InterfaceCreated(msgspec.Struct, frozen=True, gc=False):
    """Data of ``interface_created``."""

    venue: str
    interface_class: str
    processing_time_ms: float


class CreationFailed(msgspec.Struct, frozen=True, gc=False):
    """Data of ``interface_creation_failed`` and the other failures of the factory."""

    venue: str
    error_code: str
    message: str
    severity: str
    stack: str


class InterfaceMaker:
    """Makes the interfaces of one run.

    Args:
        is_live: whether venues are real, so that credentials are asked for and the environment is checked.

    Raises:
        ComponentError: EIF-005, EIF-004 when no interface at all can be made.
    """

    def __init__(self, context: FactoryContext, *, is_live: bool) -> None:
        self._context = context
        self._log = (context.event_logger or SilentSink()).log_event
        self._specs = {spec.venue: spec for spec in context.specs}
        self.health = ComponentHealth(COMPONENT)
        self._is_live = is_live
        self._environment = checked_environment(context)

    def announce(self, available_venues: list[str]) -> None:
        """Register with the health manager and write down that work begins."""
        context = self._context
        if context.health_manager is not None:
            context.health_manager.register_component(COMPONENT, self.health.check)
        initialized = FactoryInitialized(context.execution_mode, available_venues)
        self._log(context.clock.now, "component_initialization", COMPONENT, initialized)

    def make(self, venue: str, interface_class: type[BaseExecutionInterface]) -> BaseExecutionInterface:
        """One interface.

        Raises:
            ComponentError: EIF-001 creation failed, 003 and 006 credentials, 007 capability missing, 008 venue
                settings, 009 not ready in time, 012 wrong chain or host; what the backend itself raised.
        """
        spec = self._specs.get(venue) or interface_class.spec
        context = self._context
        check_capabilities(spec, context.required_capabilities.get(venue, frozenset()))
        venue_config = checked_venue_config(spec, context.config.get("venue_settings", {}).get(venue))
        credentials: Mapping[str, Secret] | None = None
        if self._is_live:
            credentials = live_credentials(spec, self._environment, context.credentials)
            check_environment(spec, self._environment, venue_config, credentials)
        interface = self._attempt(spec, interface_class, venue_config, credentials)
        self.health.record_update(context.clock.now)
        return interface

    def note_failure(self, venue: str, error: ComponentError, event_type: str = "") -> None:
        """Write a failure down; the factory's health is degraded by it."""
        now = self._context.clock.now
        self.health.record_error(error.error_code, error.message, error.severity, now)
        failed = CreationFailed(venue, error.error_code, error.message, error.severity, stack_of(error))
        chosen = event_type or _EVENT_OF_CODE.get(error.error_code, "interface_creation_failed")
        self._log(now, chosen, COMPONENT, failed)

    def _attempt(
        self,
        spec: VenueSpec,
        interface_class: type[BaseExecutionInterface],
        venue_config: Mapping[str, Any],
        credentials: Mapping[str, Secret] | None,
    ) -> BaseExecutionInterface:
        """Create, again after a failure that time can cure, up to ``max_retries`` times."""
        attempt = 1
        while True:
            try:
                interface = self._create(spec, interface_class, venue_config, credentials)
            except ComponentError as error:
                if attempt > self._context.factory_settings.max_retries or not entry_for(error.error_code).retryable:
                    raise
                self.health.record_error(error.error_code, error.message, error.severity, self._context.clock.now)
                self._context.pause(attempt)
                attempt += 1
                continue
            if attempt > 1:
                self.health.record_retry(True)
            return interface

    def _create(
        self,
        spec: VenueSpec,
        interface_class: type[BaseExecutionInterface],
        venue_config: Mapping[str, Any],
        credentials: Mapping[str, Secret] | None,
    ) -> BaseExecutionInterface:
        context = self._context
        started = context.clock.elapsed_ms()
        try:
            interface = self._instance(spec, interface_class, venue_config, credentials)
        except ComponentError:
            raise
        except TimeoutError as error:
            raise self._timed_out(spec, f"{error}") from error
        except Exception as error:  # a venue's own class or library may fail in any way
            message = f"{spec.venue}: {type(error).__name__}: {error}"
            raise ComponentError("EIF-001", message, COMPONENT, original_exception=error) from error
        elapsed = context.clock.elapsed_ms() - started
        if elapsed > context.factory_settings.timeout * 1_000:
            raise self._timed_out(spec, f"{elapsed:.0f} ms")
        if context.health_manager is not None:
            interface.register_health(context.health_manager)
        created = InterfaceCreated(spec.venue, interface_class.__name__, elapsed)
        self._log(context.clock.now, "interface_created", COMPONENT, created)
        return interface

    def _instance(
        self,
        spec: VenueSpec,
        interface_class: type[BaseExecutionInterface],
        venue_config: Mapping[str, Any],
        credentials: Mapping[str, Secret] | None,
    ) -> BaseExecutionInterface:
        context = self._context
        assert context.backends is not None
        assert context.data_provider is not None
        return interface_class(
            spec.venue,
            context.config,
            context.data_provider,
            context.execution_mode,
            backend=context.backends(spec.venue),
            spec=spec,
            settings=context.settings,
            event_logger=context.event_logger,
            position_monitor=context.position_monitor,
            clock=context.clock,
            venue_config=venue_config,
            credentials=credentials,
            transfers=context.transfers,
        )

    def _timed_out(self, spec: VenueSpec, took: str) -> ComponentError:
        limit = self._context.factory_settings.timeout
        return ComponentError("EIF-009", f"{spec.venue} was not ready within {limit} s ({took})", COMPONENT)
