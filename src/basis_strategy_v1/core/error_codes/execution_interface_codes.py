"""EXI: what can go wrong between an execution interface and its venue."""

from __future__ import annotations

from basis_strategy_v1.core.error_codes.entry import ErrorEntry

COMPONENT = "ExecutionInterfaces"

ENTRIES = (
    ErrorEntry(
        "EXI-001",
        COMPONENT,
        "HIGH",
        "The venue refused the instruction.",
        "Read the venue's reason in the message and change amount, price or order type to fit its filters.",
    ),
    ErrorEntry(
        "EXI-002",
        COMPONENT,
        "MEDIUM",
        "The venue's rate limit was reached and the request was turned away unread.",
        "Lower venue_settings.<venue>.rate_limits.requests_per_minute or raise VENUE_RATE_LIMIT_DELAY.",
        retryable=True,
    ),
    ErrorEntry(
        "EXI-003",
        COMPONENT,
        "HIGH",
        "The venue could not be reached, so nothing was sent, or it takes no instructions now.",
        "Check the venue's status page and your connection, or move its share of hedge_allocation to another venue.",
        retryable=True,
    ),
    ErrorEntry(
        "EXI-004",
        COMPONENT,
        "CRITICAL",
        "A credential is missing, a placeholder, or was refused by the venue.",
        "Set the venue's BASIS_<ENV>__... variables ('basis venues' lists them) to a key of this environment that may "
        "trade, from an address that the venue lets in.",
    ),
    ErrorEntry(
        "EXI-005",
        COMPONENT,
        "HIGH",
        "The venue does not offer what the instruction asks for.",
        "Run 'basis venues' for what each venue can do, then change the venue, instrument or action.",
    ),
    ErrorEntry(
        "EXI-006",
        COMPONENT,
        "HIGH",
        "The balance or free margin does not cover the instruction.",
        "Lower the amount, or first move capital to the location named in the message.",
    ),
    ErrorEntry(
        "EXI-007",
        COMPONENT,
        "HIGH",
        "The answer was lost, so it is not known whether the instruction was executed.",
        "Do not send it again: look the order or transaction up at the venue by its id, or let recovery settle it.",
    ),
    ErrorEntry(
        "EXI-008",
        COMPONENT,
        "HIGH",
        "The outcome would be, or was, worse than the slippage or price bound.",
        "Trade a smaller amount, wait for more depth, or raise max_slippage.",
    ),
    ErrorEntry(
        "EXI-009",
        COMPONENT,
        "HIGH",
        "The transaction was reverted on chain: no position changed, only its gas was spent.",
        "Read the revert reason in the message and mend the cause: allowance, balance, health factor or deadline.",
    ),
    ErrorEntry(
        "EXI-010",
        COMPONENT,
        "MEDIUM",
        "Gas costs more than the cap, so the transaction was not sent.",
        "Wait for cheaper gas, or raise execution_settings.gas_price_cap_gwei.",
    ),
    ErrorEntry(
        "EXI-011",
        COMPONENT,
        "MEDIUM",
        "The venue knows no order with this id.",
        "Check the id and the venue; an order that is filled, cancelled or expired can no longer be changed.",
    ),
    ErrorEntry(
        "EXI-012",
        COMPONENT,
        "HIGH",
        "The venue's answer could not be understood.",
        "Look the instruction up at the venue before doing anything else, then check the venue's API change log.",
    ),
    ErrorEntry(
        "EXI-013",
        COMPONENT,
        "HIGH",
        "There is no market data to price the instruction at this time.",
        "Add the column named in the message to the dataset, alias it in data.data_aliases, or pick another time.",
    ),
)
