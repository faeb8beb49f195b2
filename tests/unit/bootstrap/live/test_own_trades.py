"""What a trade list says of an order that is not in the books is believed only through the order's own look-up."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from basis_strategy_v1.backends.live.dialects.venue_records import VenueTrade
from basis_strategy_v1.bootstrap.live.own_trades import UnbookedTrades
from basis_strategy_v1.core.domain.deltas import Fill
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.execution.order_state import OrderState
from basis_strategy_v1.venues.registry import spec_for

ORDER, NOW = "a" * 32, 10**18


def executed(trade_id: str) -> Fill:
    return Fill(
        trade_id=trade_id,
        venue="binance",
        symbol="BTCUSDT",
        trade_type="spot",
        quantity=Decimal("0.05"),
        price=Decimal(50_000),
        fee=Decimal(0),
        fee_asset="USDT",
    )


def trades(state: OrderState, *, is_booked: bool = False) -> UnbookedTrades:
    """A venue that lists the first of two executions, and whose look-up leaves the order in ``state``."""
    known = (executed("1"), executed("2")) if state is OrderState.FILLED else ()
    journal: Any = SimpleNamespace(
        submission=lambda client_id: SimpleNamespace(state=state) if client_id == ORDER else None,
        is_fill_booked=lambda fill: False,
        bookings=list,
    )
    exchange: Any = SimpleNamespace(unfinished=(), lookup_order=lambda client_id: SimpleNamespace(fills=known))
    source: Any = SimpleNamespace(
        trades_since=lambda since: [VenueTrade(fill=executed("1"), venue_order_id="7")],
        ordered_as=lambda trade: ORDER,
    )
    return UnbookedTrades(
        journal, {"binance": exchange}, {"binance": source}, [spec_for("binance")], lambda _: is_booked
    )


def test_an_order_that_has_ended_is_booked_whole_though_one_execution_is_listed() -> None:
    (deltas,) = trades(OrderState.FILLED).own("binance", NOW)
    assert deltas.instruction_id == ORDER
    assert [fill.trade_id for fill in deltas.fills] == ["1", "2"]
    assert deltas.filled == Decimal("0.1")


@pytest.mark.parametrize("state", [OrderState.UNKNOWN, OrderState.PARTIALLY_FILLED])
def test_an_order_in_doubt_is_left_to_the_next_start(state: OrderState) -> None:
    with pytest.raises(ComponentError, match=ORDER) as caught:
        trades(state).own("binance", NOW)
    assert caught.value.error_code == "REC-011"


def test_an_order_that_its_look_up_does_not_know_is_not_booked() -> None:
    assert trades(OrderState.ABSENT).own("binance", NOW) == []


def test_what_a_booked_order_has_traded_once_more_is_booked_beside_it() -> None:
    (deltas,) = trades(OrderState.FILLED, is_booked=True).own("binance", NOW)
    assert deltas.instruction_id == f"own.{ORDER}.1"
    assert [fill.trade_id for fill in deltas.fills] == ["1"]
