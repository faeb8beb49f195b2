"""Which transfer a deposit is: only where exactly one can be meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from basis_strategy_v1.backends.live.dialects.venue_records import VenueDeposit
from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.core.domain.timestamps import NANOSECONDS_PER_HOUR, NANOSECONDS_PER_MINUTE
from basis_strategy_v1.core.monitors.catalog import venue_of

SHORTFALL_SHARE = Decimal("0.0005")
"""A difference up to this share of a transfer, or up to its declared fee, is a cost; a larger one a person judges."""

LONGEST_WAY = 168 * NANOSECONDS_PER_HOUR
"""How long after it was sent a transfer is recognised by its amount; by its transaction it is at any time."""

CLOCK_TOLERANCE = NANOSECONDS_PER_MINUTE
"""How much earlier than a transfer was sent its receiver may date it."""


class ExpectedArrival(msgspec.Struct, frozen=True, kw_only=True):
    """``amount`` of ``token`` that should still arrive at ``location``.

    ``transaction_id`` once ``sender`` has told it, ``sender_state`` as it lists the withdrawal (pending or done),
    ``fee`` as declared, ``sent_at`` in ns UTC.
    """

    client_transfer_id: str
    location: str
    token: str
    amount: Decimal
    sender: str = ""
    fee: Decimal = ZERO
    sent_at: int = 0
    transaction_id: str = ""
    sender_state: str = ""

    @property
    def tolerance(self) -> Decimal:
        """The largest difference that is booked as a cost without a person's word."""
        return max(self.fee, self.amount * SHORTFALL_SHARE)

    def is_about(self, deposit: VenueDeposit) -> bool:
        """Whether ``deposit`` is as much as is expected, but for what is a cost."""
        return abs(self.amount - deposit.amount) <= self.tolerance


class Match(msgspec.Struct, frozen=True):
    """A deposit is the transfer of this id: all that was missing of it, or a part."""

    client_transfer_id: str
    is_whole: bool = True


def match(deposit: VenueDeposit, expected: Iterable[ExpectedArrival]) -> Match | None:
    """The transfer that ``deposit`` is, the oldest first where several are the same to the books; None where unclear.

    A transaction that both sides tell decides; a venue may pay several withdrawals in one, so the amount tells these
    apart. Without one it is amount and time. Venues choose at which of their locations they credit.
    """
    place = (venue_of(deposit.location), deposit.token)
    there = [arrival for arrival in expected if (venue_of(arrival.location), arrival.token) == place]
    same = [arrival for arrival in there if _is_same_transaction(arrival, deposit)]
    if same:
        return _of_its_transaction(deposit, same)
    untold = [arrival for arrival in there if not (arrival.transaction_id and deposit.transaction_id)]
    return _of_its_amount(deposit, [arrival for arrival in untold if _is_in_time(arrival, deposit)])


def _of_its_transaction(deposit: VenueDeposit, same: Sequence[ExpectedArrival]) -> Match | None:
    exact = [arrival for arrival in same if arrival.amount == deposit.amount]
    about = exact or [arrival for arrival in same if arrival.is_about(deposit)]
    if exact or len(about) == 1:
        return Match(about[0].client_transfer_id)
    if len(same) == 1 and deposit.amount < same[0].amount:
        return Match(same[0].client_transfer_id, is_whole=False)
    return None


def _of_its_amount(deposit: VenueDeposit, open_ones: Sequence[ExpectedArrival]) -> Match | None:
    exact = [arrival for arrival in open_ones if arrival.amount == deposit.amount]
    if exact:
        # Of one sender they are the same to the books; of two, either could yet be given back to its own.
        return Match(exact[0].client_transfer_id) if len({arrival.sender for arrival in exact}) == 1 else None
    about = [arrival for arrival in open_ones if arrival.is_about(deposit)]
    return Match(about[0].client_transfer_id) if len(about) == 1 else None


def _is_same_transaction(arrival: ExpectedArrival, deposit: VenueDeposit) -> bool:
    told = _normal(arrival.transaction_id)
    return bool(told) and told == _normal(deposit.transaction_id)


def _is_in_time(arrival: ExpectedArrival, deposit: VenueDeposit) -> bool:
    if not arrival.sent_at:
        return True
    underway = deposit.timestamp - arrival.sent_at
    return -CLOCK_TOLERANCE <= underway <= LONGEST_WAY


def _normal(transaction_id: str) -> str:
    """Venues write the same hash with and without its prefix, in either case."""
    return transaction_id.lower().removeprefix("0x")
