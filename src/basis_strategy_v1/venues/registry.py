"""All venues the system knows. A new venue is one module and one line in ``MODULES``.

A venue module has ``SPEC`` and an execution interface class whose ``spec`` it is. Two deployments of one protocol are
two modules.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec

MODULES = (
    "binance",
    "bybit",
    "okx",
    "hyperliquid",
    "uniswap",
    "curve",
    "aave",
    "morpho",
    "lido",
    "etherfi",
    "eigenlayer",
    "instadapp",
    "wallet",
)
"""Modules of this package, in the order in which venues are listed."""

ALIASES = {"alchemy": "wallet"}
"""Other names of a venue."""


@cache
def all_specs() -> tuple[VenueSpec, ...]:
    """Every venue, in the order of ``MODULES``."""
    return tuple(module.SPEC for module in _modules())


def spec_for(venue: str) -> VenueSpec:
    """The venue of that name or alias.

    Raises:
        ComponentError: EIF-002 when there is none.
    """
    name = ALIASES.get(venue, venue)
    for spec in all_specs():
        if spec.venue == name:
            return spec
    known = ", ".join(spec.venue for spec in all_specs())
    raise ComponentError("EIF-002", f"unknown venue {venue!r}; known: {known}", "ExecutionInterfaceFactory")


def interface_classes() -> dict[str, type[Any]]:
    """The execution interface class of every venue and alias that has one."""
    classes: dict[str, type[Any]] = {}
    for module in _modules():
        for value in vars(module).values():
            spec = getattr(value, "spec", None)
            if isinstance(value, type) and isinstance(spec, VenueSpec) and value.__module__ == module.__name__:
                classes[spec.venue] = value
    for alias, venue in ALIASES.items():
        if venue in classes:
            classes[alias] = classes[venue]
    return classes


def register() -> None:
    """Fill the factory's ``VENUE_MAP`` with every venue's interface class."""
    from basis_strategy_v1.core.interfaces.execution_interface_factory import ExecutionInterfaceFactory

    ExecutionInterfaceFactory.VENUE_MAP.update(interface_classes())


def _modules() -> list[ModuleType]:
    return [import_module(f"basis_strategy_v1.venues.{name}") for name in MODULES]
