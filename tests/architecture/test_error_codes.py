"""The error table is whole: every code is registered as specified and explained.

That tests bring every code about is looked at when all of them have run (``met_codes``).
"""

from __future__ import annotations

import re

import pytest

from basis_strategy_v1.core.error_codes.error_code_registry import all_entries, entry_for
from source_tree import package_modules

CODE = re.compile(r"\b(?:EXI|EIM|EIF|REC|PUH|CFG|DAT|RES)-\d{3}\b")
# Severities of 001 to 013, by component: C critical, H high, M medium.
SEVERITIES = {
    "EXI": "HMHCHHHHHMMHH",
    "EIM": "HHHHCHHHHHHHC",
    "EIF": "HHCHCCHHHMCCM",
    "REC": "HHHHHCHHMMHMC",
    "PUH": "HCHMHHHHHHCMC",
}
NAMES = {"C": "CRITICAL", "H": "HIGH", "M": "MEDIUM"}
EXPECTED = {
    f"{prefix}-{number:03d}": NAMES[letter]
    for prefix, letters in SEVERITIES.items()
    for number, letter in enumerate(letters, start=1)
}
INPUT_CODES = {
    *(f"CFG-{number:03d}" for number in range(1, 6)),
    *(f"DAT-{number:03d}" for number in range(1, 6)),
    "RES-001",
}


def test_the_registry_holds_exactly_the_specified_codes() -> None:
    assert {entry.code for entry in all_entries()} == set(EXPECTED) | INPUT_CODES


@pytest.mark.parametrize("code", EXPECTED)
def test_a_code_has_its_specified_severity(code: str) -> None:
    assert entry_for(code).severity == EXPECTED[code]


@pytest.mark.parametrize("entry", all_entries(), ids=lambda entry: entry.code)
def test_a_code_says_what_happened_and_how_to_mend_it(entry) -> None:
    assert len(entry.message) > 10
    assert len(entry.resolution) > 10
    assert entry.message != entry.resolution


def test_every_code_that_the_source_names_is_registered() -> None:
    registered = {entry.code for entry in all_entries()}
    named = {(module.name, code) for module in package_modules() for code in CODE.findall(module.text)}
    assert {place for place in named if place[1] not in registered} == set()
