"""REC: what can go wrong while expected and actual positions are compared."""

from __future__ import annotations

from basis_strategy_v1.core.error_codes.entry import ErrorEntry

COMPONENT = "ReconciliationComponent"

ENTRIES = (
    ErrorEntry(
        "REC-001",
        COMPONENT,
        "HIGH",
        "The venue's position differs from the expected one by more than the tolerance.",
        "Compare fills, fees and transfers of the asset named in the message with the venue's own statement.",
    ),
    ErrorEntry(
        "REC-002",
        COMPONENT,
        "HIGH",
        "The venue did not say what it holds.",
        "Check the venue's status and the read permission of its credential, then reconcile again.",
    ),
    ErrorEntry(
        "REC-003",
        COMPONENT,
        "HIGH",
        "There is no expected position to compare with.",
        "Apply the execution deltas to the ledger before reconciling, and check that the location is known.",
    ),
    ErrorEntry(
        "REC-004",
        COMPONENT,
        "HIGH",
        "The venue reports an asset that the run does not know.",
        "Add the asset to the venue's instruments, or move it out of the account.",
    ),
    ErrorEntry(
        "REC-005",
        COMPONENT,
        "HIGH",
        "The steps of the reconciliation handshake came out of order.",
        "Finish the pending reconciliation, with success or failure, before the next one starts.",
    ),
    ErrorEntry(
        "REC-006",
        COMPONENT,
        "CRITICAL",
        "The venue did not say what it holds, however often it was asked.",
        "Check the venue's status; when it answers, compare its statement and run 'basis recover MODE --resume'.",
    ),
    ErrorEntry(
        "REC-007",
        COMPONENT,
        "HIGH",
        "Reconciliation did not finish in time.",
        "Check how fast the venue answers, or raise component_config.reconciliation.timeout.",
    ),
    ErrorEntry(
        "REC-008",
        COMPONENT,
        "HIGH",
        "The tolerance is not a number of steps from zero up.",
        "Set RECONCILIATION_TOLERANCE to a finite number of steps, such as 1.",
    ),
    ErrorEntry(
        "REC-009",
        COMPONENT,
        "MEDIUM",
        "The venue's report is older than the instruction it should confirm.",
        "Wait for the next report; if it stays stale, check the account stream and the clock.",
    ),
    ErrorEntry(
        "REC-010",
        COMPONENT,
        "MEDIUM",
        "A balance changed without an instruction or a known account event.",
        "Look for a manual trade, deposit, airdrop or fee in the venue's history and book it as a flow.",
    ),
    ErrorEntry(
        "REC-011",
        COMPONENT,
        "HIGH",
        "An instruction is still in flight, so its position cannot be confirmed.",
        "Wait until its order or transaction is final, or look it up at the venue by its id.",
    ),
    ErrorEntry(
        "REC-012",
        COMPONENT,
        "MEDIUM",
        "The account holds a position that this run did not open or change, or an order that it did not place.",
        "Book what was traded with 'basis recover MODE --adopt'; cancel such orders with --cancel-foreign.",
    ),
    ErrorEntry(
        "REC-013",
        COMPONENT,
        "CRITICAL",
        "Trading is halted because positions could not be reconciled.",
        "Settle the difference named in the message, then run 'basis recover MODE --resume'.",
    ),
)
