"""``basis venues``."""

from __future__ import annotations

import click

from basis_strategy_v1.cli.tables import print_table


@click.command
def venues() -> None:
    """List the venues, what each can do and which environment variables its credentials have."""
    from basis_strategy_v1.venues.registry import all_specs

    rows = []
    for spec in all_specs():
        symbols = sorted({instrument.symbol for instrument in spec.instruments})
        rows.append((spec.venue, spec.family, ", ".join(symbols) or "-", ", ".join(sorted(spec.capabilities))))
    print_table(("venue", "family", "symbols", "can"), rows)
    print()
    sharing: dict[tuple[str, ...], list[str]] = {}
    for spec in all_specs():
        sharing.setdefault(tuple(field.environment_suffix for field in spec.credentials), []).append(spec.venue)
    credentials = [
        (f"BASIS_<ENV>__{suffix}", ", ".join(venues_of))
        for suffixes, venues_of in sharing.items()
        for suffix in suffixes
    ]
    print_table(("credential (live only; <ENV> is DEV, STAGING or PROD)", "venues"), credentials)
