"""The search for the next event finds every row at which a predicate fires, in order, whatever its chunks."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from basis_strategy_v1.core.domain.market import Column
from basis_strategy_v1.core.engine.segments import SegmentSearch
from basis_strategy_v1.core.monitors.anchor import Anchor
from basis_strategy_v1.core.monitors.portfolio_view import PortfolioView

ROWS = 12_000


def searched(fires: list[set[int]], start: int, stop: int, lengths: list[int]) -> list[int]:
    """The rows found for predicates that fire at the given rows, after segments of ``lengths``."""
    columns = []
    for rows in fires:
        values = np.zeros(ROWS)
        values[sorted(rows)] = 1.0
        columns.append(Column("flag", values))
    anchor = Anchor(0, 1.0, 0.0, columns[0], (), ())
    search = SegmentSearch()
    for length in lengths:
        search.note_segment(length)

    def predicate(column: Column) -> Any:
        return lambda view: view.reader.read(column) > 0.5

    return list(search.candidates(anchor, [predicate(column) for column in columns], start, stop))


row_sets = st.sets(st.integers(0, ROWS - 1), max_size=6)


@given(
    fires=st.lists(row_sets, min_size=1, max_size=4),
    bounds=st.tuples(st.integers(1, ROWS), st.integers(1, ROWS)),
    lengths=st.lists(st.integers(1, 50_000), max_size=20),
)
@settings(max_examples=200)
def test_every_row_at_which_a_predicate_fires_is_found_once_and_in_order(
    fires: list[set[int]], bounds: tuple[int, int], lengths: list[int]
) -> None:
    start, stop = min(bounds), max(bounds)
    assert searched(fires, start, stop, lengths) == sorted(row for row in set().union(*fires) if start <= row < stop)


def test_a_predicate_without_series_wakes_at_every_row() -> None:
    anchor = Anchor(0, 1.0, 0.0, Column("flag", np.zeros(ROWS)), (), ())

    def always(view: PortfolioView) -> bool:
        return True

    assert list(SegmentSearch().candidates(anchor, [always], 5, 700)) == list(range(5, 700))


def test_predicates_that_never_fire_find_nothing() -> None:
    anchor = Anchor(0, 1.0, 0.0, Column("flag", np.zeros(ROWS)), (), ())
    assert list(SegmentSearch().candidates(anchor, [lambda view: False], 1, ROWS)) == []
    assert list(SegmentSearch().candidates(anchor, [], 1, ROWS)) == []
