"""Lists in pages, newest first: ``after`` asks for older than an id, ``before`` for newer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from basis_strategy_v1.sandbox.okx.parameters import Parameters

Item = TypeVar("Item")
LONGEST_PAGE = 100


def page(items: Sequence[Item], parameters: Parameters, key: Callable[[Item], int]) -> list[Item]:
    """The part of ``items`` (newest first) that ``after``, ``before`` and ``limit`` ask for; ``key`` is an id."""
    after, before = parameters.integer("after", 0), parameters.integer("before", 0)
    limit = min(parameters.integer("limit", LONGEST_PAGE), LONGEST_PAGE)
    chosen = [item for item in items if (not after or key(item) < after) and (not before or key(item) > before)]
    return chosen[:limit]


def is_within(time_ms: int, parameters: Parameters) -> bool:
    """Whether a time lies from ``begin`` to ``end``, either of which may be absent."""
    end = parameters.integer("end", 0)
    return time_ms >= parameters.integer("begin", 0) and (not end or time_ms <= end)
