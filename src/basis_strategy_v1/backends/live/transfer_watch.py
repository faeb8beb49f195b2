"""Follows transfers of one account to their end: what it has sent until the venue is done with it, what comes in."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from basis_strategy_v1.backends.live.arrival_matching import LONGEST_WAY, ExpectedArrival
from basis_strategy_v1.backends.live.dialects.venue_records import VenueDeposit, VenueTransfer
from basis_strategy_v1.backends.live.event_cursor import NANOSECONDS_PER_MILLISECOND, EventCursor, PendingWithdrawal
from basis_strategy_v1.backends.live.expected_arrivals import ExpectedArrivals
from basis_strategy_v1.backends.live.transfer_keeper import TransferKeeper
from basis_strategy_v1.core.domain.deltas import DONE
from basis_strategy_v1.core.domain.orders import (
    Arrival,
    PartialArrival,
    TransferArrival,
    TransferReport,
    TransferRequest,
)

UNDECLARED = "deposit:"
"""How the id of a deposit begins that no transfer of ours accounts for."""

Listed = tuple[PendingWithdrawal, VenueTransfer]


class TransferWatch:
    """The transfers of one account.

    Args:
        locations: those of the venue.
        transfers: asks for withdrawals.
        arrivals: transfers on their way, shared by all venues of a run.
    """

    def __init__(self, locations: Sequence[str], transfers: TransferKeeper, arrivals: ExpectedArrivals) -> None:
        self._locations = locations
        self._transfers = transfers
        self._arrivals = arrivals

    def sent(self, cursor: EventCursor, request: TransferRequest, report: TransferReport, sent_at: int) -> None:
        """Expect what was withdrawn to arrive, here or elsewhere; ``report.received`` of it has not so far."""
        if report.outcome is not DONE or not report.arrives_at:
            return
        known = cursor.withdrawals.get(request.client_transfer_id)
        # The list of addresses may have changed since; the venue knows the one it was told.
        request = self._transfers.as_sent(request) if known is None else known.request
        pending = PendingWithdrawal(request=request, sent_at=sent_at, received=report.received, fee=report.fee)
        cursor.withdrawals[request.client_transfer_id] = pending
        self._arrivals.expect(_expected(pending))

    def resume(self, cursor: EventCursor) -> None:
        """Expect what another process has sent."""
        for pending in cursor.withdrawals.values():
            self._arrivals.expect(_expected(pending))

    def keep_only(self, cursor: EventCursor, client_transfer_ids: Collection[str]) -> None:
        """Forget every transfer out of this account but these: the others have ended."""
        cursor.withdrawals = {key: item for key, item in cursor.withdrawals.items() if key in client_transfer_ids}
        self._arrivals.drop_all_but(client_transfer_ids, self._locations)

    def listed(self, cursor: EventCursor) -> list[Listed]:
        """Withdrawals on their way, as the venue lists them."""
        listed = []
        for pending in cursor.withdrawals.values():
            found = self._transfers.find(pending.request, pending.sent_at)
            if found is not None:
                listed.append((pending, found))
        return listed

    def events(
        self, cursor: EventCursor, listed: Sequence[Listed], deposits: Sequence[VenueDeposit], now_ms: int
    ) -> list[Arrival]:
        """What the withdrawals and the deposits that a venue lists have become; each once."""
        now = now_ms * NANOSECONDS_PER_MILLISECOND
        returned = [arrival for pending, found in listed if (arrival := self._returned(cursor, pending, found, now))]
        arrivals = [*returned, *self._explained(cursor, now), *self._new(cursor, deposits)]
        self._arrivals.set_unexplained(self._locations[0], cursor.unexplained.values())
        return arrivals

    def _returned(
        self, cursor: EventCursor, pending: PendingWithdrawal, found: VenueTransfer, now: int
    ) -> TransferArrival | None:
        """Of a withdrawal that the venue refused after it had taken it: its amount is back where it was."""
        request = pending.request
        client_id = request.client_transfer_id
        self._arrivals.identify(client_id, found.transaction_id, found.state)
        if found.state == "pending":
            return None
        del cursor.withdrawals[client_id]
        if found.state != "failed":
            return None
        self._arrivals.drop(client_id)
        return TransferArrival(now, client_id, request.from_location, request.token, request.amount)

    def _explained(self, cursor: EventCursor, now: int) -> list[Arrival]:
        """Deposits that were no transfer we knew when they came, and are one by what is known now."""
        found = []
        for key, deposit in list(cursor.unexplained.items()):
            arrival = self._matched(deposit)
            if arrival is not None:
                found.append(arrival)
            if arrival is not None or now - deposit.timestamp > LONGEST_WAY:
                del cursor.unexplained[key]
        return found

    def _new(self, cursor: EventCursor, deposits: Sequence[VenueDeposit]) -> list[Arrival]:
        found: list[Arrival] = []
        for deposit in deposits:
            if not cursor.is_new(deposit_key(deposit.deposit_id), deposit.timestamp // NANOSECONDS_PER_MILLISECOND):
                continue
            arrival = self._matched(deposit)
            if arrival is None:
                cursor.unexplained[deposit.deposit_id] = deposit
                nobody = f"{UNDECLARED}{deposit.deposit_id}"
                arrival = TransferArrival(deposit.timestamp, nobody, deposit.location, deposit.token, deposit.amount)
            found.append(arrival)
        return found

    def _matched(self, deposit: VenueDeposit) -> Arrival | None:
        match = self._arrivals.take(deposit)
        if match is None:
            return None
        kind = TransferArrival if match.is_whole else PartialArrival
        what = (deposit.location, deposit.token, deposit.amount, deposit.deposit_id)
        return kind(deposit.timestamp, match.client_transfer_id, *what)


def deposit_key(deposit_id: str) -> str:
    """Under which a cursor remembers that a deposit was told."""
    return f"deposit {deposit_id}"


def _expected(pending: PendingWithdrawal) -> ExpectedArrival:
    request = pending.request
    return ExpectedArrival(
        client_transfer_id=request.client_transfer_id,
        location=request.to_location,
        token=request.token,
        amount=pending.received,
        sender=request.from_location,
        fee=pending.fee,
        sent_at=pending.sent_at,
    )
