"""Places, changes, cancels and looks up orders, and says of each only what the venue has shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from basis_strategy_v1.backends.live.client_ids import KnownIds
from basis_strategy_v1.backends.live.dialects.dialect import OrderDesk
from basis_strategy_v1.backends.live.dialects.venue_records import VenueOrder
from basis_strategy_v1.backends.live.gateway import COMPONENT, VenueError
from basis_strategy_v1.backends.live.order_reports import (
    filled_by,
    is_complete,
    is_settled,
    not_found,
    order_report,
    refused,
    unknown,
)
from basis_strategy_v1.core.domain.deltas import Fill
from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.orders import OrderReport, OrderRequest
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.interfaces.not_sent import NotSentError
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec

REMEMBERED = 100
"""Orders of which is known what they trade; of others every instrument is asked."""
ACKNOWLEDGED = "acknowledged"
"""What stands for the venue's id of an order that it has taken and that must be looked up."""
FIRST_PAUSE = 0.05
LONGEST_PAUSE = 1.0

Condition = Callable[[VenueOrder], bool]


class OrderKeeper:
    """The orders of one account.

    Args:
        spec: the venue.
        desk: how it is spoken to.
        attempts: how often to ask for what must show.
        wait: waits that many seconds.
    """

    def __init__(self, spec: VenueSpec, desk: OrderDesk, attempts: int, wait: Callable[[float], None]) -> None:
        self._spec = spec
        self._desk = desk
        self._attempts = attempts
        self._wait = wait
        self._ids = KnownIds()
        self._instruments: dict[str, Instrument] = {}
        self._listed = {(item.symbol, item.trade_type): item for item in spec.instruments}

    def remember(self, client_order_id: str, instrument: Instrument) -> None:
        """Note what an order trades, so that looking it up asks once."""
        self._note(self._ids.wire(client_order_id), instrument)

    def forget(self, client_order_id: str) -> None:
        """Note that an order never arrived: its id may be sent again."""
        self._instruments.pop(self._ids.wire(client_order_id), None)

    def place(self, request: OrderRequest) -> OrderReport:
        """Send an order, once in this process: an id that was sent before is looked up instead.

        Raises:
            NotSentError: when nothing was sent.
        """
        client_id = request.client_order_id
        instrument = self._listed.get((request.symbol, request.trade_type))
        if instrument is None:
            where = f"{self._spec.venue} has no {request.trade_type} {request.symbol}"
            return refused(client_id, request, VenueError("rejected", "EXI-005", where))
        wire_id = self._ids.wire(client_id)
        if wire_id in self._instruments:
            return self.lookup(client_id) or unknown(client_id, request, "sent before, and not listed by the venue")
        try:
            order = self._desk.place(request, instrument, wire_id)
        except VenueError as error:
            return self._not_acknowledged(request, instrument, error)
        self._note(wire_id, instrument)
        venue_order_id = ACKNOWLEDGED if order is None else order.venue_order_id
        if order is not None and not is_settled(order):
            order = self._filled_at_once(order)
        report = self._settled(client_id, instrument, order, is_settled)
        words = "acknowledged, and its outcome is not listed yet"
        return report or unknown(client_id, request, words, venue_order_id)

    def cancel(self, client_order_id: str) -> OrderReport:
        """Cancel an open order; the final report of one that has ended."""
        order = self._find(client_order_id)
        if order is None:
            return not_found(client_order_id, self._spec.venue)
        if order.status.is_open:
            try:
                self._desk.cancel(order)
            except VenueError as error:
                if error.is_definite:
                    return refused(client_order_id, order, error)
        report = self._settled(client_order_id, order.instrument, None, _has_ended)
        return report or unknown(client_order_id, order, "its cancellation does not show yet")

    def amend(self, client_order_id: str, quantity: Decimal | None, price: Decimal | None) -> OrderReport:
        """Change an open order's total quantity or limit."""
        order = self._find(client_order_id)
        if order is None or not order.status.is_open:
            return not_found(client_order_id, self._spec.venue)
        new_quantity = order.quantity if quantity is None else quantity
        new_price = order.price if price is None else price
        if new_price is None:
            return refused(client_order_id, order, VenueError("rejected", "EXI-001", "a market order has no limit"))
        if (new_quantity, new_price) == (order.quantity, order.price):
            return self.report(order, client_order_id)
        try:
            self._desk.amend(order, new_quantity, new_price)
        except VenueError as error:
            if error.is_definite:
                return refused(client_order_id, order, error)
        shows = _shows(new_quantity, new_price)
        report = self._settled(client_order_id, order.instrument, None, shows)
        return report or unknown(client_order_id, order, "its change does not show yet")

    def lookup(self, client_order_id: str) -> OrderReport | None:
        """The order as the venue lists it; UNKNOWN while it lists fewer fills than the order says it has."""
        order = self._find(client_order_id)
        return None if order is None else self.report(order, client_order_id)

    def open_orders(self) -> Sequence[OrderReport]:
        """All open orders."""
        return tuple(self.report(order) for order in self.listed_open())

    def listed_open(self) -> Sequence[VenueOrder]:
        """All open orders, as the venue lists them."""
        orders = self._desk.open_orders()
        for order in orders:
            self.remember(self._ids.ours(order.wire_id), order.instrument)
        return orders

    def client_id(self, order: VenueOrder) -> str:
        """Our id of an order."""
        return self._ids.ours(order.wire_id)

    def report(self, order: VenueOrder, client_order_id: str = "") -> OrderReport:
        """The report of a listed order with all its fills."""
        client_id = client_order_id or self.client_id(order)
        fills = self._fills(order)
        if not is_complete(order, fills):
            return unknown(client_id, order, f"{order.filled} filled, and not all of it listed yet")
        return order_report(client_id, order, fills)

    def _not_acknowledged(self, request: OrderRequest, instrument: Instrument, error: VenueError) -> OrderReport:
        client_id = request.client_order_id
        if error.verdict == "not_sent":
            raise NotSentError(error.code, f"{self._spec.venue}: {error.reason}", COMPONENT) from error
        if error.is_definite:
            return refused(client_id, request, error)
        self.remember(client_id, instrument)
        if error.verdict != "duplicate":
            return unknown(client_id, request, error.reason)
        report = self._settled(client_id, instrument, None, is_settled)
        return report or unknown(client_id, request, f"{error.reason}; and the venue does not list it")

    def _filled_at_once(self, order: VenueOrder) -> VenueOrder | None:
        """An order that cannot rest, where its executions are all of it already, which saves looking it up."""
        try:
            return filled_by(order, self._desk.fills(order))
        except ComponentError:
            # It was sent: looking it up tells more than that its executions could not be asked for.
            return None

    def _settled(
        self, client_order_id: str, instrument: Instrument, order: VenueOrder | None, shows: Condition
    ) -> OrderReport | None:
        """Ask until the order shows what it must, with all its fills; None when it does not in time."""
        pause = FIRST_PAUSE
        for attempt in range(self._attempts):
            try:
                if attempt or order is None:
                    order = self._desk.find(instrument, self._ids.wire(client_order_id))
                fills = self._fills(order) if order is not None and shows(order) else None
            except ComponentError:
                # The order was sent: that the venue cannot be asked at this moment proves nothing about it.
                fills = None
            if order is not None and fills is not None and is_complete(order, fills):
                return order_report(client_order_id, order, fills)
            if attempt + 1 < self._attempts:
                self._wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
        return None

    def _note(self, wire_id: str, instrument: Instrument) -> None:
        self._instruments[wire_id] = instrument
        if len(self._instruments) > REMEMBERED:
            del self._instruments[next(iter(self._instruments))]

    def _find(self, client_order_id: str) -> VenueOrder | None:
        wire_id = self._ids.wire(client_order_id)
        known = self._instruments.get(wire_id)
        for instrument in self._spec.instruments if known is None else (known,):
            order = self._desk.find(instrument, wire_id)
            if order is not None:
                self.remember(client_order_id, instrument)
                return order
        return None

    def _fills(self, order: VenueOrder) -> tuple[Fill, ...]:
        if order.fills is not None:
            return order.fills
        return self._desk.fills(order) if order.filled else ()


def _has_ended(order: VenueOrder) -> bool:
    return not order.status.is_open


def _shows(quantity: Decimal, price: Decimal) -> Condition:
    def shows(order: VenueOrder) -> bool:
        return _has_ended(order) or (order.quantity == quantity and order.price == price)

    return shows
