"""Segments: finding the next row at which something may happen, at memory speed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from basis_strategy_v1.core.monitors.anchor import Anchor
from basis_strategy_v1.core.monitors.portfolio_view import PortfolioView, RangeReader

Predicate = Callable[[PortfolioView], Any]

SMALLEST_CHUNK = 128
LARGEST_FIRST_CHUNK = 2048
LARGEST_CHUNK = 8192


def always(view: object) -> bool:
    """Fires at each row."""
    return True


class SegmentSearch:
    """Yields, for one anchor, the rows at which any predicate fires, in order.

    Chunks grow, starting at about twice the moving mean of segment lengths and no less than 128 rows, below which an
    operation on an array costs as much as on one element. Any chunk policy gives the same rows.
    """

    def __init__(self) -> None:
        self._mean_length = 256.0

    def note_segment(self, length: int) -> None:
        """Remember how long a segment was."""
        self._mean_length += (length - self._mean_length) * 0.125

    def candidates(self, anchor: Anchor, predicates: Sequence[Predicate], start: int, stop: int) -> Iterator[int]:
        """Rows in ``[start, stop)`` where a predicate fires."""
        size = int(min(max(self._mean_length * 2, SMALLEST_CHUNK), LARGEST_FIRST_CHUNK))
        low = start
        while low < stop:
            high = min(low + size, stop)
            fired = _fired(PortfolioView(anchor, RangeReader(low, high)), predicates)
            if fired is True:
                yield from range(low, high)
            elif fired is not None:
                first = int(fired.argmax())
                if fired[first]:
                    yield low + first
                    for offset in np.flatnonzero(fired[first + 1 :]):
                        yield low + first + 1 + int(offset)
            low = high
            size = min(size * 2, LARGEST_CHUNK)


def _fired(view: PortfolioView, predicates: Sequence[Predicate]) -> Any:
    """Where a predicate fires: an array of bool over the view's rows; True for all of them, None for none."""
    mask: Any = None
    for predicate in predicates:
        fired = predicate(view)
        if fired is False:
            continue
        if isinstance(fired, np.ndarray):
            mask = fired if mask is None else np.logical_or(mask, fired)
        elif fired:
            return True
    return mask
