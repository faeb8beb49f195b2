"""Paying investors out, first come first, as far as there is cash."""

from __future__ import annotations

from basis_strategy_v1.core.engine.flow_queue import FlowQueue
from basis_strategy_v1.core.engine.parts import EngineParts
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

CANNOT_LEAVE = "EXI-006"


def pay_redemptions(parts: EngineParts, flows: FlowQueue, now: int) -> bool:
    """Pay the waiting redemptions for which cash lies free where they leave; whether any was paid."""
    paid = False
    for flow_id, flow in flows.redemptions():
        if parts.portfolio.wallet_balance(flow.location, flow.asset) < -flow.amount:
            break
        try:
            parts.credit(flow.location, flow.asset, flow.amount)
        except ComponentError as error:
            if error.error_code != CANNOT_LEAVE:
                raise
            break
        parts.position_update_handler.book_flow(now, flow_id, flow.location, flow.asset, flow.amount)
        flows.paid(flow_id)
        paid = True
    if paid:
        parts.strategy.note_redemptions(flows.waiting())
    return paid
