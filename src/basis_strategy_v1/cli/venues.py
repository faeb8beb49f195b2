"""``basis venues``."""

from __future__ import annotations

from basis_strategy_v1.cli.tables import print_table


def venues() -> None:
    """List the venues, what each can do and which environment variables its credentials have."""
    from basis_strategy_v1.venues.registry import all_specs

    rows = []
    for spec in all_specs():
        symbols = sorted({instrument.symbol for instrument in spec.instruments})
        rows.append((spec.venue, spec.family, ", ".join(symbols) or "-", ", ".join(sorted(spec.capabilities))))
    print_table(("venue", "family", "symbols", "can"), rows)
    print()
    credentials = [
        (spec.venue, ", ".join(f"BASIS_<ENV>__{field.environment_suffix}" for field in spec.credentials))
        for spec in all_specs()
        if spec.credentials
    ]
    print_table(("venue", "credentials (live only; <ENV> is DEV, STAGING or PROD)"), credentials)
