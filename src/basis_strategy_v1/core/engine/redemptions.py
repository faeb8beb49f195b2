"""Paying investors out: in each asset first come first, as far as there is any."""

from __future__ import annotations

from basis_strategy_v1.core.engine.flow_queue import FlowQueue
from basis_strategy_v1.core.engine.parts import EngineParts
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.monitors.catalog import STABLECOINS

CANNOT_LEAVE = "EXI-006"


def pay_redemptions(parts: EngineParts, flows: FlowQueue, now: int, *, in_kind_only: bool = False) -> bool:
    """Pay the waiting redemptions for which enough lies free where they leave; whether any was paid.

    Those in kind need no cash: they are paid before a decision, which then hedges what is left.
    """
    paid = False
    exhausted: set[str] = set()
    for flow_id, flow in flows.redemptions():
        if flow.asset in exhausted or (in_kind_only and flow.asset in STABLECOINS):
            continue
        if parts.portfolio.wallet_balance(flow.location, flow.asset) < -flow.amount:
            exhausted.add(flow.asset)
            continue
        try:
            parts.credit(flow.location, flow.asset, flow.amount)
        except ComponentError as error:
            if error.error_code != CANNOT_LEAVE:
                raise
            exhausted.add(flow.asset)
            continue
        parts.position_update_handler.book_flow(now, flow_id, flow.location, flow.asset, flow.amount)
        flows.paid(flow_id)
        paid = True
    if paid:
        parts.strategy.note_redemptions(flows.waiting())
    return paid
