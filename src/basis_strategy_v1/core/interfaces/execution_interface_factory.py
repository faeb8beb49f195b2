"""ExecutionInterfaceFactory: makes the interfaces of a run, each with its backend, settings and credentials.

Backtest or live shows here alone: live asks for credentials and checks the environment, and the caller's ``backends``
give real venues instead of simulated ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Unpack
from weakref import WeakValueDictionary

from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.interfaces.base_execution_interface import BaseExecutionInterface
from basis_strategy_v1.core.interfaces.factory_checks import COMPONENT, check_dependencies
from basis_strategy_v1.core.interfaces.factory_context import FactoryContext, FactoryOptions
from basis_strategy_v1.core.interfaces.interface_maker import InterfaceMaker
from basis_strategy_v1.core.interfaces.ports import BaseDataProvider, EventSink
from basis_strategy_v1.core.interfaces.transfers_in_flight import TransfersInFlight
from basis_strategy_v1.core.interfaces.venue_spec import Family

LIVE = "live"
EXECUTION_MODES = ("backtest", LIVE)


class ExecutionInterfaceFactory:
    """Makes interfaces by venue.

    Attributes:
        VENUE_MAP: interface class by venue; filled by ``venues.registry.register``.
        created_interfaces: the interfaces made last, while anybody uses them.
        venue_validation: what ``validate_venue`` found, by venue.
    """

    VENUE_MAP: ClassVar[dict[str, type[BaseExecutionInterface]]] = {}
    created_interfaces: ClassVar[WeakValueDictionary[str, BaseExecutionInterface]] = WeakValueDictionary()
    venue_validation: ClassVar[dict[str, bool]] = {}

    @classmethod
    def create_all_interfaces(
        cls,
        execution_mode: str,
        config: Mapping[str, Any],
        data_provider: BaseDataProvider | None,
        **options: Unpack[FactoryOptions],
    ) -> dict[str, BaseExecutionInterface]:
        """The interfaces of every venue in ``config['venue_settings']``, by venue, in that order.

        With ``validation_strict`` a venue that fails stops everything. Without, it is left out, EIF-013 is written
        down and the factory's health is degraded. A venue named twice (``alchemy`` is ``wallet``) is EIF-010, written
        down, and the first is kept.

        Args:
            options: see ``FactoryContext``; ``backends`` is needed.

        Raises:
            ComponentError: EIF-004, 005, 011 when none can be made; EIF-001 when every venue failed; when strict, what
                ``create_interface`` raises.
        """
        context = FactoryContext(execution_mode=execution_mode, config=config, data_provider=data_provider, **options)
        maker = _maker(context)
        maker.announce(cls.get_available_venues())
        cls.created_interfaces.clear()
        interfaces: dict[str, BaseExecutionInterface] = {}
        left_out: list[str] = []
        for venue in config.get("venue_settings", {}):
            try:
                cls._add(maker, venue, interfaces)
            except ComponentError as error:
                maker.note_failure(venue, error)
                if context.factory_settings.validation_strict:
                    raise
                left_out.append(venue)
        if left_out:
            cls._note_left_out(maker, left_out, interfaces)
        return interfaces

    @classmethod
    def create_interface(
        cls,
        venue: str,
        execution_mode: str,
        config: Mapping[str, Any],
        data_provider: BaseDataProvider | None,
        **options: Unpack[FactoryOptions],
    ) -> BaseExecutionInterface:
        """The interface of one venue; ``options`` as in ``FactoryContext``.

        Raises:
            ComponentError: EIF-001 creation failed, 002 unknown venue, 003 and 006 credentials, 004 dependency, 005
                environment, 007 capability, 008 venue settings, 009 not ready in time, 011 execution mode, 012 wrong
                chain or host.
        """
        context = FactoryContext(execution_mode=execution_mode, config=config, data_provider=data_provider, **options)
        maker = _maker(context)
        try:
            return cls._make(maker, venue)
        except ComponentError as error:
            maker.note_failure(venue, error)
            raise

    @classmethod
    def create_cex_interface(
        cls,
        venue: str,
        execution_mode: str,
        config: Mapping[str, Any],
        data_provider: BaseDataProvider | None,
        **options: Unpack[FactoryOptions],
    ) -> BaseExecutionInterface:
        """``create_interface`` for a venue that must be a centralised exchange (else EIF-002)."""
        cls._check_family(venue, "CEX")
        return cls.create_interface(venue, execution_mode, config, data_provider, **options)

    @classmethod
    def create_dex_interface(
        cls,
        venue: str,
        execution_mode: str,
        config: Mapping[str, Any],
        data_provider: BaseDataProvider | None,
        **options: Unpack[FactoryOptions],
    ) -> BaseExecutionInterface:
        """``create_interface`` for a venue that must be a decentralised exchange (else EIF-002)."""
        cls._check_family(venue, "DEX")
        return cls.create_interface(venue, execution_mode, config, data_provider, **options)

    @classmethod
    def set_interface_dependencies(
        cls,
        interfaces: Mapping[str, BaseExecutionInterface],
        position_monitor: Any,
        event_logger: EventSink | None,
        data_provider: BaseDataProvider | None,
    ) -> None:
        """Give all interfaces their components, and one common book of capital on its way.

        Raises:
            ComponentError: EIF-004 when one of the components is None.
        """
        check_dependencies(position_monitor=position_monitor, event_logger=event_logger, data_provider=data_provider)
        assert data_provider is not None
        transfers = TransfersInFlight()
        for interface in interfaces.values():
            interface.set_dependencies(position_monitor, event_logger, data_provider)
            interface.transfers.move_into(transfers)
            interface.transfers = transfers

    @classmethod
    def validate_venue(cls, venue: str) -> bool:
        """Whether the venue is known and has an interface class; remembered in ``venue_validation``."""
        is_valid = bool(venue) and cls.VENUE_MAP.get(venue) is not None
        cls.venue_validation[venue] = is_valid
        return is_valid

    @classmethod
    def get_available_venues(cls) -> list[str]:
        """All known venues."""
        return list(cls.VENUE_MAP)

    @classmethod
    def get_venue_info(cls, venue: str) -> dict[str, Any]:
        """Class, family, description and capabilities of a venue.

        Raises:
            ComponentError: EIF-002 when it is unknown.
        """
        interface_class = cls._class_of(venue)
        spec = interface_class.spec
        return {
            "venue": venue,
            "class_name": interface_class.__name__,
            "module": interface_class.__module__,
            "venue_type": spec.family,
            "description": spec.description,
            "capabilities": sorted(spec.capabilities),
            "is_available": True,
        }

    @classmethod
    def _add(cls, maker: InterfaceMaker, venue: str, interfaces: dict[str, BaseExecutionInterface]) -> None:
        """Make one more interface, unless the same venue is there under another name."""
        name = cls._class_of(venue).spec.venue
        if name in interfaces:
            message = f"{venue!r} is {name!r}, which has its interface already"
            maker.note_failure(venue, ComponentError("EIF-010", message, COMPONENT), "error")
            return
        interfaces[name] = cls._make(maker, venue)

    @classmethod
    def _make(cls, maker: InterfaceMaker, venue: str) -> BaseExecutionInterface:
        interface_class = cls._class_of(venue)
        interface = maker.make(venue, interface_class)
        cls.created_interfaces[interface.venue] = interface
        return interface

    @classmethod
    def _class_of(cls, venue: str) -> type[BaseExecutionInterface]:
        if not cls.validate_venue(venue):
            known = ", ".join(cls.get_available_venues()) or "none"
            raise ComponentError("EIF-002", f"unknown venue {venue!r}; known: {known}", COMPONENT)
        return cls.VENUE_MAP[venue]

    @classmethod
    def _check_family(cls, venue: str, family: Family) -> None:
        actual = cls._class_of(venue).spec.family
        if actual != family:
            raise ComponentError("EIF-002", f"{venue!r} is of the family {actual}, not {family}", COMPONENT)

    @classmethod
    def _note_left_out(
        cls, maker: InterfaceMaker, left_out: list[str], interfaces: Mapping[str, BaseExecutionInterface]
    ) -> None:
        venues = ", ".join(left_out)
        if not interfaces:
            raise ComponentError("EIF-001", f"no interface could be created (failed: {venues})", COMPONENT)
        maker.note_failure(venues, ComponentError("EIF-013", f"left out: {venues}", COMPONENT), "error")


def _maker(context: FactoryContext) -> InterfaceMaker:
    """The maker for the context's execution mode; raises EIF-011 for an unknown one."""
    mode = context.execution_mode
    if mode not in EXECUTION_MODES:
        raise ComponentError("EIF-011", f"execution mode {mode!r} is none of {', '.join(EXECUTION_MODES)}", COMPONENT)
    return InterfaceMaker(context, is_live=mode == LIVE)
