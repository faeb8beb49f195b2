"""``basis errors``."""

from __future__ import annotations

import click

from basis_strategy_v1.cli.tables import print_table
from basis_strategy_v1.core.error_codes.exceptions import ComponentError


@click.command
@click.argument("code", metavar="[CODE]", required=False, help="One code, such as EXI-006.")
def errors(code: str | None) -> None:
    """Explain the error codes, or one of them."""
    from basis_strategy_v1.core.error_codes.error_code_registry import all_entries, entry_for

    if code is None:
        print_table(
            ("code", "severity", "component", "what happened"),
            [(entry.code, entry.severity, entry.component, entry.message) for entry in all_entries()],
        )
        return
    try:
        entry = entry_for(code.strip().upper())
    except ValueError as error:
        raise ComponentError(
            "CFG-003",
            f"there is no error code {code!r}",
            original_exception=error,
            remedy="'basis errors' lists every code.",
        ) from error
    rows = [
        ("code", entry.code),
        ("component", entry.component),
        ("severity", entry.severity),
        ("what", entry.message),
        ("mend", entry.resolution),
        ("retried", "yes, in live trading" if entry.retryable else "no"),
    ]
    for label, text in rows:
        print(f"{label:<10}  {text}")
