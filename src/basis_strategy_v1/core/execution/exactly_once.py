"""ExactlyOnceExchange: an exchange behind which every instruction has one effect, whatever gets lost on the way.

A request is written down before its first byte leaves. An answer that is lost, late or not understood is looked up by
client id, and nothing is sent again before the venue has been silent about it for longer than it could be on its way.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from basis_strategy_v1.core.domain.orders import (
    AccountEvent,
    LocationReport,
    OrderReport,
    OrderRequest,
    TransferReport,
    TransferRequest,
)
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.execution.exactly_once_orders import Orders
from basis_strategy_v1.core.execution.exactly_once_transfers import Transfers
from basis_strategy_v1.core.execution.journal import SubmissionJournal
from basis_strategy_v1.core.execution.order_state import OPEN, UNCERTAIN, Submission
from basis_strategy_v1.core.execution.submission_store import SubmissionStore
from basis_strategy_v1.core.execution.unknown_policy import UnknownPolicy, VenueTime
from basis_strategy_v1.core.interfaces.ports import LiveCEXBackend


class ExactlyOnceExchange:
    """Satisfies ``CEXBackend`` over another one.

    The backend keeps the promises of ``LiveCEXBackend``. Whatever it raises from a tell is a doubt, but for
    ``NotSentError``.

    Args:
        venue: names the exchange in the journal.
        backend: the exchange.
        journal: where everything is written down first.
        time: the venue's, running.
        policy: how long a doubt is looked into.
    """

    def __init__(
        self,
        venue: str,
        backend: LiveCEXBackend,
        journal: SubmissionJournal,
        time: VenueTime,
        policy: UnknownPolicy | None = None,
    ) -> None:
        self.venue = venue
        self.backend = backend
        self._store = SubmissionStore(venue, journal, time)
        policy = policy or UnknownPolicy()
        self._orders = Orders(venue, backend, self._store, time, policy)
        self._transfers = Transfers(venue, backend, self._store, time, policy)

    @property
    def unfinished(self) -> tuple[Submission, ...]:
        """Orders and transfers that are uncertain or rest at the venue, the oldest first."""
        return self._store.unfinished

    @property
    def uncertain(self) -> tuple[Submission, ...]:
        """Those that may have happened or not: both must be borne."""
        unfinished = self._store.unfinished
        return tuple([item for item in unfinished if item.state in UNCERTAIN]) if unfinished else ()

    def place_order(self, request: OrderRequest) -> OrderReport:
        """Send an order, unless the venue has it already.

        Returns:
            DONE and REJECTED with evidence; REJECTED with EXI-003 when it provably never arrived, so that it may be
            sent again; UNKNOWN with EXI-007 when the doubt outlives the policy's patience. It stays in the journal,
            and ``lookup_order`` goes on asking.

        Raises:
            ComponentError: the backend's ``NotSentError``; EXI-001 when the id belongs to another order; RES-001
                when the journal cannot be written.
        """
        return self._orders.place(request)

    def cancel_order(self, client_order_id: str) -> OrderReport:
        """Cancel one order; the report of its final state, found out by lookup where the answer was lost."""
        return self._orders.cancel(client_order_id)

    def amend_order(self, client_order_id: str, quantity: Decimal | None, price: Decimal | None) -> OrderReport:
        """Change an open order; where the answer was lost, a lookup says whether the change was made."""
        return self._orders.amend(client_order_id, quantity, price)

    def transfer(self, request: TransferRequest) -> TransferReport:
        """Send a transfer, unless the venue has it already (outcomes as ``place_order``)."""
        return self._transfers.send(request)

    def set_leverage(self, symbol: str, leverage: int) -> None:
        """Set the leverage of a perpetual: doing it twice does no harm."""
        self.backend.set_leverage(symbol, leverage)

    def lookup_order(self, client_order_id: str) -> OrderReport | None:
        """What the venue knows; REJECTED with EXI-003 once its silence is proof; None while that is open."""
        return self._orders.lookup(client_order_id)

    def lookup_transfer(self, client_transfer_id: str) -> TransferReport | None:
        """As ``lookup_order``, for a transfer."""
        return self._transfers.lookup(client_transfer_id)

    def open_orders(self) -> Sequence[OrderReport]:
        """All open orders."""
        reports = self.backend.open_orders()
        for report in reports:
            self._orders.note(report)
        return reports

    def observe(self) -> Sequence[LocationReport]:
        """What the venue says sits at each of its locations, now."""
        return self.backend.observe()

    def poll_events(self) -> Sequence[AccountEvent]:
        """What happened by itself since the last call."""
        events = self.backend.poll_events()
        for event in events:
            if isinstance(event, OrderReport):
                self._orders.note(event)
        return events

    def resolve(self) -> tuple[Submission, ...]:
        """Ask for everything that a former process left open; what is still uncertain afterwards.

        A start begins with it. An exchange that cannot be reached leaves all of it uncertain.
        """
        for item in self._store.unfinished:
            try:
                if item.transfer is not None:
                    self._transfers.settle(item)
                elif item.state in OPEN:
                    self._orders.lookup(item.client_id)
                else:
                    self._orders.settle(item)
            except ComponentError as error:
                if error.severity == "CRITICAL":
                    raise
        return self.uncertain
