"""Reads smart-contract actions: lending, staking, swaps, liquidity, flash loans."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Literal, cast

from basis_strategy_v1.core.domain.field_reader import FieldReader, refuse, shown, to_decimal
from basis_strategy_v1.core.domain.instructions import ActionAmount, FromStep, PostCondition, SmartContractAction
from basis_strategy_v1.core.domain.spellings import read_protocol_and_action
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

StepParser = Callable[[object, int], SmartContractAction]

_NEED_AMOUNT = frozenset(
    {"supply", "withdraw", "borrow", "repay", "stake", "unstake", "wrap", "unwrap", "swap", "deposit", "flash_loan"}
)
_NEED_TOKEN = frozenset({"supply", "withdraw", "borrow", "repay", "flash_loan"})
_MAX_DEPTH = 4
_POST_CONDITION = re.compile(r"(health_factor|received)\s*>=\s*(\S+)")


def parse_action(reader: FieldReader, lst_type: str, parse_step: StepParser, depth: int) -> SmartContractAction:
    """The action in ``reader``; ``parse_step(step, index)`` reads the steps inside a flash loan.

    Raises:
        ComponentError: EIM-004 for a field, EIM-008 for steps that cannot be one transaction.
    """
    protocol, action = read_protocol_and_action(reader, lst_type)
    parsed = SmartContractAction(
        protocol=protocol,
        action=action,
        token=reader.text("token"),
        amount=_read_amount(reader),
        token_in=reader.text("token_in"),
        token_out=reader.text("token_out"),
        exact=cast(Literal["in", "out"], reader.choice("exact", {"in": "in", "out": "out"}, default="in")),
        min_amount_out=reader.positive("min_amount_out"),
        max_amount_in=reader.positive("max_amount_in"),
        deadline=reader.whole_number("deadline", positive=True),
        fee_tier=reader.whole_number("fee_tier", positive=True),
        tick_lower=reader.whole_number("tick_lower", positive=False),
        tick_upper=reader.whole_number("tick_upper", positive=False),
        amount0=_read_side(reader, "amount0"),
        amount1=_read_side(reader, "amount1"),
        steps=_read_steps(reader, parse_step, depth),
        post_conditions=parse_post_conditions(reader),
        estimated_deltas=reader.estimated_deltas(),
    )
    reader.finish()
    _check_lending(parsed, reader.where)
    _check_swap(parsed, reader.where)
    _check_liquidity(parsed, reader.where)
    return parsed


def _read_amount(reader: FieldReader) -> ActionAmount:
    value = reader.take("amount")
    if value is None:
        return Decimal(0)
    if isinstance(value, FromStep):
        return value
    if isinstance(value, str) and value.strip().lower() == "all":
        return "all"
    if isinstance(value, Mapping):
        step = value.get("from_step")
        if len(value) != 1 or isinstance(step, bool) or not isinstance(step, int) or step < 0:
            reader.refuse("amount", value, "must be a number, 'all' or {from_step: n} with n from 0 up")
        return FromStep(from_step=step)
    number = reader.as_number("amount", value)
    if number <= 0:
        reader.refuse("amount", value, "must be above 0")
    return number


def _read_side(reader: FieldReader, field: str) -> Decimal | None:
    number = reader.number(field)
    if number is not None and number < 0:
        reader.refuse(field, number, "must not be negative")
    return number


def _read_steps(reader: FieldReader, parse_step: StepParser, depth: int) -> tuple[SmartContractAction, ...]:
    steps = reader.take("steps")
    if steps is None:
        return ()
    if not isinstance(steps, list | tuple) or not steps:
        reader.refuse("steps", steps, "must be a list of actions")
    if depth >= _MAX_DEPTH:
        raise ComponentError("EIM-008", f"{reader.where}: steps lie more than {_MAX_DEPTH} deep in each other")
    return tuple(parse_step(step, index) for index, step in enumerate(steps))


def parse_post_conditions(reader: FieldReader) -> tuple[PostCondition, ...]:
    """The field ``post_conditions``: a list of ``'health_factor >= 1.05'``, mappings or structs."""
    value = reader.take("post_conditions")
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        reader.refuse("post_conditions", value, "must be a list such as ['health_factor >= 1.05']")
    return tuple(_read_condition(reader, item) for item in value)


def _read_condition(reader: FieldReader, item: object) -> PostCondition:
    if isinstance(item, PostCondition):
        return item
    quantity, bound = None, None
    if isinstance(item, str) and (match := _POST_CONDITION.fullmatch(item.strip().lower())):
        quantity, bound = match[1], to_decimal(match[2])
    if quantity is None or bound is None or bound < 0:
        reader.refuse("post_conditions", item, "must be 'health_factor >= x' or 'received >= y'")
    return PostCondition(quantity=cast(Literal["health_factor", "received"], quantity), at_least=bound)


def _check_lending(action: SmartContractAction, where: str) -> None:
    if action.amount == 0 and action.action in _NEED_AMOUNT:
        refuse(where, f"amount is missing: {action.action} needs one")
    if not action.token and action.action in _NEED_TOKEN:
        refuse(where, f"token is missing: {action.action} needs one")
    if action.protocol == "aave" and action.token.upper() == "ETH":
        refuse(where, f"token = {action.token}: Aave takes no native ETH; wrap it first and use WETH")
    if action.action == "flash_loan" and not action.steps:
        refuse(where, "steps is missing: a flash loan needs the actions that use and repay it")
    if action.steps and action.action != "flash_loan":
        refuse(where, f"steps: only a flash_loan takes them, not {action.action}")


def _check_swap(action: SmartContractAction, where: str) -> None:
    if action.action == "swap":
        if not action.token_in or not action.token_out:
            refuse(where, f"{'token_out' if action.token_in else 'token_in'} is missing: a swap needs both")
        if action.token_in == action.token_out:
            refuse(where, f"token_out = {shown(action.token_out)}: must differ from token_in")
    if action.exact == "in" and action.max_amount_in is not None:
        refuse(where, f"max_amount_in = {action.max_amount_in}: bounds an exact-out swap; set exact to out")
    if action.exact == "out" and action.min_amount_out is not None:
        refuse(where, f"min_amount_out = {action.min_amount_out}: bounds an exact-in swap; set exact to in")


def _check_liquidity(action: SmartContractAction, where: str) -> None:
    if action.tick_lower is not None and action.tick_upper is not None and action.tick_lower >= action.tick_upper:
        refuse(where, f"tick_lower = {action.tick_lower}: must be below tick_upper = {action.tick_upper}")
    if action.action == "add_liquidity" and not (action.amount0 or action.amount1):
        refuse(where, "amount0 and amount1 are missing: adding liquidity needs at least one above 0")


def check_step_references(steps: tuple[SmartContractAction, ...], where: str) -> None:
    """Check that each ``{from_step: n}`` names an earlier step (counted from 0) of the same list.

    Raises:
        ComponentError: EIM-008 where it does not.
    """
    for index, step in enumerate(steps):
        if isinstance(step.amount, FromStep) and not 0 <= step.amount.from_step < index:
            raise ComponentError(
                "EIM-008",
                f"{where}: amount of step {index} is taken from step {step.amount.from_step}, which is no earlier step",
            )
        check_step_references(step.steps, f"{where}, step {index}")
