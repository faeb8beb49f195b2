"""Fees and delays of the local venues: those that a run is configured with by default."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from basis_strategy_v1.config.venues import venue_settings
from basis_strategy_v1.core.interfaces.venue_spec import FeeSchedule, VenueSpec


def as_configured(spec: VenueSpec) -> VenueSpec:
    """``spec`` with the trading and withdrawal fees of the venue's packaged configuration."""
    values = venue_settings(spec.venue).plain_values()
    fees: Any = values["fees"]
    return msgspec.structs.replace(
        spec, fees=spec.fees if fees is None else FeeSchedule(**fees), withdrawal_fees=values["withdrawal_fees"]
    )


def transfer_delays(venues: Iterable[str]) -> dict[str, Mapping[str, int]]:
    """How long (ns) transfers take, by the venue that sends them."""
    found: dict[str, Mapping[str, int]] = {}
    for venue in venues:
        delays: Any = venue_settings(venue).plain_values()["transfer_delays"]
        found[venue] = delays
    return found
