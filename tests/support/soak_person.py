"""What a person does between two processes of a soak: end the transfers that did not arrive as they should."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path

from basis_strategy_v1.backends.live.dialects.venue_records import VenueDeposit
from basis_strategy_v1.bootstrap.live import care
from basis_strategy_v1.bootstrap.live.plan import make_plan
from basis_strategy_v1.bootstrap.live.session import connect_venues, open_run
from basis_strategy_v1.bootstrap.live.transfer_ends import TransferEnd
from basis_strategy_v1.core.domain.timestamps import NANOSECONDS_PER_MINUTE
from basis_strategy_v1.core.execution.restore import RestoredState, restore
from basis_strategy_v1.core.interfaces.transfers_in_flight import TransferInFlight
from basis_strategy_v1.core.monitors.catalog import venue_of
from local_live import LocalVenues

MOST = 20
"""Transfers that one look can find."""
PATIENCE = 5 * NANOSECONDS_PER_MINUTE
"""For how long a run is given the time to recognise what has come."""
LIKELY = Decimal("0.4")
"""A deposit of less than this share of a transfer is taken for something else."""


class Person:
    """Looks at both venues, and says of each transfer what has become of it.

    Attributes:
        did: how often what was done.
    """

    def __init__(self, venues: LocalVenues, directory: Path) -> None:
        self._venues = venues
        self._options = venues.options(directory)
        self.did: Counter[str] = Counter()

    def look_after(self, *, at_the_end: bool, at_once: bool = False) -> bool:
        """End what is overdue, and what has come and was not recognised; at the end all that is open.

        Args:
            at_once: without patience, for a start was refused.

        Returns:
            Whether anything was to be done.
        """
        for done in range(MOST):
            state = self._restored()
            open_ones = [item for item in state.transfers if at_the_end or self._needs_a_person(item, state, at_once)]
            if not open_ones:
                return done > 0
            self._end(open_ones[0], state)
        raise AssertionError(f"transfers that a person cannot end: {self._restored().transfers}")

    def _needs_a_person(self, transfer: TransferInFlight, state: RestoredState, at_once: bool) -> bool:
        now = self._venues.world.clock.now_ns()
        if transfer.arrives_at + PATIENCE > now and not at_once:
            return False
        return transfer.overdue_at <= now or self._deposit_of(transfer, state) is not None

    def _end(self, transfer: TransferInFlight, state: RestoredState) -> None:
        found = self._deposit_of(transfer, state)
        amount = None if found is None else min(found.amount, transfer.amount)
        self.did["written off" if amount is None else "arrived"] += 1
        end = TransferEnd(transfer_id=transfer.client_transfer_id, amount=amount, reason="looked into", force=not found)
        care.recover(self._options, self._venues.environment(), end=end, world=self._venues.live_world())

    def _deposit_of(self, transfer: TransferInFlight, state: RestoredState) -> VenueDeposit | None:
        """The largest deposit at the receiver that may be it, or a part, and is not in the books."""
        receiver = venue_of(transfer.to_location)
        plan = make_plan(self._options, self._venues.environment())
        exchange = connect_venues(self._options, plan, self._venues.live_world()).exchanges[receiver]
        booked = {item.deposit_id for item in state.deposits if venue_of(item.location) == receiver}
        flows = (item.changes for item in state.bookings if item.booking_id.startswith("flow."))
        declared = {amount for changes in flows for assets in changes.values() for amount in assets.values()}
        sent_at = next(item.sent_at for item in state.withdrawals if item.client_id == transfer.client_transfer_id)
        likely = [
            item
            for item in exchange.deposits_since(sent_at)
            if item.deposit_id not in booked
            and item.token == transfer.token
            and item.amount not in declared
            and LIKELY * transfer.amount <= item.amount <= transfer.amount
        ]
        return max(likely, key=lambda item: item.amount, default=None)

    def _restored(self) -> RestoredState:
        plan = make_plan(self._options, self._venues.environment())
        journal = open_run(self._options, plan, self._venues.world.clock.now_ns(), exclusive=False)
        try:
            return restore(journal)
        finally:
            journal.close()
