"""PUH: what can go wrong in the tight loop after an instruction."""

from __future__ import annotations

from basis_strategy_v1.core.error_codes.entry import ErrorEntry

COMPONENT = "PositionUpdateHandler"

ENTRIES = (
    ErrorEntry(
        "PUH-001",
        COMPONENT,
        "HIGH",
        "The position could not be updated.",
        "Read the cause in the message; the ledger is unchanged and the instruction's outcome is in the event log.",
    ),
    ErrorEntry(
        "PUH-002",
        COMPONENT,
        "CRITICAL",
        "A component that the tight loop needs was not given.",
        "Construct the handler with position monitor, reconciliation, exposure, risk and P&L monitors.",
    ),
    ErrorEntry(
        "PUH-003",
        COMPONENT,
        "HIGH",
        "The execution deltas are not finite amounts by location and asset.",
        "Give {location: {asset: amount}} with finite decimals, as the interfaces return it.",
    ),
    ErrorEntry(
        "PUH-004",
        COMPONENT,
        "MEDIUM",
        "The deltas of this instruction were applied before and are ignored.",
        "Nothing needs to be done; look for the caller that reports the instruction twice.",
    ),
    ErrorEntry(
        "PUH-005",
        COMPONENT,
        "HIGH",
        "The updated position could not be reconciled with the venue.",
        "Follow the REC code in the message; the block stopped and no position was overwritten.",
    ),
    ErrorEntry(
        "PUH-006",
        COMPONENT,
        "HIGH",
        "The exposure could not be computed.",
        "Check that every asset held has a price at this time in the data.",
    ),
    ErrorEntry(
        "PUH-007",
        COMPONENT,
        "HIGH",
        "The risk could not be assessed.",
        "Check the margin tiers, marks and indices of the positions named in the message.",
    ),
    ErrorEntry(
        "PUH-008",
        COMPONENT,
        "HIGH",
        "The P&L could not be computed, or its buckets do not add up to the change of NAV.",
        "Compare the buckets in the error event with the ledger's changes since the previous row.",
    ),
    ErrorEntry(
        "PUH-009",
        COMPONENT,
        "HIGH",
        "The tight loop did not finish in time.",
        "Check how fast the venue answers, or raise component_config.reconciliation.timeout.",
    ),
    ErrorEntry(
        "PUH-010",
        COMPONENT,
        "HIGH",
        "The tight loop was entered again before it ended, or time went back.",
        "Handle one update at a time, with timestamps that never decrease.",
    ),
    ErrorEntry(
        "PUH-011",
        COMPONENT,
        "CRITICAL",
        "A hard risk limit was breached.",
        "The engine exits in full and halts; review leverage and limits, then run 'basis recover MODE --resume'.",
    ),
    ErrorEntry(
        "PUH-012",
        COMPONENT,
        "MEDIUM",
        "An instruction's outcome is unknown; it is held and not booked.",
        "Wait for the venue's evidence; until then risk counts it both as done and as not done.",
    ),
    ErrorEntry(
        "PUH-013",
        COMPONENT,
        "CRITICAL",
        "The ledger created or lost value.",
        "Keep the run's directory and report it as a defect: the books of this run must not be trusted.",
    ),
)
