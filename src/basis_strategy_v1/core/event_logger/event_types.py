"""The registered types of events."""

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
