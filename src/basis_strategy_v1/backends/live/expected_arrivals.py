"""Transfers on their way between venues, so that the receiving side knows a deposit for what it is."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from basis_strategy_v1.backends.live.arrival_matching import ExpectedArrival, Match, match
from basis_strategy_v1.backends.live.dialects.venue_records import VenueDeposit


class ExpectedArrivals:
    """Shared by all venues of a run: senders put in, receivers take out."""

    def __init__(self) -> None:
        self._by_id: dict[str, ExpectedArrival] = {}
        self._unexplained: dict[str, tuple[VenueDeposit, ...]] = {}

    def expect(self, arrival: ExpectedArrival) -> None:
        """Note a transfer; what its sender has told of it before is kept."""
        known = self._by_id.get(arrival.client_transfer_id)
        if known is not None:
            told = {"transaction_id": known.transaction_id, "sender_state": known.sender_state}
            arrival = msgspec.structs.replace(arrival, **told)
        self._by_id[arrival.client_transfer_id] = arrival

    def identify(self, client_transfer_id: str, transaction_id: str, sender_state: str = "") -> None:
        """Note what the sender says of a transfer, as long as it is expected."""
        known = self._by_id.get(client_transfer_id)
        if known is not None:
            self._by_id[client_transfer_id] = msgspec.structs.replace(
                known, transaction_id=transaction_id or known.transaction_id, sender_state=sender_state
            )

    def take(self, deposit: VenueDeposit) -> Match | None:
        """The transfer that ``deposit`` is, once; of one that has come in part the rest is expected on."""
        found = match(deposit, self._by_id.values())
        if found is None:
            return None
        arrival = self._by_id.pop(found.client_transfer_id)
        if not found.is_whole:
            self._by_id[arrival.client_transfer_id] = msgspec.structs.replace(
                arrival, amount=arrival.amount - deposit.amount
            )
        return found

    def get(self, client_transfer_id: str) -> ExpectedArrival | None:
        """What is expected of a transfer, None where nothing (more) is."""
        return self._by_id.get(client_transfer_id)

    def drop(self, client_transfer_id: str) -> None:
        """Expect a transfer no longer."""
        self._by_id.pop(client_transfer_id, None)

    def drop_all_but(self, client_transfer_ids: Collection[str], sender_locations: Collection[str]) -> None:
        """Of the transfers out of some locations, expect those with these ids only."""
        for arrival in list(self._by_id.values()):
            if arrival.sender in sender_locations and arrival.client_transfer_id not in client_transfer_ids:
                self.drop(arrival.client_transfer_id)

    def set_unexplained(self, receiver: str, deposits: Collection[VenueDeposit]) -> None:
        """Note which deposits at a venue are no transfer that is known, so far."""
        self._unexplained[receiver] = tuple(deposits)

    def unexplained(self) -> tuple[VenueDeposit, ...]:
        """Those of all venues."""
        return tuple(deposit for deposits in self._unexplained.values() for deposit in deposits)
