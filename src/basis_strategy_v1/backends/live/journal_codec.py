"""How the journal's structs become text and come back, exact to the last digit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from basis_strategy_v1.core.domain.bookings import Booking
from basis_strategy_v1.core.domain.deltas import ExecutionDeltas
from basis_strategy_v1.core.domain.instructions import AtomicBlock, CexTrade, Instruction
from basis_strategy_v1.core.domain.parsing import parse_block, to_dict
from basis_strategy_v1.core.execution.order_state import Submission
from basis_strategy_v1.core.monitors.pnl_state import PnLState

_encode = msgspec.json.Encoder().encode
_submission = msgspec.json.Decoder(Submission)
_booking = msgspec.json.Decoder(Booking)
_pnl = msgspec.json.Decoder(PnLState)
_deltas = msgspec.json.Decoder(ExecutionDeltas)
_MARKET_TRADE = '{"instruction_type":"cex_trade","order_type":"market",'
"""What the public shape names of a trade and its struct leaves out; a struct always has more, such as its venue."""
_GIVEN_BY_ENGINE = ("instruction_id", "purpose")


def to_text(value: Any) -> str:
    """A struct as JSON; a ``Decimal`` as its text."""
    return _encode(value).decode()


def instruction_to_text(instruction: Instruction | AtomicBlock) -> str:
    """An instruction in its public shape, with the id and purpose that the engine gave it."""
    if type(instruction) is CexTrade:
        if instruction.order_type == "market":
            return _MARKET_TRADE + to_text(instruction)[1:]
        named = {"instruction_type": instruction.instruction_type, "order_type": instruction.order_type}
        return to_text({**named, **msgspec.to_builtins(instruction)})
    return to_text(to_dict(instruction))


def instruction_from_text(text: str) -> Instruction | AtomicBlock:
    """The instruction that ``instruction_to_text`` was given."""
    fields = msgspec.json.decode(text)
    given = {name: fields.pop(name) for name in _GIVEN_BY_ENGINE if name in fields}
    block: Any = parse_block(fields)
    restored: Instruction | AtomicBlock = msgspec.structs.replace(block, **given)
    return restored


def submission_from_text(text: str) -> Submission:
    return _submission.decode(text)


def booking_from_text(text: str) -> Booking:
    return _booking.decode(text)


def pnl_from_text(text: str) -> PnLState:
    return _pnl.decode(text)


def deltas_from_text(text: str) -> ExecutionDeltas:
    return _deltas.decode(text)


def amount_to_text(amount: Decimal) -> str:
    """One text for one number: ``1.50`` and ``1.5`` are both ``1.5``."""
    if not amount:
        return "0"
    text = str(amount)
    if "E" in text:
        text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if text[-1] == "0" and "." in text else text
