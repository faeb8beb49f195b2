"""Transfers on their way between venues, so that the receiving side knows a deposit for what it is."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from basis_strategy_v1.backends.live.dialects.venue_records import VenueDeposit


class ExpectedArrival(msgspec.Struct, frozen=True, kw_only=True):
    """``amount`` of ``token`` that should arrive at ``location``; ``transaction_id`` once the sender has told it."""

    client_transfer_id: str
    location: str
    token: str
    amount: Decimal
    transaction_id: str = ""


class ExpectedArrivals:
    """Shared by all venues of a run: senders put in, receivers take out."""

    def __init__(self) -> None:
        self._by_id: dict[str, ExpectedArrival] = {}

    def expect(self, arrival: ExpectedArrival) -> None:
        """Note a transfer."""
        self._by_id[arrival.client_transfer_id] = arrival

    def identify(self, client_transfer_id: str, transaction_id: str) -> None:
        """Note the transaction of a transfer, as long as it is expected."""
        known = self._by_id.get(client_transfer_id)
        if known is not None and transaction_id:
            self.expect(msgspec.structs.replace(known, transaction_id=transaction_id))

    def take(self, deposit: VenueDeposit) -> str | None:
        """The id of the transfer that ``deposit`` is, once.

        Of those to its place in its token it is the one of its transaction, else one of its amount. A transaction alone
        says too little: a venue may pay several withdrawals in one.
        """
        place = (deposit.location, deposit.token)
        there = [arrival for arrival in self._by_id.values() if (arrival.location, arrival.token) == place]
        there.sort(key=lambda arrival: arrival.amount != deposit.amount)
        for arrival in there:
            if deposit.transaction_id and arrival.transaction_id == deposit.transaction_id:
                return self._taken(arrival)
        for arrival in there:
            if arrival.amount == deposit.amount:
                return self._taken(arrival)
        return None

    def drop(self, client_transfer_id: str) -> None:
        """Expect a transfer no longer."""
        self._by_id.pop(client_transfer_id, None)

    def _taken(self, arrival: ExpectedArrival) -> str:
        self.drop(arrival.client_transfer_id)
        return arrival.client_transfer_id
