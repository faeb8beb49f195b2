"""All orders of one local account by id and by client id, some of them out of sight of lookups for a while."""

from __future__ import annotations

from collections.abc import Iterator

from basis_strategy_v1.core.domain.orders import OrderRequest, OrderStatus
from basis_strategy_v1.sandbox.records import OrderRecord


class OrderStore:
    """Holds each order's latest record."""

    def __init__(self) -> None:
        self._records: dict[int, OrderRecord] = {}
        self._by_client_id: dict[str, list[int]] = {}
        self._open: dict[int, None] = {}
        self._hidden: dict[int, int] = {}

    def put(self, record: OrderRecord, hidden_for: int = 0) -> None:
        """Take in a new order; the next ``hidden_for`` lookups do not see it."""
        self._records[record.order_id] = record
        if record.is_rejected:
            return
        self._by_client_id.setdefault(record.client_id, []).append(record.order_id)
        if record.is_open:
            self._open[record.order_id] = None
        if hidden_for > 0:
            self._hidden[record.order_id] = hidden_for

    def replace(self, record: OrderRecord) -> None:
        """Put a known order's new state in the place of its old one."""
        self._records[record.order_id] = record
        if not record.is_open:
            self._open.pop(record.order_id, None)

    def remove(self, order_id: int) -> None:
        """Forget an order that rests no more."""
        record = self._records.pop(order_id)
        self._by_client_id[record.client_id].remove(order_id)
        self._hidden.pop(order_id, None)

    def has_open(self) -> bool:
        """Whether any order rests."""
        return bool(self._open)

    def open_records(self) -> list[OrderRecord]:
        """Resting orders, oldest first."""
        return [self._records[order_id] for order_id in self._open]

    def open_order(self, order_id: int) -> OrderRecord | None:
        """The resting order with this id."""
        return self._records[order_id] if order_id in self._open else None

    def open_with(self, client_id: str, symbol: str | None, trade_type: str | None = None) -> OrderRecord | None:
        """The resting order with this client id."""
        for record in self._with_client_id(client_id, symbol, trade_type):
            if record.is_open:
                return record
        return None

    def is_used(self, client_id: str) -> bool:
        """Whether any accepted order has had this client id."""
        return bool(self._by_client_id.get(client_id))

    def by_id(self, order_id: int) -> OrderRecord | None:
        """A lookup by id."""
        record = self._records.get(order_id)
        return None if record is None or self._is_hidden(record) else record

    def latest(self, client_id: str, symbol: str | None, trade_type: str | None = None) -> OrderRecord | None:
        """A lookup by client id: the latest order that has it and is in sight."""
        for record in self._with_client_id(client_id, symbol, trade_type):
            if not self._is_hidden(record):
                return record
        return None

    def visible(self) -> list[OrderRecord]:
        """A lookup of all accepted orders, oldest first."""
        return [record for record in self._records.values() if not record.is_rejected and not self._is_hidden(record)]

    def visible_open(self) -> list[OrderRecord]:
        """A lookup of the resting orders, oldest first."""
        return [record for record in self.open_records() if not self._is_hidden(record)]

    def hidden_ids(self) -> frozenset[int]:
        """Orders that a lookup does not see at present."""
        return frozenset(self._hidden)

    def _with_client_id(self, client_id: str, symbol: str | None, trade_type: str | None) -> Iterator[OrderRecord]:
        for order_id in reversed(self._by_client_id.get(client_id, ())):
            record = self._records[order_id]
            if symbol in (None, record.symbol) and trade_type in (None, record.trade_type):
                yield record

    def _is_hidden(self, record: OrderRecord) -> bool:
        left = self._hidden.get(record.order_id)
        if left is None:
            return False
        if left == 1:
            del self._hidden[record.order_id]
        else:
            self._hidden[record.order_id] = left - 1
        return True


def new_order(order_id: int, request: OrderRequest, now_ms: int) -> OrderRecord:
    """The record of an order that was asked for just now."""
    return OrderRecord(
        order_id=order_id,
        client_id=request.client_order_id,
        symbol=request.symbol,
        trade_type=request.trade_type,
        side=request.side,
        order_type=request.order_type,
        time_in_force=request.time_in_force,
        post_only=request.post_only,
        reduce_only=request.reduce_only,
        price=request.price,
        quantity=request.quantity,
        status=OrderStatus.NEW,
        created_ms=now_ms,
        updated_ms=now_ms,
    )
