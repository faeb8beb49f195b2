"""EIM: what can go wrong while an instruction block is read and routed."""

from __future__ import annotations

from basis_strategy_v1.core.error_codes.entry import ErrorEntry

COMPONENT = "ExecutionInterfaceManager"

ENTRIES = (
    ErrorEntry(
        "EIM-001",
        COMPONENT,
        "HIGH",
        "The instruction block has no shape that can be run.",
        "Give one instruction, a list of instructions, or {atomic: true, steps: [...]}.",
    ),
    ErrorEntry(
        "EIM-002",
        COMPONENT,
        "HIGH",
        "The instruction's type is unknown.",
        "Set instruction_type to cex_trade, smart_contract_action or wallet_transfer.",
    ),
    ErrorEntry(
        "EIM-003",
        COMPONENT,
        "HIGH",
        "No interface exists for the instruction's venue.",
        "Add the venue to the run's configuration, or correct its name; 'basis venues' lists all of them.",
    ),
    ErrorEntry(
        "EIM-004",
        COMPONENT,
        "HIGH",
        "A field of the instruction is missing, unknown or out of range.",
        "Correct the field named in the message and send the instruction again.",
    ),
    ErrorEntry(
        "EIM-005",
        COMPONENT,
        "CRITICAL",
        "The venue's credentials could not be routed to its interface.",
        "Set the credentials of this venue for the environment that BASIS_ENVIRONMENT names.",
    ),
    ErrorEntry(
        "EIM-006",
        COMPONENT,
        "HIGH",
        "An interface failed in a way it did not foresee.",
        "Look the instruction up at the venue before sending it again, and read the error event for the cause.",
    ),
    ErrorEntry(
        "EIM-007",
        COMPONENT,
        "HIGH",
        "The block is atomic, but atomic chaining is switched off.",
        "Set enable_atomic_chaining to true, or send the steps as a list.",
    ),
    ErrorEntry(
        "EIM-008",
        COMPONENT,
        "HIGH",
        "The atomic chain cannot be one transaction.",
        "Use only smart_contract_action steps of one chain, and let from_step name an earlier step.",
    ),
    ErrorEntry(
        "EIM-009",
        COMPONENT,
        "HIGH",
        "The atomic chain was reverted: none of its steps was applied.",
        "Mend the step named in the message, then send the whole chain again.",
    ),
    ErrorEntry(
        "EIM-010",
        COMPONENT,
        "HIGH",
        "The outcomes of the block's instructions could not be added up.",
        "Compare the deltas in the error event; each must be a finite amount by location and asset.",
    ),
    ErrorEntry(
        "EIM-011",
        COMPONENT,
        "HIGH",
        "Every permitted retry failed.",
        "Mend the cause named in the message, or raise max_retries (up to 9) or retry_delay.",
    ),
    ErrorEntry(
        "EIM-012",
        COMPONENT,
        "HIGH",
        "No route leads from one location of the transfer to the other.",
        "Split the transfer into legs that exist, for example through the wallet.",
    ),
    ErrorEntry(
        "EIM-013",
        COMPONENT,
        "CRITICAL",
        "The manager is halted and takes no instructions.",
        "Find the reason of the halt in the event log, settle it, then run 'basis recover MODE --resume'.",
    ),
)
