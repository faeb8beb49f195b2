"""What is wrong with a configuration, in one line: the only place where pydantic's errors are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from basis_strategy_v1.config.field_types import NUMBER_SIZE
from basis_strategy_v1.config.keys import allowed_values, field_at, leaf_fields, model_inside
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

COMPONENT = "Configuration"
Model = TypeVar("Model", bound=BaseModel)
_UNKNOWN = ("extra_forbidden", "invalid_key")


def validate(model: type[Model], document: dict[str, Any], origin_of: Callable[[str], str], prefix: str = "") -> Model:
    """``document`` as a frozen ``model``. ``prefix`` stands before every key in errors.

    Raises:
        ComponentError: CFG-002 for a key that does not exist, CFG-003 for a value that is not allowed.
    """
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise _mapped(model, error, origin_of, prefix) from None


def unknown_key(key: str, known: Iterable[str], origin: str) -> ComponentError:
    """CFG-002 for ``key``, with the nearest of ``known``."""
    close = nearest(key, list(known))
    remedy = f"Did you mean {close}?" if close else "`basis modes MODE --defaults` lists every key."
    return ComponentError("CFG-002", f"there is no key {key}{_from(origin)}", COMPONENT, remedy=remedy)


def invalid_value(key: str, value: object, allowed: str, origin: str) -> ComponentError:
    """CFG-003 for the value at ``key``."""
    message = f"{key} is {_shown(value)}{_from(origin)}"
    return ComponentError("CFG-003", message, COMPONENT, remedy=f"Allowed: {allowed}.")


def nearest(name: str, known: list[str]) -> str:
    """The one of ``known`` that ``name`` most likely means, or empty text.

    The same last part in another section wins over a similar spelling.
    """
    from difflib import get_close_matches

    last = name.rsplit(".", 1)[-1]
    section = name.removesuffix(last)
    siblings = [section + key.removeprefix(section).partition(".")[0] for key in known if key.startswith(section)]
    elsewhere = [key for key in known if key.rsplit(".", 1)[-1] == last]
    if elsewhere:
        return elsewhere[0]
    for candidates in (siblings, known):
        parts = {key.rsplit(".", 1)[-1]: key for key in candidates}
        for part in get_close_matches(last, parts, n=1):
            return parts[part]
    return ""


def _siblings(model: type[BaseModel], path: list[str | int]) -> list[str]:
    """The keys beside the last one of ``path``, where it lies in a list of sections."""
    field = field_at(model, path[:-1])
    inside = model_inside(field.annotation) if field is not None else None
    parent = "".join(f"{part}." for part in path[:-1])
    return [f"{parent}{name}" for name in inside.model_fields] if inside is not None else []


def _mapped(
    model: type[BaseModel], error: ValidationError, origin_of: Callable[[str], str], prefix: str
) -> ComponentError:
    problems = sorted(error.errors(include_url=False), key=lambda problem: problem["type"] not in _UNKNOWN)
    first = problems[0]
    path = [part for part in first["loc"] if part != "[key]"]
    key = prefix + ".".join(str(part) for part in path)
    origin = origin_of(key)
    if first["type"] in _UNKNOWN:
        known = [*(name for name, _ in leaf_fields(model)), *_siblings(model, path)]
        return unknown_key(key, (prefix + name for name in known), origin)
    field = field_at(model, path)
    allowed = allowed_values(field) if field is not None else first["msg"]
    if first["type"] == NUMBER_SIZE:
        allowed = f"{allowed}, {first['msg']}"
    if first["type"] == "missing":
        return ComponentError("CFG-003", f"{key} is missing{_from(origin)}", COMPONENT, remedy=f"Give {allowed}.")
    return invalid_value(key, first["input"], allowed, origin)


def _from(origin: str) -> str:
    return f" ({origin})" if origin else ""


def _shown(value: object) -> str:
    text = "null" if value is None else str(value)
    text = " ".join(text.split())
    return (text if len(text) <= 60 else text[:57] + "...") or "empty"
