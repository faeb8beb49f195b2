"""Which fills of an order have been booked, so that a repeated or late report books none twice."""

from __future__ import annotations

from collections.abc import Mapping

from basis_strategy_v1.core.domain.deltas import Fill

RETAINED_ORDERS = 100


class BookedFills:
    """Fills by client order id. The oldest orders are forgotten once ``retained`` younger ones are known.

    Args:
        open_orders: by id; none of them is forgotten.
    """

    __slots__ = ("_by_order", "_open", "_retained")

    def __init__(self, open_orders: Mapping[str, object], retained: int = RETAINED_ORDERS) -> None:
        self._by_order: dict[str, tuple[Fill, ...]] = {}
        self._open = open_orders
        self._retained = retained

    def remember(self, order_id: str, fills: tuple[Fill, ...]) -> None:
        """Note all ``fills`` of an order as booked."""
        by_order = self._by_order
        by_order[order_id] = fills
        if len(by_order) > self._retained:
            oldest = next(iter(by_order))
            kept = by_order.pop(oldest)
            if oldest in self._open:
                by_order[oldest] = kept

    def take_new(self, order_id: str, fills: tuple[Fill, ...]) -> tuple[Fill, ...]:
        """Those of ``fills`` that were not booked yet, by trade id and in order; they count as booked from now on."""
        booked = self._by_order.get(order_id, ())
        seen = {fill.trade_id for fill in booked}
        new: list[Fill] = []
        for fill in fills:
            if fill.trade_id not in seen:
                seen.add(fill.trade_id)
                new.append(fill)
        if new:
            self._by_order.pop(order_id, None)
            self.remember(order_id, (*booked, *new))
        return tuple(new)
