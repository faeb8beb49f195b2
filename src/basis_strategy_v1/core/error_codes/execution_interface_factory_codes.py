"""EIF: what can go wrong while interfaces are created and wired."""

from __future__ import annotations

from basis_strategy_v1.core.error_codes.entry import ErrorEntry

COMPONENT = "ExecutionInterfaceFactory"

ENTRIES = (
    ErrorEntry(
        "EIF-001",
        COMPONENT,
        "HIGH",
        "The venue's execution interface could not be created.",
        "Read the cause in the message, then check the venue's settings and credentials.",
    ),
    ErrorEntry(
        "EIF-002",
        COMPONENT,
        "HIGH",
        "The venue is unknown or not valid for this run.",
        "Use a venue that 'basis venues' lists and spell it as shown there.",
    ),
    ErrorEntry(
        "EIF-003",
        COMPONENT,
        "CRITICAL",
        "The venue's credentials are missing or incomplete.",
        "Set every BASIS_<ENV>__... variable named in the message; a backtest needs none.",
    ),
    ErrorEntry(
        "EIF-004",
        COMPONENT,
        "HIGH",
        "An interface lacks a component it depends on.",
        "Pass position monitor, event logger and data provider to set_interface_dependencies before the first use.",
    ),
    ErrorEntry(
        "EIF-005",
        COMPONENT,
        "CRITICAL",
        "The environment's name is unknown.",
        "Set BASIS_ENVIRONMENT to dev, staging or prod.",
    ),
    ErrorEntry(
        "EIF-006",
        COMPONENT,
        "CRITICAL",
        "A credential still holds a placeholder.",
        "Replace the value of the variable named in the message by the real credential.",
    ),
    ErrorEntry(
        "EIF-007",
        COMPONENT,
        "HIGH",
        "The venue lacks something that the strategy mode requires.",
        "Give that role to a venue that has it ('basis venues' lists capabilities), or choose another mode.",
    ),
    ErrorEntry(
        "EIF-008",
        COMPONENT,
        "HIGH",
        "The venue's configuration is not valid.",
        "Correct the key named in the message under venue_settings.",
    ),
    ErrorEntry(
        "EIF-009",
        COMPONENT,
        "HIGH",
        "The interface was not ready in time; nothing was sent through it.",
        "Check the venue's status and your connection, or raise EXECUTION_INTERFACE_FACTORY_TIMEOUT.",
        retryable=True,
    ),
    ErrorEntry(
        "EIF-010",
        COMPONENT,
        "MEDIUM",
        "The same venue was asked for twice; the first interface is kept.",
        "Name each venue once in the configuration; alchemy and wallet are the same venue.",
    ),
    ErrorEntry(
        "EIF-011",
        COMPONENT,
        "CRITICAL",
        "The execution mode is not supported.",
        "Set BASIS_EXECUTION_MODE to backtest or live.",
    ),
    ErrorEntry(
        "EIF-012",
        COMPONENT,
        "CRITICAL",
        "The chain id or host does not belong to the environment.",
        "Correct BASIS_ENVIRONMENT, or the RPC address, chain id and testnet setting, until they agree.",
    ),
    ErrorEntry(
        "EIF-013",
        COMPONENT,
        "MEDIUM",
        "Some venues were left out because their interfaces could not be created.",
        "Mend the venues named in the message, or set validation_strict to true to refuse such a start.",
    ),
)
