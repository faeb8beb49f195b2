from __future__ import annotations

import re

import pytest

from basis_strategy_v1.core.error_codes.error_code_registry import (
    ERROR_CODE_REGISTRY,
    ErrorEntry,
    all_entries,
    entry_for,
)
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

CRITICAL = {
    *("EXI-004", "EIM-005", "EIM-013", "EIF-003", "EIF-005", "EIF-006", "EIF-011", "EIF-012"),
    *("REC-006", "REC-013", "PUH-002", "PUH-011", "PUH-013"),
}
MEDIUM = {
    *("EXI-002", "EXI-010", "EXI-011", "EIF-010", "EIF-013"),
    *("REC-009", "REC-010", "REC-012", "PUH-004", "PUH-012"),
}
NUMBERS_OF_PREFIX = {"EXI": 13, "EIM": 13, "EIF": 13, "REC": 13, "PUH": 13, "CFG": 5, "DAT": 5, "RES": 1}


def documented_codes() -> list[str]:
    return [f"{prefix}-{n:03d}" for prefix, last in NUMBERS_OF_PREFIX.items() for n in range(1, last + 1)]


def test_every_documented_code_is_registered_once_and_in_order() -> None:
    assert [entry.code for entry in all_entries()] == documented_codes()


@pytest.mark.parametrize("entry", all_entries(), ids=lambda entry: entry.code)
def test_an_entry_has_the_documented_severity(entry: ErrorEntry) -> None:
    expected = "CRITICAL" if entry.code in CRITICAL else "MEDIUM" if entry.code in MEDIUM else "HIGH"
    assert entry.severity == expected


@pytest.mark.parametrize("entry", all_entries(), ids=lambda entry: entry.code)
def test_an_entry_says_in_sentences_what_happened_and_how_to_mend_it(entry: ErrorEntry) -> None:
    assert re.fullmatch(r"[A-Z][^\n]*\.", entry.message)
    assert re.fullmatch(r"[A-Z][^\n]*\.", entry.resolution)
    assert entry.message.count(". ") == 0
    assert entry.message != entry.resolution


def test_messages_and_codes_are_distinct() -> None:
    assert len({entry.message for entry in all_entries()}) == len(all_entries())


def test_only_failures_that_prove_that_nothing_was_executed_may_be_retried() -> None:
    assert {entry.code for entry in all_entries() if entry.retryable} == {"EXI-002", "EXI-003", "EIF-009"}


def test_a_prefix_belongs_to_one_component() -> None:
    owners = {(entry.code[:3], entry.component) for entry in all_entries()}
    assert len(owners) == len(NUMBERS_OF_PREFIX)
    assert ("EXI", "ExecutionInterfaces") in owners
    assert ("PUH", "PositionUpdateHandler") in owners


def test_an_unregistered_code_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="'XYZ-999' is not registered"):
        entry_for("XYZ-999")


def test_the_registry_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        ERROR_CODE_REGISTRY["EXI-001"] = entry_for("EXI-002")  # type: ignore[index]
    with pytest.raises(AttributeError):
        entry_for("EXI-001").severity = "LOW"  # type: ignore[misc]


def test_an_error_takes_component_severity_and_remedy_from_the_registry() -> None:
    error = ComponentError("EXI-006", "binance: 10 USDT free, 20 needed")
    assert (error.component, error.severity) == ("ExecutionInterfaces", "HIGH")
    assert error.remedy == entry_for("EXI-006").resolution
    assert str(error) == "EXI-006: binance: 10 USDT free, 20 needed"
    assert error.line.startswith("EXI-006: binance: 10 USDT free, 20 needed. Lower the amount")


def test_what_the_raiser_says_wins_over_the_registry() -> None:
    cause = OSError("disk")
    error = ComponentError("RES-001", "no\nspace", "Writer", "CRITICAL", cause, remedy="Free some space.")
    assert (error.component, error.severity, error.original_exception) == ("Writer", "CRITICAL", cause)
    assert error.line == "RES-001: no space. Free some space."
