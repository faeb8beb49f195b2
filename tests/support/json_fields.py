"""What fields a JSON value has, whatever their values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any


def type_name(value: Any) -> str:
    """The JSON type of a value."""
    return type(value).__name__


def fields(value: Any, kind: Callable[[Any], str] = type_name, path: str = "") -> Iterator[tuple[str, str]]:
    """Every path in a JSON value with the ``kind`` of what stands there; a list is its entries."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from fields(inner, kind, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for inner in value:
            yield from fields(inner, kind, f"{path}[]")
    else:
        yield path, kind(value)
