"""The registry of error codes: every code, with its severity, what happened and how to mend it."""

from __future__ import annotations

from types import MappingProxyType

from basis_strategy_v1.core.error_codes import (
    execution_interface_codes,
    execution_interface_factory_codes,
    execution_interface_manager_codes,
    input_codes,
    position_update_handler_codes,
    reconciliation_codes,
)
from basis_strategy_v1.core.error_codes.entry import ErrorEntry, Severity

__all__ = ["ERROR_CODE_REGISTRY", "ErrorEntry", "Severity", "all_entries", "entry_for"]

_TABLES = (
    execution_interface_codes.ENTRIES,
    execution_interface_manager_codes.ENTRIES,
    execution_interface_factory_codes.ENTRIES,
    reconciliation_codes.ENTRIES,
    position_update_handler_codes.ENTRIES,
    input_codes.ENTRIES,
)

ERROR_CODE_REGISTRY = MappingProxyType({entry.code: entry for table in _TABLES for entry in table})
"""``{code: ErrorEntry}``, in the order in which the codes are documented; read-only."""


def all_entries() -> tuple[ErrorEntry, ...]:
    """Every registered entry, by component and number."""
    return tuple(ERROR_CODE_REGISTRY.values())


def entry_for(error_code: str) -> ErrorEntry:
    """The entry of ``error_code``.

    Raises:
        ValueError: when the code is not registered. Whoever raises an error registers its code first.
    """
    entry = ERROR_CODE_REGISTRY.get(error_code)
    if entry is None:
        raise ValueError(f"error code {error_code!r} is not registered; 'basis errors' lists every code")
    return entry
