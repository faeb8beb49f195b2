"""Instructions as plain dictionaries: the shape in which they are shown, stored and given by hand."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Any

import msgspec

from basis_strategy_v1.core.domain.instructions import (
    AtomicBlock,
    CexTrade,
    FromStep,
    Instruction,
    PostCondition,
    SmartContractAction,
)

_ALWAYS_SHOWN = ("order_type",)
_AS_THEY_ARE = frozenset({Decimal, str, bool, int})


def to_dict(instruction: Instruction | AtomicBlock) -> dict[str, Any]:
    """``instruction`` with its ``instruction_type``, amounts as ``Decimal``, fields at their default left out.

    ``parse_block`` reads the result back, unless the engine has already given the instruction an id or a purpose.
    An atomic block becomes ``{'atomic': True, 'steps': [...]}``.
    """
    if isinstance(instruction, AtomicBlock):
        return {"atomic": True, **_shown_fields(instruction)}
    return {"instruction_type": instruction.instruction_type, **_shown_fields(instruction)}


def _shown_fields(instruction: Instruction | AtomicBlock) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    is_trade = isinstance(instruction, CexTrade)
    for name, default in _fields(type(instruction)):
        value = getattr(instruction, name)
        if value != default or (is_trade and name in _ALWAYS_SHOWN):
            shown[name] = _plain(value)
    return shown


@cache
def _fields(kind: type[msgspec.Struct]) -> tuple[tuple[str, Any], ...]:
    """Names and defaults of a struct's fields; asking msgspec costs as much as a commit."""
    return tuple((field.name, field.default) for field in msgspec.structs.fields(kind))


def _plain(value: Any) -> Any:
    if type(value) in _AS_THEY_ARE:
        return value
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, SmartContractAction):
        return to_dict(value)
    if isinstance(value, FromStep):
        return {"from_step": value.from_step}
    if isinstance(value, PostCondition):
        return f"{value.quantity} >= {value.at_least}"
    if isinstance(value, dict):
        return {location: dict(assets) for location, assets in value.items()}
    return value
