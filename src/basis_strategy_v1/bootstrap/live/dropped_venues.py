"""A run holds what its journal says, wherever that is: a configuration that leaves a venue out does not empty it."""

from __future__ import annotations

from collections.abc import Container
from decimal import Decimal

from basis_strategy_v1.core.domain.deltas import Changes, add_changes
from basis_strategy_v1.core.domain.market import QUOTE_SUFFIX
from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.execution.restore import RestoredState
from basis_strategy_v1.core.interfaces.transfers_in_flight import IN_TRANSIT
from basis_strategy_v1.core.monitors.catalog import STABLECOINS, venue_of

COMPONENT = "ReconciliationComponent"
CASH = "in cash"
LEAST_CASH = Decimal(10)
"""Less than this no strategy moves: it is what is left where everything was taken away."""


def refuse_dropped_venues(restored: RestoredState, venues: Container[str]) -> None:
    """Raise CFG-003 where the run holds something, or sends something, to a venue that is none of ``venues``.

    Nobody would look at it: it would count as held, and be neither compared nor closed.
    """
    held: Changes = {}
    for booking in restored.bookings:
        for location, assets in booking.changes.items():
            for asset, amount in assets.items():
                add_changes(held, {location: {_folded(asset): amount}})
    found = [
        f"{amount} {asset} at {location}"
        for location, assets in held.items()
        for asset, amount in assets.items()
        if abs(amount) > (LEAST_CASH if asset == CASH else ZERO)
        and location != IN_TRANSIT
        and venue_of(location) not in venues
    ]
    found += [
        f"{item.amount} {item.token} on its way to {item.to_location}"
        for item in restored.transfers
        if venue_of(item.to_location) not in venues
    ]
    if found:
        message = f"the configuration leaves out a venue at which the run holds {', '.join(found)}"
        raise ComponentError("CFG-003", message, COMPONENT, remedy="Start it with the venues it was begun with.")


def _folded(asset: str) -> str:
    """Cash and the quote legs of perpetuals count as one: together they are what can be taken away."""
    return CASH if asset in STABLECOINS or asset.endswith(QUOTE_SUFFIX) else asset
