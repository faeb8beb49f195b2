"""Lists in pages, newest first, and the venue's rule for time ranges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar
from urllib.parse import quote

from basis_strategy_v1.sandbox.bybit.errors import bad_parameter
from basis_strategy_v1.sandbox.bybit.parameters import Parameters

Item = TypeVar("Item")
DAY_MS = 86_400_000
SEVEN_DAYS_MS = 7 * DAY_MS
MONTH_MS = 30 * DAY_MS
_MARK = "page_args="


def page(
    items: Sequence[Item], parameters: Parameters, key: Callable[[Item], str], default: int, highest: int
) -> tuple[list[Item], str]:
    """The page that ``limit`` and ``cursor`` ask for, and the next page's cursor (empty at the end).

    ``items`` are newest first; a cursor names the last item of the page before.
    """
    limit = parameters.integer("limit", default, 1, 2**31)
    limit = min(limit, highest)
    cursor = parameters.text("cursor").removeprefix(quote(_MARK)).removeprefix(_MARK)
    start = 0
    if cursor:
        start = next((index + 1 for index, item in enumerate(items) if key(item) == cursor), len(items))
    chosen = list(items[start : start + limit])
    more = start + limit < len(items)
    return chosen, quote(_MARK + key(chosen[-1])) if more and chosen else ""


def time_range(
    parameters: Parameters, now_ms: int, longest_ms: int = SEVEN_DAYS_MS, usual_ms: int | None = None
) -> tuple[int, int]:
    """The range that ``startTime`` and ``endTime`` mean: ``longest_ms`` at most, ``usual_ms`` unless both are there.

    Without either it is the last one; with a start alone the one after it; with an end alone the one before it.
    """
    start, end = parameters.moment("startTime"), parameters.moment("endTime")
    usual = longest_ms if usual_ms is None else usual_ms
    if end is None:
        return (now_ms - usual, now_ms) if start is None else (start, start + usual)
    if start is None:
        return end - usual, end
    if end < start or end - start > longest_ms:
        days = longest_ms // DAY_MS
        raise bad_parameter(f"The time range between startTime and endTime cannot exceed {days} days.")
    return start, end
