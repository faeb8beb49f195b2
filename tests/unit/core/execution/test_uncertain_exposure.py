"""What an order in doubt may have cost, at its worst."""

from __future__ import annotations

from decimal import Decimal

import pytest

from basis_strategy_v1.core.domain.instructions import Side
from basis_strategy_v1.core.domain.orders import OrderRequest
from basis_strategy_v1.core.execution.order_state import OrderState, Submission
from basis_strategy_v1.core.execution.uncertain_exposure import change_of
from basis_strategy_v1.venues.binance import SPEC as BINANCE


class Prices:
    """A price that rose from 50,000 to 51,000 since the order was sent."""

    def worth(self, venue: str, symbol: str, trade_type: str) -> Decimal:
        return Decimal(51_000)

    def traded_since(self, venue: str, symbol: str, trade_type: str, since: int) -> tuple[Decimal, Decimal]:
        return Decimal(50_000), Decimal(51_000)


@pytest.mark.parametrize(("side", "quote"), [("buy", Decimal("-51510.00")), ("sell", Decimal("49500.00"))])
def test_a_purchase_may_have_paid_the_slippage_above_the_highest_price_and_a_sale_lost_it_below_the_lowest(
    side: Side, quote: Decimal
) -> None:
    order = OrderRequest(
        client_order_id="a", symbol="BTCUSDT", trade_type="perp", side=side, quantity=Decimal(1), max_slippage=None
    )
    submission = Submission(client_id="a", venue="binance", state=OrderState.UNKNOWN, order=order)
    change = change_of(submission, BINANCE, Prices(), Decimal("0.01"))
    assert change.changes["binance.derivatives"]["BTCUSDT-PERP.quote"] == quote
