"""An instruction's id tells run, step and sequence, always the same."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from basis_strategy_v1.core.domain.ids import InstructionIds, run_key

steps = st.lists(st.integers(0, 2**47), max_size=60).map(sorted)


@given(st.text(max_size=30), steps)
def test_an_id_is_32_hexadecimal_digits_and_no_other_ones(run_id: str, rows: list[int]) -> None:
    ids = InstructionIds(run_id)
    drawn = [ids.next(row) for row in rows]
    assert all(re.fullmatch(r"[0-9a-f]{32}", one) for one in drawn)
    assert len(set(drawn)) == len(rows)


@given(st.text(max_size=30), steps)
def test_the_same_run_draws_the_same_ids(run_id: str, rows: list[int]) -> None:
    one, other = InstructionIds(run_id), InstructionIds(run_id)
    assert [one.next(row) for row in rows] == [other.next(row) for row in rows]


def test_another_run_draws_other_ids() -> None:
    assert run_key("one") != run_key("other")
    assert len(run_key("one")) == 12
    assert InstructionIds("one").next(0) != InstructionIds("other").next(0)


def test_the_sequence_restarts_with_each_step() -> None:
    ids = InstructionIds("run")
    drawn = [ids.next(step) for step in (5, 5, 6)]
    assert [one[12:] for one in drawn] == ["00000000000500000000", "00000000000500000001", "00000000000600000000"]
