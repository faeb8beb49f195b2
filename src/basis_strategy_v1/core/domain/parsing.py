"""Instructions come in here: mappings and lists from outside become frozen structs, once.

Inside, everything is typed. A struct that is passed in is returned as it is. Amounts are not rounded to an
instrument's step: the venue refuses what does not fit its filters.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from basis_strategy_v1.core.domain.action_parsing import check_step_references, parse_action, parse_post_conditions
from basis_strategy_v1.core.domain.field_reader import FieldReader, refuse, shown
from basis_strategy_v1.core.domain.instruction_shape import to_dict
from basis_strategy_v1.core.domain.instructions import (
    AtomicBlock,
    CexTrade,
    FromStep,
    Instruction,
    InstructionBlock,
    OrderType,
    Sequence,
    Side,
    SmartContractAction,
    TimeInForce,
    TradeType,
    WalletTransfer,
)
from basis_strategy_v1.core.domain.spellings import (
    CEX_TRADE,
    SIDES,
    SMART_CONTRACT_ACTION,
    drop_type_fields,
    instruction_type_of,
    read_market,
    read_venue,
)
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

__all__ = ["parse_block", "parse_instruction", "to_dict"]

_INSTRUCTIONS = (CexTrade, SmartContractAction, WalletTransfer)
_BLOCKS = (CexTrade, SmartContractAction, WalletTransfer, AtomicBlock, Sequence)
_DEFAULT_LST = "wsteth"


def parse_block(block: object, *, lst_type: str = _DEFAULT_LST) -> InstructionBlock:
    """One instruction, a list run in order, or ``{atomic: true, steps: [...]}``, as structs.

    Args:
        block: a mapping, a list or tuple of them, or structs (returned as they are).
        lst_type: the liquid staking token (``wsteth`` or ``weeth``) whose venue a bare ``STAKE`` goes to.

    Raises:
        ComponentError: EIM-001 malformed block, EIM-002 unknown type, EIM-004 a field (named in the message),
            EIM-008 an atomic chain that cannot be one transaction.
    """
    if isinstance(block, _BLOCKS):
        return block
    if isinstance(block, list | tuple):
        return _parse_sequence(block, "block", lst_type)
    return _parse_single(block, "instruction", lst_type)


def parse_instruction(instruction: object, *, lst_type: str = _DEFAULT_LST) -> Instruction:
    """A single instruction as a struct; ``lst_type`` and errors as in ``parse_block``."""
    if isinstance(instruction, _INSTRUCTIONS):
        return instruction
    return _parse_instruction(instruction, "instruction", lst_type)


def _parse_sequence(items: list[Any] | tuple[Any, ...], where: str, lst_type: str) -> Sequence:
    if not items:
        raise ComponentError("EIM-001", f"{where}: the list holds no instruction")
    parsed = (
        item
        if isinstance(item, (*_INSTRUCTIONS, AtomicBlock))
        else _parse_single(item, f"instruction {number} of {len(items)}", lst_type)
        for number, item in enumerate(items, 1)
    )
    return Sequence(instructions=tuple(parsed))


def _parse_single(block: object, where: str, lst_type: str) -> Instruction | AtomicBlock:
    if isinstance(block, Mapping) and "atomic" in block:
        return _parse_atomic(block, where, lst_type)
    return _parse_instruction(block, where, lst_type)


def _parse_atomic(block: Mapping[Any, Any], where: str, lst_type: str) -> AtomicBlock:
    reader = FieldReader(block, f"{where} (atomic)")
    if reader.take("atomic") is not True:
        raise ComponentError("EIM-001", f"{where}: atomic must be true; for a plain sequence give a list")
    steps = reader.take("steps")
    if not isinstance(steps, list | tuple) or not steps:
        raise ComponentError("EIM-001", f"{where}: an atomic block needs steps, a list of actions")
    post_conditions = parse_post_conditions(reader)
    reader.finish()
    actions = tuple(_parse_step(step, f"{where}, step {index}", lst_type) for index, step in enumerate(steps))
    check_step_references(actions, where)
    return AtomicBlock(steps=actions, post_conditions=post_conditions)


def _parse_step(step: object, where: str, lst_type: str, depth: int = 0) -> SmartContractAction:
    if isinstance(step, SmartContractAction):
        return step
    if isinstance(step, CexTrade | WalletTransfer | AtomicBlock | Sequence):
        raise ComponentError("EIM-008", f"{where}: a {type(step).__name__} cannot be part of a transaction")
    if not isinstance(step, Mapping):
        raise ComponentError("EIM-001", f"{where}: {shown(step)} is not an instruction")
    if "atomic" in step:
        raise ComponentError("EIM-008", f"{where}: an atomic block cannot be part of another")
    told = instruction_type_of(step, where)
    if told != SMART_CONTRACT_ACTION:
        raise ComponentError("EIM-008", f"{where}: a {told} cannot be part of a transaction")
    return _parse_action(step, where, lst_type, depth)


def _parse_instruction(instruction: object, where: str, lst_type: str) -> Instruction:
    if not isinstance(instruction, Mapping):
        raise ComponentError("EIM-001", f"{where}: {shown(instruction)} is not an instruction")
    told = instruction_type_of(instruction, where)
    if told == CEX_TRADE:
        return _parse_cex_trade(FieldReader(instruction, f"{where} (cex_trade)"))
    if told == SMART_CONTRACT_ACTION:
        action = _parse_action(instruction, where, lst_type, 0)
        if isinstance(action.amount, FromStep):
            refuse(where, f"amount = {{from_step: {action.amount.from_step}}}: is known only inside an atomic block")
        check_step_references(action.steps, where)
        return action
    return _parse_transfer(FieldReader(instruction, f"{where} (wallet_transfer)"))


def _parse_action(fields: Mapping[Any, Any], where: str, lst_type: str, depth: int) -> SmartContractAction:
    reader = FieldReader(fields, f"{where} (smart_contract_action)")
    drop_type_fields(reader)

    def parse_step(step: object, index: int) -> SmartContractAction:
        return _parse_step(step, f"{where}, step {index}", lst_type, depth + 1)

    return parse_action(reader, lst_type, parse_step, depth)


def _parse_cex_trade(reader: FieldReader) -> CexTrade:
    drop_type_fields(reader)
    symbol, trade_type = read_market(reader)
    trade = CexTrade(
        venue=read_venue(reader, "venue"),
        trade_type=cast(TradeType, trade_type),
        symbol=symbol,
        side=cast(Side, reader.choice("side", SIDES)),
        amount=reader.required_positive("amount"),
        order_type=cast(
            OrderType, reader.choice("order_type", {"market": "market", "limit": "limit"}, default="market")
        ),
        price=reader.positive("price"),
        time_in_force=cast(
            TimeInForce,
            reader.choice("time_in_force", {"gtc": "gtc", "ioc": "ioc", "fok": "fok"}, default="gtc"),
        ),
        post_only=reader.flag("post_only"),
        reduce_only=reader.flag("reduce_only"),
        max_slippage=reader.fraction("max_slippage"),
        estimated_deltas=reader.estimated_deltas(),
    )
    reader.finish()
    _check_order_terms(trade, reader.where)
    return trade


def _check_order_terms(trade: CexTrade, where: str) -> None:
    if trade.order_type == "limit" and trade.price is None:
        refuse(where, "price is missing: a limit order needs one")
    if trade.order_type == "market" and trade.price is not None:
        refuse(where, f"price = {trade.price}: a market order takes none; set order_type to limit or use max_slippage")
    if trade.post_only and trade.order_type == "market":
        refuse(where, "post_only = True: only a limit order can be post-only")
    if trade.post_only and trade.time_in_force != "gtc":
        refuse(where, f"post_only = True: contradicts time_in_force = {trade.time_in_force}")
    if trade.reduce_only and trade.trade_type == "spot":
        refuse(where, "reduce_only = True: only a perpetual position can be reduced")


def _parse_transfer(reader: FieldReader) -> WalletTransfer:
    drop_type_fields(reader)
    transfer = WalletTransfer(
        from_venue=read_venue(reader, "from_venue"),
        to_venue=read_venue(reader, "to_venue"),
        token=reader.text("token", required=True),
        amount=reader.required_positive("amount"),
        network=reader.text("network"),
        address=reader.text("address"),
        tag=reader.text("tag"),
        estimated_deltas=reader.estimated_deltas(),
    )
    reader.finish()
    if transfer.from_venue == transfer.to_venue and not transfer.address:
        reader.refuse("to_venue", transfer.to_venue, "must differ from from_venue")
    return transfer
