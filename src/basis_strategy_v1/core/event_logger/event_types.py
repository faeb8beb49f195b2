"""The registered types of events.

``instruction_executed`` tells of fills that came after an order's own answer; what is done at once has its own type
(``CEX_TRADE_EXECUTED``, ``CONTRACT_ACTION_EXECUTED``, ...). ``state_update`` is written where a person asks the manager
for an update (trigger ``manual``); an engine's updates would say nothing that other events do not.
"""

from __future__ import annotations

EVENT_TYPES = (
    "component_initialization",
    "state_update",
    "interface_created",
    "instruction_routed",
    "instruction_executed",
    "instruction_rejected",
    "instruction_unknown",
    "CEX_TRADE_EXECUTED",
    "DEX_SWAP_EXECUTED",
    "CONTRACT_ACTION_EXECUTED",
    "TRANSFER_SENT",
    "TRANSFER_ARRIVED",
    "funding_settled",
    "position_updated",
    "reconciliation_succeeded",
    "reconciliation_failed",
    "risk_limit",
    "liquidation",
    "order_execution_failed",
    "rate_limit_exceeded",
    "venue_unavailable",
    "interface_creation_failed",
    "venue_validation_failed",
    "credential_validation_failed",
    "error",
)
KNOWN_EVENT_TYPES = frozenset(EVENT_TYPES)
