"""What happens to an account by itself, as records: funding, and liquidations with the orders they make."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from basis_strategy_v1.backends.simulated.exchange import SimulatedExchange
from basis_strategy_v1.core.domain.conversions import decimal_from_float
from basis_strategy_v1.core.domain.deltas import Fill
from basis_strategy_v1.core.domain.orders import FundingPayment, LiquidationReport, OrderStatus
from basis_strategy_v1.core.domain.quantities import round_nearest
from basis_strategy_v1.sandbox.clock import NANOSECONDS_PER_MILLISECOND
from basis_strategy_v1.sandbox.order_store import OrderStore
from basis_strategy_v1.sandbox.records import FundingRecord, LiquidationRecord, OrderRecord
from basis_strategy_v1.sandbox.trade_log import TradeLog

FIRST_ID = 1_000_000


class AccountHistory:
    """Funding and liquidations of one account, oldest first."""

    def __init__(self, store: OrderStore, log: TradeLog, take_order_id: Callable[[], int]) -> None:
        self._store = store
        self._log = log
        self._take_order_id = take_order_id
        self.funding: list[FundingRecord] = []
        self.liquidations: list[LiquidationRecord] = []

    def note_funding(self, payment: FundingPayment, asset: str) -> None:
        """Remember one settlement, paid in ``asset``."""
        self._log.results.note_funding(payment.symbol, payment.amount)
        self.funding.append(
            FundingRecord(
                funding_id=FIRST_ID + len(self.funding) + 1,
                time_ms=payment.timestamp // NANOSECONDS_PER_MILLISECOND,
                symbol=payment.symbol,
                rate=decimal_from_float(payment.rate),
                mark_price=decimal_from_float(payment.mark_price),
                quantity=payment.quantity,
                amount=payment.amount,
                asset=asset,
            )
        )

    def note_liquidation(self, report: LiquidationReport) -> LiquidationRecord:
        """Remember a liquidation; each of its fills becomes a finished order."""
        time_ms = report.timestamp // NANOSECONDS_PER_MILLISECOND
        record = LiquidationRecord(
            time_ms=time_ms,
            orders=tuple(self._liquidation_order(fill, time_ms) for fill in report.fills),
            to_insurance=report.to_insurance,
            asset=report.quote,
        )
        self.liquidations.append(record)
        return record

    def _liquidation_order(self, fill: Fill, time_ms: int) -> OrderRecord:
        order_id = self._take_order_id()
        order = OrderRecord(
            order_id=order_id,
            client_id=f"autoclose-{order_id}",
            symbol=fill.symbol,
            trade_type="perp" if fill.trade_type == "perp" else "spot",
            side="buy" if fill.quantity > 0 else "sell",
            order_type="market",
            time_in_force="ioc",
            post_only=False,
            reduce_only=fill.trade_type == "perp",
            price=None,
            quantity=abs(fill.quantity),
            status=OrderStatus.FILLED,
            created_ms=time_ms,
            updated_ms=time_ms,
            is_liquidation=True,
        )
        trades = tuple(self._log.add(order, (fill,), is_maker=False, time_ms=time_ms))
        order = msgspec.structs.replace(
            order,
            filled=order.quantity,
            quote_filled=order.quantity * fill.price,
            average_price=fill.price,
            fills=trades,
        )
        self._store.put(order)
        return order


def settled_in_steps(payment: FundingPayment, exchange: SimulatedExchange) -> FundingPayment:
    """A settlement in whole steps of the venue's books, which keep fewer digits than rate x mark x quantity has."""
    step = exchange.amount_step
    if step is None:
        return payment
    amount = round_nearest(payment.amount, step)
    exchange.books.add(exchange.spec.margin_location, exchange.spec.margin_currency, amount - payment.amount)
    return msgspec.structs.replace(payment, amount=amount)
