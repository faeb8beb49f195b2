"""The dotted keys of the configuration, and in words what each may be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from types import NoneType, UnionType
from typing import Any, Literal, Union, cast, get_args, get_origin

import annotated_types
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from basis_strategy_v1.config.field_types import Allowed

_NAMES: dict[Any, str] = {
    Decimal: "a number",
    int: "a whole number",
    bool: "true or false",
    str: "text",
    dict: "a mapping",
    tuple: "a list",
}


def leaf_fields(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Every dotted key of ``model`` that holds a value, in order, with its field."""
    for name, field in model.model_fields.items():
        nested = section_model(field)
        if nested is None:
            yield f"{prefix}{name}", field
        else:
            yield from leaf_fields(nested, f"{prefix}{name}.")


def section_model(field: FieldInfo) -> type[BaseModel] | None:
    """The model of a field that is a section, or None for a value."""
    candidates = [part for part in (field.annotation, *get_args(field.annotation)) if _is_model(part)]
    is_section = len(candidates) == 1 and get_origin(field.annotation) in (None, UnionType, Union)
    return candidates[0] if is_section else None


def field_at(model: type[BaseModel], path: Sequence[str | int]) -> FieldInfo | None:
    """The field that ``path`` leads to, or the last one on its way that is known."""
    found: FieldInfo | None = None
    current: type[BaseModel] | None = model
    for part in path:
        if isinstance(part, int):
            continue
        if current is None or part not in current.model_fields:
            break
        found = current.model_fields[part]
        current = model_inside(found.annotation)
    return found


def allowed_values(field: FieldInfo) -> str:
    """What a field takes, in words: ``0 < value < 1``, ``swap or queue``, ``true or false``."""
    text, bounds = _allowed(field.annotation, list(field.metadata))
    if bounds:
        text = f"{text}, {bounds}"
    return f"{text}, or null" if NoneType in get_args(field.annotation) else text


def _allowed(annotation: Any, metadata: list[Any]) -> tuple[str, str]:
    options = [part for part in get_args(annotation) if part is not NoneType]
    if get_origin(annotation) in (UnionType, Union) and len(options) == 1:
        return _allowed(options[0], metadata)
    if hasattr(annotation, "__metadata__"):
        return _allowed(annotation.__origin__, [*annotation.__metadata__, *metadata])
    bounds = _bounds(metadata)
    described = [item.text for item in metadata if isinstance(item, Allowed)]
    if described:
        return described[-1], ""
    if get_origin(annotation) is Literal:
        return " or ".join(str(option) for option in get_args(annotation)), ""
    return _NAMES.get(annotation, _NAMES.get(get_origin(annotation), "a mapping")), bounds


def _bounds(metadata: list[Any]) -> str:
    low = high = ""
    for item in metadata:
        match item:
            case annotated_types.Gt():
                low = f"{item.gt} < "
            case annotated_types.Ge():
                low = f"{item.ge} <= "
            case annotated_types.Lt():
                high = f" < {item.lt}"
            case annotated_types.Le():
                high = f" <= {item.le}"
    return f"{low}value{high}" if low or high else ""


def _is_model(part: Any) -> bool:
    return isinstance(part, type) and issubclass(part, BaseModel)


def model_inside(annotation: Any) -> type[BaseModel] | None:
    """The model that an annotation is, or is a list or option of."""
    if _is_model(annotation):
        return cast(type[BaseModel], annotation)
    inside = [found for part in get_args(annotation) if (found := model_inside(part)) is not None]
    return inside[0] if inside else None
