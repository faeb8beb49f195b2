"""A venue that forgets nothing, and a connection to it that loses what it is told to lose.

The venue's ids are unique among open orders only: an order that was filled at once does not keep its id from being
used again. So nothing but the client's own care prevents a second effect.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Literal

import msgspec

from basis_strategy_v1.core.domain.deltas import Fill, Outcome
from basis_strategy_v1.core.domain.orders import (
    AccountEvent,
    Arrival,
    LocationReport,
    OrderReport,
    OrderRequest,
    OrderStatus,
    PartialArrival,
    PerpPosition,
    TransferArrival,
    TransferReport,
    TransferRequest,
)
from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.interfaces.not_sent import NotSentError

PRICE = Decimal(50_000)
FEE_RATE = Decimal("0.001")
SECOND = 1_000_000_000
WITHDRAWAL_FEE = Decimal(1)

FaultKind = Literal[
    "lost_before",
    "lost_after",
    "garbage_after",
    "unread_after",
    "late",
    "not_sent",
    "refused_once",
    "told_to_wait",
    "duplicate",
    "lag",
    "unreachable",
    "key_refused",
]


class Fault(msgspec.Struct, frozen=True):
    """What goes wrong with the ``nth`` call (from 1) of ``call``.

    ``late`` executes the request 5 s after its answer was lost; ``lag`` hides what a call made from the next three
    lookups; ``unreachable`` loses three calls in a row; ``key_refused`` refuses the credentials.
    """

    call: str
    nth: int
    kind: FaultKind


class VenueOrder:
    """An order in the venue's books."""

    def __init__(self, number: int, request: OrderRequest) -> None:
        self.number = number
        self.request = request
        self.quantity = request.quantity
        self.price = request.price
        self.status = OrderStatus.NEW
        self.fills: list[Fill] = []

    @property
    def filled(self) -> Decimal:
        return sum((abs(fill.quantity) for fill in self.fills), ZERO)

    def report(self) -> OrderReport:
        request = self.request
        return OrderReport(
            client_order_id=request.client_order_id,
            symbol=request.symbol,
            trade_type=request.trade_type,
            side=request.side,
            quantity=self.quantity,
            price=self.price,
            status=self.status,
            venue_order_id=str(self.number),
            filled=self.filled,
            fills=tuple(self.fills),
        )


class LossyVenue:
    """Books, orders and transfers of one account at ``alpha``. It lives on while its client dies."""

    def __init__(self) -> None:
        self.now_ns = 1_700_000_000 * SECOND
        self.books: dict[str, dict[str, Decimal]] = {}
        self.orders: list[VenueOrder] = []
        self.transfers: dict[str, tuple[TransferRequest, int]] = {}
        self.arrivals: list[Arrival] = []
        self._later: list[tuple[int, Callable[[], Any]]] = []

    def pass_time(self, seconds: float) -> None:
        self.now_ns += int(seconds * SECOND)
        due = [action for at, action in self._later if at <= self.now_ns]
        self._later = [item for item in self._later if item[0] > self.now_ns]
        for action in due:
            action()

    def later(self, seconds: float, action: Callable[[], Any]) -> None:
        self._later.append((self.now_ns + int(seconds * SECOND), action))

    def latest(self, client_id: str) -> VenueOrder | None:
        return next((order for order in reversed(self.orders) if order.request.client_order_id == client_id), None)

    def place(self, request: OrderRequest) -> OrderReport:
        known = self.latest(request.client_order_id)
        if known is not None and known.status.is_open:
            return _order(request, Outcome.UNKNOWN, "duplicate order sent")
        order = VenueOrder(len(self.orders) + 1, request)
        self.orders.append(order)
        if request.order_type == "market":
            # A thin book: an order for more than 1 is filled in two pieces, and one for more than 2 in part.
            for piece in _pieces(request.quantity):
                self.fill(order, piece)
            order.status = OrderStatus.FILLED if order.filled == request.quantity else OrderStatus.EXPIRED
        return order.report()

    def fill(self, order: VenueOrder, quantity: Decimal) -> None:
        request = order.request
        signed = quantity if request.side == "buy" else -quantity
        price = order.price or PRICE
        spot = request.trade_type == "spot"
        fee = (quantity if spot and request.side == "buy" else quantity * price) * FEE_RATE
        fee_asset = "BTC" if spot and request.side == "buy" else "USDT"
        trade_id = f"{order.number}-{len(order.fills) + 1}"
        order.fills.append(Fill(trade_id, "alpha", request.symbol, request.trade_type, signed, price, fee, fee_asset))
        order.status = OrderStatus.FILLED if order.filled == order.quantity else OrderStatus.PARTIALLY_FILLED
        location, base, quote = (
            ("alpha", "BTC", "USDT") if spot else ("alpha.derivatives", "BTCUSDT-PERP", "BTCUSDT-PERP.quote")
        )
        self.book(location, base, signed)
        self.book(location, quote, -signed * price)
        self.book(location, fee_asset, -fee)

    def cancel(self, client_id: str) -> OrderReport:
        order = self.latest(client_id)
        assert order is not None
        if order.status.is_open:
            order.status = OrderStatus.CANCELED
        return order.report()

    def amend(self, client_id: str, quantity: Decimal | None, price: Decimal | None) -> OrderReport:
        order = self.latest(client_id)
        assert order is not None
        if order.status.is_open:
            order.quantity = quantity or order.quantity
            order.price = price or order.price
        return order.report()

    def transfer(self, request: TransferRequest) -> TransferReport:
        key = f"{request.client_transfer_id}#{len(self.transfers)}"
        self.transfers[key] = (request, self.now_ns)
        self.book(request.from_location, request.token, -request.amount)
        if request.to_location.startswith("alpha"):
            self.book(request.to_location, request.token, request.amount)
        return _sent(request)

    def arrive(self, request: TransferRequest, part: Decimal | None = None) -> None:
        """A withdrawal has reached ``beta``: all that has not yet, or a part of it."""
        client_id, token = request.client_transfer_id, request.token
        parts = [item.amount for item in self.arrivals if item.client_transfer_id == client_id]
        amount = part or request.amount - WITHDRAWAL_FEE - sum(parts, ZERO)
        self.book("beta", token, amount)
        kind = PartialArrival if part else TransferArrival
        self.arrivals.append(kind(self.now_ns, client_id, "beta", token, amount, f"d{len(self.arrivals)}"))

    def book(self, location: str, asset: str, amount: Decimal) -> None:
        books = self.books.setdefault(location, {})
        books[asset] = books.get(asset, ZERO) + amount

    def held(self) -> dict[str, dict[str, Decimal]]:
        """All books without empty entries."""
        filled = {at: {asset: x for asset, x in books.items() if x} for at, books in self.books.items()}
        return {at: books for at, books in filled.items() if books}


class LossyConnection:
    """The client's side: satisfies ``LiveCEXBackend``. Dies with its process; the venue does not.

    Args:
        faults: what goes wrong with which call; calls are counted over all lives, in ``counts``.
        point: called with the name of each moment at which the process could die.
    """

    def __init__(
        self, venue: LossyVenue, faults: Sequence[Fault], counts: dict[str, int], point: Callable[[str], None]
    ) -> None:
        self._venue = venue
        self._faults = {(fault.call, fault.nth): fault.kind for fault in faults}
        self._counts = counts
        self._point = point
        self._told: int = 0

    def place_order(self, request: OrderRequest) -> OrderReport:
        report: OrderReport = self._tell(
            "place", lambda: self._venue.place(request), lambda why: _order(request, Outcome.UNKNOWN, why)
        )
        return report

    def cancel_order(self, client_order_id: str) -> OrderReport:
        report: OrderReport = self._tell("cancel", lambda: self._venue.cancel(client_order_id), _doubt(client_order_id))
        return report

    def amend_order(self, client_order_id: str, quantity: Decimal | None, price: Decimal | None) -> OrderReport:
        report: OrderReport = self._tell(
            "amend", lambda: self._venue.amend(client_order_id, quantity, price), _doubt(client_order_id)
        )
        return report

    def transfer(self, request: TransferRequest) -> TransferReport:
        report: TransferReport = self._tell(
            "transfer", lambda: self._venue.transfer(request), lambda why: _transfer(request, Outcome.UNKNOWN, why)
        )
        return report

    def set_leverage(self, symbol: str, leverage: int) -> None: ...

    def remember_order(self, client_order_id: str, symbol: str, trade_type: str) -> None: ...

    def claim_transfer(self, report: TransferReport) -> None: ...

    def forget_order(self, client_order_id: str) -> None: ...

    def lookup_order(self, client_order_id: str) -> OrderReport | None:
        if self._ask("lookup") == "hidden":
            return None
        order = self._venue.latest(client_order_id)
        return None if order is None else order.report()

    def lookup_transfer(self, request: TransferRequest, sent_at: int) -> TransferReport | None:
        if self._ask("lookup_transfer") == "hidden":
            return None
        found = [item for item, at in self._venue.transfers.values() if item == request and at >= sent_at]
        return _sent(found[0]) if found else None

    def open_orders(self) -> Sequence[OrderReport]:
        self._ask("open_orders")
        return [order.report() for order in self._venue.orders if order.status.is_open]

    def observe(self) -> Sequence[LocationReport]:
        return [LocationReport(at, dict(books), _positions(books)) for at, books in self._venue.books.items()]

    def poll_events(self) -> Sequence[AccountEvent]:
        self._ask("poll_events")
        told = self._told
        self._told = len(self._venue.arrivals)
        return self._venue.arrivals[told:]

    def export_cursor(self) -> str:
        return str(self._told)

    def import_cursor(self, text: str) -> None:
        self._told = int(text)

    def _tell(self, call: str, execute: Callable[[], Any], doubt: Callable[[str], Any]) -> Any:
        kind = self._fault(call)
        self._point(f"before {call}")
        if kind == "not_sent":
            raise NotSentError("EXI-003", "connection refused")
        if kind == "refused_once":
            raise NotSentError("EXI-002", "too many requests")
        if kind == "told_to_wait":
            return msgspec.structs.replace(doubt("come back later"), outcome=Outcome.REJECTED, error_code="EXI-002")
        if kind in ("lost_before", "unreachable"):
            return doubt("connection closed")
        if kind == "late":
            self._venue.later(5.0, execute)
            return doubt("connection closed")
        if kind == "lag":
            self._counts["hidden"] = 3
        answer = execute()
        if kind == "duplicate":
            answer = execute()
        self._point(f"after {call}")
        if kind == "lost_after":
            return doubt("no answer")
        if kind == "unread_after":
            raise ComponentError("EXI-003", "sent, and could not be asked for")
        if kind in ("garbage_after", "lag"):
            raise ValueError("<html>")
        return answer

    def _ask(self, call: str) -> str:
        kind = self._fault(call)
        self._point(f"before {call}")
        if kind == "key_refused":
            raise ComponentError("EXI-004", "the key is not valid")
        if kind is not None:
            raise ComponentError("EXI-003", "unreachable")
        if call.startswith("lookup") and self._counts.get("hidden", 0) > 0:
            self._counts["hidden"] -= 1
            return "hidden"
        return "answered"

    def _fault(self, call: str) -> FaultKind | None:
        self._counts[call] = count = self._counts.get(call, 0) + 1
        for back in (1, 2):
            if self._faults.get((call, count - back)) == "unreachable":
                return "unreachable"
        return self._faults.get((call, count))


def _pieces(quantity: Decimal) -> list[Decimal]:
    if quantity <= 1:
        return [quantity]
    return [Decimal(1), min(quantity - 1, Decimal(1))]


def _positions(books: dict[str, Decimal]) -> dict[str, PerpPosition]:
    quantity = books.get("BTCUSDT-PERP", ZERO)
    return {"BTCUSDT": PerpPosition(quantity, -books.get("BTCUSDT-PERP.quote", ZERO))} if quantity else {}


def _sent(request: TransferRequest) -> TransferReport:
    inside = request.to_location.startswith("alpha")
    fee = ZERO if inside else WITHDRAWAL_FEE
    return TransferReport(
        client_transfer_id=request.client_transfer_id,
        token=request.token,
        sent=request.amount,
        fee=fee,
        received=request.amount - fee,
        arrives_at=0 if inside else 1_800_000_000 * SECOND,
    )


def _transfer(request: TransferRequest, outcome: Outcome, why: str) -> TransferReport:
    return TransferReport(
        client_transfer_id=request.client_transfer_id,
        token=request.token,
        sent=ZERO,
        fee=ZERO,
        received=ZERO,
        outcome=outcome,
        error_code="EXI-007",
        reason=why,
    )


def _order(request: OrderRequest, outcome: Outcome, why: str) -> OrderReport:
    return OrderReport(
        client_order_id=request.client_order_id,
        symbol=request.symbol,
        trade_type=request.trade_type,
        side=request.side,
        quantity=request.quantity,
        status=OrderStatus.NEW,
        outcome=outcome,
        error_code="EXI-007",
        reason=why,
    )


def _doubt(client_id: str) -> Callable[[str], OrderReport]:
    request = OrderRequest(client_order_id=client_id, symbol="", trade_type="spot", side="buy", quantity=ZERO)
    return lambda why: _order(request, Outcome.UNKNOWN, why)
