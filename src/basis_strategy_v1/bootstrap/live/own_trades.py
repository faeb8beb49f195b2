"""What venues have traded and the books do not have, and which of it a run's own orders have done.

An order that the network has delivered twice, or that was executed after the venue had known nothing of it for longer
than it can be on its way, has traded what no answer tells. The venue lists it, under the order's client id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

import msgspec

from basis_strategy_v1.backends.live.dialects.venue_records import VenueTrade
from basis_strategy_v1.core.domain.deltas import Changes, ExecutionDeltas, Fill, add_changes
from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.core.domain.timestamps import NANOSECONDS_PER_HOUR
from basis_strategy_v1.core.engine.live_parts import IN_DOUBT
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.execution.exactly_once import ExactlyOnceExchange
from basis_strategy_v1.core.execution.journal import RunJournal
from basis_strategy_v1.core.execution.order_state import ENDED, NOTHING_HAPPENED
from basis_strategy_v1.core.interfaces.trade_routes import changes_of_fill, trade_routes
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec
from basis_strategy_v1.core.monitors.pnl_monitor import ADOPTED

OWN = "own."
"""How the id of a booking begins of an order that has traded once more than it was booked for."""
ADOPTED_ID = "adopted."
"""How the id of a booking begins by which a person has taken over what a venue holds."""
A_DAY = 24 * NANOSECONDS_PER_HOUR


class TradeSource(Protocol):
    """A venue that lists an account's trades, whoever ordered them."""

    def trades_since(self, timestamp: int) -> Sequence[VenueTrade]: ...

    def ordered_as(self, trade: VenueTrade) -> str: ...


class UnbookedTrade(msgspec.Struct, frozen=True):
    """A trade that is not in the books.

    Attributes:
        order_id: of the run's own order that has made it; empty for somebody else's.
        is_followed: whether that order is open or in doubt, so that looking it up books the trade.
    """

    fill: Fill
    order_id: str = ""
    is_followed: bool = False


class UnbookedTrades:
    """Asks venues for them.

    Args:
        is_booked: whether an instruction of that id is in the books.
    """

    def __init__(
        self,
        journal: RunJournal,
        exchanges: Mapping[str, ExactlyOnceExchange],
        sources: Mapping[str, TradeSource],
        specs: Iterable[VenueSpec],
        is_booked: Callable[[str], bool],
    ) -> None:
        self._journal = journal
        self._exchanges = exchanges
        self._sources = sources
        self._specs = {spec.venue: spec for spec in specs}
        self._is_booked = is_booked

    def since(self, venue: str, timestamp: int) -> list[UnbookedTrade]:
        """All of them at ``venue`` since a time (ns UTC)."""
        source = self._sources[venue]
        followed = {item.client_id for item in self._exchanges[venue].unfinished}
        orders: dict[tuple[str, str, str], str] = {}
        found = []
        for trade in source.trades_since(timestamp):
            fill = trade.fill
            if self._journal.is_fill_booked(fill):
                continue
            order = (fill.trade_type, fill.symbol, trade.venue_order_id)
            if order not in orders:
                orders[order] = self._own(source.ordered_as(trade))
            found.append(UnbookedTrade(fill, orders[order], orders[order] in followed))
        return found

    def own(self, venue: str, now: int) -> Iterator[ExecutionDeltas]:
        """What the run's own orders have traded and nobody will look up any more, as changes: of the last day, or since
        a person has adopted what the venue held.

        Each is to be booked before the next is asked for, so that an order that cannot be looked up keeps no other out.

        Raises:
            ComponentError: REC-011 for an order that was taken for one that does not exist and is in doubt again.
        """
        by_order: dict[str, list[Fill]] = {}
        for trade in self.since(venue, max(now - A_DAY, self.adopted_at(venue) + 1)):
            if trade.order_id and not trade.is_followed:
                by_order.setdefault(trade.order_id, []).append(trade.fill)
        for order_id, fills in by_order.items():
            if not self._is_booked(order_id):
                late = self._late(venue, order_id)
                if late is None:
                    continue
                yield late
            # Of two executions of one id the look-up may tell the latest alone.
            again = tuple(fill for fill in fills if not self._journal.is_fill_booked(fill))
            if again:
                yield self._deltas(venue, order_id, f"{OWN}{order_id}.{again[-1].trade_id}", again)

    def adopted_at(self, venue: str) -> int:
        """When a person last took over what the venue held (ns UTC): what was traded before is in the books."""
        return self._journal.last_booked(f"{ADOPTED_ID}{venue}.")

    def _own(self, client_id: str) -> str:
        return client_id if client_id and self._journal.submission(client_id) is not None else ""

    def _late(self, venue: str, order_id: str) -> ExecutionDeltas | None:
        """What an order that is not booked has done after all: all of it, by its look-up, for a list may lack a part.

        None while the look-up does not know it either.
        """
        report = self._exchanges[venue].lookup_order(order_id)
        submission = self._journal.submission(order_id)
        assert submission is not None
        if submission.state in NOTHING_HAPPENED:
            return None
        if report is None or submission.state not in ENDED:
            message = f"the outcome of {order_id} at {venue} is unknown again"
            raise ComponentError(IN_DOUBT, message, remedy="Start again: a start looks it up before anything else.")
        fills = tuple(fill for fill in report.fills if not self._journal.is_fill_booked(fill))
        return self._deltas(venue, order_id, order_id, fills)

    def _deltas(self, venue: str, order_id: str, booking_id: str, fills: tuple[Fill, ...]) -> ExecutionDeltas:
        return ExecutionDeltas(
            instruction_id=booking_id,
            venue=venue,
            changes=changes_of(self._specs[venue], fills),
            fills=fills,
            filled=sum((abs(fill.quantity) for fill in fills), ZERO),
            order_status=ADOPTED,
            reason=f"of order {order_id}, which no answer has told",
        )


def changes_of(spec: VenueSpec, fills: Iterable[Fill]) -> Changes:
    """What fills of a venue change."""
    routes = trade_routes(spec)
    changes: Changes = {}
    for fill in fills:
        add_changes(changes, changes_of_fill(routes[fill.trade_type][fill.symbol], fill))
    return changes
