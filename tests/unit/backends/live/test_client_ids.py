"""Client ids on the wire."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from basis_strategy_v1.backends.live.client_ids import KnownIds, wire_id
from basis_strategy_v1.core.domain.ids import InstructionIds


@given(st.text(), st.text())
def test_every_id_is_legal_everywhere_and_two_ids_never_meet(one: str, other: str) -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", wire_id(one))
    assert (wire_id(one) == wire_id(other)) == (one == other) or wire_id(one) == other or wire_id(other) == one


@given(st.text(), st.integers(0, 2**40))
def test_an_instructions_own_id_goes_out_as_it_is(run: str, step: int) -> None:
    instruction_id = InstructionIds(run).next(step)
    assert wire_id(instruction_id) == instruction_id


def test_an_id_that_was_changed_is_known_again() -> None:
    ids = KnownIds()
    digits = ids.wire("an order of mine")
    assert ids.ours(digits) == "an order of mine"
    assert ids.ours("ff" * 16) == "ff" * 16
