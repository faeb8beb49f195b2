"""Reading YAML: numbers stay exact, a key stands once, and a broken file is one clear line."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from basis_strategy_v1.core.error_codes.exceptions import ComponentError

# The C loader is some ten times faster, but not every build of PyYAML has it.
_BaseLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _ExactLoader(_BaseLoader):  # type: ignore[misc]
    """A safe loader that reads 0.1 as Decimal('0.1') and refuses a key given twice."""


def _decimal(loader: Any, node: Any) -> Decimal:
    text = loader.construct_scalar(node).replace("_", "").lower()
    return Decimal(text.replace(".inf", "Infinity").replace(".nan", "NaN"))


def _mapping(loader: Any, node: Any) -> dict[Any, Any]:
    loader.flatten_mapping(node)
    mapping = loader.construct_mapping(node, deep=True)
    if len(mapping) < len(node.value):
        raise yaml.constructor.ConstructorError(None, None, "a key stands twice", node.start_mark)
    return dict(mapping)


_ExactLoader.add_constructor("tag:yaml.org,2002:float", _decimal)
_ExactLoader.add_constructor("tag:yaml.org,2002:map", _mapping)


def parse_yaml(text: str, where: str) -> Any:
    """The value of a YAML text; ``where`` names it in errors.

    Raises:
        ComponentError: CFG-003 when it is not YAML.
    """
    try:
        return yaml.load(text, Loader=_ExactLoader)  # noqa: S506 - derived from the safe loader
    except (yaml.YAMLError, ValueError, ArithmeticError, RecursionError) as error:
        raise ComponentError(
            "CFG-003",
            f"{where} is not readable as YAML: {_reason(error)}",
            original_exception=error,
            remedy="Mend the YAML there; keys and values are written 'key: value'.",
        ) from error


def read_yaml_mapping(path: Path, where: str) -> dict[str, Any]:
    """The mapping in a YAML file (an empty file is an empty mapping).

    Raises:
        ComponentError: CFG-003 when the file cannot be read or holds something else.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not text in UTF-8"
        raise ComponentError(
            "CFG-003",
            f"{where} cannot be read: {reason}",
            original_exception=error,
            remedy="Give the path of a readable YAML file, or example:NAME; `basis modes` lists the examples.",
        ) from error
    document = parse_yaml(text, where)
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise ComponentError(
            "CFG-003",
            f"{where} holds a {type(document).__name__}, not a mapping",
            remedy="Write keys and values, such as 'asset: BTC'.",
        )
    return document


def _reason(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error) or type(error).__name__
    if mark is None:
        return " ".join(str(problem).split())
    return f"{' '.join(str(problem).split())} at line {mark.line + 1}, column {mark.column + 1}"
