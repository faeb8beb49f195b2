"""Layers of configuration: how a value of one replaces that of the layer below, and where each came from."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

WHOLE_MAPS = frozenset({"initial_location", "strategy.hedge_allocation", "data.data_aliases"})
"""Maps whose keys are data: a new one replaces the old one whole."""


class LayeredDocument:
    """A configuration document built from layers, the weakest first."""

    def __init__(self) -> None:
        self.document: dict[str, Any] = {}
        self._origins: dict[str, str] = {}

    def lay(self, layer: dict[str, Any], origin: str) -> None:
        """Put ``layer`` over what is there; ``origin`` says where it came from."""
        self._merge(self.document, layer, "", origin)

    def lay_value(self, path: Sequence[str], value: Any, origin: str) -> None:
        """Put one value at ``path`` over what is there; inside a map whose keys are data it is one more entry."""
        names = join_whole_map(path)
        layer: Any = value
        for name in reversed(names):
            layer = {name: layer}
        is_entry = ".".join(names[:-1]) in WHOLE_MAPS
        self._merge(self.document, layer, "", origin, replace=not is_entry)

    def origin_of(self, key: str) -> str:
        """Where the value at a dotted key came from: the closest known place at or above it."""
        parts = key.split(".")
        for length in range(len(parts), 0, -1):
            origin = self._origins.get(".".join(parts[:length]))
            if origin is not None:
                return origin
        return ""

    def _merge(
        self, base: dict[str, Any], layer: dict[str, Any], prefix: str, origin: str, *, replace: bool = True
    ) -> None:
        for name, value in layer.items():
            key = f"{prefix}{name}"
            old = base.get(name)
            is_section = isinstance(old, dict) and not (replace and key in WHOLE_MAPS)
            if is_section and value is None:
                continue
            if is_section and isinstance(value, dict):
                self._merge(base[name], value, f"{key}.", origin, replace=replace)
                continue
            # A layer may be the packaged defaults, which the next configuration of this process is built from too.
            base[name] = deepcopy(value)
            self._mark(key, value, origin)

    def _mark(self, key: str, value: Any, origin: str) -> None:
        self._origins[key] = origin
        if isinstance(value, dict):
            for name, inner in value.items():
                self._mark(f"{key}.{name}", inner, origin)


def join_whole_map(path: Sequence[str]) -> list[str]:
    """``path`` with what follows a map whose keys are data taken as one key: ``data_aliases`` / ``mark.bybit``."""
    for length in range(1, len(path)):
        if ".".join(path[:length]) in WHOLE_MAPS:
            return [*path[:length], ".".join(path[length:])]
    return list(path)
