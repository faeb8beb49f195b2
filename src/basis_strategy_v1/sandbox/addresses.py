"""Deposit addresses of the local venues: made from the venue's name, always the same."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

OUTSIDE = "outside"
"""Where a withdrawal to an address that nobody here knows goes: it leaves the sandbox for ever."""


def deposit_address(venue: str) -> str:
    """The one address at which ``venue`` takes deposits of every asset on every network."""
    return "0x" + hashlib.sha256(f"local deposit address of {venue}".encode()).hexdigest()[:40]


class AddressBook:
    """Knows to whom an address belongs.

    Args:
        deposit_locations: ``{venue: the location its deposits arrive at}``.
        others: ``{address: location}`` of wallets that take part, if any.
    """

    def __init__(self, deposit_locations: Mapping[str, str], others: Mapping[str, str] | None = None) -> None:
        self._locations = {deposit_address(venue).lower(): place for venue, place in deposit_locations.items()}
        self._locations.update({address.lower(): place for address, place in (others or {}).items()})

    def location_of(self, address: str) -> str:
        """The location that an address credits, or ``OUTSIDE``."""
        return self._locations.get(address.lower(), OUTSIDE)
