"""Turns an exchange's fills into a venue's trades: ids that count up, time, maker or taker, realised profit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from basis_strategy_v1.core.domain.deltas import Fill
from basis_strategy_v1.core.domain.instructions import Side
from basis_strategy_v1.protocols.perpetual import ZERO, entry_cost_after, wallet_change
from basis_strategy_v1.sandbox.position_results import PositionResults
from basis_strategy_v1.sandbox.records import OrderRecord, TradeRecord


class TradeLog:
    """All trades of one account, oldest first: altogether, by market (``(trade type, symbol)``) and by order.

    Attributes:
        results: what the perpetuals have brought.
    """

    def __init__(self, first_id: int) -> None:
        self._next_id = first_id
        self._positions: dict[str, tuple[Decimal, Decimal]] = {}
        self.results = PositionResults()
        self.trades: list[TradeRecord] = []
        self.by_market: defaultdict[tuple[str, str], list[TradeRecord]] = defaultdict(list)
        self.by_order: defaultdict[int, list[TradeRecord]] = defaultdict(list)

    def add(self, order: OrderRecord, fills: Sequence[Fill], *, is_maker: bool, time_ms: int) -> list[TradeRecord]:
        """Book ``fills`` of ``order``, in order."""
        added = [self._trade(order, fill, is_maker, time_ms) for fill in fills]
        self.trades += added
        self.by_market[order.trade_type, order.symbol] += added
        self.by_order[order.order_id] += added
        return added

    def _trade(self, order: OrderRecord, fill: Fill, is_maker: bool, time_ms: int) -> TradeRecord:
        side: Side = "buy" if fill.quantity > 0 else "sell"
        is_perp = order.trade_type == "perp"
        before = self._positions.get(fill.symbol, (ZERO, ZERO))[0] if is_perp else ZERO
        trade = TradeRecord(
            trade_id=self._next_id,
            order_id=order.order_id,
            client_id=order.client_id,
            symbol=order.symbol,
            trade_type=order.trade_type,
            side=side,
            price=fill.price,
            quantity=abs(fill.quantity),
            quote_quantity=abs(fill.quantity) * fill.price,
            fee=fill.fee,
            fee_asset=fill.fee_asset,
            is_maker=is_maker,
            time_ms=time_ms,
            realised_pnl=self._realise(fill) if is_perp else ZERO,
            position_before=before,
        )
        if is_perp:
            self.results.note_trade(fill.symbol, trade.realised_pnl, trade.fee, opens=not before)
        self._next_id += 1
        return trade

    def _realise(self, fill: Fill) -> Decimal:
        quantity, entry_cost = self._positions.get(fill.symbol, (ZERO, ZERO))
        after = entry_cost_after(quantity, entry_cost, fill.quantity, fill.price)
        self._positions[fill.symbol] = (quantity + fill.quantity, after)
        if not quantity or (quantity > 0) == (fill.quantity > 0):
            return ZERO
        return wallet_change(entry_cost, after, fill.quantity, fill.price)
