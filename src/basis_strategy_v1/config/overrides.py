"""``--set key=value``: dotted keys and YAML values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from basis_strategy_v1.config.aliases import canonical_path
from basis_strategy_v1.config.yaml_documents import parse_yaml
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

ORIGIN = "--set"


def parse_overrides(overrides: Sequence[str]) -> list[tuple[list[str], Any]]:
    """``(path, value)`` of each ``key=value``, in order.

    Raises:
        ComponentError: CFG-003 when there is no key or no ``=``, or the value is not YAML.
    """
    return [_parse(text) for text in overrides]


def _parse(text: str) -> tuple[list[str], Any]:
    key, equals, value = text.partition("=")
    path = key.strip().split(".")
    if not equals or not all(path):
        raise ComponentError(
            "CFG-003", f"--set {text} is not key=value", remedy="Write it as --set strategy.hedge_ratio=1.0."
        )
    return canonical_path(path), parse_yaml(value, f"the value of --set {key.strip()}")
